"""Ctrl-C once finishes what is in hand; twice stops it."""

from __future__ import annotations

import os
import signal

import anyio

from mip.cli.console import Console
from mip.cli.stopping import stoppable
from mip.settings import CommandSettings


async def test_first_ctrl_c_asks_and_second_cancels(capsys):
    reached = []
    with anyio.fail_after(5):
        async with stoppable(Console(CommandSettings()), steps=2) as stop:
            os.kill(os.getpid(), signal.SIGINT)
            while not stop.is_asked:
                await anyio.lowlevel.checkpoint()
            reached.append("in hand")
            assert not stop.is_now
            os.kill(os.getpid(), signal.SIGINT)
            await anyio.sleep_forever()
    assert stop.is_now
    assert reached == ["in hand"]
    assert "Ctrl-C again" in capsys.readouterr().err


async def test_more_ctrl_c_than_it_takes_say_nothing_more(capsys):
    with anyio.fail_after(5):
        async with stoppable(Console(CommandSettings()), steps=1) as stop:
            with anyio.CancelScope(shield=True):
                for left in (0, -1):
                    os.kill(os.getpid(), signal.SIGINT)
                    while stop._left > left:
                        await anyio.lowlevel.checkpoint()
    assert capsys.readouterr().err.count("stopping") == 1


async def test_block_that_ends_by_itself_was_not_stopped():
    with anyio.fail_after(5):
        async with stoppable(Console(CommandSettings()), steps=2) as stop:
            pass
    assert not stop.is_asked


async def test_one_step_cancels_at_once(capsys):
    with anyio.fail_after(5):
        async with stoppable(Console(CommandSettings()), steps=1) as stop:
            os.kill(os.getpid(), signal.SIGTERM)
            await anyio.sleep_forever()
    assert stop.is_now
    assert "stopping" in capsys.readouterr().err
