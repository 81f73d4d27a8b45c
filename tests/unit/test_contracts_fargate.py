from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mip.contracts.fargate import MEMORY_OF_CPU, cpu_for, is_valid_pair, memory_for

GIB = 1024

# Amazon ECS Developer Guide, "Task CPU and memory", row by row.
OFFERED = {
    256: [512, 1 * GIB, 2 * GIB],
    512: [gib * GIB for gib in (1, 2, 3, 4)],
    1024: [gib * GIB for gib in (2, 3, 4, 5, 6, 7, 8)],
    2048: [gib * GIB for gib in range(4, 17)],
    4096: [gib * GIB for gib in range(8, 31)],
    8192: [gib * GIB for gib in range(16, 61, 4)],
    16384: [gib * GIB for gib in range(32, 121, 8)],
}
PAIRS = {(cpu, memory) for cpu, row in OFFERED.items() for memory in row}
ANY_MEMORY = st.integers(-1, 200 * GIB) | st.sampled_from(sorted(memory for _, memory in PAIRS))
ANY_CPU = st.integers(-1, 20_000) | st.sampled_from(sorted(OFFERED))


def test_just_the_pairs_that_are_offered_are_valid() -> None:
    memories = {memory for row in MEMORY_OF_CPU.values() for memory in row}
    cpus = {0, *MEMORY_OF_CPU, 32768}
    assert {(cpu, each) for cpu in cpus for each in memories if is_valid_pair(cpu, each)} == PAIRS


@given(cpu=ANY_CPU, memory=ANY_MEMORY)
def test_a_pair_is_valid_when_it_is_offered(cpu: int, memory: int) -> None:
    assert is_valid_pair(cpu, memory) == ((cpu, memory) in PAIRS)


@given(cpu=ANY_CPU, at_least=ANY_MEMORY)
def test_memory_for_a_cpu_is_the_least_that_suffices_or_the_most_there_is(
    cpu: int, at_least: int
) -> None:
    offered = OFFERED.get(cpu, [])
    found = memory_for(cpu, at_least=at_least)
    if not offered:
        assert found is None
    else:
        enough = [memory for memory in offered if memory >= at_least]
        assert found == (min(enough) if enough else max(offered))


@given(memory=ANY_MEMORY, at_least=ANY_CPU)
def test_cpu_for_a_memory_is_the_least_that_suffices_or_the_most_there_is(
    memory: int, at_least: int
) -> None:
    offered = [cpu for cpu, row in OFFERED.items() if memory in row]
    found = cpu_for(memory, at_least=at_least)
    if not offered:
        assert found is None
    else:
        enough = [cpu for cpu in offered if cpu >= at_least]
        assert found == (min(enough) if enough else max(offered))


@pytest.mark.parametrize(("cpu", "memory"), [(256, 1536), (1024, 1024), (8192, 17 * GIB), (0, 0)])
def test_pairs_between_those_offered_are_not_valid(cpu: int, memory: int) -> None:
    assert not is_valid_pair(cpu, memory)
