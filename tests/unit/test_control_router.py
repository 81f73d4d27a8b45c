"""Jobs find the queue of their algorithm, or are refused in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import pytest
from msgspec.structs import replace

from mip.contracts import JobRequest, JsonValue, PathReference, decode_job, request_queue
from mip.control import Jobs, Router
from mip.errors import (
    AlgorithmInactiveError,
    InvalidJobError,
    InvalidParametersError,
    JobConflictError,
    NotRegisteredError,
    QueueNotFoundError,
)
from mip.outbox import Outbox
from mip.server.errors import error_response
from mip.state import Ending
from mip.state.sqlite import SqliteJobStore
from mip.testing import FakeClock
from mip.transport import open_transport
from tests.unit.control_house import MemoryRegistry, make_record

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from mip.contracts import AlgorithmRecord, AlgorithmStatus
    from mip.state import JobStore, Submission
    from mip.transport import Transport

ALGORITHM = "threshold-filter"
QUEUE = request_queue(ALGORITHM)
SCHEMA: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"threshold": {"type": "number", "minimum": 0}},
}


class House:
    def __init__(self, transport: Transport, jobs: JobStore, clock: FakeClock) -> None:
        self.transport = transport
        self.jobs = jobs
        self.registry = MemoryRegistry()
        outbox = Outbox(transport, jobs, clock=clock)
        self.router = Router(self.registry, outbox=outbox, clock=clock)
        self.clients = Jobs(jobs, outbox=outbox, check=self.router.check)

    async def retried(self, job_id: str) -> Submission:
        return await self.clients.retry("client", job_id)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    clock = FakeClock()
    transport = open_transport(f"memory:{tmp_path}", clock=clock)
    jobs = SqliteJobStore(tmp_path / "state.db", clock=clock, is_durable=False)
    await transport.create_queue(QUEUE)
    yield House(transport, jobs, clock)
    await jobs.aclose()
    await transport.aclose()


def request(job_id: str = "a", **parameters: JsonValue) -> JobRequest:
    reference = PathReference(study_id="s", series_id="t", image_id="i")
    return JobRequest(client_id="client", job_id=job_id, pacs=reference, parameters=parameters)


@pytest.mark.parametrize(
    "target", ["threshold-filter", "threshold_filter", "threshold-filter@1.2.0"]
)
async def test_a_job_goes_to_its_algorithms_queue(house: House, target: str) -> None:
    await house.registry.create(make_record(version="1.2.0"))
    submission = await house.router.submit(target, request())
    assert submission.is_new
    [delivery] = await house.transport.receive(QUEUE)
    job = decode_job(delivery.body)
    assert (job.algo_id, job.version, job.job_id) == (ALGORITHM, "1.2.0", "a")


async def test_the_same_request_is_one_job_also_after_an_upgrade(house: House) -> None:
    record = await house.registry.create(make_record())
    first = await house.router.submit(ALGORITHM, request())
    await house.registry.replace(replace(record, version="2.0.0"))
    again = await house.router.submit(ALGORITHM, request())
    assert (first.is_new, again.is_new) == (True, False)
    with pytest.raises(JobConflictError):
        await house.router.submit(ALGORITHM, request(threshold=1))


@pytest.mark.parametrize(
    "target", ["other", "threshold-filter@9.9", "", "..", "a/b", "x" * 5000, "a\0b", "Ünit"]
)
async def test_what_is_not_registered_is_not_found(house: House, target: str) -> None:
    await house.registry.create(make_record())
    with pytest.raises(NotRegisteredError) as caught:
        await house.router.submit(target, request())
    assert len(str(caught.value)) < 200
    assert await house.jobs.jobs() == []


async def test_a_deleted_algorithm_is_not_registered(house: House) -> None:
    await house.registry.create(make_record("DELETED"))
    with pytest.raises(NotRegisteredError):
        await house.router.submit(ALGORITHM, request())


@pytest.mark.parametrize(
    "status",
    ["REGISTERED", "PROVISIONING", "SCALING_DOWN", "SCALED_DOWN", "DELETING", "ERROR"],
)
async def test_an_algorithm_that_is_not_active_takes_no_jobs(
    house: House, status: AlgorithmStatus
) -> None:
    await house.registry.create(make_record(status))
    with pytest.raises(AlgorithmInactiveError, match=status):
        await house.router.submit(ALGORITHM, request())
    assert await house.jobs.jobs() == []


async def test_parameters_are_checked_against_the_record(house: House) -> None:
    await house.registry.create(make_record(parameters=SCHEMA))
    with pytest.raises(InvalidParametersError) as caught:
        await house.router.submit(ALGORITHM, request(threshold=-1, other=2))
    assert {error.field for error in caught.value.errors} == {
        "parameters.threshold",
        "parameters.other",
    }
    assert (await house.router.submit(ALGORITHM, request(threshold=0.5))).is_new


async def test_an_algorithm_that_declares_no_parameters_is_given_what_comes(house: House) -> None:
    await house.registry.create(make_record(parameters=None))
    submission = await house.router.submit(ALGORITHM, request(anything=["goes"]))
    assert submission.record.job.parameters == {"anything": ["goes"]}


async def ended(house: House) -> None:
    """Have a job of the algorithm that has ended."""
    await house.registry.create(make_record(parameters=SCHEMA))
    submission = await house.router.submit(ALGORITHM, request(threshold=1))
    await house.jobs.finish(submission.record.job, Ending(outcome="succeeded"))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"status": "SCALED_DOWN"}, AlgorithmInactiveError),
        ({"status": "ERROR"}, AlgorithmInactiveError),
        ({"status": "DELETED"}, NotRegisteredError),
        ({"parameters": {"type": "object", "properties": {}}}, InvalidParametersError),
    ],
)
async def test_a_job_is_not_run_again_where_it_would_not_be_taken(
    house: House, changes: dict[str, object], error: type[Exception]
) -> None:
    await ended(house)
    record = await house.registry.get(ALGORITHM)
    await house.registry.replace(replace(record, **changes))
    with pytest.raises(error):
        await house.retried("a")
    assert len(await house.jobs.jobs()) == 1, "nothing is on record of it"


async def test_a_job_is_run_again_where_it_would_be_taken(house: House) -> None:
    await ended(house)
    assert (await house.retried("a")).is_new


async def test_a_queue_that_is_not_there_yet_is_told(house: House) -> None:
    await house.registry.create(make_record())
    await house.transport.delete_queue(QUEUE)
    with pytest.raises(QueueNotFoundError):
        await house.router.submit(ALGORITHM, request())


async def test_a_client_is_told_that_its_algorithm_was_deleted_meanwhile(house: House) -> None:
    await house.transport.delete_queue(QUEUE)
    answers = [make_record("ACTIVE"), make_record("DELETED")]

    async def get(algorithm_id: str) -> AlgorithmRecord:
        return answers.pop(0)

    house.registry.get = get  # type: ignore[method-assign] # as if deleted between two looks
    with pytest.raises(NotRegisteredError):
        await house.router.submit(ALGORITHM, request())


async def test_an_algorithm_that_starts_says_when_to_try_again(house: House) -> None:
    await house.registry.create(make_record("PROVISIONING"))
    with pytest.raises(AlgorithmInactiveError, match="takes no jobs yet") as told:
        await house.router.submit(ALGORITHM, request())
    assert error_response(told.value, request_id="r").headers["retry-after"] == "5"


async def test_an_algorithm_that_is_scaled_down_names_no_time(house: House) -> None:
    await house.registry.create(make_record("SCALED_DOWN"))
    with pytest.raises(AlgorithmInactiveError) as told:
        await house.router.submit(ALGORITHM, request())
    assert "retry-after" not in error_response(told.value, request_id="r").headers


@pytest.mark.parametrize(("scope", "image_id"), [("series", "i"), ("image", None)])
async def test_a_request_of_another_scope_is_refused(
    house: House, scope: Literal["image", "series"], image_id: str | None
) -> None:
    await house.registry.create(make_record(scope=scope))
    reference = PathReference(
        study_id="s", series_id="t", image_id=image_id, scope="image" if image_id else "series"
    )
    with pytest.raises(InvalidJobError, match=f"pacs.scope: expected {scope}"):
        await house.router.submit(ALGORITHM, replace(request(), pacs=reference))
    assert await house.jobs.jobs() == []


async def test_an_algorithm_that_names_no_scope_takes_both(house: House) -> None:
    await house.registry.create(make_record())
    series = PathReference(study_id="s", series_id="t", scope="series")
    assert (await house.router.submit(ALGORITHM, request("a"))).is_new
    assert (await house.router.submit(ALGORITHM, replace(request("b"), pacs=series))).is_new
