"""Queries of DICOMweb (PS3.18 section 10.6): what is matched, and what an answer has; pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import msgspec

from ...dicom import listed_tags

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ...dicom import InstanceListing
    from .holdings import SeriesHolding

_KEYS: Final = {
    "StudyInstanceUID": "0020000D",
    "SeriesInstanceUID": "0020000E",
    "SOPInstanceUID": "00080018",
    "Modality": "00080060",
    "ModalitiesInStudy": "00080061",
    "PatientID": "00100020",
}
_NAMES: Final = {tag: name for name, tag in _KEYS.items()}
_OTHER_PARAMETERS: Final = frozenset(
    {"limit", "offset", "includefield", "fuzzymatching", "client_id"}
)

Item = dict[str, Any]


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What answers have to match, each exactly or as one of several; ``ignored`` is not matched."""

    study_uids: frozenset[str] | None = None
    series_uids: frozenset[str] | None = None
    instance_uids: frozenset[str] | None = None
    modalities: frozenset[str] | None = None
    patient_ids: frozenset[str] | None = None
    ignored: tuple[str, ...] = ()

    def takes_series(self, holding: SeriesHolding) -> bool:
        """Tell whether a series matches, by what the index knows."""
        return (
            _has(self.study_uids, holding.study_uid)
            and _has(self.series_uids, holding.series_uid)
            and _has(self.modalities, holding.modality)
        )

    def takes_patient(self, listing: InstanceListing | None) -> bool:
        """Tell whether it is of a patient that is asked for."""
        return self.patient_ids is None or (
            listing is not None and _value(listing, "00100020") in self.patient_ids
        )

    def takes_instance(self, instance_uid: str) -> bool:
        """Tell whether an instance matches."""
        return _has(self.instance_uids, instance_uid)


def read_query(parameters: Iterable[tuple[str, str]]) -> Query:
    """Read the parameters of a query; an empty or universal value matches everything."""
    wanted: dict[str, frozenset[str]] = {}
    ignored: list[str] = []
    for key, text in parameters:
        name = _NAMES.get(key, key)
        if name in _OTHER_PARAMETERS or text in ("", "*"):
            continue
        if name not in _KEYS:
            ignored.append(name)
            continue
        values = text.replace("\\", ",").split(",") if name != "PatientID" else [text]
        wanted[name] = frozenset(values)
    return Query(
        study_uids=wanted.get("StudyInstanceUID"),
        series_uids=wanted.get("SeriesInstanceUID"),
        instance_uids=wanted.get("SOPInstanceUID"),
        modalities=wanted.get("Modality") or wanted.get("ModalitiesInStudy"),
        patient_ids=wanted.get("PatientID"),
        ignored=tuple(sorted(set(ignored))),
    )


def study_item(members: list[SeriesHolding], listing: InstanceListing | None, *, url: str) -> Item:
    """Describe a study (PS3.18 table 10.6.3-3)."""
    return {
        **_picked(listing, "study"),
        "0020000D": {"vr": "UI", "Value": [members[0].study_uid]},
        "00080056": {"vr": "CS", "Value": ["ONLINE"]},
        "00080061": {"vr": "CS", "Value": sorted({each.modality for each in members} - {""})},
        "00081190": {"vr": "UR", "Value": [url]},
        "00201206": {"vr": "IS", "Value": [len(members)]},
        "00201208": {"vr": "IS", "Value": [sum(each.instances for each in members)]},
    }


def series_item(holding: SeriesHolding, listing: InstanceListing | None, *, url: str) -> Item:
    """Describe a series (PS3.18 table 10.6.3-4)."""
    return {
        **_picked(listing, "series"),
        "0020000D": {"vr": "UI", "Value": [holding.study_uid]},
        "0020000E": {"vr": "UI", "Value": [holding.series_uid]},
        "00080060": {"vr": "CS", "Value": [holding.modality]},
        "00081190": {"vr": "UR", "Value": [url]},
        "00201209": {"vr": "IS", "Value": [holding.instances]},
    }


def instance_item(
    holding: SeriesHolding, instance_uid: str, listing: InstanceListing | None, *, url: str
) -> Item:
    """Describe an instance (PS3.18 table 10.6.3-5)."""
    return {
        **_picked(listing, "instance"),
        "0020000D": {"vr": "UI", "Value": [holding.study_uid]},
        "0020000E": {"vr": "UI", "Value": [holding.series_uid]},
        "00080018": {"vr": "UI", "Value": [instance_uid]},
        "00080056": {"vr": "CS", "Value": ["ONLINE"]},
        "00081190": {"vr": "UR", "Value": [url]},
    }


def _picked(listing: InstanceListing | None, level: Any) -> Item:
    if listing is None:
        return {}
    tags = listed_tags(level)
    return {tag: listing.attributes[tag] for tag in tags if tag in listing.attributes}


def _has(wanted: frozenset[str] | None, value: str) -> bool:
    return wanted is None or value in wanted


def _value(listing: InstanceListing, tag: str) -> str | None:
    values = listing.attributes.get(tag, {}).get("Value") or [None]
    return values[0] if isinstance(values[0], str) else None
