"""Find an algorithm by reference: an installed id, a module or a file.

The author's code runs when it is loaded, so the worker's own process never loads one: its child
processes do.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import sys
import traceback
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from ..contracts import canonical_algorithm_id, is_valid_algorithm_id
from ..errors import InvalidAlgorithmError, MipError, UnknownAlgorithmError
from .authoring import Algorithm
from .processor import BaseProcessor, processor_algorithm

if TYPE_CHECKING:
    from collections.abc import Callable
    from importlib.metadata import EntryPoint

ENTRY_POINTS = "mip.algorithms"

_FORMS = "write an id, id@version, python:package.module:name or file:PATH[:name]"


class _FileReference(NamedTuple):
    path: Path
    name: str | None


def known_algorithms() -> list[str]:
    """Return the ids of installed algorithms, sorted; nothing of them is imported."""
    return sorted({canonical_algorithm_id(point.name) for point in _points()})


def not_installed(name: str) -> UnknownAlgorithmError:
    """Return the error of an id that no installed algorithm has."""
    known = ", ".join(sorted({point.name for point in _points()})) or "none"
    return UnknownAlgorithmError(f"no algorithm {name!r} is installed; known are {known}")


def load_algorithm(reference: str) -> Algorithm[..., Any]:
    """Load an algorithm; its module is imported, and its author's code runs.

    Parameters
    ----------
    reference : str
        An id or ``id@version`` of an installed algorithm (``-`` and ``_`` are the same),
        ``python:package.module:name``, or ``file:PATH[:name]``; a file that holds exactly one
        algorithm needs no name.

    Raises
    ------
    UnknownAlgorithmError
        Nothing has this id, module or file; the message says what is known.
    InvalidAlgorithmError
        It is there and cannot be loaded or is not an algorithm.
    """
    kind, separator, rest = reference.partition(":")
    if separator and kind == "python":
        return _load_python(rest)
    if separator and kind == "file":
        return _load_file(_split_file(rest))
    return _load_installed(reference)


def _points() -> tuple[EntryPoint, ...]:
    return tuple(entry_points(group=ENTRY_POINTS))


def _load_installed(reference: str) -> Algorithm[..., Any]:
    name, _, version = reference.partition("@")
    wanted = canonical_algorithm_id(name)
    if not is_valid_algorithm_id(wanted):
        raise UnknownAlgorithmError(f"{reference!r} names no algorithm; {_FORMS}")
    # One distribution can be on the path twice, as when it is installed in editable form.
    values = {p.value: p for p in _points() if canonical_algorithm_id(p.name) == wanted}
    if not values:
        raise not_installed(name)
    if len(values) > 1:
        raise InvalidAlgorithmError(
            f"{name!r} is installed more than once: {', '.join(sorted(values))}; remove all but one"
        )
    (point,) = values.values()
    found = _as_algorithm(_run_author_code(point.load, reference), reference)
    if canonical_algorithm_id(found.declaration.id) != wanted:
        raise InvalidAlgorithmError(
            f"entry point {name!r} leads to {found.declaration.id!r}; they must be the same"
        )
    if version and version != found.declaration.version:
        raise UnknownAlgorithmError(
            f"{name}@{version} is not installed; {found.declaration.id}"
            f"@{found.declaration.version} is"
        )
    return found


def _load_python(rest: str) -> Algorithm[..., Any]:
    module_name, _, name = rest.partition(":")
    reference = f"python:{rest}"
    if not name or not all(part.isidentifier() for part in module_name.split(".")):
        raise UnknownAlgorithmError(f"{reference!r}: expected python:package.module:name")
    try:
        module = _run_author_code(lambda: importlib.import_module(module_name), reference)
    except InvalidAlgorithmError as error:
        cause = error.__cause__
        if isinstance(cause, ModuleNotFoundError) and _is_within(cause.name, module_name):
            raise UnknownAlgorithmError(
                f"no module {cause.name!r} on the Python path; install it, or use file:PATH"
            ) from cause
        raise
    return _named(module, name, reference)


def _is_within(missing: str | None, module_name: str) -> bool:
    return missing is not None and f"{module_name}.".startswith(f"{missing}.")


def _split_file(rest: str) -> _FileReference:
    path, separator, name = rest.rpartition(":")
    if separator and name.isidentifier():
        return _FileReference(Path(path), name)
    return _FileReference(Path(rest), None)


def _load_file(reference: _FileReference) -> Algorithm[..., Any]:
    path = reference.path.expanduser().resolve()
    if not path.is_file():
        raise UnknownAlgorithmError(f"no file {str(reference.path)!r}; {_FORMS}")
    text = f"file:{reference.path}"
    module = _run_author_code(lambda: _import_file(path), text)
    if reference.name is not None:
        return _named(module, reference.name, text)
    found = _algorithms_of(module)
    if len(found) != 1:
        names = ", ".join(found) or "none"
        raise InvalidAlgorithmError(
            f"{text} holds {len(found)} algorithms ({names}); expected one, made by "
            "@mip.algorithm or derived from mip.BaseProcessor, or write file:PATH:name"
        )
    return _as_algorithm(next(iter(found.values())), text)


def _import_file(path: Path) -> ModuleType:
    # Registered, since dataclasses and pickle look modules up by name; under a name of our own,
    # so that a file called random.py replaces nothing.
    name = f"mip_algorithm_{hashlib.sha256(str(path).encode()).hexdigest()[:16]}"
    module = ModuleType(name)
    module.__file__, module.__package__ = str(path), ""
    sys.modules[name] = module
    try:
        exec(compile(path.read_bytes(), path, "exec"), module.__dict__)  # noqa: S102 - as import does, without a __pycache__ beside the author's file
    except BaseException:
        del sys.modules[name]
        raise
    return module


def _algorithms_of(module: ModuleType) -> dict[str, object]:
    """Return what the module itself defines, by name; what it imports is not its own."""
    found: dict[str, object] = {}
    for name, value in vars(module).items():
        is_processor = isinstance(value, type) and issubclass(value, BaseProcessor)
        if isinstance(value, Algorithm):
            home = value.module
        elif is_processor and not inspect.isabstract(value):
            home = value.__module__
        else:
            continue
        if home == module.__name__ and all(value is not other for other in found.values()):
            found[name] = value
    return found


def _named(module: ModuleType, name: str, reference: str) -> Algorithm[..., Any]:
    value: object = module
    for part in name.split("."):
        if not hasattr(value, part):
            known = ", ".join(_algorithms_of(module)) or "none"
            raise UnknownAlgorithmError(f"{reference}: no {name!r} in it; algorithms are {known}")
        value = getattr(value, part)
    return _as_algorithm(value, reference)


def _as_algorithm(value: object, reference: str) -> Algorithm[..., Any]:
    if isinstance(value, Algorithm):
        return value
    if isinstance(value, type) and issubclass(value, BaseProcessor):
        return processor_algorithm(value)
    hint = (
        "derive it from mip.BaseProcessor"
        if hasattr(value, "process_image")
        else "decorate it with @mip.algorithm(id=..., version=...)"
    )
    raise InvalidAlgorithmError(f"{reference} is a {type(value).__name__}; {hint}")


def _run_author_code(load: Callable[[], Any], reference: str) -> Any:
    """Import something that an author wrote; what it raises is told without the author's text."""
    try:
        return load()
    except (MipError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise InvalidAlgorithmError(
            f"{reference} does not load: {_words(error)}{_advice(error)}"
        ) from error


def _words(error: BaseException) -> str:
    """Name an exception, and where it was raised; in words only where these are Python's own."""
    name = type(error).__name__
    is_pythons = (isinstance(error, ImportError) and error.name is not None) or (
        isinstance(error, SyntaxError) and error.lineno is not None
    )
    if is_pythons:
        return f"{name}: {error}"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not frame.filename.startswith("<frozen ") and frame.filename != __file__
    ]
    return (
        f"{name} at line {frames[-1].lineno} of {Path(frames[-1].filename).name}"
        if frames
        else name
    )


def _advice(error: BaseException) -> str:
    if isinstance(error, ImportError) and "relative import" in str(error):
        return "; a file stands alone: make it part of a package and use python:module:name"
    return "; import it with python to read more"
