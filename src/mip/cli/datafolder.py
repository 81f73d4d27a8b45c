"""One folder that holds everything of a deployment on one machine.

================  ===========================================================
``queue.db``      queues of requests and results (``sqlite:`` transport)
``state.db``      records of jobs
``results/``      derived DICOM, ``{algorithm}/{sop instance uid}.dcm``
``pacs/``         images, unless another folder is named
``logs/``         what the workers of a server wrote
================  ===========================================================
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self, TypeVar

import click

from ..contracts import canonical_algorithm_id, request_queue
from ..errors import StorageError
from ..settings import child_environment, worker_settings
from .advice import Exit
from .arguments import FilePath
from .invocation import CommandError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..settings import WorkerSettings
    from .invocation import Invocation

_F = TypeVar("_F", bound="Callable[..., object]")


@dataclass(frozen=True, kw_only=True)
class DataFolder:
    """Where the parts of a deployment are; made by :meth:`open`."""

    root: Path

    @classmethod
    def open(cls, root: Path) -> Self:
        """Make the folder when it is missing, for its owner alone: it comes to hold images.

        Raises
        ------
        StorageError
            It cannot be made.
        """
        root = root.expanduser().absolute()
        try:
            root.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(
                f"the data folder {root} cannot be made: {error.strerror}"
            ) from error
        return cls(root=root)

    @classmethod
    def existing(cls, root: Path) -> Self:
        """Open a folder that something was submitted to before.

        Raises
        ------
        CommandError
            There is none.
        """
        if not (root.expanduser() / "state.db").is_file():
            raise CommandError(
                f"{root} is not a data folder: it holds no records of jobs",
                remedy="name it with --data DIR or MIP_DATA, or submit a job first: mip submit",
                ends=Exit.NOT_FOUND,
                code="cli.data_not_found",
            )
        return cls.open(root)

    @property
    def transport_url(self) -> str:
        """The transport that every queue is in."""
        return f"sqlite:{self.root / 'queue.db'}"

    @property
    def state_url(self) -> str:
        """The records of jobs."""
        return f"sqlite:{self.root / 'state.db'}"

    @property
    def results(self) -> Path:
        """The folder of results."""
        return self.root / "results"

    @property
    def pacs(self) -> Path:
        """The folder of images, unless another is named."""
        return self.root / "pacs"

    @property
    def logs(self) -> Path:
        """The folder of logs."""
        return self.root / "logs"

    def queue_url(self, algorithm_id: str) -> str:
        """Return the queue of an algorithm's jobs."""
        return f"{self.transport_url}#{request_queue(algorithm_id)}"

    def worker_settings(
        self,
        algorithm_id: str,
        *,
        reference: str,
        pacs: Path | str | None = None,
        concurrency: int | None = None,
        log: Literal["console", "json"] | None = None,
        debug: bool = False,
    ) -> WorkerSettings:
        """Return the settings of a worker of this deployment.

        The folder says where everything is, the arguments what they name; the environment says
        the rest, as it does for ``python -m mip.worker``.

        Parameters
        ----------
        algorithm_id : str
            Whose queue it works on.
        reference : str
            The algorithm's code, as :func:`mip.worker.load_algorithm` takes it.
        pacs : Path or str, optional
            The folder of images, or the URL of a PACS; ``pacs`` of this folder by default.
        concurrency : int, optional
            Jobs at once; as the environment says by default.
        log : {"console", "json"}, optional
            Form of its log; as the environment says by default.
        debug : bool
            Log in detail, whatever the environment says.

        Raises
        ------
        SettingsError
            A variable of the environment is wrong.
        """
        said = {
            "QUEUE_URL": self.queue_url(algorithm_id),
            "RESULT_QUEUE": "",
            "OUTPUT_BUCKET": f"folder:{self.results}",
            "ALGO_ID": canonical_algorithm_id(algorithm_id),
            "PACS_API_BASE": _pacs_base(pacs or self.pacs),
            "MIP_STATE": self.state_url,
            "MIP_ALGORITHM": reference,
        }
        if concurrency is not None:
            said["MIP_CONCURRENCY"] = str(concurrency)
        if log is not None:
            said["MIP_LOG"] = log
        if debug:
            said["MIP_DEBUG"] = "1"
        return worker_settings(child_environment(said))


def _pacs_base(pacs: Path | str) -> str:
    return pacs if isinstance(pacs, str) else f"folder:{pacs.expanduser().absolute()}"


def data_option(command: _F) -> _F:
    """Add ``--data DIR``; ``MIP_DATA`` names it when the option does not."""
    kind = FilePath(is_text=True)

    def named(ctx: click.Context, param: click.Parameter, value: Path | None) -> Path:
        if value is not None:
            return value
        invocation: Invocation = ctx.obj
        chosen: Path = kind.convert(invocation.data_folder, param, ctx)
        return chosen

    return click.option(
        "--data",
        type=kind,
        callback=named,
        metavar="DIR",
        help="Data folder.  [default: MIP_DATA, else mip-data]",
    )(command)
