"""Jobs behind a server: what :class:`mip.control.Jobs` does, by calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec

from ...clock import from_iso
from ...contracts import Job, JobEvent, Result
from ...contracts.images import decode_reference
from ...state import FINAL_STATES, JobRecord, JobState, Submission

if TYPE_CHECKING:
    from ...contracts import JobKey, JobRequest
    from .calls import Calls
    from .identity import Identity

PAGE = 100


class _Shown(msgspec.Struct, frozen=True, kw_only=True):
    job_id: str
    client_id: str
    algo_id: str
    status: JobState
    version: str = ""
    parent: str | None = None
    parameters: dict[str, Any] = {}
    submitted_at: str = ""
    attempts: int = 0
    cancel_requested: bool = False


class RemoteJobs:
    """Jobs of the clients that an identity may see."""

    def __init__(self, calls: Calls, identity: Identity) -> None:
        self._calls = calls
        self._identity = identity

    async def submit(self, request: JobRequest, *, target: str) -> Submission:
        """Submit a job to ``id`` or ``id@version``; the same request again is the same job."""
        body: dict[str, Any] = msgspec.to_builtins(request)
        body = {name: value for name, value in body.items() if value is not None}
        answer = await self._calls.call(
            "POST",
            f"/process/{quote(target, safe='@')}",
            headers=self._identity.as_client(request.client_id),
            body=body,
        )
        # The answer tells no more than that the job is on record; how it stands is asked for.
        name = str(answer.get("job_id", ""))
        return Submission(record=await self.show(request.client_id, name), is_new=True)

    async def show(self, client_id: str, job_id: str) -> JobRecord:
        """Return one job."""
        return self._record(await self._shown(client_id, job_id))

    async def history(self, client_id: str, job_id: str) -> list[JobEvent]:
        """Return what happened to a job, oldest first."""
        events = (await self._shown(client_id, job_id)).get("events", [])
        return self._calls.read(events, list[JobEvent])

    async def page(
        self,
        *,
        client_id: str | None = None,
        state: JobState | None = None,
        limit: int = PAGE,
        before: JobKey | None = None,
    ) -> list[JobRecord]:
        """Return jobs, newest first, of one client; of all for operators, else of the login."""
        asks = self._identity
        headers = asks.as_anyone() if client_id is None else asks.as_client(client_id)
        query: dict[str, object] = {"client_id": client_id, "status": state}
        if client_id is None and not asks.is_operator:
            query["client_id"] = asks.client(None)
        found: list[JobRecord] = []
        following: object = before
        while len(found) < limit:
            query |= {"limit": limit - len(found), "before": following}
            answer = await self._calls.call("GET", "/jobs", headers=headers, query=query)
            listed = self._list(answer, "jobs")
            found += [self._record(each) for each in listed]
            # The server makes a page shorter when its jobs are long, and says where to go on.
            following = answer.get("next")
            if not listed or not isinstance(following, str):
                break
        return found[:limit]

    async def results(self, client_id: str, *, after: int = 0, limit: int = PAGE) -> list[Result]:
        """Return a client's results whose ``seq`` is greater than ``after``, in order."""
        answer = await self._calls.call(
            "GET",
            "/results",
            headers=self._identity.as_client(client_id),
            query={"client_id": client_id, "after": after, "limit": limit},
        )
        return self._calls.read(self._list(answer, "results"), list[Result])

    async def cancel(self, client_id: str, job_id: str) -> JobRecord:
        """Cancel a job; return it as it is then."""
        return self._record(await self._call_job("DELETE", client_id, job_id))

    async def retry(self, client_id: str, job_id: str) -> Submission:
        """Run a job that has ended again, as a new job; asked twice, it is one new job."""
        answer = await self._call_job("POST", client_id, job_id, "/retry")
        name = str(answer.get("job_id", ""))
        return Submission(record=await self.show(client_id, name), is_new=True)

    def read_result(self, value: object) -> Result:
        """Read a result as the server wrote it."""
        return self._calls.read(value, Result)

    async def _shown(self, client_id: str, job_id: str) -> dict[str, Any]:
        return await self._call_job("GET", client_id, job_id)

    async def _call_job(
        self, method: str, client_id: str, job_id: str, action: str = ""
    ) -> dict[str, Any]:
        return await self._calls.call(
            method,
            f"/jobs/{quote(job_id, safe='')}{action}",
            headers=self._identity.as_client(client_id),
            query={"client_id": client_id},
        )

    def _record(self, shown: dict[str, Any]) -> JobRecord:
        """Read a job as :class:`mip.state.JobRecord`; what the API does not tell has defaults."""
        pacs, _ = decode_reference(shown.get("pacs"), strict=False)
        if pacs is None:
            raise self._calls.strange("it shows a job without an image")
        job = self._calls.read({**shown, "pacs": msgspec.to_builtins(pacs)}, _Shown)
        is_final = job.status in FINAL_STATES
        return JobRecord(
            job=Job(
                job_id=job.job_id,
                client_id=job.client_id,
                pacs=pacs,
                parameters=job.parameters,
                algo_id=job.algo_id,
                version=job.version,
                submitted_at=job.submitted_at,
                parent=job.parent,
            ),
            request_digest="",
            state=job.status,
            is_published=True,
            is_announced=is_final,
            submitted_at=self._instant(job.submitted_at),
            starts=job.attempts,
            cancel_requested=job.cancel_requested,
            result=self._calls.read(shown, Result) if is_final else None,
        )

    def _instant(self, text: str) -> float:
        try:
            return from_iso(text)
        except ValueError:
            raise self._calls.strange("it shows a job without a date") from None

    def _list(self, answer: dict[str, Any], name: str) -> list[Any]:
        found = answer.get(name)
        if not isinstance(found, list):
            raise self._calls.strange(f"its answer has no {name}")
        return found
