"""A PACS that speaks DICOMweb: QIDO-RS to find, WADO-RS to fetch, STOW-RS to send (PS3.18).

Instances are fetched whole and as they are stored (``transfer-syntax=*``): the PACS decodes
nothing, and what it stores is what the algorithm gets. A listing is asked for in pages until one
brings nothing new, for a server may give fewer than were asked for and not say so; a series with a
slice left out would be worse than one call more.
"""

from __future__ import annotations

import re
from contextlib import asynccontextmanager
from functools import partial
from typing import TYPE_CHECKING

from ..contracts import MAX_SERIES_INSTANCES, PathReference, is_valid_uid
from ..errors import InstanceNotFoundError, PacsError
from .base import Instance, SeriesSummary, refuse_server
from .dicomjson import (
    MODALITY,
    SERIES_INSTANCE_UID,
    SERIES_RELATED_INSTANCES,
    SOP_INSTANCE_UID,
    STUDY_INSTANCE_UID,
    decode_data_sets,
    first,
    number,
    uid,
)
from .multipart import SinglePart, parse_content_type
from .paths import as_uids
from .spool import check_instance, write_all
from .stow import Stow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
    from pathlib import Path

    import httpx

    from ..contracts import ImageReference, UidReference
    from .base import Sent
    from .dicomjson import DataSet
    from .http import PacsHttp
    from .spool import Spool

    Search = Callable[[str, dict[str, str]], Awaitable[list[DataSet]]]

PAGE = 500
MAX_SERIES = 100_000
_JSON = {"Accept": "application/dicom+json"}
_INSTANCE = {"Accept": 'multipart/related; type="application/dicom"; transfer-syntax=*'}
_UID = r"[0-9]+(?:\.[0-9]+)+"
_LOCATOR = re.compile(rf"studies/{_UID}/series/{_UID}/instances/{_UID}")
# 204 is an empty listing; 206 one that was cut, as some servers say (PS3.18 of 2016).
_LISTING = frozenset({200, 204, 206})


