"""Algorithms as classes, for code that was written as ``process_image(image, parameters)``."""

from __future__ import annotations

import inspect
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from ..contracts import DEFAULT_MEMORY_BYTES, DEFAULT_TIMEOUT_SECONDS
from ..errors import InvalidAlgorithmError
from .authoring import (
    Algorithm,
    Declaration,
    check_callable,
    first_line,
)
from .signature import Parameters, object_schema

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from ..contracts import JsonValue, Scope
    from ..contracts.parameters import Schema
    from ..imaging import Image

_SCHEMA_KEYS = {"type", "properties", "required", "additionalProperties"}


class BaseProcessor(ABC):
    """Base of classes that process an array: ``process_image(image, parameters)``.

    One instance is made in each process that runs the algorithm; what :meth:`setup` loads serves
    every job of that process. Jobs come one at a time.

    Attributes
    ----------
    id, version : str
        Required. The id is 3-56 of ``a-z 0-9 - _``.
    scope : {"image", "series"}
        Whether one instance or a whole series is one job.
    description : str
        For clients; by default the first line of the class's docstring.
    parameters : dict
        What clients may send: name → ``{"type": "number", "default": 0.5, …}``, or a whole JSON
        Schema with ``properties`` and ``required``. Others are refused before a job runs.
    timeout_seconds, memory_bytes
        Limits of one run, as for :func:`mip.algorithm`.

    Examples
    --------
    >>> import mip
    >>> class Threshold(mip.BaseProcessor):
    ...     id = "threshold"
    ...     version = "1.0.0"
    ...     parameters = {"level": {"type": "number", "default": 0.5}}
    ...
    ...     def process_image(self, image, parameters):
    ...         return image > parameters["level"]
    """

    id: ClassVar[str]
    version: ClassVar[str]
    scope: ClassVar[Scope] = "image"
    description: ClassVar[str] = ""
    parameters: ClassVar[Mapping[str, Any]] = {}
    timeout_seconds: ClassVar[float] = DEFAULT_TIMEOUT_SECONDS
    memory_bytes: ClassVar[int] = DEFAULT_MEMORY_BYTES

    def setup(self) -> None:  # noqa: B027 - there may be nothing to set up
        """Load what all jobs share, such as a model; called once, before the first job."""

    @abstractmethod
    def process_image(self, image: NDArray[Any], parameters: dict[str, Any]) -> object:
        """Process one image and return an array, a mask, measurements or a tuple of these.

        Parameters
        ----------
        image : ndarray
            A grey image is float32 in rescaled units (HU for CT), a colour image uint8 RGB.
            (rows, columns[, 3]) when it has one frame, (frames, rows, columns[, 3]) when it has
            several; a series is always (slices, rows, columns[, 3]). The array is the method's
            own and may be written to.
        parameters : dict
            Every declared parameter that was sent or has a default.
        """


def processor_algorithm(kind: type[BaseProcessor]) -> Algorithm[..., object]:
    """Make an algorithm of a processor class; its instance is made when it is prepared.

    Raises
    ------
    InvalidAlgorithmError
        Says which attribute or method is missing or wrong.
    """
    if inspect.isabstract(kind):
        raise InvalidAlgorithmError(
            f"{kind.__name__}: expected the method process_image(self, image, parameters)"
        )
    for method in (kind.process_image, kind.setup):
        check_callable(method)
    _check_arguments(kind)
    for name in ("id", "version"):
        if not isinstance(getattr(kind, name, None), str):
            raise InvalidAlgorithmError(
                f"{kind.__name__}.{name}: expected text, such as {name} = "
                f"{'threshold-filter' if name == 'id' else '1.0.0'!r}"
            )
    declaration = Declaration(
        id=kind.id,
        version=kind.version,
        scope=kind.scope,
        description=kind.description or _own_first_line(kind),
        timeout_seconds=kind.timeout_seconds,
        memory_bytes=kind.memory_bytes,
    )
    instance = _Instance(kind)
    return Algorithm(
        instance.run,
        declaration=declaration,
        parameters=Parameters(declared_schema(kind.parameters)),
        home=kind,
        prepare=instance.get,
    )


def declared_schema(declared: Mapping[str, Any]) -> Schema:
    """Return declared parameters, in either form, as an object schema.

    Parameters
    ----------
    declared : mapping
        Name → ``{"type", "default", …}``, or a JSON Schema with ``properties``.

    Raises
    ------
    InvalidAlgorithmError
        Names the parameter and the keyword.
    """
    inner = declared.get("properties")
    is_schema = (
        isinstance(inner, dict)
        and set(declared) <= _SCHEMA_KEYS
        and all(isinstance(item, dict) for item in inner.values())
    )
    properties: dict[str, JsonValue] = dict(declared["properties"] if is_schema else declared)
    required = list(declared.get("required", [])) if is_schema else []
    return object_schema(properties, required=required)


class _Instance:
    """The one instance of a processor in this process, made when it is first needed."""

    def __init__(self, kind: type[BaseProcessor]) -> None:
        self._kind = kind
        self._processor: BaseProcessor | None = None

    def get(self) -> BaseProcessor:
        if self._processor is None:
            processor = self._kind()
            processor.setup()
            self._processor = processor
        return self._processor

    def run(self, image: Image, **parameters: Any) -> object:
        return self.get().process_image(_array(image), parameters)


def _array(image: Image) -> NDArray[Any]:
    pixels: NDArray[np.generic] = image.stored if image.is_color else image.pixels
    if not pixels.flags.writeable or image.is_color:
        pixels = pixels.copy()
    is_series = "Volume" in {base.__name__ for base in type(image).__mro__}
    return pixels if is_series or image.frames > 1 else pixels[0]


def _check_arguments(kind: type[BaseProcessor]) -> None:
    try:
        inspect.signature(kind.process_image).bind(None, None, None)
    except TypeError:
        raise InvalidAlgorithmError(
            f"{kind.__name__}.process_image: expected the arguments (self, image, parameters)"
        ) from None


def _own_first_line(kind: type[BaseProcessor]) -> str:
    # inspect.getdoc would hand on the docstring of BaseProcessor itself.
    return first_line(kind) if kind.__doc__ else ""
