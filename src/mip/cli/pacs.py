"""``mip pacs``: list what a PACS has, fetch from it, send to it."""

from __future__ import annotations

import os
import shutil
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final, TypeVar

import anyio
import anyio.to_thread
import click
import msgspec

from ..clock import SystemClock
from ..contracts import PathReference, UidReference, is_valid_uid
from ..errors import InstanceNotFoundError, MipError, SettingsError, StorageError
from ..pacs import find_archive, open_pacs
from ..worker.closing import close
from .advice import exit_for_outcomes
from .arguments import FilePath, Text
from .invocation import CommandError, Invocation, json_option
from .lazy import Entry, LazyGroup
from .progress import Progress
from .report import table

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence

    from ..contracts import ImageReference
    from ..pacs import Instance, Pacs, Sent, SeriesSummary

_ENTRIES: Final = {
    "ls": Entry(".pacs:ls", "List series, or the instances of one."),
    "get": Entry(".pacs:get", "Fetch an instance or a series into a folder."),
    "send": Entry(".pacs:send", "Send DICOM files, and tell which the PACS has."),
}
_FETCHES: Final = 4
_FILES_PER_REQUEST: Final = 10
_SCHEMES: Final = ("folder:", "dicomweb:", "http:", "https:", "config:")

_F = TypeVar("_F", bound="Callable[..., object]")


