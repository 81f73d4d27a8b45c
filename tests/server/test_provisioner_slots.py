"""One slot, with workers in it that do not behave."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Self

import anyio
import pytest

from mip.server.provisioner import crashes, keeper
from mip.server.provisioner.keeper import SlotKeeper
from mip.server.provisioner.launch import Launch
from mip.server.provisioner.processes import WorkerProcess
from mip.worker.slot import Occupant, Slot

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

pytestmark = pytest.mark.usefixtures("no_blocking")

ROOT = Path(__file__).resolve().parents[2]


def launch(mode: str, stamp: str = "a") -> Launch:
    path = os.pathsep.join((str(ROOT), *sys.path))
    return Launch(
        module="tests.server.stubborn",
        arguments=(mode,),
        environment={**os.environ, "PYTHONPATH": path},
        stamp=stamp,
        drain_seconds=0.0,
    )


class Place:
    """A slot that is kept, and news of it."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "0.lock"
        self.log = folder / "logs" / "a-0.log"
        self.ended = anyio.Event()
        self._news = anyio.Event()
        self.proven: set[str] = set()
        self.keeper = SlotKeeper(
            self.path, log=self.log, turn=anyio.Lock(), proven=self.proven, news=self._tell
        )

    def _tell(self) -> None:
        self._news.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        with anyio.fail_after(60.0):
            while not condition():
                self._news = anyio.Event()
                await self._news.wait()

    async def run(self) -> None:
        await self.keeper.run()
        self.ended.set()


@pytest.fixture
def quick(monkeypatch) -> None:
    """Make all patience short."""
    monkeypatch.setattr(keeper, "HAND_BACK_SECONDS", 0.2)
    monkeypatch.setattr(keeper, "LOST_SLOT_SECONDS", 0.01)
    monkeypatch.setattr(crashes, "FIRST_PAUSE_SECONDS", 0.001)


@asynccontextmanager
async def kept(folder: Path) -> AsyncIterator[Place]:
    place = Place(folder)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(place.run)
        try:
            yield place
        finally:
            place.keeper.want(None)
            place.keeper.send(signal.SIGKILL)
            with anyio.move_on_after(30.0, shield=True):
                await place.ended.wait()
            tasks.cancel_scope.cancel()


@pytest.mark.parametrize("mode", ["deaf", "second"])
@pytest.mark.usefixtures("quick")
async def test_a_worker_that_does_not_hear_is_ended_all_the_same(tmp_path: Path, mode: str) -> None:
    async with kept(tmp_path) as place:
        place.keeper.want(launch(mode))
        await place.until(lambda: place.keeper.is_ready)
        place.keeper.want(None)
        with anyio.fail_after(60.0):
            await place.ended.wait()
        assert not place.keeper.is_alive
        assert not place.path.exists()


@pytest.mark.usefixtures("quick")
async def test_what_is_wanted_again_while_a_worker_ends_is_started(tmp_path: Path) -> None:
    async with kept(tmp_path) as place:
        place.keeper.want(launch("second"))
        await place.until(lambda: place.keeper.is_ready)
        place.keeper.want(None)
        await anyio.wait_all_tasks_blocked()
        place.keeper.want(launch("second", "b"))
        await place.until(lambda: not place.keeper.is_ready)
        await place.until(lambda: place.keeper.is_ready)
        assert not place.keeper.is_done


@pytest.mark.usefixtures("quick")
async def test_what_could_start_once_is_tried_again(tmp_path: Path) -> None:
    async with kept(tmp_path) as place:
        place.proven.add("a")
        place.keeper.want(launch("broken"))
        await place.until(lambda: bool(place.keeper.trouble))
        assert place.keeper.failure == ""
        assert "exit code 2" in place.keeper.trouble


@pytest.mark.usefixtures("quick")
async def test_a_worker_that_lives_proves_its_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "QUICK_SECONDS", 0.0)
    async with kept(tmp_path) as place:
        place.keeper.want(launch("second"))
        await place.until(lambda: place.keeper.is_ready)
        place.keeper.send(signal.SIGKILL)
        await place.until(lambda: place.proven == {"a"})


@pytest.mark.usefixtures("quick")
async def test_a_log_that_was_taken_away_leaves_the_reason_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object, **__: object) -> str:
        raise FileNotFoundError

    monkeypatch.setattr(keeper, "last_words", gone)
    async with kept(tmp_path) as place:
        place.keeper.want(launch("broken"))
        await place.until(lambda: bool(place.keeper.failure))
        assert "cannot start" in place.keeper.failure


@pytest.mark.usefixtures("quick")
async def test_a_worker_that_cannot_start_is_not_tried_again_until_another_is_wanted(
    tmp_path: Path,
) -> None:
    async with kept(tmp_path) as place:
        place.keeper.want(launch("broken"))
        await place.until(lambda: bool(place.keeper.failure))
        assert place.keeper.failure == (
            "worker 0 cannot start: it is broken; its log is logs/a-0.log"
        )
        place.keeper.want(launch("broken"))
        assert place.keeper.failure, "the same again is no reason to try"
        place.keeper.want(launch("second", "b"))
        assert place.keeper.failure == ""
        await place.until(lambda: place.keeper.is_ready)


@pytest.mark.usefixtures("quick")
async def test_a_slot_that_is_taken_is_looked_at_again_and_counts_as_no_crash(
    tmp_path: Path,
) -> None:
    starts = 0

    class Counting(WorkerProcess):
        @classmethod
        def start(cls, launch: Launch, *, slot: Path, log: Path) -> Self:
            nonlocal starts
            starts += 1
            return super().start(launch, slot=slot, log=log)

    async with kept(tmp_path) as place:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(keeper, "WorkerProcess", Counting)
            place.keeper.want(launch("taken"))
            await place.until(lambda: starts == 7)
        assert place.keeper.trouble == ""
        assert place.keeper.failure == ""


@pytest.mark.usefixtures("quick")
async def test_a_machine_without_room_for_a_process_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "logs").write_text("no folder")
    async with kept(tmp_path) as place:
        place.keeper.want(launch("second"))
        await place.until(lambda: bool(place.keeper.trouble))
        assert "nobody saw how" in place.keeper.trouble
        (tmp_path / "logs").unlink()
        await place.until(lambda: place.keeper.is_ready)


async def test_a_slot_that_nobody_has_decided_on_is_left_alone(tmp_path: Path) -> None:
    async with kept(tmp_path) as place:
        await anyio.wait_all_tasks_blocked()
        assert not place.keeper.is_alive
        assert not place.keeper.is_done


def test_a_process_that_ended_or_has_anothers_number_is_not_adopted(tmp_path: Path) -> None:
    slot = Slot.take(tmp_path / "0.lock", worker="w", stamp="")
    slot.leave()
    gone = Occupant(pid=2**22 + 1, began=1, worker="w", stamp="")
    assert WorkerProcess.adopt(gone) is None
    other = Occupant(pid=os.getpid(), began=1, worker="w", stamp="")
    assert WorkerProcess.adopt(other) is None
