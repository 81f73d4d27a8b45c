"""A PACS behind the PACS API: listings and URLs over HTTP, with the header ``x-api-key``.

==================================================  ============================================
``GET /studies``                                    ``{"studies": [{"study_id"}]}``
``GET /studies/{study}/images?series_id={series}``  ``{"images": [{"url", "key"}]}``
``GET /studies/{study}/images/{series}/{image}``    ``{"url", "expires"}``
==================================================  ============================================

Ids may be paths of several segments, and travel percent-encoded as one. A listing may be the list
alone; an image in it may have ``study_uid``, ``series_uid``, ``instance_uid`` and ``modality``
too, as those that mip serves have. Where they are absent, the key (``study/series/image``) tells
the series, and the header of the image its UID: then a series is read once more than its files
are needed.

The key goes to the PACS API and nowhere else: a URL of another origin carries its own right, and
has to be https.
"""

from __future__ import annotations

from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import quote, unquote, urljoin, urlsplit

import msgspec
from msgspec.structs import replace

from ..contracts import MAX_PATH_ID_LENGTH, MAX_SERIES_INSTANCES, PathReference
from ..errors import InstanceNotFoundError, PacsError
from .base import Instance, SeriesSummary, refuse_server
from .paths import is_safe_path
from .spool import check_instance, write_all

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence
    from pathlib import Path

    from ..contracts import ImageReference, UidReference
    from .http import PacsHttp
    from .spool import Spool

_T = TypeVar("_T")
_JSON = {"Accept": "application/json"}


class _Study(msgspec.Struct, frozen=True, kw_only=True):
    study_id: str


class _Studies(msgspec.Struct, frozen=True, kw_only=True):
    studies: list[_Study | str]


