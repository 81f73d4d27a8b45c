"""A worker put together from its settings, and run until it is told to stop."""

from __future__ import annotations

import logging
import os
import secrets
import signal
import socket
import sys
import tempfile
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import anyio.to_thread

from ..clock import SystemClock
from ..contracts import RESULTS_QUEUE, canonical_algorithm_id
from ..errors import MipError, SettingsError
from ..outbox import REQUEST_QUEUE_OPTIONS, Outbox
from ..pacs import open_pacs
from ..state import open_stores
from ..state.workers import WorkerRecord
from ..storage import open_store
from ..telemetry import configure, fields
from ..transport import open_transport, split_queue_url
from .children import ChildLimits, ChildPool
from .closing import close
from .heartbeat import beat
from .loop import Loop
from .options import WorkerOptions, available_cores
from .slot import EXIT_SLOT_TAKEN, Slot, SlotTaken, tell_ready

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator

    from ..clock import Clock
    from ..settings import WorkerSettings
    from ..state import Stores
    from ..storage import ObjectStore

log = logging.getLogger(__name__)

PREFETCH_PER_CHILD = 12
"""Jobs in hand for each that computes: so many wait for their disk writes at a time, which then
share one commit. What is prefetched is a file, not pixels."""

SWITCH_SECONDS = 0.0005
"""How long a thread of a worker process keeps Python's lock from others that want it, about as long
as a commit takes. In the 5 ms that Python allows, a loop with jobs at hand holds up the threads
that write and store, and they the loop."""


