"""Real child processes, and all that can go wrong in them."""

from __future__ import annotations

import errno
import hashlib
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import pydicom.data
import pytest
from blockbuster import blockbuster_ctx

from mip import Discard, RetryAfter
from mip.errors import (
    AlgorithmCrashedError,
    AlgorithmFailedError,
    AlgorithmMemoryError,
    AlgorithmTimeoutError,
    DecodeFailedError,
    DecoderDiedError,
    DecodeTimeoutError,
    ImageTooLargeError,
    InvalidAlgorithmError,
    InvalidJobError,
    InvalidOutputError,
    InvalidParametersError,
    NotDicomError,
    UnknownAlgorithmError,
)
from mip.worker import ChildLimits, ChildPool, ProcessReport, ProcessRequest

ALGORITHMS = Path(__file__).parents[1] / "algorithms_for_tests"
AWKWARD = f"file:{ALGORITHMS / 'awkward.py'}"
CT = str(pydicom.data.get_testdata_file("CT_small.dcm"))

PATIENCE_SECONDS = 30
"""Long enough for a busy machine; what hangs fails here and not in CI's time limit."""

MEMORY_BYTES = 512 * 1024**2


@asynccontextmanager
async def opened(reference: str = AWKWARD, **options: Any) -> AsyncIterator[ChildPool]:
    with anyio.fail_after(PATIENCE_SECONDS):
        async with ChildPool(reference, **options) as pool:
            yield pool


async def report_of(pool: ChildPool, path: str = CT, **parameters: Any) -> ProcessReport:
    request = ProcessRequest(
        paths=(path,), scope="image", parameters=parameters, folder="/unused-by-measurements"
    )
    return await pool.process(request)


async def meta_of(pool: ChildPool, path: str = CT, **parameters: Any) -> dict[str, Any]:
    return (await report_of(pool, path, **parameters)).meta


async def until_true(claim: Callable[[], bool]) -> None:
    """Wait for what another process does; it cannot set an event."""
    while not claim():  # noqa: ASYNC110
        await anyio.sleep(0.005)


async def exists(path: Path) -> None:
    await until_true(path.exists)


async def gone(pids: list[int]) -> None:
    """Wait until processes have ended; a zombie that nobody reaps has."""
    await until_true(lambda: not any(map(is_running, pids)))


