"""Settings: the only module that reads the environment.

Each variable is a field of a struct below; its name is the field's in capitals. A missing or wrong
one is a :class:`~mip.errors.SettingsError` that names it, before anything is started.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias, TypeVar

import msgspec

from .errors import SettingsError
from .wording import expectation

if TYPE_CHECKING:
    from collections.abc import Mapping

_T = TypeVar("_T", bound=msgspec.Struct)

DEFAULT_DECODE_TIMEOUT_SECONDS = 120.0
"""Of a worker and of every other pool of child processes."""

DEFAULT_RECORDS_DAYS = 90
MIN_RECORDS_DAYS = 30
"""More than a message may stay on a queue (14 days), then among its dead letters (14 more), and on
loan in between; a message whose job is forgotten would run as a new job."""

MAX_CONCURRENCY = 256
"""Far above the cores of any machine; each computes in a process of its own."""

MAX_MEMORY_MIB = 16 * 1024**2
"""Far above the memory of any machine, and below what a system can count in bytes."""

# A day is far above any sensible time, and keeps "inf" out.
_MAX_SECONDS = 86_400.0
_Count: TypeAlias = Annotated[int, msgspec.Meta(ge=1)]
_CountOrDefault: TypeAlias = Annotated[int, msgspec.Meta(ge=0)]
_Seconds: TypeAlias = Annotated[float, msgspec.Meta(gt=0, le=_MAX_SECONDS)]
_Hours: TypeAlias = Annotated[float, msgspec.Meta(gt=0, le=24 * 366)]
_BodyKib: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=16_384)]
_RecordsDays: TypeAlias = Annotated[int, msgspec.Meta(ge=MIN_RECORDS_DAYS, le=36_500)]
_SecondsOrDefault: TypeAlias = Annotated[float, msgspec.Meta(ge=0, le=_MAX_SECONDS)]


class WorkerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The environment of a worker.

    Attributes
    ----------
    queue_url : str
        Where jobs come from: a transport's URL with the queue behind ``#``, such as
        ``sqlite:/data/queue.db#mip-window-requests.fifo``.
    result_queue : str
        Where results are announced, in the same form; the results queue of the same transport
        when empty.
    output_bucket : str
        Object store of the results: ``folder:PATH``.
    algo_id : str
        Id of the algorithm that this worker runs; it does not start with another.
    pacs_api_base : str
        Where images come from: ``folder:PATH``, ``dicomweb:https://…``, ``https://…`` of a PACS
        API, or ``config:FILE``; see docs/pacs.md.
    pacs_api_key : str
        ``x-api-key`` of a PACS API; ``user:password`` or bearer token of ``dicomweb:``. Not used by
        ``folder:`` and ``config:``.
    mip_state : str
        Job records: ``sqlite:PATH``.
    mip_algorithm : str
        Code of the algorithm: ``python:MODULE:NAME``, ``file:PATH`` or the id of one that is
        installed; ``algo_id`` when empty.
    mip_send_results : str
        Whom derived objects are sent to before a job ends: ``source`` is the PACS that the image
        came from, any other value one of ``config:FILE`` by name; nobody when empty.
    mip_concurrency : int
        Jobs computed at once, each in its own child process; 0 means one per core.
    mip_lease_seconds : float
        Length of a lease; it is renewed at half.
    mip_drain_seconds : float
        How long jobs in hand may go on after SIGTERM before they are handed back.
    mip_max_attempts : int
        Attempts that may end in failure before a job is dead.
    mip_max_crashes : int
        Starts that may end in a crash of the worker before a job is dead.
    mip_records_days : int
        Days that a job and its result stay on record after its end, 30 to 36500; of workers that
        share records the fewest count.
    mip_max_outage_seconds : float
        How long a job waits for a PACS or a store that is away before its attempts count.
    mip_decode_timeout_seconds : float
        Wall-clock limit of decoding one image or series.
    mip_run_timeout_seconds : float
        Wall-clock limit of the algorithm; 0 means the algorithm's own.
    mip_memory_mib : int
        Memory limit of one child in MiB; 0 means the algorithm's own.
    omp_num_threads : int
        Threads of one child's kernels; 0 shares the cores among the children.
    mip_slot : str
        File that stands for this worker's place: it is locked for the worker's life, and the
        worker ends with exit code 3 when another holds it. Set by whoever starts workers.
    mip_slot_stamp : str
        Written into that file, to tell workers that were started otherwise.
    mip_slot_ready_fd : int
        Open file descriptor that is told when the worker takes jobs; 0 for none.
    mip_log : {"console", "json"}
        Form of the log on standard error.
    mip_debug : bool
        Log at level DEBUG.
    """

    queue_url: str
    output_bucket: str
    algo_id: str
    pacs_api_base: str
    mip_state: str
    result_queue: str = ""
    pacs_api_key: str = ""
    mip_algorithm: str = ""
    mip_send_results: str = ""
    mip_concurrency: Annotated[int, msgspec.Meta(ge=0, le=MAX_CONCURRENCY)] = 0
    mip_lease_seconds: _Seconds = 60.0
    mip_drain_seconds: _SecondsOrDefault = 30.0
    mip_max_attempts: _Count = 3
    mip_max_crashes: _Count = 10
    mip_records_days: _RecordsDays = DEFAULT_RECORDS_DAYS
    mip_max_outage_seconds: _SecondsOrDefault = 600.0
    mip_decode_timeout_seconds: _Seconds = DEFAULT_DECODE_TIMEOUT_SECONDS
    mip_run_timeout_seconds: _SecondsOrDefault = 0.0
    mip_memory_mib: Annotated[int, msgspec.Meta(ge=0, le=MAX_MEMORY_MIB)] = 0
    omp_num_threads: _CountOrDefault = 0
    mip_slot: str = ""
    mip_slot_stamp: str = ""
    mip_slot_ready_fd: _CountOrDefault = 0
    mip_log: Literal["console", "json"] = "console"
    mip_debug: bool = False

    def environment(self) -> dict[str, str]:
        """Return these settings as the environment of a worker process."""
        return {name.upper(): _text(getattr(self, name)) for name in self.__struct_fields__}


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The environment of the embedded server.

    Attributes
    ----------
    mip_admin_key : str
        Key of operators, sent as ``x-admin-key``. When empty, the first start makes one, shows it
        once and keeps its hash in the data folder.
    mip_clients : {"tokens", "open"}
        ``tokens``: every client proves who it is. ``open``: whoever names a client id is taken for
        that client, as clients written before tokens existed need it.
    mip_token_hours : float
        How long a client's token is good for.
    pacs_api_key : str
        Key of the PACS that images come from, as workers take it.
    mip_pacs_api_key : str
        A key (``x-api-key``) of our own PACS API, which reads images as a client's token does;
        none when empty.
    mip_cors_origins : str
        Origins whose pages may call the API, with commas between; none when empty, all for ``*``.
    mip_callback_hosts : str
        Hosts that ``callback_url`` may name, with commas between; ``.example.com`` is every host
        below it, and ``HOST:PORT`` another port than 443. None when empty: a job with a callback
        is then refused.
    api_base : str
        Where clients reach this server, such as ``https://mip.example.com``: begins the links in
        callbacks, which are relative when it is empty.
    mip_max_body_kib : int
        Longest body of a request; a job's message must not be longer than 1024.
    mip_max_unfinished_jobs : int
        Jobs that one client may have queued or running; 0 means any number.
    mip_submitted_kib_per_minute : int
        What one client may put on record in a minute, in KiB of its jobs, each of which counts as
        1 at least: by default some 16,000 jobs on an image, or 500 on series whose 500 slices are
        named. 0 means any amount.
    mip_max_connections : int
        WebSockets that one client may hold open.
    mip_provisions_per_minute : int
        New clients that one address may make in a minute; 0 means any number.
    mip_wrong_keys_per_minute : int
        Wrong admin keys, or keys that read images, that one address may send in a minute; above
        it, all keys from there are refused for a while. 0 means any number.
    mip_records_days : int
        How many days after its end a job, with its result and events, stays on record; at least 30,
        for a queue keeps its messages for up to 28.
    mip_polling : bool
        Let clients that cannot hold a WebSocket poll (``GET /proxy-sqs``).
    mip_viewer_cache_mib : int
        Decoded frames that are kept in the data folder for viewers.
    mip_viewer_processes : int
        Child processes that decode for viewers; each may take 3 GiB for the largest object.
    mip_decode_timeout_seconds : float
        Wall-clock limit of decoding one object for a viewer.
    mip_log : {"console", "json"}
        Form of the log on standard error.
    mip_debug : bool
        Log at level DEBUG.
    """

    mip_admin_key: str = ""
    mip_clients: Literal["tokens", "open"] = "tokens"
    mip_token_hours: _Hours = 168.0
    pacs_api_key: str = ""
    mip_pacs_api_key: str = ""
    mip_cors_origins: str = ""
    mip_callback_hosts: str = ""
    api_base: str = ""
    mip_max_body_kib: _BodyKib = 1024
    mip_max_unfinished_jobs: _CountOrDefault = 10_000
    mip_submitted_kib_per_minute: _CountOrDefault = 16_384
    mip_max_connections: _Count = 16
    mip_provisions_per_minute: _CountOrDefault = 60
    mip_wrong_keys_per_minute: _CountOrDefault = 10
    mip_records_days: _RecordsDays = DEFAULT_RECORDS_DAYS
    mip_polling: bool = False
    mip_viewer_cache_mib: Annotated[int, msgspec.Meta(ge=1, le=MAX_MEMORY_MIB)] = 2048
    mip_viewer_processes: Annotated[int, msgspec.Meta(ge=1, le=MAX_CONCURRENCY)] = 2
    mip_decode_timeout_seconds: _Seconds = DEFAULT_DECODE_TIMEOUT_SECONDS
    mip_log: Literal["console", "json"] = "console"
    mip_debug: bool = False


def server_settings(environ: Mapping[str, str] | None = None) -> ServerSettings:
    """Read the environment of the embedded server.

    Raises
    ------
    SettingsError
        A variable is wrong; all are named.
    """
    return _read(ServerSettings, os.environ if environ is None else environ)


class CommandSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The environment of the command line.

    Attributes
    ----------
    mip_data : str
        Data folder of ``submit``, ``worker``, ``jobs`` and ``dlq``, when ``--data`` is not given.
    mip_pacs : str
        PACS of ``mip pacs``, when ``--pacs`` is not given.
    pacs_api_key : str
        Its key, as for workers.
    mip_server : str
        URL of the server that ``submit``, ``jobs``, ``dlq``, ``algorithm`` and ``health`` call,
        when neither ``--server`` nor ``--data`` is given.
    api_base : str
        The same, as scripts made for older servers set it.
    mip_admin_key : str
        Key of operators, which is shown to that server.
    xdg_config_home : str
        Folder of this user's configuration, where logins at servers are kept, in ``mip/logins``;
        ``~/.config`` when empty.
    mip_debug : bool
        Show tracebacks, and log at level DEBUG.
    no_color : str
        Not empty: no colour (https://no-color.org).
    force_color : str
        Not empty: colour also where the output is not a terminal.
    term : str
        Kind of terminal; ``dumb`` gets no colour.
    """

    mip_data: str = "mip-data"
    mip_pacs: str = ""
    pacs_api_key: str = ""
    mip_server: str = ""
    api_base: str = ""
    mip_admin_key: str = ""
    xdg_config_home: str = ""
    mip_debug: bool = False
    no_color: str = ""
    force_color: str = ""
    term: str = ""


