"""Which instruction set and how many threads."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

from mip.errors import SettingsError
from mip.kernels import _cpu, _dispatch, gaussian, info, label, window
from mip.settings import KernelSettings


def run(code, **environment):
    """Run Python code in a fresh process; return what it printed."""
    program = f"import os; os.environ.update({environment!r})\n{code}"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.parametrize("isa", _dispatch.available_isas())
def test_environment_chooses_the_instruction_set(isa):
    code = "from mip.kernels import info; print(info().isa)"
    assert run(code, MIP_KERNELS_ISA=isa) == isa


def test_unknown_instruction_set_is_refused_by_name():
    code = (
        "from mip import errors, kernels\n"
        "try: kernels.info()\n"
        "except errors.SettingsError as error: print(error)"
    )
    told = run(code, MIP_KERNELS_ISA="avx2")
    assert told == "MIP_KERNELS_ISA: expected one of base, v3, v4, not avx2; see docs/kernels.md"


def test_instruction_set_that_the_cpu_lacks_is_refused(monkeypatch):
    monkeypatch.setattr(_cpu, "best_isa", lambda: 0)
    monkeypatch.setattr(_dispatch, "kernel_settings", lambda: KernelSettings(mip_kernels_isa="v4"))
    with pytest.raises(SettingsError, match="expected one of base, which this CPU has, not v4"):
        _dispatch._chosen_isa.__wrapped__()


def test_info_tells_what_is_used():
    told = info()
    assert told.isa in told.available_isas
    assert told.available_isas[0] == "base"
    assert told.threads >= 1
    assert told.openmp or told.threads == 1


def test_small_images_stay_on_the_calling_thread():
    assert _dispatch.thread_count(None, work=_dispatch.SERIAL_BELOW - 1) == 1
    assert _dispatch.thread_count(None, work=_dispatch.SERIAL_BELOW) == info().threads


def test_no_more_threads_are_started_than_there_are_tasks():
    assert _dispatch.thread_count(8, work=100, tasks=3) == 3
    assert _dispatch.thread_count(8, work=5) == 5
    assert _dispatch.thread_count(8, work=0, tasks=0) == 1


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="no list of threads")
def test_an_image_of_one_task_starts_no_thread():
    code = """
import os
import numpy as np
from mip import kernels
image, most = np.arange(64, dtype=np.float32).reshape(8, 8), {"threads": 1024}
before = len(os.listdir("/proc/self/task"))
kernels.anisotropic_diffusion(image, iterations=1, kappa=1, **most)
kernels.bilateral(image, sigma_spatial=1, sigma_range=9, **most)
kernels.canny(image, 1, 1, 2, **most)
kernels.dilate(image, kernels.disk(1), **most)
kernels.erode(image, kernels.box(3), **most)
kernels.gaussian(image, 1, **most)
kernels.gradient_magnitude(image, **most)
kernels.hessian_vesselness(image, 1, **most)
kernels.median(image, 3, **most)
kernels.nl_means(image, patch=3, search=3, h=9, **most)
kernels.project(image, 0, "mean", **most)
kernels.project(image, 1, "max", **most)
kernels.resample(image, 1, 0.7, **most)
kernels.sobel(image, **most)
kernels.threshold(image, 9, **most)
kernels.window(image, 30, 9, **most)
print(len(os.listdir("/proc/self/task")) - before)
"""
    assert run(code) == "0"


def test_default_threads_follow_omp_num_threads():
    code = "from mip.kernels import info; print(info().threads)"
    assert run(code, OMP_NUM_THREADS="1") == "1"


@pytest.mark.parametrize(
    ("text", "cpus"),
    [("max 100000", 8), ("50000 100000", 1), ("150000 100000", 2), ("9900000 100000", 8), ("?", 8)],
)
def test_cpu_quota_is_rounded_up_and_bounded(tmp_path, monkeypatch, text, cpus):
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    path = tmp_path / "cpu.max"
    path.write_text(text)
    assert _dispatch._quota_cpus(path) == cpus


def test_no_cpu_quota_leaves_the_machine(tmp_path, monkeypatch):
    monkeypatch.setattr("os.cpu_count", lambda: 8)
    assert _dispatch._quota_cpus(tmp_path / "absent") == 8


def test_after_a_fork_kernels_run_on_one_thread_and_end():
    code = """
import os, warnings
import numpy as np
from mip.kernels import gaussian, info
warnings.simplefilter("ignore")  # Python warns of forks with threads, which is the point
image = np.arange(512 * 512, dtype=np.float32).reshape(512, 512)
want = gaussian(image, 2, threads=2)
child = os.fork()
if child == 0:
    same = np.array_equal(gaussian(image, 2, threads=2), want)
    os._exit(0 if same and info().threads == 1 else 1)
print(os.waitpid(child, 0)[1])
"""
    assert run(code) == "0"


def test_concurrent_calls_from_several_threads_agree():
    rng = np.random.default_rng(2)
    image = rng.integers(-1000, 1000, (300, 300), np.int16)
    kernels = (
        lambda: window(image, 40, 400, threads=2),
        lambda: gaussian(image, 1.5, threads=2),
        lambda: label(image > 0, connectivity=8, threads=2)[0],
    )
    want = [kernel() for kernel in kernels]
    agreed: list[bool] = []

    def work(index):
        agreed.extend(np.array_equal(kernels[index % 3](), want[index % 3]) for _ in range(5))

    threads = [threading.Thread(target=work, args=(index,)) for index in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert agreed == [True] * 30


def test_the_gil_is_released_while_a_kernel_runs():
    image = np.zeros((24, 512, 512), np.float32)
    done, ticks = threading.Event(), 0

    def work():
        gaussian(image, 3, threads=1)
        done.set()

    thread = threading.Thread(target=work)
    thread.start()
    while not done.wait(0.001):
        ticks += 1
    thread.join()
    assert ticks >= 5
