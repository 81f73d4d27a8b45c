"""Links to results, images and polls: made when they are asked for, signed, and good for a while.

A signature covers what kind of thing a link leads to, so that none opens anything else.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias
from urllib.parse import quote

import msgspec
from msgspec.structs import replace

from ..clock import to_iso
from ..errors import UnauthenticatedError

if TYPE_CHECKING:
    from ..clock import Clock
    from ..contracts import Result

Kind: TypeAlias = Literal["object", "image", "queue"]

LINK_SECONDS = 12 * 3600.0
_NOT_OURS: Final = "the link is not one of this server; ask for a new one"


class Links:
    """Signs and checks links to objects below ``/objects/``, images below ``/studies/`` and polls.

    Parameters
    ----------
    secret : bytes
        Another secret makes all links void.
    clock : Clock
        Wall-clock time, which links expire by.
    """

    def __init__(self, secret: bytes, *, clock: Clock) -> None:
        self._secret = secret
        self._clock = clock

    def link(self, key: str, *, base: str) -> tuple[str, str]:
        """Return a URL of an object below ``base``, and when it ends (ISO 8601)."""
        until = self._end()
        query = self._signed("object", key, until=until)
        return f"{base}/objects/{quote(key)}?{query}", to_iso(until)

    def image_link(self, study: str, series: str, image: str, *, base: str) -> tuple[str, str]:
        """Return a URL of an image of the PACS below ``base``, and when it ends (ISO 8601)."""
        ids = [quote(each, safe="") for each in (study, series, image)]
        until = self._end()
        query = self._signed("image", "/".join(ids), until=until)
        return f"{base}/studies/{ids[0]}/images/{ids[1]}/{ids[2]}/file?{query}", to_iso(until)

    def queue_link(self, client_id: str, *, until: float, base: str) -> str:
        """Return a URL below ``base`` where a client's results can be polled until an instant."""
        query = self._signed("queue", client_id, until=int(until))
        return f"{base}/proxy-sqs?queue={quote(client_id, safe='')}&{query}"

    def check(self, key: str, *, until: str, signature: str) -> None:
        """Accept a link of ours to an object that has not ended.

        Raises
        ------
        UnauthenticatedError
            It is not ours, or has ended.
        """
        self._check("object", key, until=until, signature=signature)

    def check_image(
        self, study: str, series: str, image: str, *, until: str, signature: str
    ) -> None:
        """Accept a link of ours to an image that has not ended.

        Raises
        ------
        UnauthenticatedError
            It is not ours, or has ended.
        """
        name = "/".join(quote(each, safe="") for each in (study, series, image))
        self._check("image", name, until=until, signature=signature)

    def check_queue(self, client_id: str, *, until: str, signature: str) -> None:
        """Accept a link of ours to a client's results that has not ended.

        Raises
        ------
        UnauthenticatedError
            It is not ours, or has ended.
        """
        self._check("queue", client_id, until=until, signature=signature)

    def _check(self, kind: Kind, name: str, *, until: str, signature: str) -> None:
        if not until.isascii() or not until.isdecimal() or len(until) > len("9" * 12):
            raise UnauthenticatedError(_NOT_OURS)
        ours = self._signature(kind, name, int(until)).encode()
        if not hmac.compare_digest(ours, signature.encode("utf-8", "surrogatepass")):
            raise UnauthenticatedError(_NOT_OURS)
        if int(until) <= self._clock.now():
            raise UnauthenticatedError("the link has ended; ask for a new one")

    def _end(self) -> int:
        return int(self._clock.now() + LINK_SECONDS)

    def _signed(self, kind: Kind, name: str, *, until: int) -> str:
        return f"until={until}&signature={self._signature(kind, name, until)}"

    def _signature(self, kind: Kind, name: str, until: int) -> str:
        signed = f"{kind} {until} {name}".encode("utf-8", "surrogatepass")
        return hmac.new(self._secret, signed, "sha256").hexdigest()

    def present(self, result: Result, *, base: str) -> dict[str, Any]:
        """Return a result as clients see it, with a link to each of its objects."""
        outputs = tuple(
            replace(output, url=self.link(output.key, base=base)[0]) for output in result.outputs
        )
        dicom = result.dicom
        if dicom is not None:
            url, expires_at = self.link(dicom.key, base=base)
            dicom = replace(dicom, url=url, url_expires_at=expires_at)
        shown: dict[str, Any] = msgspec.to_builtins(replace(result, outputs=outputs, dicom=dicom))
        return shown
