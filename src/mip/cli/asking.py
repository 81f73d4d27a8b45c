"""Questions to the person at the terminal."""

from __future__ import annotations

import sys

import click

from .invocation import CommandError


def confirm(question: str, *, yes: bool) -> None:
    """Ask before something that cannot be undone, unless ``--yes`` was given.

    Raises
    ------
    CommandError
        There is no terminal to ask at.
    click.Abort
        The answer is no.
    """
    if yes:
        return
    if not _is_terminal():
        raise CommandError(
            "this cannot be undone, and there is no terminal to ask at",
            remedy="say --yes, or look first",
        )
    click.confirm(question, abort=True, err=True)


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()