def is_running(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"


def open_descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def file_named(folder: Path, stem: str) -> str:
    return str(shutil.copy(CT, folder / f"{stem}.dcm"))


async def test_report_has_measurements_parameters_and_times_per_stage():
    async with opened() as pool:
        report = await report_of(pool)
    assert report.meta["rows"] == 128
    assert report.parameters == {"act": "nothing", "begun": "", "until": ""}
    assert set(report.timings) == {"decode", "run", "derive"}


async def test_describing_loads_the_algorithm_in_a_child_only():
    before = set(sys.modules)
    async with opened() as pool:
        spec = await pool.describe()
    assert (spec.id, spec.version, spec.description) == (
        "awkward",
        "1.0.0",
        "Act, and tell from where",
    )
    new = set(sys.modules) - before
    assert not [name for name in new if name.startswith("mip_algorithm_")]


async def test_child_has_its_own_session_dumps_no_core_and_takes_its_threads():
    async with opened(threads_per_child=3) as pool:
        meta = await meta_of(pool)
    assert meta["pid"] == meta["session"] != os.getsid(0)
    assert (meta["core"], meta["threads"]) == (0, "3")


async def test_exception_of_the_algorithm_is_told_by_type_and_line_without_its_text():
    source = (ALGORITHMS / "awkward.py").read_text().splitlines()
    line = 1 + next(i for i, text in enumerate(source) if "is in this text" in text)
    async with opened() as pool:
        with pytest.raises(AlgorithmFailedError) as caught:
            await meta_of(pool, act="fail")
    assert str(caught.value) == f"the algorithm raised ValueError at line {line} of awkward.py"
    assert not getattr(caught.value, "__notes__", [])


async def test_author_may_ask_for_the_traceback():
    async with opened(with_tracebacks=True) as pool:
        with pytest.raises(AlgorithmFailedError) as caught:
            await meta_of(pool, act="fail")
    assert "Doe^Jane" not in str(caught.value)
    assert "ValueError: Doe^Jane is in this text" in caught.value.__notes__[0]


@pytest.mark.parametrize(
    ("act", "kind", "words"),
    [
        ("sys.exit", AlgorithmFailedError, "raised SystemExit at line"),
        ("return nothing", InvalidOutputError, "returned None"),
        ("no such act", AlgorithmFailedError, "raised KeyError"),
    ],
)
async def test_child_outlives_what_the_algorithm_does_wrong_in_python(act, kind, words):
    async with opened() as pool:
        before = await meta_of(pool)
        with pytest.raises(kind, match=words) as caught:
            await meta_of(pool, act=act)
        after = await meta_of(pool)
    assert "Doe" not in str(caught.value)
    assert before["pid"] == after["pid"]


async def test_algorithm_can_put_a_job_off():
    async with opened() as pool:
        with pytest.raises(RetryAfter) as caught:
            await meta_of(pool, act="put off")
    assert (caught.value.seconds, caught.value.reason) == (30.0, "the model is busy")


async def test_algorithm_can_discard_a_job():
    async with opened() as pool:
        with pytest.raises(Discard) as caught:
            await meta_of(pool, act="discard")
    assert caught.value.reason == "no liver in this image"


async def test_bad_parameters_are_named():
    async with opened() as pool:
        with pytest.raises(InvalidParametersError) as caught:
            await meta_of(pool, act=1, acts=2)
    assert [error.field for error in caught.value.errors] == ["parameters.acts", "parameters.act"]


async def test_scope_that_is_not_the_algorithms_is_refused():
    async with opened() as pool:
        with pytest.raises(InvalidJobError, match=r"pacs.scope: expected image"):
            await pool.process(ProcessRequest(paths=(CT,), scope="series", folder="unused"))


async def test_file_that_is_no_dicom_keeps_its_error(tmp_path):
    path = tmp_path / "note.txt"
    path.write_text("not an image")
    async with opened() as pool:
        with pytest.raises(NotDicomError):
            await meta_of(pool, str(path))


@pytest.mark.parametrize(
    ("act", "how"),
    [("segfault", "SIGSEGV"), ("kill itself", "SIGKILL"), ("exit", "exit code 3")],
)
async def test_death_while_running_is_a_crash_that_costs_one_child(act, how):
    async with opened() as pool:
        before = await meta_of(pool)
        with pytest.raises(AlgorithmCrashedError, match=f"while it ran .{how}"):
            await meta_of(pool, act=act)
        after = await meta_of(pool)
    assert before["pid"] != after["pid"]


@pytest.mark.parametrize("act", ["spin", "hold the interpreter"])
async def test_run_that_does_not_end_is_killed_in_time(act, tmp_path):
    begun = tmp_path / "begun"
    async with opened(limits=ChildLimits(run_timeout_seconds=1)) as pool:
        with pytest.raises(AlgorithmTimeoutError, match="to end in 1 s"):
            await meta_of(pool, act=act, begun=str(begun))
        await gone([int(begun.read_text())])
        assert (await meta_of(pool))["rows"] == 128


async def test_decoder_that_does_not_end_is_killed_in_time(tmp_path):
    async with opened(limits=ChildLimits(decode_timeout_seconds=1)) as pool:
        with pytest.raises(DecodeTimeoutError, match="to decode in 1 s"):
            await meta_of(pool, file_named(tmp_path, "hangs"))


async def test_decoder_that_dies_is_given_one_more_try(tmp_path):
    async with opened() as pool:
        assert (await meta_of(pool, file_named(tmp_path, "dies-once")))["rows"] == 128
    assert (tmp_path / "dies-once.died").exists()


async def test_decoder_that_dies_twice_is_to_blame(tmp_path):
    async with opened() as pool:
        with pytest.raises(DecoderDiedError, match=r"twice \(SIGSEGV"):
            await meta_of(pool, file_named(tmp_path, "dies"))
        assert (await meta_of(pool))["rows"] == 128


async def test_panic_of_a_decoder_is_a_failure_to_decode(tmp_path):
    async with opened() as pool:
        with pytest.raises(DecodeFailedError, match="does not decode: PanicException"):
            await meta_of(pool, file_named(tmp_path, "panics"))


async def test_memory_beyond_the_limit_fails_the_job_and_replaces_the_child():
    async with opened(limits=ChildLimits(memory_bytes=MEMORY_BYTES)) as pool:
        before = await meta_of(pool)
        with pytest.raises(AlgorithmMemoryError, match="more memory than its limit"):
            await meta_of(pool, act="hog")
        after = await meta_of(pool)
    assert before["pid"] != after["pid"]


async def test_memory_beyond_the_limit_while_decoding_means_too_large_an_image(tmp_path):
    async with opened(limits=ChildLimits(memory_bytes=MEMORY_BYTES)) as pool:
        with pytest.raises(ImageTooLargeError, match="memory"):
            await meta_of(pool, file_named(tmp_path, "hogs"))


async def test_errors_leave_the_pool_as_they_are():
    with pytest.raises(AlgorithmFailedError):
        async with opened() as pool:
            await meta_of(pool, act="fail")


async def test_prints_go_to_standard_error_and_harm_nothing(capfd):
    async with opened() as pool:
        assert (await meta_of(pool, act="print"))["rows"] == 128
    out, err = capfd.readouterr()
    assert out == ""
    assert err.splitlines() == ["printed by python", "printed by c", "printed as an error"]


async def test_algorithm_that_closes_the_channel_costs_one_child():
    async with opened() as pool:
        with pytest.raises(AlgorithmCrashedError):
            await meta_of(pool, act="close descriptors")
        assert (await meta_of(pool))["rows"] == 128


async def test_relative_paths_hold_after_the_algorithm_changed_its_folder(tmp_path, monkeypatch):
    file_named(tmp_path, "relative")
    monkeypatch.chdir(tmp_path)
    async with opened() as pool:
        await meta_of(pool, act="change folder")
        assert (await meta_of(pool, "relative.dcm"))["rows"] == 128


async def test_processes_that_the_algorithm_left_die_with_their_child():
    async with opened() as pool:
        left = (await meta_of(pool, act="start processes"))["left"]
        assert all(map(is_running, left))
        with pytest.raises(AlgorithmCrashedError):
            await meta_of(pool, act="exit")
        await gone(left)


async def test_thread_that_the_algorithm_left_does_not_keep_the_pool_open():
    async with opened() as pool:
        pid = (await meta_of(pool, act="leave a thread"))["pid"]
    assert not is_running(pid)


async def test_process_in_a_session_of_its_own_ends_with_the_child():
    async with opened() as pool:
        stray = (await meta_of(pool, act="start a session"))["stray"]
        assert is_running(stray)
    assert not is_running(stray)


async def test_process_in_a_session_of_its_own_ends_with_a_child_that_dies(tmp_path, monkeypatch):
    told = tmp_path / "stray"
    monkeypatch.setenv("STRAY", str(told))
    async with opened() as pool:
        with pytest.raises(AlgorithmCrashedError):
            await meta_of(pool, act="start a session and die")
        stray = int(told.read_text())
    assert not is_running(stray)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_stop_signals_to_all_processes_leave_stopping_to_the_parent(number, tmp_path):
    begun, until = tmp_path / "begun", tmp_path / "until"
    async with opened() as pool, anyio.create_task_group() as tasks:

        async def stop() -> None:
            await exists(begun)
            os.kill(int(begun.read_text()), number)
            until.touch()

        tasks.start_soon(stop)
        assert (await meta_of(pool, begun=str(begun), until=str(until)))["rows"] == 128


async def test_forked_processes_can_still_be_terminated():
    async with opened() as pool:
        assert (await meta_of(pool, act="terminate a fork"))["signal"] == signal.SIGTERM


async def test_cancelling_kills_the_child_and_frees_its_place(tmp_path):
    begun = tmp_path / "begun"
    async with opened() as pool:
        async with anyio.create_task_group() as tasks:

            async def work() -> None:
                await meta_of(pool, act="hold the interpreter", begun=str(begun))

            tasks.start_soon(work)
            await exists(begun)
            tasks.cancel_scope.cancel()
        await gone([int(begun.read_text())])
        assert (await meta_of(pool))["rows"] == 128


async def test_child_killed_while_idle_costs_no_request():
    async with opened() as pool:
        first = await meta_of(pool)
        os.kill(first["pid"], signal.SIGKILL)
        second = await meta_of(pool)
    assert second["pid"] != first["pid"]


async def test_closing_kills_a_child_at_work(tmp_path):
    begun = tmp_path / "begun"
    with anyio.fail_after(PATIENCE_SECONDS):
        async with anyio.create_task_group() as tasks:
            async with ChildPool(AWKWARD) as pool:

                async def work() -> None:
                    with pytest.raises(AlgorithmCrashedError):
                        await meta_of(pool, act="hold the interpreter", begun=str(begun))

                tasks.start_soon(work)
                await exists(begun)
            assert not is_running(int(begun.read_text()))


async def test_killed_parent_leaves_no_orphans(tmp_path):
    begun = tmp_path / "begun"
    script = f"""
import anyio
from mip.worker import ChildPool, ProcessRequest

def request(**parameters):
    return ProcessRequest(paths=({CT!r},), scope="image", parameters=parameters, folder="unused")

async def main():
    async with ChildPool({AWKWARD!r}) as pool:
        report = await pool.process(request(act="start processes"))
        print(*report.meta["left"], flush=True)
        await pool.process(request(act="hold the interpreter", begun={str(begun)!r}))

anyio.run(main)
"""
    with anyio.fail_after(PATIENCE_SECONDS):
        parent = await anyio.open_process([sys.executable, "-c", script], stderr=None)
        async with parent:
            await exists(begun)
            assert parent.stdout is not None
            printed = await parent.stdout.receive()
            parent.kill()
        await gone([int(begun.read_text()), *map(int, printed.split())])


async def test_hundred_jobs_and_failures_leak_neither_descriptors_nor_processes():
    async with opened() as pool:
        pid = (await meta_of(pool))["pid"]
        before = open_descriptors()
        for _ in range(100):
            await meta_of(pool)
        assert open_descriptors() == before
        for _ in range(3):
            with pytest.raises(AlgorithmCrashedError):
                await meta_of(pool, act="exit")
        pid = (await meta_of(pool))["pid"]
        assert open_descriptors() == before
        assert children() == [pid]
    assert children() == []


def children() -> list[int]:
    text = Path(f"/proc/self/task/{os.getpid()}/children").read_text(encoding="ascii")
    mine = set(map(int, text.split()))
    for task in Path("/proc/self/task").iterdir():
        mine |= set(map(int, (task / "children").read_text(encoding="ascii").split()))
    return sorted(pid for pid in mine if is_running(pid))


async def test_random_kills_cost_single_jobs_and_never_the_pool():
    chance = random.Random(7)
    outcomes: list[str] = []
    async with opened(size=2) as pool:

        async def work() -> None:
            for _ in range(10):
                try:
                    outcomes.append(str((await meta_of(pool))["rows"]))
                except AlgorithmCrashedError as error:
                    outcomes.append(error.code)

        async with anyio.create_task_group() as tasks:
            for _ in range(4):
                tasks.start_soon(work)
            for _ in range(8):
                await anyio.sleep(chance.uniform(0.0, 0.3))
                for pid in chance.sample(children(), k=min(1, len(children()))):
                    os.kill(pid, signal.SIGKILL)
        assert (await meta_of(pool))["rows"] == 128
    assert len(outcomes) == 40
    assert set(outcomes) <= {"128", "algorithm.crashed"}
    assert children() == []


async def test_requests_run_side_by_side_up_to_the_size(tmp_path):
    until = tmp_path / "until"
    begun = [tmp_path / str(i) for i in range(3)]
    pids: list[int] = []
    async with opened(size=2) as pool, anyio.create_task_group() as tasks:

        async def work(path: Path) -> None:
            pids.append((await meta_of(pool, begun=str(path), until=str(until)))["pid"])

        for path in begun:
            tasks.start_soon(work, path)
        await exists(begun[0])
        await exists(begun[1])
        assert not begun[2].exists()
        until.touch()
    assert (len(pids), len(set(pids))) == (3, 2)


async def test_child_that_was_used_last_is_used_first():
    async with opened(size=3) as pool:
        assert len({(await meta_of(pool))["pid"] for _ in range(5)}) == 1


async def test_child_is_replaced_after_its_number_of_jobs():
    async with opened(max_jobs_per_child=2) as pool:
        pids = [(await meta_of(pool))["pid"] for _ in range(4)]
    assert pids[0] == pids[1] != pids[2] == pids[3]


async def test_changed_code_is_not_mixed_into_a_running_pool(tmp_path):
    path = tmp_path / "awkward.py"
    path.write_text((ALGORITHMS / "awkward.py").read_text())
    async with opened(f"file:{path}", max_jobs_per_child=1) as pool:
        await pool.describe()
        path.write_text(path.read_text() + "# changed\n")
        await meta_of(pool)
        with pytest.raises(AlgorithmFailedError, match="code has changed"):
            await meta_of(pool)


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("import a_missing_module", InvalidAlgorithmError, "a_missing_module"),
        ("import os; os._exit(7)", AlgorithmCrashedError, r"while it was loaded .exit code 7"),
    ],
)
async def test_algorithm_that_does_not_load_is_told_to_every_caller(tmp_path, text, kind, words):
    path = tmp_path / "broken.py"
    path.write_text(text)
    async with opened(f"file:{path}") as pool:
        for ask in (pool.describe, lambda: meta_of(pool)):
            with pytest.raises(kind, match=words):
                await ask()


