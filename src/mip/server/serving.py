"""One server process: the lock on its data folder, its services, its workers, its socket."""

from __future__ import annotations

import logging
from contextlib import ExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final

import anyio
import anyio.to_thread
import msgspec

from ..contracts import decode_registration
from ..control import HealthReport
from ..errors import AlreadyRegisteredError, MipError, NotRegisteredError
from ..telemetry import fields
from ..worker import known_algorithms
from ..worker.slot import Slot, SlotTaken, occupant_of
from .app import create_app
from .provisioner import LocalProvisioner
from .services import opened
from .web import Listener, address_of

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Callable, Iterable
    from pathlib import Path

    from ..contracts import JsonValue
    from .provisioner import Site
    from .services import ServerConfig, Services

log = logging.getLogger(__name__)

LOCK: Final = "server.lock"


class FolderTaken(Exception):  # noqa: N818 - the way out of a start, told in words by the roof
    """Another server works on the data folder; ``pid`` and ``address`` say which, if it says."""

    def __init__(self, pid: int | None, address: str) -> None:
        super().__init__(pid, address)
        self.pid = pid
        self.address = address


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """What is told when a server takes calls.

    Attributes
    ----------
    address : str
        Its URL.
    new_admin_key : str or None
        The operators' key, if it was made at this start; it is kept nowhere.
    health : HealthReport
        How everything is, a moment after the start.
    """

    address: str
    new_admin_key: str | None
    health: HealthReport


class Server:
    """The server of one data folder.

    Parameters
    ----------
    config : ServerConfig
        Where everything is.
    algorithms : iterable of str
        Ids of installed algorithms that are registered unless they are on record.
    certificate, key : Path, optional
        For TLS.
    """

    def __init__(
        self,
        config: ServerConfig,
        *,
        algorithms: Iterable[str] = (),
        certificate: Path | None = None,
        key: Path | None = None,
    ) -> None:
        self._config = config
        self._algorithms = tuple(algorithms)
        self._certificate = certificate
        self._key = key
        self._starting = anyio.CancelScope()
        self._listener: Listener | None = None
        self._provisioner: LocalProvisioner | None = None

    async def run(self, listener: socket.socket, announce: Callable[[Listening], None]) -> None:
        """Serve on a listening socket until :meth:`stop`; then end all workers.

        Parameters
        ----------
        listener : socket
            Closed when this returns.
        announce : callable
            Called once, when calls are taken.

        Raises
        ------
        FolderTaken
            Another server works on the data folder.
        SettingsError, StateError, TransportError, StorageError, SchemaTooNewError
            Something cannot be used; nothing was started.
        """
        address = address_of(listener, is_tls=self._certificate is not None)
        with ExitStack() as stack:
            stack.callback(listener.close)
            lock = await anyio.to_thread.run_sync(take_folder, self._config.data, address)
            stack.callback(lock.leave)
            with self._starting:
                async with opened(self._config, provisioner=self._provisioned) as services:
                    await self._serve(services, listener, address, announce)

    def stop(self) -> None:
        """End: take no more calls, close WebSockets, let workers finish.

        Called again, answers are cut off, and workers hand back what they have not finished.
        """
        if self._listener is None:
            self._starting.cancel()
            return
        self._listener.stop()
        if self._listener.force_exit and self._provisioner is not None:
            self._provisioner.hurry()

    async def _serve(
        self,
        services: Services,
        listener: socket.socket,
        address: str,
        announce: Callable[[Listening], None],
    ) -> None:
        for name in self._algorithms:
            await register_installed(services, name)
        health = await services.health.report()
        web = Listener(create_app(services), certificate=self._certificate, key=self._key)
        self._listener = web
        log.info("server.started", extra=fields(address=address))
        # The socket has been listening since before: who calls now is answered in a moment.
        announce(Listening(address=address, new_admin_key=services.new_admin_key, health=health))
        await web.serve(sockets=[listener])
        log.info("server.stopping", extra=fields(address=address))

    @asynccontextmanager
    async def _provisioned(
        self, site: Site, *, news: Callable[[str], None]
    ) -> AsyncIterator[LocalProvisioner]:
        async with LocalProvisioner(site, news=news) as provisioner:
            self._provisioner = provisioner
            yield provisioner


def take_folder(data: Path, address: str) -> Slot:
    """Lock a data folder for this process, and say in it where the server is.

    Raises
    ------
    FolderTaken
        Another server has it.
    """
    path = data / LOCK
    try:
        return Slot.take(path, worker="server", stamp=address)
    except SlotTaken:
        other = occupant_of(path)
        raise FolderTaken(other.pid if other else None, other.stamp if other else "") from None


def installed_algorithms() -> list[str]:
    """Return the ids of algorithms that are installed here."""
    return known_algorithms()


async def register_installed(services: Services, algorithm_id: str) -> None:
    """Register an installed algorithm, unless it is on record, also as deleted."""
    try:
        await services.admin.show(algorithm_id)
    except NotRegisteredError:
        wanted: dict[str, JsonValue] = {"algo_id": algorithm_id, "image_uri": f"mip-{algorithm_id}"}
        try:
            await services.admin.register(decode_registration(wanted))
            services.reconciler.wake(algorithm_id)
        except AlreadyRegisteredError:
            return
        except MipError as error:
            log.warning(
                "server.not_registered", extra=fields(algorithm=algorithm_id, code=error.code)
            )