class Worker:
    """Run one algorithm on the jobs of one queue.

    Any number of workers can run in one process, each in a task. Cancelling the task is the
    quickest way to stop: whatever was in hand is back on the queue when :meth:`run` has ended.

    Parameters
    ----------
    settings : WorkerSettings
        Where queue, images, results and records are; the environment of ``python -m mip.worker``.
    options : WorkerOptions, optional
        Limits and times; made from the settings by default.
    clock : Clock, optional
        The machine's by default.

    Examples
    --------
    ``anyio.run(Worker(worker_settings()).run)`` is ``python -m mip.worker`` without the signals.
    In a program that does other things beside, with one job at a time::

        async with anyio.create_task_group() as tasks:
            worker = Worker(settings, options=WorkerOptions(concurrency=1))
            tasks.start_soon(worker.run)
            ...
            worker.stop()
    """

    def __init__(
        self,
        settings: WorkerSettings,
        *,
        options: WorkerOptions | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._settings = settings
        self._options = options or options_from(settings)
        self._clock = clock or SystemClock()
        self._name = f"{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}"
        self._loop: Loop | None = None
        self._has_run = False
        self._is_stopped = False

    @property
    def name(self) -> str:
        """The worker's name in records and logs."""
        return self._name

    def stop(self) -> None:
        """Receive no more, finish what runs within ``drain_seconds``, hand the rest back."""
        self._is_stopped = True
        if self._loop is not None:
            self._loop.stop()

    def stop_now(self) -> None:
        """Hand everything back at once."""
        self._is_stopped = True
        if self._loop is not None:
            self._loop.stop_now()

    async def run(self) -> None:
        """Work until stopped; everything in hand is then finished or handed back.

        A worker runs once: its name stands for one run in the records.

        Raises
        ------
        SettingsError, UnknownAlgorithmError, InvalidAlgorithmError
            Nothing was started.
        QueueNotFoundError
            The queue was deleted.
        StateCorruptError, TransportCorruptError, SchemaTooNewError
            The file of records or queues cannot be used, from the start or any more.
        RuntimeError
            It has run before, or runs now.
        """
        if self._has_run:
            raise RuntimeError("a worker runs once; make another for another run")
        self._has_run = True
        with _without_group():
            async with self._opened() as (loop, stores):
                self._loop = loop
                if self._is_stopped:
                    loop.stop()
                async with anyio.create_task_group() as tasks:
                    tasks.start_soon(self._live, loop, stores)
                    await loop.run()
                    tasks.cancel_scope.cancel()
        log.info("worker.stopped", extra=fields(worker=self._name))

    async def _live(self, loop: Loop, stores: Stores) -> None:
        """Tell that jobs are taken, then again and again that the worker lives."""
        await loop.ready.wait()
        tell_ready(self._settings.mip_slot_ready_fd)
        now = self._clock.now()
        sign = WorkerRecord(
            name=self._name,
            algorithm_id=canonical_algorithm_id(self._settings.algo_id),
            version=loop.version,
            host=socket.gethostname(),
            pid=os.getpid(),
            slot=Path(self._settings.mip_slot).stem,
            concurrency=self._options.concurrency,
            started_at=now,
            seen_at=now,
        )
        await beat(stores.workers, sign, running=lambda: loop.running, clock=self._clock)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[tuple[Loop, Stores]]:
        settings = self._settings
        async with AsyncExitStack() as stack:
            transport_url, queue = split_queue_url(settings.queue_url)
            transport = open_transport(transport_url, clock=self._clock)
            stack.push_async_callback(close, transport)
            stores = await open_stores(settings.mip_state, clock=self._clock)
            stack.push_async_callback(close, stores)
            objects = await open_store(settings.output_bucket)
            stack.push_async_callback(close, objects)
            folder = await stack.enter_async_context(_work_folder(objects))
            pacs = await open_pacs(
                settings.pacs_api_base,
                key=settings.pacs_api_key,
                clock=self._clock,
                folder=folder,
            )
            stack.push_async_callback(close, pacs)
            outbox = Outbox(
                transport, stores.jobs, clock=self._clock, results_queue=self._results_queue()
            )
            await transport.create_queue(queue, REQUEST_QUEUE_OPTIONS)
            await outbox.create_results_queue()
            pool = await stack.enter_async_context(self._pool())
            loop = Loop(
                transport,
                queue,
                algorithm_id=settings.algo_id,
                jobs=stores.jobs,
                outbox=outbox,
                pacs=pacs,
                objects=objects,
                pool=pool,
                folder=folder,
                options=self._options,
                name=self._name,
                clock=self._clock,
            )
            yield loop, stores

    def _results_queue(self) -> str:
        if not self._settings.result_queue:
            return RESULTS_QUEUE
        transport_url, queue = split_queue_url(self._settings.result_queue)
        if transport_url != split_queue_url(self._settings.queue_url)[0]:
            raise SettingsError("RESULT_QUEUE: expected a queue of the same transport as QUEUE_URL")
        return queue

    def _pool(self) -> ChildPool:
        settings = self._settings
        concurrency = self._options.concurrency
        return ChildPool(
            settings.mip_algorithm or settings.algo_id,
            size=concurrency,
            limits=ChildLimits(
                decode_timeout_seconds=settings.mip_decode_timeout_seconds,
                run_timeout_seconds=settings.mip_run_timeout_seconds or None,
                memory_bytes=settings.mip_memory_mib * 1024**2 or None,
            ),
            threads_per_child=settings.omp_num_threads or max(1, available_cores() // concurrency),
        )


@contextmanager
def _without_group() -> Iterator[None]:
    """Raise what a task group failed of as itself.

    Tasks that use one file fail of it together: the first error tells it. A group in which any is
    a defect stays whole.
    """
    try:
        yield
    except BaseExceptionGroup as group:
        errors = list(_leaves(group))
        is_expected = all(isinstance(error, MipError) for error in errors)
        raise errors[0] if is_expected or len(errors) == 1 else group from None


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _leaves(each)
    else:
        yield error


def run_worker(settings: WorkerSettings) -> int:
    """Run a worker in this process until SIGTERM or SIGINT; a second signal stops it at once.

    The process is taken to be the worker's own: its log and its threads are set up for that.

    Returns
    -------
    int
        Exit code 0: every job in hand was finished or handed back. 3: another worker has the slot
        that ``settings`` name, and nothing was started.

    Raises
    ------
    MipError
        It could not start, or not go on, as :meth:`Worker.run` says; it is in the log, too.
    """
    configure(form=settings.mip_log, debug=settings.mip_debug)
    sys.setswitchinterval(SWITCH_SECONDS)
    worker = Worker(settings)
    with ExitStack() as stack:
        if settings.mip_slot:
            try:
                slot = Slot.take(
                    Path(settings.mip_slot), worker=worker.name, stamp=settings.mip_slot_stamp
                )
            except SlotTaken:
                log.warning("worker.slot_taken", extra=fields(worker=worker.name))
                return EXIT_SLOT_TAKEN
            stack.callback(slot.leave)
        try:
            anyio.run(_run_until_signalled, worker)
        except MipError as error:
            # Whoever collects logs does not see what the roof prints.
            log.error("worker.failed", extra=fields(worker=worker.name, code=error.code))  # noqa: TRY400 - expected, and told in words
            raise
    return 0


async def _run_until_signalled(worker: Worker) -> None:
    with _without_group():
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(_obey_signals, worker)
            await worker.run()
            tasks.cancel_scope.cancel()


async def _obey_signals(worker: Worker) -> None:
    with anyio.open_signal_receiver(signal.SIGTERM, signal.SIGINT) as signals:
        is_first = True
        async for number in signals:
            log.info("worker.stopping", extra=fields(worker=worker.name, signal=number.name))
            if is_first:
                worker.stop()
            else:
                worker.stop_now()
            is_first = False


def options_from(settings: WorkerSettings) -> WorkerOptions:
    """Turn the environment's limits into options."""
    concurrency = settings.mip_concurrency or available_cores()
    return WorkerOptions(
        concurrency=concurrency,
        prefetch=PREFETCH_PER_CHILD * concurrency,
        lease_seconds=settings.mip_lease_seconds,
        drain_seconds=settings.mip_drain_seconds,
        max_attempts=settings.mip_max_attempts,
        max_crashes=settings.mip_max_crashes,
        record_seconds=settings.mip_records_days * 86_400.0,
        max_outage_seconds=settings.mip_max_outage_seconds,
        send_results=settings.mip_send_results,
    )


@asynccontextmanager
async def _work_folder(objects: ObjectStore) -> AsyncIterator[Path]:
    """Hold a folder for what is fetched and derived, on the disk of ``objects`` if it has one."""
    make = partial(
        tempfile.TemporaryDirectory,
        prefix="worker-",
        dir=objects.staging,
        ignore_cleanup_errors=True,
    )
    folder: tempfile.TemporaryDirectory[str] = await anyio.to_thread.run_sync(make)
    try:
        yield Path(folder.name)
    finally:
        with anyio.CancelScope(shield=True):
            await anyio.to_thread.run_sync(folder.cleanup)
