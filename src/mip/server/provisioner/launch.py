"""What to start for an algorithm: its code, the environment, and a stamp that tells both.

Nothing here starts anything: a record and a site go in, a command and its environment come out.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

import msgspec

from ...contracts import RESULTS_QUEUE, digest, request_queue
from ...errors import ProvisioningFailedError, SettingsError
from ...settings import worker_settings

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from ...contracts import AlgorithmRecord
    from ...settings import WorkerSettings

UNITS_PER_CPU: Final = 1024
_FILE: Final = "file:"
_CODE: Final = (_FILE, "python:")


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything of one deployment is, as workers are told it.

    Attributes
    ----------
    root : Path
        The data folder; slots and logs are in it.
    transport_url, state_url, objects_url, pacs_url : str
        Queues, records, results, images.
    pacs_key : str
        Key of the PACS API; when empty, the server's environment tells it.
    """

    root: Path
    transport_url: str
    state_url: str
    objects_url: str
    pacs_url: str
    pacs_key: str = ""


class Launch(msgspec.Struct, frozen=True, kw_only=True):
    """How a worker is started.

    Attributes
    ----------
    module : str
        Module that runs as the worker's process.
    arguments : tuple of str
        Behind it.
    environment : dict
        The whole environment.
    stamp : str
        Differs when anything of this differs; written into the worker's slot.
    drain_seconds : float
        How long the worker takes to finish its jobs when it is told to stop.
    """

    module: str
    arguments: tuple[str, ...] = ()
    environment: dict[str, str]
    stamp: str
    drain_seconds: float


def reference_of(record: AlgorithmRecord, installed: Collection[str]) -> str | None:
    """Return the code that runs in a worker of ours; None for an image that needs a container.

    ``python:`` and ``file:`` name the code. Any other image runs in process when an algorithm of
    that id is installed, whatever registry it is in; what speaks to the queue itself never does.
    """
    uri = record.image_uri
    if uri.startswith(_FILE):
        return f"{_FILE}{Path(uri.removeprefix(_FILE)).expanduser().absolute()}"
    if uri.startswith(_CODE):
        return uri
    if record.runtime != "foreign" and record.algorithm_id in installed:
        return record.algorithm_id
    return None


def process_settings(
    record: AlgorithmRecord, site: Site, *, reference: str, inherited: Mapping[str, str]
) -> WorkerSettings:
    """Return the settings of a worker of ours.

    What the platform gives wins over the record's ``env``, that over what follows from ``cpu`` and
    ``memory``, and that over the environment of the server.

    Raises
    ------
    ProvisioningFailedError
        A variable of the record's ``env`` is wrong.
    """
    try:
        return worker_settings(
            {
                **inherited,
                **size_of(record, inherited),
                **record.env,
                **platform_environment(record, site),
                "MIP_STATE": site.state_url,
                "MIP_ALGORITHM": reference,
                "MIP_SLOT": "",
                "MIP_SLOT_STAMP": "",
                "MIP_SLOT_READY_FD": "",
            }
        )
    except SettingsError as error:
        raise ProvisioningFailedError(f"env of {record.algorithm_id}: {error}") from error


def process_launch(
    record: AlgorithmRecord,
    settings: WorkerSettings,
    *,
    code_digest: str,
    release: str,
    inherited: Mapping[str, str],
) -> Launch:
    """Return how a worker of ours is started; another release or other code is another stamp."""
    ours = {**record.env, **settings.environment()}
    return Launch(
        module="mip.worker",
        environment={**inherited, **ours},
        stamp=_stamp(release, code_digest, ours),
        drain_seconds=settings.mip_drain_seconds,
    )


def platform_environment(record: AlgorithmRecord, site: Site) -> dict[str, str]:
    """Return the variables that every worker is given, ours or not.

    A key of the PACS that the site does not tell is the one in the server's environment, if any.
    """
    key = {"PACS_API_KEY": site.pacs_key} if site.pacs_key else {}
    return {
        "QUEUE_URL": f"{site.transport_url}#{request_queue(record.algorithm_id)}",
        "RESULT_QUEUE": f"{site.transport_url}#{RESULTS_QUEUE}",
        "OUTPUT_BUCKET": site.objects_url,
        "ALGO_ID": record.algorithm_id,
        "PACS_API_BASE": site.pacs_url,
        **key,
    }


def size_of(record: AlgorithmRecord, inherited: Mapping[str, str]) -> dict[str, str]:
    """Return what CPU and memory of a record mean on this machine.

    One job at once for each CPU, each with its share of the memory, and one thread: together they
    take what a task of that size would. ``OMP_NUM_THREADS`` of the server's environment holds.
    """
    jobs = max(1, record.cpu // UNITS_PER_CPU)
    return {
        "MIP_CONCURRENCY": str(jobs),
        "MIP_MEMORY_MIB": str(max(1, record.memory // jobs)),
        "OMP_NUM_THREADS": inherited.get("OMP_NUM_THREADS") or "1",
    }


def _stamp(*parts: object) -> str:
    return digest(parts)[:16]