async def test_algorithm_that_takes_too_long_to_load_is_stopped(tmp_path):
    path = tmp_path / "endless.py"
    path.write_text("while True: pass")
    async with opened(f"file:{path}", limits=ChildLimits(load_timeout_seconds=1)) as pool:
        with pytest.raises(
            AlgorithmTimeoutError, match=r"to load in 1 s.*do less when it is imported"
        ):
            await pool.describe()


async def test_unknown_algorithm_is_told_by_the_child():
    async with opened("no-such-algorithm") as pool:
        with pytest.raises(UnknownAlgorithmError, match="known are"):
            await pool.describe()


PROCESSOR = """
import errno
import hashlib
import os
import mip

class Counter(mip.BaseProcessor):
    id = "counter"
    version = "1"

    def setup(self):
        self.runs = 0
        {setup}

    def process_image(self, image, parameters):
        self.runs += 1
        return {{"runs": self.runs, "shape": image.shape}}
"""


async def test_processor_is_set_up_once_for_all_jobs_of_a_child(tmp_path):
    path = tmp_path / "counter.py"
    path.write_text(PROCESSOR.format(setup=""))
    async with opened(f"file:{path}") as pool:
        assert [await meta_of(pool) for _ in range(2)] == [
            {"runs": 1, "shape": [128, 128]},
            {"runs": 2, "shape": [128, 128]},
        ]


