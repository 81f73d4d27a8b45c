"""Workers as processes of this machine: started, adopted, restarted, replaced and ended here.

Each worker is ``python -m mip.worker`` in a session of its own and in a slot,
``DATA/slots/{algorithm}/{n}.lock``, which it locks for its life. A server that is killed leaves its
workers at work; the next one finds them by their slots, adopts those that are wanted as they are,
replaces those that were started otherwise, and ends the rest. Nothing else is kept, so there is
nothing that could be wrong after a crash.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
from contextlib import AsyncExitStack, suppress
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Final, Self

import anyio
import anyio.to_thread

from ...contracts import ResourceStatus, canonical_algorithm_id, digest, request_queue
from ...control import Provisioned, wanted_workers
from ...errors import (
    AlgorithmCrashedError,
    AlgorithmTimeoutError,
    MipError,
    ProvisioningFailedError,
    SettingsError,
    StorageError,
)
from ...settings import inherited_by_workers
from ...telemetry import fields
from ...worker import ChildPool, known_algorithms
from ...worker.slot import Slot, SlotTaken
from .containers import container_launch, container_program
from .herd import Herd
from .launch import process_launch, process_settings, reference_of
from .logs import bound

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable
    from types import TracebackType

    from anyio.abc import TaskGroup

    from ...contracts import AlgorithmRecord, AlgorithmSpec
    from .launch import Launch, Site

log = logging.getLogger(__name__)

DESCRIBE_PAUSES: Final = (1.0, 5.0, 15.0)
"""Before the code of an algorithm is asked again what it is."""
FINISH_SECONDS: Final = 10.0
"""For jobs in hand when the server stops; then they are handed back."""
HAND_BACK_SECONDS: Final = 5.0
BOUND_LOGS_SECONDS: Final = 60.0
MAX_WORKERS: Final = 256
"""Of one algorithm on one machine: each is a process, with others that compute."""
_DISTRIBUTION: Final = "mip-imaging"


class _Plan:
    """What an algorithm's workers are started with, and what it was worked out from."""

    def __init__(self, herd: Herd) -> None:
        self.herd = herd
        self.wish = ""
        self.launch: Launch | None = None
        self.spec: AlgorithmSpec | None = None


