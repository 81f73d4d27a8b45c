#!/usr/bin/env python3
"""Write the parts of docs/ that are made from the code; --check tells whether they are current."""

from __future__ import annotations

import inspect
import re
import sys
from importlib.metadata import entry_points
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

import mip.errors
from mip.cli import main as cli
from mip.cli.advice import ADVICE, EXIT_MEANINGS
from mip.cli.describing import HEADER, parameter_rows
from mip.errors import MipError
from mip.settings import CommandSettings, ServerSettings, WorkerSettings
from mip.worker import load_algorithm
from mip.worker.loading import ENTRY_POINTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mip.contracts import AlgorithmSpec

DOCS = Path(__file__).resolve().parent.parent / "docs"
WIDTH = 98
OF_JOBS_ALONE = {
    "algorithm.discarded": "the algorithm raised `Discard`: it cannot use this image",
    "algorithm.put_off": "the algorithm raised `RetryAfter` until the job was too old",
    "worker.internal": "a defect of the worker; its log names it",
}


def main(arguments: list[str]) -> int:
    """Write the files, or with --check return 1 when one is not current."""
    stale = [name for name, text in pages().items() if (DOCS / name).read_text() != text]
    if "--check" in arguments:
        print("not current:" if stale else "current", *stale)
        return 1 if stale else 0
    for name, text in pages().items():
        (DOCS / name).write_text(text)
    return 0


def pages() -> dict[str, str]:
    """Return the whole text of every page that has generated parts."""
    return {
        "algorithms.md": filled("algorithms.md", algorithms=algorithm_reference()),
        "cli.md": filled("cli.md", commands=command_reference()),
        "errors.md": filled("errors.md", exits=table_of_exits(), codes=table_of_codes()),
        "operations.md": filled("operations.md", server_settings=table_of_settings(ServerSettings)),
        "worker.md": filled(
            "worker.md",
            settings=table_of_settings(WorkerSettings),
            command_settings=table_of_settings(CommandSettings),
        ),
    }


def filled(name: str, **parts: str) -> str:
    """Return a page with each part between its markers replaced."""
    text = (DOCS / name).read_text()
    for part, content in parts.items():
        begin, end = f"<!-- begin {part} -->\n", f"<!-- end {part} -->\n"
        if begin not in text or end not in text:
            raise SystemExit(f"{name} has no markers {begin.strip()} … {end.strip()}")
        head, _, rest = text.partition(begin)
        tail = rest.partition(end)[2]
        text = f"{head}{begin}\n{content}\n\n{end}{tail}"
    return text


def algorithm_reference() -> str:
    """Return every algorithm that ships under its own heading: what it does, its parameters."""
    points = entry_points(group=ENTRY_POINTS)
    names = sorted(point.name for point in points if point.module.startswith("mip."))
    return "\n\n".join(_algorithm(load_algorithm(name).spec) for name in names)


def _algorithm(spec: AlgorithmSpec) -> str:
    rows = [(f"`{name}`", *others) for name, *others in parameter_rows(spec)]
    parameters = table(HEADER, rows) if rows else "No parameters."
    return f"## `{spec.id}`\n\n{spec.description}.\n\n{parameters}"


def command_reference() -> str:
    """Return the help of every command, each under its own heading."""
    look = {**cli.context_settings, "max_content_width": WIDTH, "terminal_width": WIDTH}
    root = click.Context(cli, info_name="mip", **look)
    blocks = [f"## {path}\n\n```text\n{text}\n```" for path, text in _helps(cli, root)]
    return "\n\n".join(blocks)


def _helps(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    yield context.command_path, command.get_help(context).rstrip()
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            if child is None:
                raise SystemExit(f"{context.command_path} lists {name} and does not have it")
            inner = click.Context(
                child, parent=context, info_name=name, max_content_width=WIDTH, terminal_width=WIDTH
            )
            yield from _helps(child, inner)


def table_of_exits() -> str:
    """Return the exit codes as a table."""
    return table(
        ("code", "meaning"), [(str(int(code)), text) for code, text in EXIT_MEANINGS.items()]
    )


def table_of_codes() -> str:
    """Return every error code as a table, sorted."""
    kinds = {kind.code: kind for kind in _error_classes(MipError)}
    rows = []
    for code, advice in sorted(ADVICE.items()):
        kind = kinds.get(code)
        words = OF_JOBS_ALONE.get(code) or _first_sentence(kind)
        retried = "yes" if kind is not None and kind.retryable else "no"
        rows.append((f"`{code}`", words, retried, str(int(advice.exit)), advice.remedy))
    return table(("code", "means", "retried", "exit", "what to do"), rows)


def _error_classes(kind: type[MipError]) -> Iterator[type[MipError]]:
    for child in kind.__subclasses__():
        if child.__module__ == mip.errors.__name__ and not child.__name__.startswith("_"):
            yield child
        yield from _error_classes(child)


def _first_sentence(kind: type[MipError] | None) -> str:
    text = (inspect.getdoc(kind) or "").partition("\n\n")[0].replace("\n", " ")
    text = text.rstrip(".").replace("``", "`")
    is_plain_word = text.partition(" ")[0][1:].islower() or text[1:2] == " "
    return text[:1].lower() + text[1:] if is_plain_word else text


def table_of_settings(kind: type[msgspec.Struct]) -> str:
    """Return the variables of one settings class as a table, described by its docstring."""
    described = dict(_attributes(inspect.getdoc(kind) or ""))
    rows = []
    for field in msgspec.structs.fields(kind):
        default = "required" if field.required else _default(field.default)
        rows.append((f"`{field.name.upper()}`", default, described[field.name]))
    return table(("variable", "default", "meaning"), rows)


def _attributes(docstring: str) -> Iterator[tuple[str, str]]:
    """Read ``name : type`` entries with their indented text, NumPy form."""
    section = docstring.partition("Attributes\n----------\n")[2]
    entry = re.compile(r"^(?P<names>\w[\w, ]*) : .*\n(?P<text>(?:    .*\n?)+)", re.MULTILINE)
    for match in entry.finditer(section):
        text = " ".join(line.strip() for line in match["text"].splitlines())
        for name in match["names"].split(", "):
            yield name, text.replace("``", "`")


def _default(value: Any) -> str:
    if value == "" or value is False:
        return "empty"
    return f"`{value}`"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
