"""How a delivery is to be settled when the work on it has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import msgspec

from ..contracts import ErrorInfo

if TYPE_CHECKING:
    from ..contracts import Result


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """How a delivery is to be settled; ``drop`` leaves it alone, for its lease is another's."""

    kind: Literal["ack", "nack", "dead_letter", "drop"]
    delay_seconds: float = 0.0
    reason: str = ""


ACK = Verdict(kind="ack")
DROP = Verdict(kind="drop")
GIVE_BACK = Verdict(kind="nack")


def verdict_of(result: Result) -> Verdict:
    """Return how the message of a job with this result is settled."""
    if result.status != "failed":
        return ACK
    error = result.error or ErrorInfo(code="worker.internal", message="no reason on record")
    return Verdict(kind="dead_letter", reason=f"{error.code}: {error.message}")
