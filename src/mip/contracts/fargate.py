"""Which pairs of CPU and memory a task on AWS Fargate may have.

Checked wherever algorithms are registered, also on one machine, so that a registration moves to
the cloud unchanged. Source: Amazon ECS Developer Guide, "Task CPU and memory".
"""

from __future__ import annotations

_GIB = 1024

MEMORY_OF_CPU: dict[int, range] = {
    256: range(512, 2 * _GIB + 1, 512),
    512: range(1 * _GIB, 4 * _GIB + 1, _GIB),
    1024: range(2 * _GIB, 8 * _GIB + 1, _GIB),
    2048: range(4 * _GIB, 16 * _GIB + 1, _GIB),
    4096: range(8 * _GIB, 30 * _GIB + 1, _GIB),
    8192: range(16 * _GIB, 60 * _GIB + 1, 4 * _GIB),
    16384: range(32 * _GIB, 120 * _GIB + 1, 8 * _GIB),
}
"""MiB that go with each number of CPU units (1024 make one CPU)."""

# The smallest size steps by powers of two: 512, 1024, 2048.
_NOT_OFFERED = {(256, 1536)}


def is_valid_pair(cpu: int, memory: int) -> bool:
    """Tell whether a task may have ``cpu`` units and ``memory`` MiB."""
    return memory in MEMORY_OF_CPU.get(cpu, ()) and (cpu, memory) not in _NOT_OFFERED


def memory_for(cpu: int, *, at_least: int) -> int | None:
    """Return the least memory of ``at_least`` MiB that goes with ``cpu``.

    The most there is when ``at_least`` is more; None when no task has ``cpu`` units.
    """
    offered = [memory for memory in MEMORY_OF_CPU.get(cpu, ()) if is_valid_pair(cpu, memory)]
    if not offered:
        return None
    return next((memory for memory in offered if memory >= at_least), offered[-1])


def cpu_for(memory: int, *, at_least: int) -> int | None:
    """Return the least CPU of ``at_least`` units that goes with ``memory`` MiB.

    The most that goes with it when ``at_least`` is more; None when no task has so much memory.
    """
    offered = [cpu for cpu in MEMORY_OF_CPU if is_valid_pair(cpu, memory)]
    if not offered:
        return None
    return next((cpu for cpu in offered if cpu >= at_least), offered[-1])
