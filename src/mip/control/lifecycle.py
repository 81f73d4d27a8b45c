"""From which status an algorithm goes to which, as a table; and what a status asks for.

An *event* is what an operator asked for or what provisioning found. A pair that the table lacks
does not happen: asked for by an operator it is refused, found by provisioning it is stale news
and changes nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, TypeAlias

from ..errors import AlgorithmInactiveError, NotRegisteredError
from ..outbox import REQUEST_QUEUE_OPTIONS
from ..transport import QueueOptions

if TYPE_CHECKING:
    from ..contracts import AlgorithmRecord, AlgorithmStatus

Event: TypeAlias = Literal[
    "start",  # workers are wanted: registered, changed or scaled up
    "stop",  # none are wanted: scaled to zero
    "provisioned",  # what it needs is made, and a worker has started
    "workers_ended",  # the last worker has ended
    "fail",  # what it needs cannot be made
    "set_aside",  # an operator says that it is broken
    "delete",  # an operator wants it gone
    "removed",  # what was made for it is gone
]

TABLE: dict[tuple[AlgorithmStatus, Event], AlgorithmStatus] = {
    ("REGISTERED", "start"): "PROVISIONING",
    ("REGISTERED", "stop"): "SCALING_DOWN",
    ("REGISTERED", "fail"): "ERROR",
    ("REGISTERED", "set_aside"): "ERROR",
    ("REGISTERED", "delete"): "DELETING",
    ("PROVISIONING", "start"): "PROVISIONING",
    ("PROVISIONING", "stop"): "SCALING_DOWN",
    ("PROVISIONING", "provisioned"): "ACTIVE",
    ("PROVISIONING", "fail"): "ERROR",
    ("PROVISIONING", "set_aside"): "ERROR",
    ("PROVISIONING", "delete"): "DELETING",
    # A change does not close the door to jobs: its workers are replaced one by one.
    ("ACTIVE", "start"): "ACTIVE",
    ("ACTIVE", "stop"): "SCALING_DOWN",
    ("ACTIVE", "provisioned"): "ACTIVE",
    ("ACTIVE", "fail"): "ERROR",
    ("ACTIVE", "set_aside"): "ERROR",
    ("ACTIVE", "delete"): "DELETING",
    ("SCALING_DOWN", "start"): "PROVISIONING",
    ("SCALING_DOWN", "stop"): "SCALING_DOWN",
    ("SCALING_DOWN", "workers_ended"): "SCALED_DOWN",
    ("SCALING_DOWN", "fail"): "ERROR",
    ("SCALING_DOWN", "set_aside"): "ERROR",
    ("SCALING_DOWN", "delete"): "DELETING",
    ("SCALED_DOWN", "start"): "PROVISIONING",
    ("SCALED_DOWN", "stop"): "SCALED_DOWN",
    ("SCALED_DOWN", "workers_ended"): "SCALED_DOWN",
    ("SCALED_DOWN", "set_aside"): "ERROR",
    ("SCALED_DOWN", "delete"): "DELETING",
    # What cannot be removed now is tried again: there is no way back from a delete.
    ("DELETING", "fail"): "DELETING",
    ("DELETING", "delete"): "DELETING",
    ("DELETING", "removed"): "DELETED",
    ("ERROR", "start"): "PROVISIONING",
    ("ERROR", "stop"): "SCALING_DOWN",
    ("ERROR", "fail"): "ERROR",
    ("ERROR", "set_aside"): "ERROR",
    ("ERROR", "delete"): "DELETING",
}

FOREIGN_MAX_RECEIVES = 3
"""Of a queue whose workers are not ours: nobody but the queue counts their attempts."""


def wish(count: int) -> Event:
    """Return what it means to want so many workers."""
    return "start" if count else "stop"


def asked(record: AlgorithmRecord, event: Event) -> AlgorithmStatus:
    """Return the status after what an operator asked for.

    Raises
    ------
    NotRegisteredError
        The algorithm is deleted.
    AlgorithmInactiveError
        It is being deleted.
    """
    status = TABLE.get((record.status, event))
    if status is not None:
        return status
    if record.status == "DELETED":
        raise not_registered(record.algorithm_id)
    raise AlgorithmInactiveError(
        f"{record.algorithm_id} is being deleted; wait until it is DELETED, then register it anew"
    )


def found(record: AlgorithmRecord, event: Event) -> AlgorithmStatus:
    """Return the status after what provisioning found; stale news changes nothing."""
    return TABLE.get((record.status, event), record.status)


def not_registered(algorithm_id: str) -> NotRegisteredError:
    """Return the error of an id that no algorithm has."""
    return NotRegisteredError(f"no algorithm {algorithm_id} is registered")


def wanted_workers(record: AlgorithmRecord) -> int:
    """Return how many workers an algorithm should have: none unless it is to take jobs."""
    return record.desired_count if record.status in {"PROVISIONING", "ACTIVE"} else 0


def queue_options(record: AlgorithmRecord) -> QueueOptions:
    """Return how an algorithm's queue behaves."""
    if record.runtime == "foreign":
        return QueueOptions(max_receives=FOREIGN_MAX_RECEIVES)
    return REQUEST_QUEUE_OPTIONS