async def test_processor_that_cannot_be_set_up_does_not_load(tmp_path):
    path = tmp_path / "counter.py"
    path.write_text(PROCESSOR.format(setup="raise RuntimeError('no model')"))
    async with opened(f"file:{path}") as pool:
        with pytest.raises(InvalidAlgorithmError, match="not load: RuntimeError"):
            await pool.describe()


async def test_file_name_that_is_no_unicode_is_read(tmp_path):
    path = tmp_path / os.fsdecode(b"m\xfcnchen.dcm")
    shutil.copy(CT, path)
    async with opened() as pool:
        assert (await meta_of(pool, str(path)))["rows"] == 128


async def test_end_of_a_child_is_seen_without_pidfd(monkeypatch):
    monkeypatch.delattr(os, "pidfd_open")
    async with opened() as pool:
        with pytest.raises(AlgorithmCrashedError, match="exit code 3"):
            await meta_of(pool, act="exit")
        assert (await meta_of(pool))["rows"] == 128


async def test_process_that_cannot_be_started_leaks_nothing(monkeypatch):
    def refuse(*_arguments: object, **_options: object) -> None:
        raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))

    async with opened() as pool:
        with monkeypatch.context() as patch:
            patch.setattr(subprocess, "Popen", refuse)
            before = open_descriptors()
            with pytest.raises(AlgorithmCrashedError, match="temporarily unavailable"):
                await pool.describe()
            assert open_descriptors() == before
        assert (await pool.describe()).id == "awkward"


