"""What a folder of DICOM files holds, by UID: a snapshot, built once and never changed."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Literal, TypeAlias

import msgspec

from .base import Instance, SeriesSummary

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..contracts import UidReference

Kind: TypeAlias = Literal["instance", "broken", "other"]


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One file: its stamp when it was read, and what was found.

    An ``instance`` has all three UIDs. A ``broken`` file claims to be DICOM and cannot be read as
    an instance; an ``other`` file does not claim to be one.
    """

    locator: str
    mtime_ns: int
    size: int
    kind: Kind
    study_uid: str | None = None
    series_uid: str | None = None
    instance_uid: str | None = None
    modality: str = ""

    @property
    def instance(self) -> Instance:
        """The entry as an answer."""
        return Instance(
            locator=self.locator,
            study_uid=self.study_uid,
            series_uid=self.series_uid,
            instance_uid=self.instance_uid,
        )


class IndexStats(msgspec.Struct, frozen=True, kw_only=True):
    """What the last scan found.

    Attributes
    ----------
    files : int
        Regular files, and folders that could not be listed.
    instances : int
        Different instances, which can be found by UID.
    unreadable : int
        Files that claim to be DICOM and cannot be read, which are found by path; and folders that
        could not be listed.
    duplicates : int
        Files whose instance UID another file has too, of which the first by path is used.
    others : int
        Files that are not DICOM instances, such as a ``DICOMDIR`` or a text.
    """

    files: int = 0
    instances: int = 0
    unreadable: int = 0
    duplicates: int = 0
    others: int = 0


class Catalog:
    """Instances by UID.

    Where several files have the same study, series and instance UID, the one whose path sorts
    first is the instance, whatever the order of ``entries``.
    """

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        by_path = sorted(entries, key=lambda entry: entry.locator)
        self._series: dict[tuple[str, str], dict[str, Entry]] = {}
        self._by_uid: dict[str, Entry] = {}
        uses: Counter[str] = Counter()
        for entry in by_path:
            if entry.study_uid and entry.series_uid and entry.instance_uid:
                members = self._series.setdefault((entry.study_uid, entry.series_uid), {})
                members.setdefault(entry.instance_uid, entry)
                self._by_uid.setdefault(entry.instance_uid, entry)
                uses[entry.instance_uid] += 1
        kinds = Counter(entry.kind for entry in by_path)
        self.stats = IndexStats(
            files=len(by_path),
            instances=sum(map(len, self._series.values())),
            unreadable=kinds["broken"],
            duplicates=sum(count - 1 for count in uses.values()),
            others=kinds["other"],
        )

    def find(self, reference: UidReference) -> list[Entry] | None:
        """Return the entries that a reference names, or None when one is missing."""
        members = self._series.get((reference.study_uid, reference.series_uid), {})
        if reference.instance_uid is not None:
            return pick(members, (reference.instance_uid,))
        if reference.instance_uids is not None:
            return pick(members, reference.instance_uids)
        return in_order(members.values()) or None

    def find_instance(self, instance_uid: str) -> Entry | None:
        """Return the entry with an instance UID; of several the first by path."""
        return self._by_uid.get(instance_uid)

    def instances(self, study_uid: str, series_uid: str) -> list[Instance]:
        """Return the instances of a series by instance UID."""
        members = self._series.get((study_uid, series_uid), {})
        return [entry.instance for entry in in_order(members.values())]

    def series(self, study_uid: str | None = None) -> list[SeriesSummary]:
        """Return the series of one study or of all, by (study, series) UID."""
        return [
            SeriesSummary(
                study_uid=study,
                series_uid=series,
                modality=min(entry.modality for entry in members.values()),
                instances=len(members),
            )
            for (study, series), members in sorted(self._series.items())
            if study_uid in (None, study)
        ]


def pick(members: dict[str, Entry], uids: tuple[str, ...]) -> list[Entry] | None:
    """Return exactly the entries with these instance UIDs, in their order, or None."""
    if not all(uid in members for uid in uids):
        return None
    return [members[uid] for uid in uids]


def in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Sort by instance UID; files without one come last, by path."""
    return sorted(entries, key=lambda e: (e.instance_uid is None, e.instance_uid or "", e.locator))


def members_of_folder(entries: Iterable[Entry]) -> list[Entry]:
    """Return the entries of one folder that make a series: instances once, and broken files.

    A broken file belongs to the series it lies in: without it a volume would lack a slice and
    nobody would know.
    """
    chosen: dict[str, Entry] = {}
    for entry in sorted(entries, key=lambda entry: entry.locator):
        if entry.kind != "other":
            chosen.setdefault(entry.instance_uid or f"\0{entry.locator}", entry)
    return in_order(chosen.values())
