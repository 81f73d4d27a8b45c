"""Questions to the person at the terminal."""

from __future__ import annotations

import sys

import click

from .invocation import CommandError


def confirm(question: str, *, yes: bool, is_final: bool = True) -> None:
    """Ask before something that others feel, unless ``--yes`` was given.

    Parameters
    ----------
    question : str
        What is asked at the terminal.
    yes : bool
        It is answered already.
    is_final : bool
        It cannot be undone.

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
        why = "this cannot be undone" if is_final else f"expected a yes to {question!r}"
        raise CommandError(
            f"{why}, and there is no terminal to ask at",
            remedy="say --yes, or look first",
        )
    click.confirm(question, abort=True, err=True)


def _is_terminal() -> bool:
    return sys.stdin is not None and sys.stdin.isatty()