class LocalProvisioner:
    """A :class:`mip.control.Provisioner` of processes; use as ``async with``.

    On leaving the block all workers are told to stop, get 10 s to finish their jobs and 5 s to
    hand them back, and are killed then.

    Parameters
    ----------
    site : Site
        Where everything is; slots and logs are in its ``root``.
    news : callable
        Called with the id of an algorithm whose record should be reconciled: a worker has started
        or ended, or cannot start.

    Raises
    ------
    SettingsError
        On entering: another server looks after the workers of this data folder, or the system
        cannot watch processes that it did not start (it needs Linux).
    """

    def __init__(self, site: Site, *, news: Callable[[str], None]) -> None:
        self._site = site
        self._tell = news
        self._slots = site.root / "slots"
        self._logs = site.root / "logs"
        self._release = ""
        self._plans: dict[str, _Plan] = {}
        self._stack = AsyncExitStack()
        self._tasks: TaskGroup | None = None
        self._patience = anyio.CancelScope()
        self._is_hurried = False

    async def __aenter__(self) -> Self:
        """Look after the workers that live already; none is started or ended yet."""
        if not hasattr(os, "pidfd_open"):
            raise SettingsError("expected Linux, which can watch workers that another has started")
        async with AsyncExitStack() as stack:
            self._release = await anyio.to_thread.run_sync(_release)
            guard = await anyio.to_thread.run_sync(self._take_folder)
            stack.callback(guard.leave)
            self._tasks = await stack.enter_async_context(anyio.create_task_group())
            self._tasks.start_soon(self._bound_logs)
            for algorithm_id, numbers in await anyio.to_thread.run_sync(self._known_slots):
                self._plan(algorithm_id).herd.look_after(numbers)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all workers and wait until they are gone."""
        with anyio.CancelScope(shield=True):
            await self._end_all()
        assert self._tasks is not None  # noqa: S101 - entered before
        self._tasks.cancel_scope.cancel()
        # The group is not told of an error in the caller's block: it would wrap it in a group.
        await self._stack.aclose()

    async def ensure(self, record: AlgorithmRecord) -> Provisioned:
        """Make what a record wants, or adopt it; see :class:`mip.control.Provisioner`.

        Raises
        ------
        ProvisioningFailedError
            Its code does not load, no container can be run here, or its workers cannot start.
        """
        plan = self._plan(record.algorithm_id)
        count = wanted_workers(record)
        async with plan.herd.preparing:
            if not count:
                plan.wish, plan.launch = "", None
                plan.herd.want(None, count=0)
                return Provisioned(resources=self._resources(record))
            if count > MAX_WORKERS:
                raise ProvisioningFailedError(
                    f"desired_count: one machine runs at most {MAX_WORKERS} workers of an "
                    f"algorithm, and {count} are wanted"
                )
            wish = _wish(record)
            if plan.launch is None or plan.wish != wish:
                plan.launch, plan.spec = await self._prepared(record)
                plan.wish = wish
            plan.herd.want(plan.launch, count=count)
            if plan.herd.failure:
                raise ProvisioningFailedError(plan.herd.failure)
            return Provisioned(
                resources=self._resources(record),
                spec=plan.spec,
                is_ready=plan.herd.is_ready,
                is_settled=plan.herd.is_settled,
                trouble=plan.herd.trouble,
            )

    async def remove(self, record: AlgorithmRecord) -> None:
        """End an algorithm's workers, wait until the last is gone, and remove their slots."""
        plan = self._plan(record.algorithm_id)
        async with plan.herd.preparing:
            plan.wish, plan.launch = "", None
            plan.herd.want(None, count=0)
            await plan.herd.wait_empty()
            folder = self._slots / record.algorithm_id
            await anyio.to_thread.run_sync(partial(shutil.rmtree, folder, ignore_errors=True))

    async def workers(self, record: AlgorithmRecord) -> int:
        """Return how many workers of an algorithm live."""
        return self._plan(record.algorithm_id).herd.alive

    def end_strays(self, known: Collection[str]) -> None:
        """End the workers of algorithms that are on no record."""
        for algorithm_id, plan in self._plans.items():
            if algorithm_id not in known:
                plan.herd.want(None, count=0)

    def hurry(self) -> None:
        """Do not wait for jobs in hand when leaving the block: have them handed back at once.

        Called while workers hand back, it kills them.
        """
        self._is_hurried = True
        self._patience.cancel()

    def _take_folder(self) -> Slot:
        self._slots.mkdir(parents=True, exist_ok=True)
        try:
            return Slot.take(self._slots / "server.lock", worker="server", stamp="")
        except SlotTaken:
            raise SettingsError(
                f"another server looks after the workers of {self._site.root}; stop it, or use "
                "another data folder"
            ) from None

    def _known_slots(self) -> Iterable[tuple[str, list[int]]]:
        return [
            (folder.name, [int(slot.stem) for slot in folder.glob("*.lock") if slot.stem.isdigit()])
            for folder in self._slots.iterdir()
            if folder.is_dir()
        ]

    def _plan(self, algorithm_id: str) -> _Plan:
        if self._tasks is None:
            raise RuntimeError("a provisioner works within 'async with'")
        name = canonical_algorithm_id(algorithm_id)
        if name not in self._plans:
            herd = Herd(
                self._slots / name,
                logs=self._logs,
                tasks=self._tasks,
                news=partial(self._tell, name),
            )
            self._plans[name] = _Plan(herd)
        return self._plans[name]

    async def _prepared(self, record: AlgorithmRecord) -> tuple[Launch, AlgorithmSpec | None]:
        """Work out how workers are started, and what their code says of itself."""
        folder = self._slots / record.algorithm_id
        try:
            await anyio.to_thread.run_sync(partial(folder.mkdir, parents=True, exist_ok=True))
        except OSError as error:
            raise StorageError(
                f"the folder of its slots cannot be made: {error.strerror}; see the data folder's "
                "disk"
            ) from error
        inherited = inherited_by_workers()
        installed = await anyio.to_thread.run_sync(known_algorithms)
        reference = reference_of(record, installed)
        if reference is None:
            program = await anyio.to_thread.run_sync(container_program)
            if program is None:
                raise ProvisioningFailedError(_no_container(record, installed))
            return container_launch(record, self._site, program=program, inherited=inherited), None
        settings = process_settings(record, self._site, reference=reference, inherited=inherited)
        spec = await _described(reference)
        if canonical_algorithm_id(spec.id) != record.algorithm_id:
            raise ProvisioningFailedError(
                f"the code is {spec.id}, and was registered as {record.algorithm_id}: register it "
                "under its own id, or change the id in the code"
            )
        launch = process_launch(
            record, settings, code_digest=spec.digest, release=self._release, inherited=inherited
        )
        return launch, spec

    def _resources(self, record: AlgorithmRecord) -> ResourceStatus:
        queue_url = f"{self._site.transport_url}#{request_queue(record.algorithm_id)}"
        return ResourceStatus(
            queue_url=queue_url,
            task_definition=record.image_uri,
            service=f"slots/{record.algorithm_id}",
        )

    async def _end_all(self) -> None:
        herds = [plan.herd for plan in self._plans.values()]
        for herd in herds:
            herd.want(None, count=0)
        # Each has its SIGTERM now; a second one hands back what is not done.
        for number, seconds in (
            (None, 0.0 if self._is_hurried else FINISH_SECONDS),
            (signal.SIGTERM, HAND_BACK_SECONDS),
            (signal.SIGKILL, HAND_BACK_SECONDS),
        ):
            with anyio.move_on_after(seconds) as self._patience:
                for herd in herds:
                    if number is not None:
                        herd.send(number)
                for herd in herds:
                    await herd.wait_empty()
                return

    async def _bound_logs(self) -> None:
        """Keep logs from growing, also those of workers that never end."""
        while True:
            await anyio.sleep(BOUND_LOGS_SECONDS)
            await anyio.to_thread.run_sync(self._bound_all)

    def _bound_all(self) -> None:
        for path in self._logs.glob("*.log"):
            try:
                bound(path)
            except OSError as error:  # a full disk, say: workers must not end for their log
                log.warning(
                    "worker.log_not_bounded", extra=fields(slot=path.stem, reason=error.strerror)
                )


