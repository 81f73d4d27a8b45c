"""A worker says every few seconds that it lives, and what it runs."""

from __future__ import annotations

import logging
import random
from typing import TYPE_CHECKING

import anyio
from msgspec.structs import replace

from ..errors import MipError
from ..state.workers import MAX_RUNNING
from ..telemetry import fields

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from ..clock import Clock
    from ..state.workers import WorkerRecord, WorkerStore

log = logging.getLogger(__name__)

BEAT_SECONDS = 5.0
FORGET_SECONDS = 2.0


async def beat(
    store: WorkerStore,
    sign: WorkerRecord,
    *,
    running: Callable[[], Sequence[str]],
    clock: Clock,
) -> None:
    """Give a sign of life now and every 5 s until cancelled; then say that the worker has ended.

    It delays nothing: records that do not answer cost a sign of life, which is logged once.
    """
    try:
        is_heard = True
        while True:
            jobs = tuple(running()[:MAX_RUNNING])
            code = await _give(store, replace(sign, seen_at=clock.now(), running=jobs))
            if code and is_heard:
                log.warning("heartbeat.failed", extra=fields(worker=sign.name, code=code))
            is_heard = not code
            # Jitter, so that workers that were started together do not write together.
            await anyio.sleep(BEAT_SECONDS * (0.8 + 0.4 * random.random()))  # noqa: S311 - jitter
    finally:
        with anyio.move_on_after(FORGET_SECONDS, shield=True):
            await _forget(store, sign.name)


async def _give(store: WorkerStore, sign: WorkerRecord) -> str:
    """Record a sign of life; return the code of what kept it, or nothing."""
    try:
        with anyio.fail_after(BEAT_SECONDS):
            await store.beat(sign)
    except TimeoutError:
        return "timeout"
    except MipError as error:
        return error.code
    return ""


async def _forget(store: WorkerStore, name: str) -> None:
    try:
        await store.forget(name)
    except MipError as error:
        log.warning("heartbeat.failed", extra=fields(worker=name, code=error.code))
