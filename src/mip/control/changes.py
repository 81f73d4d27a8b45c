"""What becomes of an algorithm's record by what operators ask and what its code says."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import msgspec
from msgspec import UNSET
from msgspec.structs import replace

from ..clock import to_iso
from ..contracts import (
    DEFAULT_MEMORY_BYTES,
    DEFAULT_TIMEOUT_SECONDS,
    AlgorithmRecord,
    patched_pair,
)
from ..contracts.registration import DEFAULT_VERSION
from ..errors import FieldError, InvalidRegistrationError
from .lifecycle import asked, wish

if TYPE_CHECKING:
    from ..contracts import AlgorithmPatch, AlgorithmSpec, AlgorithmStatus, Registration

SET_ASIDE = "an operator set it aside; scale it up, or set it ACTIVE, to use it again"
_OF_THE_CODE = ("version", "parameters")


class Change(NamedTuple):
    """A record after a change, and in words what was done beside what was asked."""

    record: AlgorithmRecord
    notes: tuple[str, ...] = ()


def registered(registration: Registration, *, now: float) -> AlgorithmRecord:
    """Return the record of an algorithm that is new."""
    at = to_iso(now)
    values = msgspec.structs.asdict(registration)
    values["version"] = registration.version or DEFAULT_VERSION
    return AlgorithmRecord(
        **values, status="REGISTERED", is_settled=False, created_at=at, updated_at=at
    )


def patched(record: AlgorithmRecord, patch: AlgorithmPatch, *, now: float) -> Change:
    """Return a record as an operator asks it to be.

    The workers that are wanted follow ``desired_count``, or ``status`` when that is given alone:
    ``ACTIVE`` wants one where none were, ``SCALED_DOWN`` none.

    Raises
    ------
    InvalidRegistrationError
        CPU and memory do not go together, or status and count contradict each other.
    NotRegisteredError, AlgorithmInactiveError
        It is deleted, or being deleted.
    """
    cpu, memory, notes = patched_pair(patch, cpu=record.cpu, memory=record.memory)
    count, count_notes = _count(record, patch)
    given = {
        name: value
        for name, value in msgspec.structs.asdict(patch).items()
        if value is not UNSET and name != "status"
    }
    values = {**given, "cpu": cpu, "memory": memory, "desired_count": count}
    if given.get("image_uri", record.image_uri) != record.image_uri:
        values |= {
            "digest": "",
            "timeout_seconds": DEFAULT_TIMEOUT_SECONDS,
            "memory_bytes": DEFAULT_MEMORY_BYTES,
        }
    if patch.status == "ERROR":
        status, why = asked(record, "set_aside"), SET_ASIDE
    else:
        status, why = asked(record, wish(count)), ""
    changed = replace(record, **values, is_settled=False)
    return Change(
        moved(changed, status, now=now, last_error=why),
        (*notes, *count_notes, *_code_notes(record, given)),
    )


def scaled(record: AlgorithmRecord, count: int, *, now: float) -> AlgorithmRecord:
    """Return a record with another number of workers wanted.

    Raises
    ------
    NotRegisteredError, AlgorithmInactiveError
        It is deleted, or being deleted.
    """
    status = asked(record, wish(count))
    return moved(replace(record, desired_count=count, is_settled=False), status, now=now)


def deleted(record: AlgorithmRecord, *, now: float) -> AlgorithmRecord:
    """Return the record of an algorithm that is to be removed.

    Raises
    ------
    NotRegisteredError
        It is deleted already.
    """
    return moved(replace(record, is_settled=False), asked(record, "delete"), now=now)


def moved(
    record: AlgorithmRecord, status: AlgorithmStatus, *, now: float, last_error: str = ""
) -> AlgorithmRecord:
    """Return a record with another status, and the error that goes with it."""
    return replace(record, status=status, last_error=last_error, updated_at=to_iso(now))


def learned(record: AlgorithmRecord, spec: AlgorithmSpec) -> AlgorithmRecord:
    """Return a record completed by what the code says of itself.

    Version, scope, parameters and limits are the code's where it can be loaded, whatever was
    registered: its results carry that version, and it refuses what is not in its schema.
    """
    return replace(
        record,
        version=spec.version,
        scope=spec.scope,
        parameters=spec.parameters,
        description=record.description or spec.description,
        digest=spec.digest,
        timeout_seconds=spec.timeout_seconds,
        memory_bytes=spec.memory_bytes,
    )


def _count(record: AlgorithmRecord, patch: AlgorithmPatch) -> tuple[int, tuple[str, ...]]:
    """Return how many workers are wanted after a change."""
    count = record.desired_count if patch.desired_count is UNSET else patch.desired_count
    if patch.status is UNSET or patch.status == "ERROR":
        return count, ()
    wants_workers = patch.status == "ACTIVE"
    if patch.desired_count is not UNSET and wants_workers != bool(count):
        message = f"expected a status that goes with desired_count {count}, got {patch.status}"
        raise InvalidRegistrationError([FieldError("status", message)])
    if wants_workers and not count:
        return 1, ("desired_count was set to 1 to make it ACTIVE",)
    if not wants_workers and count:
        return 0, ("desired_count was set to 0 to make it SCALED_DOWN",)
    return count, ()


def _code_notes(record: AlgorithmRecord, given: dict[str, object]) -> tuple[str, ...]:
    if not record.digest or "image_uri" in given:
        return ()
    names = [name for name in _OF_THE_CODE if name in given]
    if not names:
        return ()
    return (f"{' and '.join(names)}: what the code itself declares holds",)
