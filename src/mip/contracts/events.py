"""What happens to a job, as its record keeps it: one row each, never overwritten."""

from __future__ import annotations

from typing import TypeAlias

import msgspec

from .results import ErrorInfo, Outcome


class JobQueued(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="queued"):
    """The job was accepted."""

    at: str


class AttemptStarted(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="started"):
    """A worker began to work on the job."""

    at: str
    worker: str


class AttemptFailed(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="failed"):
    """One attempt ended in failure; ``attempt`` counts from 1."""

    at: str
    worker: str
    attempt: int
    error: ErrorInfo


class AttemptReleased(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    omit_defaults=True,
    tag_field="type",
    tag="released",
):
    """A worker handed the job back unfinished, which is no failure of the job.

    ``until`` and ``error`` tell of a job that was put off: until when, and why.
    """

    at: str
    worker: str
    until: str | None = None
    error: ErrorInfo | None = None


class JobFinished(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", tag="finished"):
    """The job reached its end; nothing follows."""

    at: str
    outcome: Outcome
    seq: int


JobEvent: TypeAlias = JobQueued | AttemptStarted | AttemptFailed | AttemptReleased | JobFinished
