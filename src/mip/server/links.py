"""Links that need no token: signed, and good for a while.

To stored objects, made when a result is read or pushed; and to a client's results, for polling.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from msgspec.structs import replace

from ..clock import to_iso
from ..errors import UnauthenticatedError

if TYPE_CHECKING:
    from ..clock import Clock
    from ..contracts import Result

LINK_SECONDS = 12 * 3600.0


class Links:
    """Signs and checks links to objects below ``/objects/``.

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
        until = int(self._clock.now() + LINK_SECONDS)
        query = f"until={until}&signature={self._signature('object', key, until)}"
        return f"{base}/objects/{quote(key)}?{query}", to_iso(until)

    def check(self, key: str, *, until: str, signature: str) -> None:
        """Accept a link of ours to an object that has not ended.

        Raises
        ------
        UnauthenticatedError
            It is not ours, or has ended.
        """
        self._check("object", key, until=until, signature=signature)

    def queue_link(self, client_id: str, *, until: float, base: str) -> str:
        """Return a URL below ``base`` where a client's results can be polled until an instant."""
        signature = self._signature("queue", client_id, int(until))
        queue = quote(client_id, safe="")
        return f"{base}/proxy-sqs?queue={queue}&until={int(until)}&signature={signature}"

    def check_queue(self, client_id: str, *, until: str, signature: str) -> None:
        """Accept a link of ours to a client's results that has not ended.

        Raises
        ------
        UnauthenticatedError
            It is not ours, or has ended.
        """
        self._check("queue", client_id, until=until, signature=signature)

    def _check(self, kind: str, name: str, *, until: str, signature: str) -> None:
        if not until.isascii() or not until.isdecimal() or len(until) > len("9" * 12):
            raise UnauthenticatedError("the link is not one of this server; get another")
        ours = self._signature(kind, name, int(until)).encode()
        if not hmac.compare_digest(ours, signature.encode("utf-8", "surrogatepass")):
            raise UnauthenticatedError("the link is not one of this server; get another")
        if int(until) <= self._clock.now():
            raise UnauthenticatedError("the link has ended; get another")

    def _signature(self, kind: str, name: str, until: int) -> str:
        return hmac.new(self._secret, f"{kind} {until} {name}".encode(), "sha256").hexdigest()

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
