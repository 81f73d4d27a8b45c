"""The transports that ship keep the contract."""

from __future__ import annotations

import itertools

import pytest

from mip.testing import DurableTransportConformance, FakeClock, TransportConformance
from mip.transport import memory, sqlite

_names = itertools.count()


@pytest.fixture
def clock():
    return FakeClock()


@pytest.fixture
async def transport(another):
    return await another()


@pytest.mark.usefixtures("no_blocking")
class TestMemoryTransport(TransportConformance):
    @pytest.fixture
    async def another(self, clock):
        url = f"memory:conformance-{next(_names)}"
        opened = []

        async def open_it():
            opened.append(memory.open_transport(url, clock=clock, sleep=clock.sleep))
            return opened[-1]

        yield open_it
        for transport in opened:
            await transport.aclose()

    async def test_it_says_that_it_is_neither_durable_nor_shared(self, transport):
        assert not transport.capabilities.is_durable
        assert not transport.capabilities.is_shared


@pytest.mark.usefixtures("no_blocking")
class TestSqliteTransport(TransportConformance, DurableTransportConformance):
    @pytest.fixture
    async def another(self, clock, tmp_path):
        url = f"sqlite:{tmp_path / 'queue.db'}"
        opened = []

        async def open_it():
            opened.append(sqlite.open_transport(url, clock=clock, sleep=clock.sleep))
            return opened[-1]

        yield open_it
        for transport in opened:
            await transport.aclose()