class DicomwebPacs:
    """A DICOMweb service; closes ``http`` and ``spool``.

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
        self._stow = Stow(f"{self._root}/studies", http=http, find=self._has)

    async def resolve(self, reference: ImageReference) -> list[Instance]:
        """Return the instances that ``reference`` names; ids that are no UIDs name none here."""
        refuse_server(reference)
        uids = as_uids(reference) if isinstance(reference, PathReference) else reference
        found = [] if uids is None else await self._resolve(uids)
        if not found:
            raise InstanceNotFoundError(
                f"expected the {reference.scope} that the request names, found none in the PACS"
            )
        return found

    @asynccontextmanager
    async def fetch(self, instance: Instance) -> AsyncIterator[Path]:
        """Hold a local copy, which is gone afterwards."""
        if _LOCATOR.fullmatch(instance.locator) is None:
            raise InstanceNotFoundError("expected an instance of this PACS, got another locator")
        async with self._spool.file() as path:
            await self._http.call(
                partial(self._retrieve, instance, path),
                seconds=self._http.limits.transfer_seconds,
            )
            yield path

    async def series(self, study_uid: str | None = None) -> list[SeriesSummary]:
        """List series, of one study or of all, sorted by (study, series) UID."""
        found = await (self._all_series() if study_uid is None else self._series_of(study_uid))
        return sorted(found, key=lambda summary: (summary.study_uid, summary.series_uid))

    async def instances(self, study_uid: str, series_uid: str) -> list[Instance]:
        """List the instances of a series, sorted by instance UID."""
        if not (is_valid_uid(study_uid) and is_valid_uid(series_uid)):
            return []
        path = f"studies/{study_uid}/series/{series_uid}/instances"
        listed = await self._list(path, key=SOP_INSTANCE_UID, most=MAX_SERIES_INSTANCES)
        uids = sorted(uid(data, SOP_INSTANCE_UID) for data in listed)
        return [_instance(study_uid, series_uid, each) for each in uids]

    async def send(self, paths: Sequence[Path]) -> list[Sent]:
        """Store files by STOW-RS, and look for each that is said to be stored."""
        return await self._stow.send(paths)

    async def aclose(self) -> None:
        """Close connections and remove what was fetched."""
        try:
            await self._http.aclose()
        finally:
            await self._spool.aclose()

    async def _resolve(self, uids: UidReference) -> list[Instance]:
        study, series = uids.study_uid, uids.series_uid
        if uids.instance_uid is not None:
            is_there = await self._has(study, series, uids.instance_uid)
            return [_instance(study, series, uids.instance_uid)] if is_there else []
        found = await self.instances(study, series)
        if uids.instance_uids is None:
            return found
        by_uid = {instance.instance_uid: instance for instance in found}
        if not by_uid.keys() >= set(uids.instance_uids):
            return []
        return [by_uid[each] for each in uids.instance_uids]

    async def _all_series(self) -> list[SeriesSummary]:
        """List series by one search, or study by study where the PACS has no search over all."""
        try:
            listed = await self._list(
                "series", key=SERIES_INSTANCE_UID, most=MAX_SERIES, search=self._ask
            )
        except InstanceNotFoundError:
            studies = await self._list("studies", key=STUDY_INSTANCE_UID, most=MAX_SERIES)
            found: list[SeriesSummary] = []
            for data in studies:
                found += await self._series_of(uid(data, STUDY_INSTANCE_UID))
            return found
        return [_summary(data, None) for data in listed]

    async def _series_of(self, study_uid: str) -> list[SeriesSummary]:
        if not is_valid_uid(study_uid):
            return []
        path = f"studies/{study_uid}/series"
        listed = await self._list(path, key=SERIES_INSTANCE_UID, most=MAX_SERIES)
        return [_summary(data, study_uid) for data in listed]

    async def _has(self, study_uid: str, series_uid: str, instance_uid: str) -> bool:
        """Tell whether the PACS finds an instance."""
        path = f"studies/{study_uid}/series/{series_uid}/instances"
        found = await self._search(path, {"SOPInstanceUID": instance_uid})
        return any(first(data, SOP_INSTANCE_UID) == instance_uid for data in found)

    async def _list(
        self, path: str, *, key: str, most: int, search: Search | None = None
    ) -> list[DataSet]:
        """List all that a search finds, each once."""
        search = search or self._search
        found: dict[str, DataSet] = {}
        offset = 0
        while True:
            page = await search(path, {"limit": str(PAGE), "offset": str(offset)})
            offset += len(page)
            known = len(found)
            for data in page:
                found.setdefault(uid(data, key), data)
            if len(found) == known:
                return list(found.values())
            if len(found) > most:
                raise PacsError(f"expected a listing of at most {most} from the PACS")

    async def _search(self, path: str, params: dict[str, str]) -> list[DataSet]:
        try:
            return await self._ask(path, params)
        except InstanceNotFoundError:
            pass
        # Some say 404 of a study that they do not have, all do where no DICOMweb service is.
        try:
            await self._ask("studies", {"limit": "1"})
        except InstanceNotFoundError:
            raise PacsError(
                "no DICOMweb service is at the configured address; correct its path"
            ) from None
        return []

    async def _ask(self, path: str, params: dict[str, str]) -> list[DataSet]:
        async def ask() -> list[DataSet]:
            url = f"{self._root}/{path}"
            async with self._http.ask(
                "GET", url, headers=_JSON, params=params, understood=_LISTING
            ) as response:
                return decode_data_sets(await self._http.read(response))

        return await self._http.call(ask, seconds=self._http.limits.answer_seconds)

    async def _retrieve(self, instance: Instance, path: Path) -> None:
        url = f"{self._root}/{instance.locator}"
        async with self._http.ask("GET", url, headers=_INSTANCE) as response:
            await write_all(_body(response), path, most=self._http.limits.file_bytes)
        await check_instance(path, instance_uid=instance.instance_uid)


async def _body(response: httpx.Response) -> AsyncIterator[bytes]:
    """Yield the one instance in an answer, to its very end or an error."""
    kind, parameters = parse_content_type(response.headers.get("content-type", ""))
    if kind == "application/dicom":
        if not {"content-length", "transfer-encoding"} & response.headers.keys():
            raise PacsError("expected the length of an instance from the PACS, got none")
        async for data in response.aiter_raw():
            yield data
        return
    if kind != "multipart/related":
        raise PacsError("expected an instance from the PACS, got another type of content")
    part = SinglePart(parameters.get("boundary", ""))
    async for data in response.aiter_raw():
        yield part.feed(data)
    part.close()


def _instance(study_uid: str, series_uid: str, instance_uid: str) -> Instance:
    return Instance(
        locator=f"studies/{study_uid}/series/{series_uid}/instances/{instance_uid}",
        study_uid=study_uid,
        series_uid=series_uid,
        instance_uid=instance_uid,
    )


def _summary(data: DataSet, study_uid: str | None) -> SeriesSummary:
    modality = first(data, MODALITY)
    return SeriesSummary(
        study_uid=uid(data, STUDY_INSTANCE_UID, default=study_uid),
        series_uid=uid(data, SERIES_INSTANCE_UID),
        modality=modality if isinstance(modality, str) else "",
        instances=number(data, SERIES_RELATED_INSTANCES) or 0,
    )
