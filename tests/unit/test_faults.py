from __future__ import annotations

import subprocess
import sys

import anyio
import pytest

from mip.testing import faults


class Counter:
    name = "counter"

    def __init__(self) -> None:
        self.value = 0

    async def add(self, amount: int, *, times: int = 1) -> int:
        self.value += amount * times
        return self.value

    async def read(self) -> int:
        return self.value


@pytest.fixture
def counter() -> Counter:
    return Counter()


async def test_calls_without_a_fault_go_through(counter: Counter) -> None:
    scripted = faults.script(counter, {})
    assert await scripted.add(2, times=3) == 6
    assert scripted.name == "counter"
    assert await scripted.read() == counter.value == 6
    assert faults.calls(scripted) == ["add", "read"]


@pytest.mark.parametrize(("when", "left"), [("before", 2), ("after", 3)])
async def test_the_planned_call_fails_before_or_after_its_effect(
    counter: Counter, when: faults.When, left: int
) -> None:
    scripted = faults.script(counter, {"add": {2: faults.fail(OSError("lost"), when=when)}})
    await scripted.add(1)
    with pytest.raises(OSError, match="lost"):
        await scripted.add(1)
    assert await scripted.add(1) == left


async def test_all_calls_can_be_counted_together(counter: Counter) -> None:
    scripted = faults.script(counter, {"*": {3: faults.before(OSError("lost"))}})
    await scripted.add(1)
    await scripted.read()
    with pytest.raises(OSError, match="lost"):
        await scripted.add(1)


async def test_a_call_can_be_made_twice(counter: Counter) -> None:
    scripted = faults.script(counter, {"add": {1: faults.twice()}})
    assert await scripted.add(1) == 2


@pytest.mark.parametrize(("when", "seen"), [("before", 0), ("after", 1)])
async def test_a_call_can_be_stalled(counter: Counter, when: faults.When, seen: int) -> None:
    until, reached = anyio.Event(), anyio.Event()
    fault = faults.stall(until, when=when, reached=reached)
    scripted = faults.script(counter, {"add": {1: fault}})
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(scripted.add, 1)
        await reached.wait()
        assert counter.value == seen
        until.set()
    assert counter.value == 1


@pytest.mark.parametrize(("when", "left"), [("before", 0), ("after", 1)])
async def test_the_caller_can_be_cancelled(counter: Counter, when: faults.When, left: int) -> None:
    with anyio.CancelScope() as scope:
        scripted = faults.script(counter, {"add": {1: faults.cancel(scope, when=when)}})
        await scripted.add(1)
    assert scope.cancelled_caught
    assert counter.value == left


@pytest.mark.parametrize(("when", "printed"), [("before", ""), ("after", "added")])
def test_the_process_can_be_killed(when: faults.When, printed: str) -> None:
    code = (
        "import asyncio, sys; from mip.testing import faults\n"
        "class Printer:\n"
        "    async def add(self): print('added', flush=True)\n"
        "printer = faults.script(Printer(), {'add': {1: faults.kill(when=sys.argv[1])}})\n"
        "asyncio.run(printer.add()); print('lived', flush=True)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, when], check=False, capture_output=True, text=True, timeout=30
    )
    assert done.returncode == -9
    assert done.stdout.strip() == printed


@pytest.mark.parametrize("name", ["name", "missing"])
def test_a_plan_for_what_is_no_async_method_is_refused(counter: Counter, name: str) -> None:
    with pytest.raises(ValueError, match="async methods"):
        faults.script(counter, {name: {1: faults.twice()}})


def test_only_scripted_objects_have_calls(counter: Counter) -> None:
    with pytest.raises(ValueError, match="scripted"):
        faults.calls(counter)