class Fetched(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one instance that was fetched; ``status`` is stored, exists or failed."""

    instance_uid: str | None
    status: str
    path: str = ""
    code: str = ""
    message: str = ""


class SentFile(msgspec.Struct, frozen=True, kw_only=True):
    """What became of one file that was sent."""

    path: str
    instance_uid: str | None
    status: str
    reason: str


@click.group(cls=LazyGroup, entries=_ENTRIES, short_help="List, fetch and send images of a PACS.")
def pacs() -> None:
    """List, fetch and send images of a PACS.

    PACS is folder:PATH, dicomweb:https://HOST/dicom-web, https://HOST/api of a PACS API, or
    config:FILE of several by name; a folder or a .toml file alone is taken as such. The
    environment has its key, PACS_API_KEY: docs/pacs.md.
    """


def _pacs_options(command: _F) -> _F:
    """Add ``--pacs`` and ``--server``."""

    def chosen(ctx: click.Context, param: click.Parameter, value: str | None) -> str:
        del param
        invocation: Invocation = ctx.obj
        return pacs_url(value or invocation.pacs)

    named = click.option(
        "--server", type=Text(), metavar="NAME", help="One of config:FILE.  [default: its default]"
    )
    where = click.option(
        "--pacs",
        "url",
        type=Text(),
        callback=chosen,
        metavar="PACS",
        help="Which PACS.  [default: MIP_PACS]",
    )
    return where(named(command))


def pacs_url(text: str) -> str:
    """Return the URL of a PACS that was named by one, by a folder or by a file.

    Raises
    ------
    CommandError
        It is none of these.
    """
    if text.startswith(_SCHEMES):
        return text
    with suppress(OSError):  # such as a name that is too long for one
        path = Path(text).expanduser().absolute()
        if text and path.is_dir():
            return f"folder:{path}"
        if text and path.is_file():
            return f"config:{path}"
    raise CommandError(
        "expected a PACS: a folder, a .toml file, dicomweb:https://… or https://…"
        + (f", got {text!r}" if text else ""),
        remedy="name it with --pacs or MIP_PACS",
    )


@click.command(short_help=_ENTRIES["ls"].short_help)
@click.argument("study", type=Text(), required=False)
@click.argument("series", type=Text(), required=False)
@_pacs_options
@json_option
@click.pass_obj
def ls(
    invocation: Invocation,
    /,
    *,
    study: str | None,
    series: str | None,
    url: str,
    server: str | None,
) -> int:
    """List the series of a PACS, or of STUDY alone; with SERIES its instances. No patient data.

    They are UIDs; a series with its study may be path ids, where the PACS knows paths.
    """
    console = invocation.console
    if study is not None and series is not None:
        instances = anyio.run(_list_instances, invocation, url, server, study, series)
        if console.is_json:
            console.json(instances=instances)
        for each in () if console.is_json else instances:
            console.data(each.instance_uid or each.locator)
    else:
        summaries = anyio.run(_list_series, invocation, url, server, study)
        if console.is_json:
            console.json(series=summaries)
        elif summaries:
            rows = [
                (each.study_uid, each.series_uid, each.modality, str(each.instances))
                for each in summaries
            ]
            for line in table(rows, header=("study", "series", "modality", "instances")):
                console.data(line)
        else:
            console.talk("none")
    return 0


async def _list_series(
    invocation: Invocation, url: str, server: str | None, study: str | None
) -> list[SeriesSummary]:
    async with _opened(invocation, url, server) as opened:
        found = await opened.series(study)
    if study is not None and not found:
        raise InstanceNotFoundError(
            "expected series of the study that was named, found none; a study is named by its UID"
        )
    return found


async def _list_instances(
    invocation: Invocation, url: str, server: str | None, study: str, series: str
) -> list[Instance]:
    async with _opened(invocation, url, server) as opened:
        return await opened.resolve(_reference(study, series, None))


@click.command(
    short_help=_ENTRIES["get"].short_help,
    epilog="\b\nmip pacs get 1.2 1.2.3 -o scans --pacs dicomweb:https://pacs.example/dicom-web\n"
    "mip pacs get liver1 D55 IM-0135.dcm -o scans --pacs /srv/dicom",
)
@click.argument("study", type=Text())
@click.argument("series", type=Text())
@click.argument("instance", type=Text(), required=False)
@click.option(
    "-o",
    "--output",
    type=FilePath(),
    required=True,
    metavar="DIR",
    help="Where files go, each named by its SOP Instance UID.",
)
@_pacs_options
@json_option
@click.pass_obj
def get(
    invocation: Invocation,
    /,
    *,
    study: str,
    series: str,
    instance: str | None,
    output: Path,
    url: str,
    server: str | None,
) -> int:
    """Fetch INSTANCE of SERIES of STUDY, or the whole series, into the folder DIR.

    They are UIDs, or paths where the PACS knows paths. What is in DIR already is left as it is.
    """
    reference = _reference(study, series, instance)

    async def main() -> list[Fetched]:
        async with _opened(invocation, url, server) as opened:
            return await _fetch_all(invocation, opened, reference, output)

    fetched = anyio.run(main)
    console = invocation.console
    if console.is_json:
        console.json(files=fetched)
    else:
        for each in fetched:
            console.data(each.path if each.status != "failed" else f"failed: {each.message}")
    failed = sum(each.status == "failed" for each in fetched)
    return exit_for_outcomes(succeeded=len(fetched) - failed, failed=failed)


async def _fetch_all(
    invocation: Invocation, opened: Pacs, reference: ImageReference, folder: Path
) -> list[Fetched]:
    instances = await opened.resolve(reference)
    await anyio.to_thread.run_sync(_make_folder, folder)
    progress = Progress(invocation.console, total=len(instances), clock=SystemClock())
    outcomes: dict[int, Fetched] = {}
    waiting = iter(enumerate(instances))

    async def fetch() -> None:
        for index, instance in waiting:
            outcomes[index] = await _fetch(opened, instance, folder)
            progress.advance()

    async with anyio.create_task_group() as tasks:
        for _ in range(_FETCHES):
            tasks.start_soon(fetch)
    progress.clear()
    return [outcomes[index] for index in range(len(instances))]


async def _fetch(opened: Pacs, instance: Instance, folder: Path) -> Fetched:
    try:
        async with opened.fetch(instance) as path:
            return await anyio.to_thread.run_sync(partial(_keep, path, instance, folder))
    except MipError as error:
        return Fetched(
            instance_uid=instance.instance_uid,
            status="failed",
            code=error.code,
            message=str(error),
        )


def _keep(path: Path, instance: Instance, folder: Path) -> Fetched:
    """Copy a file into the folder under its UID, whole or not at all."""
    from ..dicom import read_header  # noqa: PLC0415 - decoders are not loaded to show --help

    uid = instance.instance_uid or read_header(path).instance_uid
    if uid is None:
        raise StorageError("a file without a SOP Instance UID has no name in a folder")
    target = folder / f"{uid}.dcm"
    if target.exists():
        return Fetched(instance_uid=uid, status="exists", path=str(target))
    partial_file = folder / f".{uid}.{os.getpid()}"
    try:
        shutil.copyfile(path, partial_file)
        partial_file.replace(target)
    except OSError as error:
        raise StorageError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        partial_file.unlink(missing_ok=True)
    return Fetched(instance_uid=uid, status="stored", path=str(target))


@click.command(short_help=_ENTRIES["send"].short_help)
@click.argument(
    "files",
    nargs=-1,
    required=True,
    metavar="FILE...",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
)
@_pacs_options
@json_option
@click.pass_obj
def send(
    invocation: Invocation, /, *, files: tuple[Path, ...], url: str, server: str | None
) -> int:
    """Send each FILE to a PACS, and tell of each whether the PACS has it now.

    Sent again, an instance is stored once. One that is refused or failed makes the exit code 6,
    or 1 when all are.
    """

    async def main() -> list[SentFile]:
        async with _opened(invocation, url, server) as opened:
            return await _send_all(invocation, opened, files)

    sent = anyio.run(main)
    console = invocation.console
    if console.is_json:
        console.json(sent=sent)
    else:
        for each in sent:
            reason = f": {each.reason}" if each.reason else ""
            console.data(f"{each.status} {each.path}{reason}")
    stored = sum(each.status in ("stored", "exists") for each in sent)
    return exit_for_outcomes(succeeded=stored, failed=len(sent) - stored)


async def _send_all(invocation: Invocation, opened: Pacs, files: Sequence[Path]) -> list[SentFile]:
    archive = find_archive(opened, None)
    progress = Progress(invocation.console, total=len(files), clock=SystemClock())
    sent: list[SentFile] = []
    for begin in range(0, len(files), _FILES_PER_REQUEST):
        paths = files[begin : begin + _FILES_PER_REQUEST]
        for path, outcome in zip(paths, await archive.send(paths), strict=True):
            sent.append(_sent_file(path, outcome))
            progress.advance()
    progress.clear()
    return sent


def _sent_file(path: Path, outcome: Sent) -> SentFile:
    return SentFile(
        path=str(path),
        instance_uid=outcome.instance_uid,
        status=outcome.status,
        reason=outcome.reason,
    )


@asynccontextmanager
async def _opened(invocation: Invocation, url: str, server: str | None) -> AsyncIterator[Pacs]:
    """Open the PACS that is meant, and close it whatever happens."""
    from ..pacs.named import NamedPacs  # noqa: PLC0415 - beside what it is compared with

    opened = await open_pacs(url, key=invocation.pacs_key)
    try:
        if server is None:
            yield opened
        elif isinstance(opened, NamedPacs):
            yield opened.named(server)
        else:
            raise SettingsError("--server needs several PACSes by name: --pacs config:FILE")
    finally:
        await close(opened)


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageError(f"{folder} cannot be made: {error.strerror}") from error


def _reference(study: str, series: str, instance: str | None) -> ImageReference:
    ids = (study, series) if instance is None else (study, series, instance)
    if all(map(is_valid_uid, ids)):
        return UidReference(study_uid=study, series_uid=series, instance_uid=instance)
    return PathReference(
        study_id=study,
        series_id=series,
        image_id=instance,
        scope="series" if instance is None else "image",
    )
