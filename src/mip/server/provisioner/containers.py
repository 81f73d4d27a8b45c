"""Images that run under docker or podman: ``python -m mip.server.provisioner.containers``.

The process holds the slot as a worker would, and so is adopted, replaced and ended like one. It
removes the container that a killed process of its slot has left, runs the image in the foreground,
and passes on to it that it should stop. What is passed to the program is a list of arguments: no
shell reads what was registered.
"""

from __future__ import annotations

import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ...contracts import digest
from ...errors import ProvisioningFailedError
from ...settings import child_environment
from ...worker.slot import EXIT_SLOT_TAKEN, Slot, SlotTaken, tell_ready
from ..secrets import SECRETS_FOLDER
from .crashes import EXIT_CANNOT_START
from .launch import UNITS_PER_CPU, Launch, platform_environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ...contracts import AlgorithmRecord
    from .launch import Site

PROGRAMS: Final = ("docker", "podman")
STOP_SECONDS: Final = 30
_MODULE: Final = "mip.server.provisioner.containers"
_FOLDER: Final = "folder:"
_NOT_RUN: Final = frozenset({125, 126, 127})
"""Exit codes of ``run`` itself: the service failed, the command cannot run, or is not there."""


def container_program() -> str | None:
    """Return the path of docker, or else of podman, or None."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


def container_launch(
    record: AlgorithmRecord, site: Site, *, program: str, inherited: Mapping[str, str]
) -> Launch:
    """Return how a container of an algorithm is run; another record is another stamp.

    Raises
    ------
    ProvisioningFailedError
        The image's name would be read as an option of the program.
    """
    if record.image_uri.startswith("-"):
        raise ProvisioningFailedError("image_uri: expected the name of an image, got an option")
    arguments = run_arguments(record, site)
    # Values travel by the environment of the program and not on its command line, which every
    # user of the machine can read.
    given = {**record.env, **platform_environment(record, site)}
    return Launch(
        module=_MODULE,
        arguments=(program, record.algorithm_id, *arguments),
        environment={**inherited, **given},
        stamp=digest([program, arguments, given])[:16],
        drain_seconds=float(STOP_SECONDS),
    )


def run_arguments(record: AlgorithmRecord, site: Site) -> tuple[str, ...]:
    """Return the arguments of ``run`` behind the container's name.

    The data folder and the images are mounted where they are here, so that URLs mean the same. An
    empty folder in memory hides the secrets: with them a foreign image could sign as the server.
    """
    names = sorted({*record.env, *platform_environment(record, site), "PACS_API_KEY"})
    variables = [argument for name in names for argument in ("--env", name)]
    mounts = [f"{site.root}:{site.root}"]
    if site.pacs_url.startswith(_FOLDER):
        images = site.pacs_url.removeprefix(_FOLDER)
        mounts.append(f"{images}:{images}:ro")
    return (
        f"--cpus={record.cpu / UNITS_PER_CPU:g}",
        f"--memory={record.memory}m",
        *variables,
        *(argument for mount in mounts for argument in ("--volume", mount)),
        *("--tmpfs", f"{site.root / SECRETS_FOLDER}:ro"),
        record.image_uri,
        *record.command,
    )


def container_name(algorithm_id: str, slot: Path) -> str:
    """Return a name that only this slot of this data folder has."""
    return f"mip-{algorithm_id}-{slot.stem}-{digest(str(slot))[:8]}"


def run(program: str, name: str, arguments: list[str]) -> int:
    """Run a container in the foreground until it ends; SIGTERM stops it first."""
    stops: list[subprocess.Popen[bytes]] = []

    def stop(*_: object) -> None:
        command = [program, "stop", "--time", str(STOP_SECONDS), name]
        stops.append(subprocess.Popen(command, stdin=subprocess.DEVNULL))  # noqa: S603 - no shell

    # What a process of this slot that was killed has left; nobody else uses the name.
    subprocess.run(  # noqa: S603 - no shell
        [program, "rm", "--force", name], stdin=subprocess.DEVNULL, check=False
    )
    signal.signal(signal.SIGTERM, stop)
    with subprocess.Popen(  # noqa: S603 - no shell
        [program, "run", "--rm", "--name", name, *arguments],
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    ) as process:
        tell_ready(int(child_environment({}).get("MIP_SLOT_READY_FD") or 0))
        code = process.wait()
    for each in stops:
        each.wait()
    return 0 if stops else code


def main(arguments: list[str]) -> int:
    """Run a container in a slot; 2 when it could not be started, 3 when the slot is taken."""
    program, algorithm_id, *rest = arguments
    environment = child_environment({})
    path = Path(environment["MIP_SLOT"])
    name = container_name(algorithm_id, path)
    try:
        slot = Slot.take(path, worker=name, stamp=environment["MIP_SLOT_STAMP"])
    except SlotTaken:
        return EXIT_SLOT_TAKEN
    code = run(program, name, rest)
    slot.leave()
    if code in _NOT_RUN:
        print(  # noqa: T201 - this is a roof
            f"mip worker: {program} could not run the image (exit code {code}): check that its "
            "service runs and that the image and its command are there; its own words are in the "
            "log",
            file=sys.stderr,
        )
        return EXIT_CANNOT_START
    # These two are ours, and would be taken for what they mean there.
    return 1 if code in {EXIT_CANNOT_START, EXIT_SLOT_TAKEN} else code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
