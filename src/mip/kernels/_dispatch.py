"""How a kernel runs: its instruction set and its number of threads."""

from __future__ import annotations

import os
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import SettingsError
from ..settings import kernel_settings
from . import _arguments, _cpu

if TYPE_CHECKING:
    from collections.abc import Iterator

ISAS = ("base", "v3", "v4")
"""Instruction sets by rank: the base of the architecture, x86-64-v3 (AVX2), -v4 (AVX-512)."""

SERIAL_BELOW = 1 << 20
"""Elements: below this a pointwise kernel ends within 0.2 ms. To wake a second thread takes half of
that where a core is idle, and milliseconds where none is. Kernels that do more for an element have
a bound of their own, at which one thread takes as long."""

MAX_THREADS = 1024
"""Above the cores of any machine; where OpenMP cannot start a thread, it ends the process."""

CPU_MAX = Path("/sys/fs/cgroup/cpu.max")  # quota and period, in microseconds (cgroup v2)

_forced: ContextVar[int | None] = ContextVar("mip_kernels_isa", default=None)


@dataclass(frozen=True, kw_only=True)
class Info:
    """How the kernels run here.

    Attributes
    ----------
    isa : str
        Instruction set in use.
    available_isas : tuple of str
        Instruction sets that this CPU and this build have.
    openmp : bool
        False: built without OpenMP, so that every kernel runs on the calling thread.
    threads : int
        Threads that a kernel uses by default on a large image.
    """

    isa: str
    available_isas: tuple[str, ...]
    openmp: bool
    threads: int


def info() -> Info:
    """Return the instruction set, the threads and the build of the kernels."""
    return Info(
        isa=ISAS[isa_index()],
        available_isas=available_isas(),
        openmp=_cpu.has_openmp(),
        threads=_default_threads(),
    )


def available_isas() -> tuple[str, ...]:
    """Return the instruction sets that this CPU and this build have, by rank."""
    return ISAS[: _cpu.best_isa() + 1]


def isa_index() -> int:
    """Return the instruction set to use: the forced one, else the best.

    Raises
    ------
    SettingsError
        ``MIP_KERNELS_ISA`` names one that this CPU has not.
    """
    forced = _forced.get()
    return _chosen_isa() if forced is None else forced


@contextmanager
def forced_isa(name: str) -> Iterator[None]:
    """Use one instruction set within this context; for tests and benchmarks."""
    token = _forced.set(available_isas().index(name))
    try:
        yield
    finally:
        _forced.reset(token)


def thread_count(
    threads: int | None, *, work: int, serial_below: int = SERIAL_BELOW, tasks: int | None = None
) -> int:
    """Return how many threads a kernel uses.

    Parameters
    ----------
    threads : int or None
        What the caller asked for, from 1 to 1024; None leaves it to the machine and the work.
    work : int
        Elements that the kernel visits.
    serial_below : int
        Elements below which one thread is faster.
    tasks : int, optional
        What the work is cut into, by default its elements: no more threads are started.

    Notes
    -----
    One after a fork: OpenMP's threads do not survive it, and waiting for them would be for ever.
    """
    if threads is None:
        wanted = 1 if work < serial_below else _default_threads()
    else:
        wanted = _arguments.whole(threads, "threads", least=1, most=MAX_THREADS)
        wanted = 1 if _fork.happened else wanted
    return max(1, min(wanted, work if tasks is None else tasks))


@cache
def _chosen_isa() -> int:
    name = kernel_settings().mip_kernels_isa
    if name and name not in available_isas():
        raise SettingsError(
            f"MIP_KERNELS_ISA: expected one of {', '.join(available_isas())}, which this CPU "
            f"has, not {name}"
        )
    return ISAS.index(name) if name else _cpu.best_isa()


class _Fork:
    """Whether this process is the child of a fork that happened after the import."""

    happened = False

    def note(self) -> None:
        self.happened = True


_fork = _Fork()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_fork.note)


def _default_threads() -> int:
    return 1 if _fork.happened else _machine_threads()


@cache
def _machine_threads() -> int:
    """Threads by ``OMP_NUM_THREADS`` or CPU affinity, and no more than the CPU quota."""
    return max(1, min(_cpu.max_threads(), _quota_cpus(CPU_MAX)))


def _quota_cpus(cpu_max: Path) -> int:
    """CPUs that the control group may use, rounded up; the machine's where it has no limit."""
    everything = os.cpu_count() or 1
    try:
        quota, period = cpu_max.read_text().split()
    except (OSError, ValueError):
        return everything
    if quota == "max":
        return everything
    return max(1, min(everything, ceil(int(quota) / int(period))))