async def _described(reference: str) -> AlgorithmSpec:
    """Ask a child process what an algorithm is, so that no author's code runs in this one.

    A child that died or took too long may have met a machine that was short of memory or time: it
    is asked again before the code is blamed.
    """
    try:
        for pause in DESCRIBE_PAUSES:
            with suppress(AlgorithmCrashedError, AlgorithmTimeoutError):
                return await _told(reference)
            await anyio.sleep(pause)
        return await _told(reference)
    except MipError as error:
        raise ProvisioningFailedError(f"its code cannot be used ({error.code}): {error}") from error


async def _told(reference: str) -> AlgorithmSpec:
    async with ChildPool(reference) as pool:
        return await pool.describe()


def _wish(record: AlgorithmRecord) -> str:
    """Return what of a record its workers depend on."""
    return digest(
        [
            record.image_uri,
            record.cpu,
            record.memory,
            record.env,
            record.command,
            record.runtime,
        ]
    )


def _no_container(record: AlgorithmRecord, installed: Iterable[str]) -> str:
    return (
        f"{record.image_uri} needs a container, and neither docker nor podman is here: install one "
        f"of them; or register code as python:MODULE:NAME or file:PATH, or under the id of an "
        f"installed algorithm ({', '.join(installed)})"
    )


def _release() -> str:
    try:
        return version(_DISTRIBUTION)
    except PackageNotFoundError:
        return ""
