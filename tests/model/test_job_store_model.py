"""Random histories of jobs against a model that is a few dictionaries."""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from mip.state import Ending, request_digest
from mip.state.sqlite import SqliteJobStore
from mip.testing import FakeClock
from mip.testing.state import ERROR, make_test_job

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from typing import Any

    from mip.contracts import Job, Outcome
    from mip.state import JobRecord

CLIENTS = st.sampled_from(["one", "two"])
JOB_IDS = st.sampled_from(["a", "b", "c"])
WORKERS = st.sampled_from(["v", "w"])
OUTCOMES: st.SearchStrategy[Outcome] = st.sampled_from(["succeeded", "failed", "cancelled"])


@dataclass
class Model:
    """All that a reader may know of one job."""

    is_published: bool
    is_announced: bool = False
    worker: str | None = None
    starts: int = 0
    failures: int = 0
    releases: int = 0
    crashes: int = 0
    cancel_requested: bool = False
    pinned: tuple[str, ...] | None = None
    outcome: str | None = None
    seq: int | None = None
    events: list[str] = field(default_factory=lambda: ["queued"])

    @property
    def state(self) -> str:
        return self.outcome or ("running" if self.worker else "queued")


class JobStoreMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.runner = asyncio.Runner()
        self.clock = FakeClock()
        self.model: dict[tuple[str, str], Model] = {}
        self.results: dict[str, list[str]] = {"one": [], "two": []}
        self.order: list[tuple[str, str]] = []
        self.store = self.opened()

    def opened(self) -> SqliteJobStore:
        return SqliteJobStore(self.folder / "state.db", clock=self.clock, is_durable=False)

    def teardown(self) -> None:
        self.run(self.store.aclose())
        self.runner.close()
        shutil.rmtree(self.folder)

    def run(self, call: Coroutine[Any, Any, Any]) -> Any:
        return self.runner.run(call)

    def end(self, ids: tuple[str, str], outcome: str) -> None:
        model = self.model[ids]
        model.outcome, model.worker = outcome, None
        self.results[ids[0]].append(ids[1])
        model.seq = len(self.results[ids[0]])
        model.events.append("finished")

    def adopt(self, ids: tuple[str, str], *, is_published: bool) -> Model:
        if ids not in self.model:
            self.model[ids] = Model(is_published=is_published)
            self.order.append(ids)
        return self.model[ids]

    @rule(client=CLIENTS, job_id=JOB_IDS)
    def submit(self, client: str, job_id: str) -> None:
        is_new = (client, job_id) not in self.model
        self.adopt((client, job_id), is_published=False)
        job = job_of((client, job_id))
        submission = self.run(self.store.submit(job, request_digest=request_digest(job)))
        assert submission.is_new == is_new

    @rule(client=CLIENTS, job_id=JOB_IDS)
    def publish(self, client: str, job_id: str) -> None:
        self.run(self.store.mark_published([job_of((client, job_id)).key]))
        if (client, job_id) in self.model:
            self.model[client, job_id].is_published = True

    @rule(client=CLIENTS, job_id=JOB_IDS, worker=WORKERS)
    def start(self, client: str, job_id: str, worker: str) -> None:
        ids = (client, job_id)
        model = self.adopt(ids, is_published=True)
        if model.outcome is None and model.cancel_requested:
            self.end(ids, "cancelled")
        elif model.outcome is None:
            model.crashes += model.worker is not None
            model.worker, model.is_published = worker, True
            model.starts += 1
            model.events.append("started")
        record = self.run(self.store.start(job_of(ids), worker=worker))
        assert record.state == model.state

    @precondition(lambda self: self.model)
    @rule(data=st.data(), worker=WORKERS, fails=st.booleans())
    def end_attempt(self, data: st.DataObject, worker: str, fails: bool) -> None:
        ids = self.draw(data)
        model = self.model[ids]
        if model.worker == worker:
            model.worker = None
            model.failures += fails
            model.releases += not fails
            model.events.append("failed" if fails else "released")
            if model.cancel_requested:
                self.end(ids, "cancelled")
        key = job_of(ids).key
        if fails:
            failures = self.run(self.store.fail_attempt(key, worker=worker, error=ERROR))
            assert failures == model.failures
        else:
            self.run(self.store.release(key, worker=worker))

    @rule(client=CLIENTS, job_id=JOB_IDS, outcome=OUTCOMES)
    def finish(self, client: str, job_id: str, outcome: Outcome) -> None:
        ids = (client, job_id)
        model = self.adopt(ids, is_published=True)
        is_first = model.outcome is None
        if is_first:
            self.end(ids, outcome)
        finish = self.run(self.store.finish(job_of(ids), Ending(outcome=outcome)))
        assert finish.is_first == is_first
        assert (finish.result.status, finish.result.seq) == (model.outcome, model.seq)

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def cancel(self, data: st.DataObject) -> None:
        ids = self.draw(data)
        model = self.model[ids]
        if model.outcome is None and model.worker is not None:
            model.cancel_requested = True
        elif model.outcome is None:
            self.end(ids, "cancelled")
        self.run(self.store.cancel(job_of(ids).key))

    @precondition(lambda self: self.model)
    @rule(data=st.data(), uid=st.sampled_from(["1.1", "1.2"]))
    def pin(self, data: st.DataObject, uid: str) -> None:
        ids = self.draw(data)
        model = self.model[ids]
        model.pinned = model.pinned or (uid,)
        assert self.run(self.store.pin_instances(job_of(ids).key, (uid,))) == model.pinned

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def announce(self, data: st.DataObject) -> None:
        ids = self.draw(data)
        if self.model[ids].outcome is not None:
            self.model[ids].is_announced = True
            self.run(self.store.mark_announced([job_of(ids).key]))

    @precondition(lambda self: self.model)
    @rule(data=st.data())
    def reset(self, data: st.DataObject) -> None:
        ids = self.draw(data)
        model = self.model[ids]
        if model.outcome is None:
            model.worker = None
            model.starts = model.failures = model.releases = model.crashes = 0
            model.events.append("queued")
        self.run(self.store.reset_attempts(job_of(ids).key))

    @rule(graceful=st.booleans())
    def reopen(self, graceful: bool) -> None:
        old = self.store
        self.store = self.opened()
        if graceful:
            self.run(old.aclose())
        else:
            # A second process: both go on, this one is used from now on.
            self.run(self.store.jobs())
            self.run(old.aclose())

    def draw(self, data: st.DataObject) -> tuple[str, str]:
        return data.draw(st.sampled_from(sorted(self.model)))

    @invariant()
    def every_record_is_as_the_model_has_it(self) -> None:
        records: list[JobRecord] = self.run(self.store.jobs())
        ids = [(record.job.client_id, record.job.job_id) for record in records]
        assert ids == self.order[::-1]
        for record in records:
            model = self.model[record.job.client_id, record.job.job_id]
            assert record.state == model.state
            assert record.worker == model.worker
            assert (record.is_published, record.is_announced) == (
                model.is_published,
                model.is_announced,
            )
            assert (record.starts, record.failures, record.releases, record.crashes) == (
                model.starts,
                model.failures,
                model.releases,
                model.crashes,
            )
            assert record.instance_uids == model.pinned
            assert (record.result.seq if record.result else None) == model.seq
            # Every attempt ended once, or crashed, or is open, or ended with the job.
            ended = record.failures + record.releases + record.crashes
            assert 0 <= record.starts - ended <= 1

    @invariant()
    def results_are_numbered_in_the_order_of_their_ends(self) -> None:
        for client, job_ids in self.results.items():
            results = self.run(self.store.results_after(client, 0))
            assert [result.job_id for result in results] == job_ids
            assert [result.seq for result in results] == list(range(1, len(job_ids) + 1))

    @invariant()
    def what_a_crash_left_undone_is_listed(self) -> None:
        later = self.clock.now() + 1
        unpublished = self.run(self.store.unpublished(before=later))
        assert {(r.job.client_id, r.job.job_id) for r in unpublished} == {
            ids for ids, model in self.model.items() if not (model.is_published or model.outcome)
        }
        unannounced = self.run(self.store.unannounced(before=later))
        assert {(r.job.client_id, r.job.job_id) for r in unannounced} == {
            ids for ids, model in self.model.items() if model.outcome and not model.is_announced
        }

    @invariant()
    def events_tell_the_same_story(self) -> None:
        for ids, model in self.model.items():
            events = self.run(self.store.events(job_of(ids).key))
            assert [event.__struct_config__.tag for event in events] == model.events


def job_of(ids: tuple[str, str]) -> Job:
    return make_test_job(ids[1], client_id=ids[0])


TestJobStore = JobStoreMachine.TestCase
TestJobStore.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
