"""Run a kernel in every way that must not matter."""

from __future__ import annotations

import pytest

from mip.kernels import _dispatch
from tests.kernels.agreement import assert_same_bits

THREADS = (1, 2, 3)


@pytest.fixture(scope="session")
def everywhere():
    """Call a kernel with each ISA and thread count, require equal bits, return the result."""

    def run(kernel, *args, **kwargs):
        results = []
        for isa in _dispatch.available_isas():
            for threads in THREADS:
                with _dispatch.forced_isa(isa):
                    results.append(kernel(*args, threads=threads, **kwargs))
                for got, want in zip(flat(results[-1]), flat(results[0]), strict=True):
                    assert_same_bits(got, want, f"{isa}, {threads} threads")
        return results[0]

    return run


def flat(result):
    return result if isinstance(result, tuple) else (result,)
