"""What a message on the results queue is good for: it wakes, and brings what is not on record yet.

Workers of ours record a result before they announce it, so that their message only tells that
there is something to read. A foreign worker knows no records: its message is all there is, and is
recorded here, which gives the result its place among its client's results.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..clock import to_iso
from ..contracts import (
    ErrorInfo,
    Job,
    PathReference,
    StoredObject,
    decode_result,
    error_info,
    is_valid_algorithm_id,
    is_valid_id,
    job_key,
)
from ..errors import ContractError, JobNotFoundError
from ..state import Ending
from ..state.callbacks import Callback

if TYPE_CHECKING:
    from ..clock import Clock
    from ..contracts import Result
    from ..state import JobRecord, JobStore
    from ..state.callbacks import CallbackStore

UNKNOWN_ALGORITHM = "unknown"
"""Of a job that nobody submitted here, whose result does not tell what it ran."""


class Results:
    """Takes messages of the results queue.

    Parameters
    ----------
    records : JobStore
        Where results are.
    callbacks : CallbackStore
        Where those are that are owed to a URL.
    clock : Clock
        Dates what is owed.
    """

    def __init__(self, records: JobStore, *, callbacks: CallbackStore, clock: Clock) -> None:
        self._records = records
        self._callbacks = callbacks
        self._clock = clock

    async def take(self, body: bytes, *, published_at: float) -> JobRecord:
        """Record what a message brings, and owe its callback; return the job, which has ended.

        The first result of a job stays, whoever brings another. To take a message again changes
        nothing, so a message is acknowledged after this and not before.

        Parameters
        ----------
        body : bytes
            The message.
        published_at : float
            When it came to the queue; when a job began that nobody submitted here.

        Raises
        ------
        ContractError
            It is no result, or does not tell whose.
        StateError
            The records do not answer.
        """
        result = decode_result(body)
        if not (is_valid_id(result.client_id) and is_valid_id(result.job_id)):
            raise ContractError("not a result: expected ids of 1 to 128 printable ASCII characters")
        record = await self._record(result, published_at=published_at)
        if record.job.callback_url is not None:
            await self._owe(record.job, record.job.callback_url)
        return record

    async def _record(self, result: Result, *, published_at: float) -> JobRecord:
        key = job_key(result.client_id, result.job_id)
        try:
            record = await self._records.get(key)
        except JobNotFoundError:
            job = _stand_in(result, submitted_at=to_iso(published_at))
        else:
            if record.is_final:
                return record
            job = record.job
        await self._records.finish(job, _ending(result))
        await self._records.mark_announced([key])
        return await self._records.get(key)

    async def _owe(self, job: Job, url: str) -> None:
        now = self._clock.now()
        await self._callbacks.owe(
            Callback(
                key=job.key,
                client_id=job.client_id,
                job_id=job.job_id,
                url=url,
                owed_at=now,
                next_at=now,
            )
        )


def _stand_in(result: Result, *, submitted_at: str) -> Job:
    """Make the job of a result whose job was never submitted here."""
    is_known = is_valid_algorithm_id(result.algo_id)
    return Job(
        job_id=result.job_id,
        client_id=result.client_id,
        pacs=PathReference(study_id="unknown", series_id="unknown", scope="series"),
        algo_id=result.algo_id if is_known else UNKNOWN_ALGORITHM,
        version=result.version,
        submitted_at=submitted_at,
    )


def _ending(result: Result) -> Ending:
    """Read how a foreign worker says that a job ended; links are ours to make."""
    dicom, error = result.dicom, result.error
    if result.status == "failed" and error is None:
        error = ErrorInfo(code="algorithm.failed", message="the worker gave no reason")
    return Ending(
        outcome=result.status,
        version=result.version,
        dicom=None if dicom is None else StoredObject(bucket=dicom.bucket, key=dicom.key),
        outputs=result.outputs,
        meta=result.meta,
        timings=result.timings,
        error=None if error is None else error_info(error.code, error.message),
    )
