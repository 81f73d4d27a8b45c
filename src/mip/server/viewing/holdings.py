"""What a caller can list: series of the PACS, and series of their own results."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Final

import anyio.to_thread

from ...dicom import read_listing
from ...errors import DicomError, InstanceNotFoundError, JobNotFoundError, ObjectNotFoundError

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable

    from ...contracts import JobKey, Output
    from ...dicom import InstanceListing
    from ...pacs import Pacs
    from ...state import JobStore
    from ..access import Caller
    from .locate import Located, Locator

MAX_RESULT_JOBS: Final = 1000
"""Jobs, newest first, whose results are listed; older ones are found by UID."""
PAGE: Final = 32
"""Records that are read at once: each may be as long as a message, 1 MiB."""
MAX_LISTINGS: Final = 20_000


@dataclass(frozen=True, kw_only=True)
class SeriesHolding:
    """A series: how many instances the PACS has of it, and which results belong to it."""

    study_uid: str
    series_uid: str
    modality: str
    in_pacs: int = 0
    results: list[Output] = field(default_factory=list)

    @property
    def instances(self) -> int:
        """How many instances it has."""
        return self.in_pacs + len(self.results)


@dataclass(frozen=True, kw_only=True)
class Member:
    """An instance of a series, which ``locate`` looks at only when it is wanted."""

    uid: str
    locate: Callable[[], Awaitable[Located]]


class Holdings:
    """Lists what a caller may see.

    Parameters
    ----------
    jobs : JobStore
        Knows the results.
    pacs : Pacs
        Has all other images.
    locator : Locator
        Finds either.
    """

    def __init__(self, jobs: JobStore, *, pacs: Pacs, locator: Locator) -> None:
        self._jobs = jobs
        self._pacs = pacs
        self._locator = locator
        self._listings: OrderedDict[str, InstanceListing] = OrderedDict()

    async def series(
        self, caller: Caller, *, client_id: str | None, study_uid: str | None = None
    ) -> list[SeriesHolding]:
        """Return series by (study, series) UID, of one study or of all.

        Raises
        ------
        PacsError, StorageError, StateError
            Somebody does not answer.
        """
        found: dict[tuple[str, str], SeriesHolding] = {}
        for each in await self._pacs.series(study_uid):
            found[each.study_uid, each.series_uid] = SeriesHolding(
                study_uid=each.study_uid,
                series_uid=each.series_uid,
                modality=each.modality,
                in_pacs=each.instances,
            )
        async for output, listing in self._results(caller, client_id):
            if not (listing.study_uid and listing.series_uid):
                continue
            if study_uid not in (None, listing.study_uid):
                continue
            uids = (listing.study_uid, listing.series_uid)
            holding = found.setdefault(
                uids,
                SeriesHolding(study_uid=uids[0], series_uid=uids[1], modality=listing.modality),
            )
            holding.results.append(output)
        return [found[uids] for uids in sorted(found)]

    async def members(self, holding: SeriesHolding) -> list[Member]:
        """Return the instances of a series, by UID."""
        found = {
            output.sop_instance_uid: Member(
                uid=output.sop_instance_uid, locate=partial(self._locator.stored, output)
            )
            for output in holding.results
        }
        if holding.in_pacs:
            for each in await self._pacs.instances(holding.study_uid, holding.series_uid):
                uid = each.instance_uid
                if uid is not None and uid not in found:
                    found[uid] = Member(uid=uid, locate=partial(self._locator.located, each))
        return [found[uid] for uid in sorted(found)]

    async def sample(self, holding: SeriesHolding) -> InstanceListing | None:
        """Return what one instance of a series says, for what all have in common."""
        if holding.results:
            return await self.listing(await self._locator.stored(holding.results[0]))
        for each in await self._pacs.instances(holding.study_uid, holding.series_uid):
            locate = partial(self._locator.located, each)
            return await self.listing_of(Member(uid=each.instance_uid or "", locate=locate))
        return None

    async def listing_of(self, member: Member) -> InstanceListing | None:
        """Return what listings tell of a member; None when it is gone or cannot be read."""
        try:
            return await self.listing(await member.locate())
        except InstanceNotFoundError:
            return None

    async def listing(self, located: Located) -> InstanceListing | None:
        """Return what listings tell of an instance; None when it is gone or cannot be read."""
        known = self._listings.get(located.sha256)
        if known is None:
            try:
                async with located.hold() as path:
                    known = await anyio.to_thread.run_sync(read_listing, path)
            except (DicomError, InstanceNotFoundError, ObjectNotFoundError):
                return None
            self._listings[located.sha256] = known
        self._listings.move_to_end(located.sha256)
        while len(self._listings) > MAX_LISTINGS:
            self._listings.popitem(last=False)
        return known

    async def _results(
        self, caller: Caller, client_id: str | None
    ) -> AsyncIterator[tuple[Output, InstanceListing]]:
        if client_id is None and caller.role != "operator":
            return
        seen: set[str] = set()
        async for output in self._outputs(client_id):
            if output.sop_instance_uid in seen:
                continue
            seen.add(output.sop_instance_uid)
            listing = await self.listing(await self._locator.stored(output))
            if listing is not None:
                yield output, listing

    async def _outputs(self, client_id: str | None) -> AsyncIterator[Output]:
        """Yield the outputs of the newest jobs, holding no more of them than a page has."""
        before: JobKey | None = None
        left = MAX_RESULT_JOBS
        while left > 0:
            wanted = min(PAGE, left)
            try:
                records = await self._jobs.jobs(client_id=client_id, limit=wanted, before=before)
            except JobNotFoundError:
                return  # it was forgotten since it was listed, and what is older with it
            for record in records:
                for output in record.result.outputs if record.result is not None else ():
                    yield output
            if len(records) < wanted:
                return
            left -= wanted
            before = records[-1].job.key
