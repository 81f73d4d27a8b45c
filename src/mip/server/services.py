"""What the server works with: stores, control services and background work, open for a block."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Protocol

import anyio
import anyio.to_thread

from ..clock import SystemClock
from ..control import (
    Admin,
    CallbackRules,
    DeadLetters,
    Health,
    Jobs,
    Operations,
    Provisioner,
    Push,
    Results,
    Router,
    Tokens,
)
from ..outbox import Outbox
from ..pacs import open_pacs
from ..pacs.named import NamedPacs
from ..state import open_stores
from ..storage import open_store
from ..transport import open_transport
from ..worker.closing import close
from ..worker.retention import Retention
from .access import Doorkeeper
from .callbacks import Callbacks
from .collector import Collector
from .hub import Hub
from .limits import RateLimit
from .links import Links
from .polling import Polls
from .probes import Probes
from .provisioner import LocalProvisioner, Reconciler, Site
from .quota import JobQuota
from .roof import keep_running
from .secrets import open_secrets
from .sweeper import sweep_for_ever
from .viewing import Holdings, Locator, Viewer, open_viewer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Collection
    from pathlib import Path

    from ..clock import Clock
    from ..pacs import Pacs
    from ..settings import ServerSettings
    from ..state import Stores
    from ..storage import ObjectStore
    from ..transport import Transport

SECONDS_PER_HOUR = 3600.0
SECONDS_PER_DAY = 86_400.0


@dataclass(frozen=True, kw_only=True)
class ServerConfig:
    """Where everything is.

    Attributes
    ----------
    data : Path
        Data folder: secrets, slots and logs; most often databases and results too.
    transport_url, state_url, bucket, pacs_url : str
        As ``open_transport``, ``open_stores``, ``open_store`` and ``open_pacs`` take them.
    settings : ServerSettings
        The environment.
    """

    data: Path
    transport_url: str
    state_url: str
    bucket: str
    pacs_url: str
    settings: ServerSettings

    @property
    def site(self) -> Site:
        """What workers are told of it."""
        return Site(
            root=self.data,
            transport_url=self.transport_url,
            state_url=self.state_url,
            objects_url=self.bucket,
            pacs_url=self.pacs_url,
            pacs_key=self.settings.pacs_api_key,
        )


class EndingProvisioner(Provisioner, Protocol):
    """One that can also end the workers of algorithms that are on no record."""

    def end_strays(self, known: Collection[str]) -> None:
        """End the workers of all algorithms but ``known``."""
        ...


class ProvisionerFactory(Protocol):
    """Opens a provisioner that tells ``news`` which algorithm to reconcile."""

    def __call__(
        self, site: Site, *, news: Callable[[str], None]
    ) -> AbstractAsyncContextManager[EndingProvisioner]:
        """Return it, to be entered."""
        ...


@dataclass(frozen=True, kw_only=True)
class Services:
    """What the handlers of calls work with."""

    config: ServerConfig
    clock: Clock
    stores: Stores
    transport: Transport
    outbox: Outbox
    objects: ObjectStore
    pacs: Pacs
    jobs: Jobs
    router: Router
    admin: Admin
    dead_letters: DeadLetters
    operations: Operations
    health: Health
    tokens: Tokens
    doorkeeper: Doorkeeper
    links: Links
    callback_rules: CallbackRules
    push: Push
    hub: Hub
    polls: Polls
    locator: Locator
    holdings: Holdings
    viewer: Viewer
    reconciler: Reconciler
    provisions: RateLimit
    quota: JobQuota
    new_admin_key: str | None
    """Made at this start, to be shown once."""

    @property
    def settings(self) -> ServerSettings:
        """The environment."""
        return self.config.settings

    @property
    def max_body(self) -> int:
        """Longest body of a request in bytes."""
        return self.settings.mip_max_body_kib * 1024


@asynccontextmanager
async def opened(
    config: ServerConfig,
    *,
    provisioner: ProvisionerFactory = LocalProvisioner,
    clock: Clock | None = None,
) -> AsyncIterator[Services]:
    """Open everything, run what works in the background, and close it whatever happens.

    Raises
    ------
    SettingsError, StateError, TransportError, StorageError, SchemaTooNewError
        Something cannot be used; nothing was started.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        secrets = await anyio.to_thread.run_sync(
            open_secrets, config.data, config.settings.mip_admin_key
        )
        transport = open_transport(config.transport_url, clock=clock)
        stack.push_async_callback(close, transport)
        stores = await open_stores(config.state_url, clock=clock)
        stack.push_async_callback(close, stores)
        objects = await open_store(config.bucket)
        stack.push_async_callback(close, objects)
        pacs = await open_pacs(
            config.pacs_url,
            key=config.settings.pacs_api_key,
            clock=clock,
            folder=objects.staging,  # which is cleared of what crashes left
        )
        stack.push_async_callback(close, pacs)
        outbox = Outbox(transport, stores.jobs, clock=clock)
        await outbox.create_results_queue()
        reconciler = Reconciler()
        workers = await stack.enter_async_context(provisioner(config.site, news=reconciler.wake))
        admin = Admin(
            stores.registry,
            transport=transport,
            provisioner=workers,
            records=stores.jobs,
            outbox=outbox,
            workers=stores.workers,
            clock=clock,
        )
        operations = Operations(transport, workers=stores.workers, clock=clock)
        tokens = Tokens(
            secrets.token_secret,
            clock=clock,
            lifetime_seconds=config.settings.mip_token_hours * SECONDS_PER_HOUR,
        )
        push = Push(stores.jobs, clients=stores.clients)
        hub = Hub(most=config.settings.mip_max_connections)
        results = Results(stores.jobs, callbacks=stores.callbacks, clock=clock)
        links = Links(secrets.link_secret, clock=clock)
        callback_rules = CallbackRules(config.settings.mip_callback_hosts)
        callbacks = Callbacks(
            stores.callbacks,
            records=stores.jobs,
            rules=callback_rules,
            links=links,
            base=config.settings.api_base.rstrip("/"),
            secret=secrets.callback_secret,
            clock=clock,
        )
        collector = Collector(transport, results=results, hub=hub, on_owed=callbacks.wake)
        viewer = await stack.enter_async_context(
            open_viewer(config.data / "frames", settings=config.settings, clock=clock)
        )
        locator = Locator(stores.jobs, objects=objects, pacs=pacs, clock=clock)
        tasks = await stack.enter_async_context(anyio.create_task_group())
        stack.callback(tasks.cancel_scope.cancel)
        reconcile = partial(reconciler.run, admin, end_strays=workers.end_strays)
        retention = Retention(
            stores.jobs,
            outbox=outbox,
            clock=clock,
            record_seconds=config.settings.mip_records_days * SECONDS_PER_DAY,
        )
        sweep = partial(
            sweep_for_ever,
            outbox,
            admin,
            retention=retention,
            workers=stores.workers,
            clock=clock,
        )
        for name, work in (
            ("reconciler", reconcile),
            ("sweeper", sweep),
            ("collector", collector.run),
            ("callbacks", callbacks.run),
        ):
            tasks.start_soon(partial(keep_running, work, name=name))
        router = Router(stores.registry, outbox=outbox, clock=clock)
        yield Services(
            config=config,
            clock=clock,
            stores=stores,
            transport=transport,
            outbox=outbox,
            objects=objects,
            pacs=pacs,
            jobs=Jobs(stores.jobs, outbox=outbox, check=router.check),
            router=router,
            admin=admin,
            dead_letters=DeadLetters(transport, stores.jobs, outbox=outbox),
            operations=operations,
            health=Health(
                stores.registry,
                operations=operations,
                clock=clock,
                pacs=tuple(pacs.servers) if isinstance(pacs, NamedPacs) else (),
                probe=Probes(data=config.data, results=objects.staging, pacs=pacs),
            ),
            tokens=tokens,
            doorkeeper=Doorkeeper(
                tokens,
                secrets.admin_key,
                wrong_keys=RateLimit(config.settings.mip_wrong_keys_per_minute, clock=clock),
                api_key=config.settings.mip_pacs_api_key,
                is_open=config.settings.mip_clients == "open",
            ),
            links=links,
            callback_rules=callback_rules,
            push=push,
            hub=hub,
            polls=Polls(push, hub=hub),
            locator=locator,
            holdings=Holdings(stores.jobs, pacs=pacs, locator=locator),
            viewer=viewer,
            reconciler=reconciler,
            provisions=RateLimit(config.settings.mip_provisions_per_minute, clock=clock),
            quota=JobQuota(
                config.settings.mip_max_unfinished_jobs,
                stores.jobs,
                rate=RateLimit(
                    config.settings.mip_submitted_kib_per_minute * 1024,
                    clock=clock,
                    limited="bytes of jobs of one client",
                ),
            ),
            new_admin_key=secrets.new_admin_key,
        )