async def test_files_in_the_working_folder_replace_no_modules(tmp_path, monkeypatch):
    (tmp_path / "random.py").write_text("raise RuntimeError('not the standard library')")
    monkeypatch.chdir(tmp_path)
    async with opened() as pool:
        assert (await meta_of(pool))["rows"] == 128


async def test_nothing_in_a_job_blocks_the_event_loop():
    async with opened() as pool:
        with blockbuster_ctx("mip.worker"):
            await meta_of(pool)
            with pytest.raises(AlgorithmCrashedError):
                await meta_of(pool, act="exit")
            await meta_of(pool)


async def test_same_input_gives_the_same_bytes_in_any_child(tmp_path):
    seen = []
    async with opened("window", max_jobs_per_child=1) as pool:
        for name in ("first", "second"):
            request = ProcessRequest(paths=(CT,), scope="image", folder=str(tmp_path / name))
            (output,) = (await pool.process(request)).outputs
            assert output.path == str(tmp_path / name / f"{output.sop_instance_uid}.dcm")
            data = await anyio.Path(output.path).read_bytes()
            assert hashlib.sha256(data).hexdigest() == output.sha256
            seen.append((output.role, output.sop_instance_uid, data))
    assert seen[0] == seen[1]


async def test_series_goes_through_as_one_volume(tmp_path):
    path = tmp_path / "lift.py"
    path.write_text(
        "import mip\n"
        "@mip.algorithm(id='lift', version='1', scope='series')\n"
        "def lift(volume: mip.Volume):\n"
        "    return volume.replace(volume.pixels + 1), {'spacing': volume.spacing_mm[0]}\n"
    )
    slices = sorted(Path(CT).parent.glob("dicomdirtests/98892001/CT5N/*"))
    async with opened(f"file:{path}") as pool:
        report = await pool.process(
            ProcessRequest(paths=tuple(map(str, slices)), scope="series", folder=str(tmp_path))
        )
    assert report.meta == {"spacing": 2.5}
    assert [output.role for output in report.outputs] == ["image"] * 5
    assert len({output.sop_instance_uid for output in report.outputs}) == 5