def command_settings(environ: Mapping[str, str] | None = None) -> CommandSettings:
    """Read the environment of the command line.

    Raises
    ------
    SettingsError
        A variable is wrong.
    """
    return _read(CommandSettings, os.environ if environ is None else environ)


def named_variable(name: str, environ: Mapping[str, str] | None = None) -> str:
    """Return a variable that a configuration names as the place of a secret.

    Raises
    ------
    SettingsError
        It is missing or empty; the name is told, never a value.
    """
    value = (os.environ if environ is None else environ).get(name, "")
    if not value:
        raise SettingsError(f"expected {name} in the environment, as the PACS configuration says")
    return value


def child_environment(changes: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment with ``changes``, to hand to a child process."""
    return {**os.environ, **changes}


def inherited_by_workers() -> dict[str, str]:
    """Return what of this process's environment is for the workers that it starts.

    Of the platform's own variables those of workers alone: a server's keys are not for the code
    of algorithms to read.
    """
    theirs = {name.upper() for name in WorkerSettings.__struct_fields__}
    return {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("MIP_") or name in theirs
    }


class KernelSettings(msgspec.Struct, frozen=True, kw_only=True):
    """The environment of the image kernels.

    Attributes
    ----------
    mip_kernels_isa : {"", "base", "v3", "v4"}
        Instruction set that the kernels use; the best one of the CPU when empty.
    """

    mip_kernels_isa: Literal["", "base", "v3", "v4"] = ""


def kernel_settings(environ: Mapping[str, str] | None = None) -> KernelSettings:
    """Read the environment of the image kernels.

    Raises
    ------
    SettingsError
        A variable is wrong.
    """
    given = os.environ if environ is None else environ
    return _read(KernelSettings, given, guide="docs/kernels.md", is_secret=False)


def worker_settings(environ: Mapping[str, str] | None = None) -> WorkerSettings:
    """Read the environment of a worker.

    Raises
    ------
    SettingsError
        A variable is missing or wrong; all are named.
    """
    return _read(WorkerSettings, os.environ if environ is None else environ)


def _read(
    kind: type[_T],
    environ: Mapping[str, str],
    *,
    guide: str = "docs/worker.md",
    is_secret: bool = True,  # what came may be a key that stands in the wrong place
) -> _T:
    values: dict[str, Any] = {}
    missing: list[str] = []
    wrong: list[str] = []
    for field in msgspec.structs.fields(kind):
        name = field.name.upper()
        text = environ.get(name, "")
        if text:
            try:
                values[field.name] = msgspec.convert(text, field.type, strict=False)
            except msgspec.ValidationError as error:
                came = "" if is_secret else f", not {text}"
                wrong.append(f"{name}: {expectation(str(error), field.type)}{came}")
        elif field.required:
            missing.append(name)
    problems = [f"expected {', '.join(missing)} in the environment"] if missing else []
    problems += wrong
    if problems:
        raise SettingsError(f"{'; '.join(problems)}; see {guide}")
    return kind(**values)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "1" if value else ""
    return str(value)
