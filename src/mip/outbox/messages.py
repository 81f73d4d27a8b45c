"""Records as messages: bodies, groups and duplicate guards. Pure."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ..contracts import MAX_MESSAGE_BYTES, encode_job, encode_result, job_key
from ..errors import PayloadTooLargeError
from ..transport import Message

if TYPE_CHECKING:
    from ..contracts import Job, JobKey, Result


def job_message(job: Job) -> Message:
    """Write a job as the message on its queue: one per job, in order within its group."""
    return Message(body=encode_job(job), group_id=job.group_id, dedup_id=job.key)


def checked_size(job: Job) -> int:
    """Return how many bytes a job's message has; refuse a job that no queue carries.

    Raises
    ------
    PayloadTooLargeError
        It is longer than a message may be.
    """
    size = len(encode_job(job))
    if size > MAX_MESSAGE_BYTES:
        raise PayloadTooLargeError(
            f"expected a job of at most {MAX_MESSAGE_BYTES} bytes, got {size}; send less in "
            "parameters and instance_uids"
        )
    return size


def result_key(result: Result) -> JobKey:
    """Return the key of the job that a result is of."""
    return job_key(result.client_id, result.job_id)


def result_message(result: Result, *, again: str = "") -> Message:
    """Write a result as the message on the results queue, in order within its client.

    Parameters
    ----------
    result : Result
        As it is on record.
    again : str
        Makes the message another one than those that were published for this result before.
    """
    key = result_key(result)
    return Message(
        body=_body(result),
        group_id=hashlib.sha256(result.client_id.encode()).hexdigest(),
        dedup_id=f"{key}.{again}" if again else key,
    )


def _body(result: Result) -> bytes:
    """Write a result; of one that is too long for a message what readers can do without is cut.

    The message is only a wake-up: whoever needs all of the result reads it from the record.
    """
    body = encode_result(result)
    if len(body) > MAX_MESSAGE_BYTES:
        body = encode_result(replace(result, meta={}, timings={}))
    if len(body) > MAX_MESSAGE_BYTES:
        body = encode_result(replace(result, meta={}, timings={}, outputs=()))
    return body
