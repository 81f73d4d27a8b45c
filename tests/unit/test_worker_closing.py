"""Closing what a worker or a command has opened."""

from __future__ import annotations

import anyio
import anyio.lowlevel

from mip.cli.datafolder import DataFolder
from mip.cli.deployment import opened
from mip.worker import closing


class Slow:
    """Something whose closing takes a while, or never ends."""

    def __init__(self, *, ends: bool) -> None:
        self._ends = ends
        self.is_closed = False

    async def aclose(self) -> None:
        await (anyio.lowlevel.checkpoint() if self._ends else anyio.sleep_forever())
        self.is_closed = True


async def test_what_is_open_is_closed_although_the_caller_is_cancelled():
    service = Slow(ends=True)
    with anyio.CancelScope() as scope:
        scope.cancel()
        await closing.close(service)
    assert service.is_closed


async def test_closing_that_hangs_is_given_up(monkeypatch):
    monkeypatch.setattr(closing, "CLOSE_SECONDS", 0.01)
    service = Slow(ends=False)
    with anyio.fail_after(5):
        await closing.close(service)
    assert not service.is_closed


def note_closing(service, closed, monkeypatch):
    """Have a service that has been closed to the end added to ``closed``."""
    aclose = service.aclose

    async def noted():
        await aclose()
        await anyio.lowlevel.checkpoint()
        closed.append(service)

    monkeypatch.setattr(service, "aclose", noted)


async def test_a_data_folder_is_closed_although_the_command_is_cancelled(tmp_path, monkeypatch):
    closed: list[object] = []
    with anyio.CancelScope() as scope:
        async with opened(DataFolder.open(tmp_path)) as deployment:
            for service in (deployment.transport, deployment.records):
                note_closing(service, closed, monkeypatch)
            scope.cancel()
    assert closed == [deployment.records, deployment.transport]
