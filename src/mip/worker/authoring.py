"""How a Python function becomes an algorithm: the ``@mip.algorithm`` decorator.

Decorating reads the signature and nothing else: numpy and pydantic are loaded when an algorithm
runs, so that listing algorithms stays cheap.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import inspect
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Generic, ParamSpec, TypeVar

from ..contracts import (
    DEFAULT_MEMORY_BYTES,
    DEFAULT_TIMEOUT_SECONDS,
    AlgorithmSpec,
    is_valid_algorithm_id,
    is_valid_version,
)
from ..errors import InvalidAlgorithmError
from .signature import read_signature
from .sources import code_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from ..contracts import JsonValue, Scope
    from ..imaging import Image
    from .outputs import Returned
    from .signature import Parameters

_P = ParamSpec("_P")
_R = TypeVar("_R")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Declaration:
    """What an author declares of an algorithm beside its code."""

    id: str
    version: str
    scope: Scope = "image"
    description: str = ""
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS
    memory_bytes: int = DEFAULT_MEMORY_BYTES

    def __post_init__(self) -> None:
        if not is_valid_algorithm_id(str(self.id)):
            raise InvalidAlgorithmError(
                f"id: expected 3-56 of a-z 0-9 - _, a letter or digit at both ends, no two "
                f"separators in a row, got {self.id!r}"
            )
        if not is_valid_version(str(self.version)):
            raise InvalidAlgorithmError(
                f"version: expected text such as '1.0.0', got {self.version!r}"
            )
        if self.scope not in ("image", "series"):
            raise InvalidAlgorithmError(f"scope: expected 'image' or 'series', got {self.scope!r}")
        if not self.timeout_seconds > 0:
            raise InvalidAlgorithmError(
                f"timeout_seconds: expected more than 0, got {self.timeout_seconds!r}"
            )
        if not self.memory_bytes > 0:
            raise InvalidAlgorithmError(
                f"memory_bytes: expected more than 0, got {self.memory_bytes!r}"
            )


class Algorithm(Generic[_P, _R]):
    """A function with what the platform must know of it; calling it calls the function.

    Attributes
    ----------
    declaration : Declaration
        Id, version, scope, description and limits.
    parameters : Parameters
        The schema of its parameters and their conversion to Python values.
    home : object
        Where the code is: the function itself, or the class that it is a method of.
    """

    def __init__(
        self,
        function: Callable[_P, _R],
        *,
        declaration: Declaration,
        parameters: Parameters,
        home: object | None = None,
        prepare: Callable[[], object] | None = None,
    ) -> None:
        self.declaration = declaration
        self.parameters = parameters
        self.home = function if home is None else home
        self._function = function
        self._prepare = prepare
        if home is None:
            functools.update_wrapper(self, function, updated=())

    def __call__(self, *args: _P.args, **kwargs: _P.kwargs) -> _R:
        """Call the function, as if it had not been decorated."""
        return self._function(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<Algorithm {self.declaration.id}@{self.declaration.version}>"

    @property
    def module(self) -> str:
        """Name of the module in which the code stands."""
        return str(getattr(self.home, "__module__", ""))

    @property
    def announces_masks(self) -> bool:
        """True when the return annotation mentions a mask; one may come all the same."""
        return "Mask" in str(getattr(self.home, "__annotations__", {}).get("return", ""))

    @cached_property
    def source_path(self) -> Path | None:
        """The file in which the code stands; None for code typed into an interpreter."""
        try:
            path = inspect.getsourcefile(inspect.unwrap(self.home))  # type: ignore[arg-type]
        except (TypeError, OSError):
            return None
        return Path(path) if path is not None and Path(path).is_file() else None

    @cached_property
    def spec(self) -> AlgorithmSpec:
        """The algorithm as it is registered; the digest covers its file and what that imports."""
        return AlgorithmSpec(
            **dataclasses.asdict(self.declaration),
            runtime="python",
            parameters=self.parameters.schema,
            digest=self._digest(),
        )

    def prepare(self) -> None:
        """Do what is done once per process, so that no job waits for it."""
        self.parameters.prepare()
        if self._prepare is not None:
            self._prepare()

    def run(self, image: Image, parameters: Mapping[str, JsonValue] | None = None) -> Returned:
        """Run on an image with parameters as a client sends them.

        Returns
        -------
        Returned
            The outputs by role, and what was measured.

        Raises
        ------
        InvalidParametersError
            ``errors`` names every bad parameter.
        InvalidOutputError
            The algorithm returned something that is not an image, a mask or measurements.
        """
        from .outputs import collect  # noqa: PLC0415 - numpy is loaded when an algorithm runs

        arguments = self.parameters.arguments(self.parameters.check(parameters or {}))
        return collect(self._function(image, **arguments), source=image)  # type: ignore[arg-type]

    def _digest(self) -> str:
        if self.source_path is not None:
            return code_digest(self.source_path, module=self.module)
        code = getattr(inspect.unwrap(self.home), "__code__", None)  # type: ignore[arg-type]
        if code is None:
            raise InvalidAlgorithmError(
                f"{self.declaration.id}: its source code cannot be read; put it in a file"
            )
        return hashlib.sha256(code.co_code + repr(code.co_names).encode()).hexdigest()


def algorithm(
    *,
    id: str,  # noqa: A002 - the name of the idea, everywhere
    version: str,
    scope: Scope = "image",
    description: str | None = None,
    timeout_seconds: float = DEFAULT_TIMEOUT_SECONDS,
    memory_bytes: int = DEFAULT_MEMORY_BYTES,
) -> Callable[[Callable[_P, _R]], Algorithm[_P, _R]]:
    """Make an algorithm of a plain function.

    The function's first parameter is the image (:class:`mip.Image`, or :class:`mip.Volume` for
    a series); all others are keyword-only and annotated, and become the parameters that clients
    may send. It returns an image, a mask, measurements, an array, or a tuple of these.

    Parameters
    ----------
    id : str
        3-56 of ``a-z 0-9 - _``.
    version : str
        Such as ``1.0.0``; a changed result deserves a changed version.
    scope : {"image", "series"}
        Whether one instance or a whole series is one job.
    description : str, optional
        One sentence for clients; by default the first line of the docstring.
    timeout_seconds : float
        Longest time that one run may take; its process is killed then.
    memory_bytes : int
        How much memory decoding and running may take beyond the loaded code.

    Raises
    ------
    InvalidAlgorithmError
        The function cannot be an algorithm; the message says what to change.

    Examples
    --------
    >>> import mip
    >>> @mip.algorithm(id="threshold-filter", version="1.0.0")
    ... def threshold_filter(image: mip.Image, *, threshold: float = 0.5) -> mip.Mask:
    ...     return mip.Mask(labels=image.pixels > threshold)
    """

    def decorate(function: Callable[_P, _R]) -> Algorithm[_P, _R]:
        check_callable(function)
        declaration = Declaration(
            id=id,
            version=version,
            scope=scope,
            description=first_line(function) if description is None else description,
            timeout_seconds=timeout_seconds,
            memory_bytes=memory_bytes,
        )
        parameters = read_signature(function, scope=scope)
        return Algorithm(function, declaration=declaration, parameters=parameters)

    return decorate


def check_callable(function: object) -> None:
    """Refuse what cannot be run to its end by one plain call.

    Raises
    ------
    InvalidAlgorithmError
        Gives the reason.
    """
    name = getattr(function, "__qualname__", repr(function))
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        raise InvalidAlgorithmError(
            f"{name} is async: an algorithm computes and has nothing to await, and it runs in a "
            "process of its own beside the event loop; write a plain 'def'"
        )
    if inspect.isgeneratorfunction(function):
        raise InvalidAlgorithmError(
            f"{name} is a generator: return all outputs at once, as a tuple"
        )
    if not hasattr(inspect.unwrap(function), "__code__"):  # type: ignore[arg-type]
        raise InvalidAlgorithmError(
            f"expected a Python function, got {type(function).__name__}; for a class with "
            "process_image, derive from mip.BaseProcessor instead of decorating"
        )


def first_line(documented: object) -> str:
    """Return the first line of a docstring without its full stop, or nothing."""
    text = inspect.getdoc(documented) or ""
    return text.partition("\n")[0].rstrip(".")
