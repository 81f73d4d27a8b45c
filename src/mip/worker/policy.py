"""What to do when an attempt has failed: pure decisions, no clock and no I/O.

================  ==============================================  =====================
failure           examples                                        decision
================  ==============================================  =====================
permanent         wrong request, broken image, ``Discard``        fail now
outage            PACS down or not letting us in, disk full       wait it out; no attempt
unknown           the algorithm raised, crashed or timed out      back off, to the limit
put off           ``RetryAfter``                                  wait as told; no attempt
================  ==============================================  =====================

Attempts count whichever worker made them. An outage is not the job's fault, and were it counted, a
PACS that is away for a minute would turn all jobs of that minute into dead letters. One that lasts
for ``max_outage_seconds`` may be the job's after all (a file that nobody may read); from then on
it counts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import msgspec

from ..contracts import ErrorInfo, error_info
from ..errors import Discard, MipError, PacsAuthError, PacsError, RetryAfter, StorageError
from ..transport.base import DEFAULT_RETENTION_SECONDS

if TYPE_CHECKING:
    from .options import WorkerOptions

PREFETCH_SECONDS = 0.5
LEAST_PAUSE_SECONDS = 1.0
"""Of a job that is put off for no time at all: it costs no attempt, so nothing else slows it."""
_KEPT_SECONDS = DEFAULT_RETENTION_SECONDS
"""A job that is put off for longer is gone from its queue by then, unless one worker holds on."""


class Fail(msgspec.Struct, frozen=True):
    """End the job as failed."""

    error: ErrorInfo


class TryAgain(msgspec.Struct, frozen=True):
    """Try again after a pause; ``counts`` tells whether this was a failed attempt."""

    error: ErrorInfo
    delay_seconds: float
    counts: bool


Decision: TypeAlias = Fail | TryAgain


def describe(error: BaseException) -> ErrorInfo:
    """Turn an exception into what the client may know.

    An exception that is not ours is named by its type alone: its text may quote patient data.
    """
    if isinstance(error, MipError):
        code, message = error.code, str(error)
    elif isinstance(error, Discard):
        code, message = "algorithm.discarded", error.reason
    elif isinstance(error, RetryAfter):
        code, message = "algorithm.put_off", error.reason
    else:
        code, message = "worker.internal", f"unexpected {type(error).__name__} in the worker"
    return error_info(code, message)


def after_failure(
    error: Exception,
    *,
    failures: int,
    age_seconds: float,
    outages: int = 0,
    outage_seconds: float = 0.0,
    jitter: float,
    options: WorkerOptions,
) -> Decision:
    """Decide what follows a failed attempt.

    Parameters
    ----------
    error : Exception
        What ended the attempt.
    failures : int
        Attempts of this job that had failed before.
    age_seconds : float
        Time since the job was submitted.
    outages : int
        Attempts in a row, this one included, that an outage ended.
    outage_seconds : float
        Time since the first of them.
    jitter : float
        A random number in [0, 1), so that jobs which failed together do not return together.
    options : WorkerOptions
        The limits.
    """
    info = describe(error)
    if isinstance(error, RetryAfter):
        until_seconds = age_seconds + error.seconds
        if age_seconds > options.max_retry_age_seconds or until_seconds > _KEPT_SECONDS:
            return Fail(info)
        return TryAgain(info, max(LEAST_PAUSE_SECONDS, error.seconds), counts=False)
    if is_outage(error) and outage_seconds < options.max_outage_seconds:
        pause = backoff(max(0, outages - 1), jitter=jitter, options=options)
        return TryAgain(info, pause, counts=False)
    is_permanent = isinstance(error, Discard) or (
        isinstance(error, MipError) and not error.retryable
    )
    if is_permanent or failures + 1 >= options.max_attempts:
        return Fail(info)
    return TryAgain(info, backoff(failures, jitter=jitter, options=options), counts=True)


def is_outage(error: Exception) -> bool:
    """Tell whether a service that every job needs failed, rather than this job.

    A PACS that lets nobody in is out as well: whoever mistyped its password mends that, and a job
    that met it meanwhile is none the worse.
    """
    if isinstance(error, PacsAuthError):
        return True
    return isinstance(error, PacsError | StorageError) and error.retryable


def backoff(failures: int, *, jitter: float, options: WorkerOptions) -> float:
    """Return the pause after ``failures + 1`` failed attempts, in seconds: half fixed, half random.

    Source: "equal jitter" in Exponential Backoff and Jitter, AWS Architecture Blog, 2015.
    """
    ceiling = min(options.max_backoff_seconds, options.backoff_seconds * 2.0 ** min(failures, 30))
    return ceiling * (0.5 + 0.5 * jitter)


def prefetch(mean_seconds: float, *, options: WorkerOptions) -> int:
    """Return how many jobs to have in hand beyond those that compute.

    So many as are begun within ``PREFETCH_SECONDS``: short jobs hide the time of fetching,
    storing and recording behind each other, and a long job is left to a worker that is free.

    Parameters
    ----------
    mean_seconds : float
        How long a job has been computing of late.
    options : WorkerOptions
        ``concurrency``, and ``prefetch`` as the upper bound.
    """
    seconds = options.concurrency * PREFETCH_SECONDS
    if mean_seconds * options.prefetch <= seconds:
        return options.prefetch
    return int(seconds / mean_seconds)


def has_crashed_too_often(crashes: int, *, options: WorkerOptions) -> bool:
    """Tell whether a job took its worker down so often that it must not be started again.

    Parameters
    ----------
    crashes : int
        Earlier starts that ended in nothing: neither result, nor failure, nor handed back.
    options : WorkerOptions
        The limit.
    """
    return crashes >= options.max_crashes
