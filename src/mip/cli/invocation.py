"""What one invocation of ``mip`` carries from command to command."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import click

from .advice import Exit

if TYPE_CHECKING:
    from collections.abc import Callable

    from .console import Console

_F = TypeVar("_F", bound="Callable[..., object]")


@dataclass(kw_only=True)
class Invocation:
    """The console of one invocation, and what its environment says; the keys are never shown."""

    console: Console
    data_folder: str = "mip-data"
    pacs: str = ""
    pacs_key: str = field(default="", repr=False)
    server: str = ""
    admin_key: str = field(default="", repr=False)
    config_folder: str = "~/.config/mip"
    is_debug: bool = False


class CommandError(Exception):
    """A command cannot go on; ends in its message, what to do next, and its exit code."""

    def __init__(
        self,
        message: str,
        *,
        remedy: str,
        ends: Exit = Exit.USAGE,
        code: str = "cli.usage",
    ) -> None:
        super().__init__(message)
        self.remedy = remedy
        self.ends = ends
        self.code = code


def json_option(command: _F) -> _F:
    """Add ``--json``.

    The roof reads it from the arguments before anything is parsed, so that a usage error is
    JSON too; here it is only declared.
    """
    return click.option(
        "--json", is_flag=True, expose_value=False, help="Print one JSON object instead of text."
    )(command)