class _Image(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    study_uid: str | None = None
    series_uid: str | None = None
    instance_uid: str | None = None
    modality: str = ""


class _Images(msgspec.Struct, frozen=True, kw_only=True):
    images: list[_Image]


class _Link(msgspec.Struct, frozen=True, kw_only=True):
    url: str


_STUDIES: msgspec.json.Decoder[_Studies | list[_Study | str]] = msgspec.json.Decoder(
    _Studies | list[_Study | str]
)
_IMAGES: msgspec.json.Decoder[_Images | list[_Image]] = msgspec.json.Decoder(_Images | list[_Image])
_LINK = msgspec.json.Decoder(_Link)


class RestPacs:
    """A PACS API; closes ``http`` and ``spool``.

    Parameters
    ----------
    root : str
        Its URL, below which ``/studies`` is.
    http : PacsHttp
        Speaks to it.
    spool : Spool
        Holds what was fetched.
    """

    def __init__(self, root: str, *, http: PacsHttp, spool: Spool) -> None:
        self._root = root.rstrip("/")
        self._http = http
        self._spool = spool

    async def resolve(self, reference: ImageReference) -> list[Instance]:
        """Return the instances that ``reference`` names; UIDs are asked for as ids."""
        refuse_server(reference)
        study, series, image = _ids(reference)
        if reference.scope == "series":
            found = await self._series(study, series, pinned=reference.instance_uids)
        else:
            found = await self._image(study, series, image or "")
        if not found:
            raise InstanceNotFoundError(
                f"expected the {reference.scope} that the request names, found none in the PACS"
            )
        if isinstance(reference, PathReference):
            return found
        return [replace(each, instance_uid=each.instance_uid or image) for each in found]

    @asynccontextmanager
    async def fetch(self, instance: Instance) -> AsyncIterator[Path]:
        """Hold a local copy, which is gone afterwards."""
        async with self._spool.file() as path:
            await self._download(await self._link(instance.locator), path)
            if instance.instance_uid is not None:
                await check_instance(path, instance_uid=instance.instance_uid)
            yield path

    async def series(self, study_uid: str | None = None) -> list[SeriesSummary]:
        """List series, of one study or of all, sorted by (study, series) UID."""
        studies = await self._studies() if study_uid is None else [study_uid]
        counted: dict[tuple[str, str], SeriesSummary] = {}
        for study in studies:
            for image in await self._images(study, None):
                uids = (image.study_uid or study, image.series_uid or _series_of(image.key, study))
                known = counted.get(uids)
                counted[uids] = SeriesSummary(
                    study_uid=uids[0],
                    series_uid=uids[1],
                    modality=image.modality,
                    instances=1 if known is None else known.instances + 1,
                )
        return [counted[uids] for uids in sorted(counted)]

    async def instances(self, study_uid: str, series_uid: str) -> list[Instance]:
        """List the instances of a series, sorted by instance UID."""
        return await self._series(study_uid, series_uid, pinned=None)

    async def aclose(self) -> None:
        """Close connections and remove what was fetched."""
        try:
            await self._http.aclose()
        finally:
            await self._spool.aclose()

    async def _image(self, study: str, series: str, image: str) -> list[Instance]:
        locator = _locator(study, series, image)
        if locator is None:
            return []
        await self._link(locator)
        return [Instance(locator=locator)]

    async def _series(
        self, study: str, series: str, *, pinned: tuple[str, ...] | None
    ) -> list[Instance]:
        listed = await self._images(study, series)
        if len(listed) > MAX_SERIES_INSTANCES:
            raise PacsError(f"expected a series of at most {MAX_SERIES_INSTANCES} images")
        instances = [await self._described(study, series, image) for image in listed]
        if pinned is not None:
            by_uid = {each.instance_uid: each for each in instances}
            return [by_uid[uid] for uid in pinned] if by_uid.keys() >= set(pinned) else []
        return sorted(instances, key=lambda each: (each.instance_uid or "~", each.locator))

    async def _described(self, study: str, series: str, image: _Image) -> Instance:
        image_id = _image_of(image, study, series)
        locator = _locator(study, series, image_id)
        if locator is None:
            raise PacsError("expected usable keys in the listing of the PACS, got one that is not")
        found = Instance(
            locator=locator,
            study_uid=image.study_uid,
            series_uid=image.series_uid,
            instance_uid=image.instance_uid,
            path_id=image_id,
        )
        if found.instance_uid is not None:
            return found
        async with self._spool.file() as path:
            await self._download(await self._link(locator), path)
            return replace(found, instance_uid=await check_instance(path, instance_uid=None))

    async def _studies(self) -> list[str]:
        listed = await self._ask("studies", {}, _STUDIES)
        studies = listed.studies if isinstance(listed, _Studies) else listed
        return [each if isinstance(each, str) else each.study_id for each in studies]

    async def _images(self, study: str, series: str | None) -> Sequence[_Image]:
        segment = _segment(study)
        if segment is None or (series is not None and _segment(series) is None):
            return []
        params = {} if series is None else {"series_id": series}
        try:
            listed = await self._ask(f"studies/{segment}/images", params, _IMAGES)
        except InstanceNotFoundError:
            return []
        return listed.images if isinstance(listed, _Images) else listed

    async def _link(self, locator: str) -> str:
        """Return where an image can be read now."""
        if not _is_locator(locator):
            raise InstanceNotFoundError("expected an image of this PACS, got another locator")
        link = await self._ask(locator, {}, _LINK)
        url = ""
        try:
            url = urljoin(f"{self._root}/", link.url)
            is_allowed = self._is_own(url) or urlsplit(url).scheme == "https"
        except ValueError:
            is_allowed = False
        if not is_allowed:
            raise PacsError("expected an https URL, or one of the PACS itself, got another")
        return url

    async def _ask(
        self, path: str, params: dict[str, str], decoder: msgspec.json.Decoder[_T]
    ) -> _T:
        async def ask() -> _T:
            url = f"{self._root}/{path}"
            async with self._http.ask("GET", url, headers=_JSON, params=params) as response:
                return _decoded(await self._http.read(response), decoder)

        return await self._http.call(ask, seconds=self._http.limits.answer_seconds)

    async def _download(self, url: str, path: Path) -> None:
        await self._http.call(
            partial(self._retrieve, url, path), seconds=self._http.limits.transfer_seconds
        )

    async def _retrieve(self, url: str, path: Path) -> None:
        async with self._http.ask("GET", url, headers={}, is_own=self._is_own(url)) as response:
            if not {"content-length", "transfer-encoding"} & response.headers.keys():
                raise PacsError("expected the length of an image from the PACS, got none")
            await write_all(response.aiter_raw(), path, most=self._http.limits.file_bytes)

    def _is_own(self, url: str) -> bool:
        own, other = urlsplit(self._root), urlsplit(url)
        return (own.scheme, own.netloc) == (other.scheme, other.netloc)


def _decoded(body: bytes, decoder: msgspec.json.Decoder[_T]) -> _T:
    try:
        return decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise PacsError("expected JSON of the PACS API, got something else") from None


def _ids(reference: PathReference | UidReference) -> tuple[str, str, str | None]:
    if isinstance(reference, PathReference):
        return reference.study_id, reference.series_id, reference.image_id
    return reference.study_uid, reference.series_uid, reference.instance_uid


def _locator(study: str, series: str, image: str) -> str | None:
    """Return the path of an image's URL, or None for ids that no PACS has."""
    segments = [_segment(each) for each in (study, series, image)]
    if None in segments:
        return None
    return f"studies/{segments[0]}/images/{segments[1]}/{segments[2]}"


def _is_locator(text: str) -> bool:
    parts = text.split("/")
    ids = [unquote(part) for part in (parts[1:2] + parts[3:])]
    return len(ids) == 3 and _locator(*ids) == text  # noqa: PLR2004 - study, series, image


def _segment(text: str) -> str | None:
    """Encode an id as one segment of a path; ``..`` and the like would be several."""
    if not 0 < len(text) <= MAX_PATH_ID_LENGTH or not is_safe_path(text):
        return None
    try:
        return quote(text, safe="")
    except UnicodeEncodeError:
        return None


def _series_of(key: str, study: str) -> str:
    """Read the series out of a key, ``study/series/image``."""
    return key.removeprefix(f"{study}/").rpartition("/")[0]


def _image_of(image: _Image, study: str, series: str) -> str:
    prefix = f"{study}/{series}/"
    if image.key.startswith(prefix):
        return image.key.removeprefix(prefix)
    return image.instance_uid or image.key.rpartition("/")[2]
