"""How a worker behaves, apart from where it is connected."""

from __future__ import annotations

import os

import msgspec

from ..settings import DEFAULT_RECORDS_DAYS


class WorkerOptions(msgspec.Struct, frozen=True, kw_only=True):
    """Limits and times of a worker; the defaults suit jobs of milliseconds to minutes.

    Attributes
    ----------
    concurrency : int
        Jobs computed at once.
    prefetch : int
        Most jobs in hand beyond those: their images are fetched ahead, their results are being
        stored. Fewer when jobs are long, see :func:`mip.worker.policy.prefetch`.
    lease_seconds : float
        Length of a lease; renewed at half.
    drain_seconds : float
        How long jobs may go on after a stop before they are handed back.
    max_attempts : int
        Attempts that may end in failure before a job is dead.
    max_crashes : int
        Starts that may end in a crash before a job is dead.
    backoff_seconds, max_backoff_seconds : float
        First and longest pause between attempts; it doubles, with jitter.
    max_outage_seconds : float
        How long a job waits for a PACS or a store that is down before its attempts count.
    max_retry_age_seconds : float
        An algorithm may put a job off with ``RetryAfter`` until the job is this old, and for no
        longer than its queue keeps it.
    send_results : str
        Whom derived objects are sent to: ``source``, a PACS by name, or nobody when empty.
    cancel_check_seconds : float
        How often running jobs are checked for a request to stop.
    sweep_seconds : float
        How often records that a crash left unpublished or unannounced are looked for.
    record_seconds : float
        How long a job stays on record after its end; longer than its message may stay on a queue
        and among its dead letters.
    """

    concurrency: int = 1
    prefetch: int = 12
    lease_seconds: float = 60.0
    drain_seconds: float = 30.0
    max_attempts: int = 3
    max_crashes: int = 10
    backoff_seconds: float = 1.0
    max_backoff_seconds: float = 60.0
    max_outage_seconds: float = 600.0
    max_retry_age_seconds: float = 7 * 86_400.0
    send_results: str = ""
    cancel_check_seconds: float = 1.0
    sweep_seconds: float = 15.0
    record_seconds: float = DEFAULT_RECORDS_DAYS * 86_400.0


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
