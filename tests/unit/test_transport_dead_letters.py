"""Ids of dead letters that no queue has given out."""

from __future__ import annotations

import pytest

from mip.testing import FakeClock
from mip.transport import Message, SetAside, open_transport


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
@pytest.mark.parametrize("digits", [18, 19, 20, 5000])
async def test_no_number_is_too_long_to_ask_for(tmp_path, kind, digits):
    place = f"letters-{digits}" if kind == "memory" else tmp_path / "queue.db"
    transport = open_transport(f"{kind}:{place}", clock=FakeClock())
    await transport.create_queue("q")
    await transport.publish("q", [Message(body=b"x", group_id="g", dedup_id="d")])
    [taken] = await transport.receive("q")
    await transport.settle("q", dead_letters=[SetAside(taken.receipt, "broken")])
    beyond = "9" * digits
    assert len(await transport.dead_letters("q")) == 1
    assert await transport.dead_letters("q", after=beyond) == []
    assert await transport.redrive("q", ids=[beyond]) == 0
    assert await transport.drop_dead_letters("q", ids=[beyond]) == 0
    await transport.aclose()
