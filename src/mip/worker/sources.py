"""Which files the code of an algorithm is made of, and their digest.

A result depends on the author's helper modules as much as on the file that holds the function. What
counts is read from import statements, none of it run: the digest is the same in every process,
whatever else that has loaded, and covers what is imported only when a job needs it.
"""

from __future__ import annotations

import ast
import hashlib
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

PLATFORM = Path(__file__).absolute().parent.parent
"""Not the author's: what the platform computes is told by its own version."""

_INSTALLED = ("site-packages", "dist-packages")
_PACKAGE = "__init__.py"


class _Home(NamedTuple):
    """Where modules of an algorithm are found by name, and which of these are the author's own."""

    base: Path
    own: Path


def code_digest(path: Path, *, module: str) -> str:
    """Return the SHA-256 of an algorithm's code.

    It is that of the file if it imports nothing of the author's own, and else that of a list of all
    files that count, as ``sha256sum`` writes it: the file itself first, the others by name.

    Parameters
    ----------
    path : Path
        The file that holds the algorithm.
    module : str
        The name under which it was imported.
    """
    own, *others = source_files(path, module=module)
    base = _home(own, module).base
    lines = [f"{_sha256(file)}  {file.relative_to(base).as_posix()}" for file in (own, *others)]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest() if others else _sha256(own)


def source_files(path: Path, *, module: str) -> list[Path]:
    """Return the file and, sorted, every file of the author's own that it imports, and these again.

    Own is the top-level package that holds the file, its ``__init__`` files included, or the folder
    of a file that is in no package. The platform is not, nor is what was installed beside a file.
    """
    path = path.absolute()
    home = _home(path, module)
    found = {path}
    waiting = [path]
    while waiting:
        file = waiting.pop()
        for imported in _imported(file, home):
            if imported not in found and _is_own(imported, home):
                found.add(imported)
                waiting.append(imported)
    return [path, *sorted(found - {path})]


def _home(path: Path, module: str) -> _Home:
    packages = _packages(path, module)
    base = path.parents[len(packages)]
    own = base
    for name in packages:
        own /= name
        if own != PLATFORM and own not in PLATFORM.parents:
            break  # what ships with the platform is in one of its packages
    return _Home(base, path if own.name in _INSTALLED else own)


def _packages(path: Path, module: str) -> tuple[str, ...]:
    """Return the names of the packages around a file, outermost first."""
    named = tuple(module.split("."))
    if path.name != _PACKAGE:
        named = named[:-1]
    if named and path.parent.parts[-len(named) :] == named:
        return named  # they may be without __init__
    around = []
    for folder in path.parents:
        if not (folder / _PACKAGE).is_file():
            break
        around.append(folder.name)
    return tuple(reversed(around))


def _is_own(file: Path, home: _Home) -> bool:
    if home.own not in file.parents:
        return False
    return PLATFORM not in file.parents or PLATFORM in home.own.parents


def _imported(file: Path, home: _Home) -> Iterator[Path]:
    """Find what is loaded for a file: the packages around it, and what its statements name."""
    here = file.parent.relative_to(home.base).parts
    yield from _found(home.base, here)
    if file.suffix not in SOURCE_SUFFIXES:
        return
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return  # it counts all the same, and nothing can be imported by it
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield from _found(home.base, tuple(alias.name.split(".")))
        elif isinstance(node, ast.ImportFrom) and node.level <= len(here):
            above = here[: len(here) - node.level + 1] if node.level else ()
            parts = (*above, *(node.module.split(".") if node.module else ()))
            for alias in node.names:
                yield from _found(home.base, (*parts, alias.name))


def _found(base: Path, parts: tuple[str, ...]) -> Iterator[Path]:
    """Find the files of a module and of the packages on the way to it, in Python's order."""
    place = base
    for part in parts:
        place /= part
        names = [place / _PACKAGE]
        names += [place.with_name(part + end) for end in (*EXTENSION_SUFFIXES, *SOURCE_SUFFIXES)]
        file = next((name for name in names if name.is_file()), None)
        if file is not None:
            yield file


def _sha256(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
