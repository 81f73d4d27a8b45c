"""Data sets as DICOM JSON (PS3.18 annex F), as far as listings and answers of a store need them."""

from __future__ import annotations

from typing import Any, TypeAlias

import msgspec

from ..contracts import is_valid_uid
from ..errors import PacsError

MODALITY = "00080060"
STUDY_INSTANCE_UID = "0020000D"
SERIES_INSTANCE_UID = "0020000E"
SOP_INSTANCE_UID = "00080018"
SERIES_RELATED_INSTANCES = "00201209"
FAILURE_REASON = "00081197"
FAILED_SOP_SEQUENCE = "00081198"
REFERENCED_SOP_SEQUENCE = "00081199"
REFERENCED_SOP_INSTANCE_UID = "00081155"


class Attribute(msgspec.Struct, frozen=True, kw_only=True):
    """One attribute; only its values."""

    value: list[Any] = msgspec.field(name="Value", default_factory=list)


DataSet: TypeAlias = dict[str, Attribute]


def decode_data_sets(body: bytes) -> list[DataSet]:
    """Decode what a search answers: a list, empty when there is no body.

    Raises
    ------
    PacsError
        It is not DICOM JSON.
    """
    return _decode(body, list[DataSet]) if body.strip() else []


def decode_data_set(body: bytes) -> DataSet:
    """Decode one data set, which some servers wrap in a list; empty when there is no body.

    Raises
    ------
    PacsError
        It is not DICOM JSON.
    """
    decoded = _decode(body, DataSet | list[DataSet]) if body.strip() else {}
    if isinstance(decoded, list):
        return decoded[0] if decoded else {}
    return decoded


def first(data: DataSet, tag: str) -> Any:
    """Return the first value of an attribute, or None."""
    attribute = data.get(tag)
    return attribute.value[0] if attribute is not None and attribute.value else None


def uid(data: DataSet, tag: str, *, default: str | None = None) -> str:
    """Return a UID.

    Raises
    ------
    PacsError
        There is none that keeps the rules, so that it could be asked for.
    """
    value = first(data, tag) or default
    if not isinstance(value, str) or not is_valid_uid(value):
        raise PacsError("expected valid UIDs in the listing of the PACS, got one without")
    return value


def number(data: DataSet, tag: str) -> int | None:
    """Return an integer, which JSON may spell as a string (PS3.18 section F.2.3)."""
    value = first(data, tag)
    try:
        return int(value)
    except (TypeError, ValueError):
        return None


def items(data: DataSet, tag: str) -> list[DataSet]:
    """Return the items of a sequence.

    Raises
    ------
    PacsError
        It is none.
    """
    attribute = data.get(tag)
    try:
        return msgspec.convert(attribute.value if attribute else [], list[DataSet])
    except msgspec.ValidationError:
        raise PacsError("expected a sequence in the answer of the PACS") from None


def _decode(body: bytes, kind: Any) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise PacsError("expected DICOM JSON from the PACS, got something else") from None
