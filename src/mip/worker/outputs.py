"""What an algorithm returned, checked and put into one form.

Accepted are an image, a mask, measurements, arrays and dictionaries in their place, and tuples
or lists of these. Everything is compared with the source image here, so that what is derived
from it later cannot be of another size.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import msgspec
import numpy as np

from ..dicom import OutputItem
from ..errors import InvalidOutputError
from ..imaging import Image, Mask, Measurements

if TYPE_CHECKING:
    from ..contracts import JsonValue

Value: TypeAlias = Image | Mask

MAX_META_BYTES = 256 * 1024
"""Measurements travel in result messages, of which a queue carries at most 1 MiB."""

_MAX_DEPTH = 32
_INT64 = 2**63
_EXPECTED = (
    "expected mip.Image, mip.Mask, mip.Measurements, a numpy array, a dict of measurements, "
    "or a tuple of these"
)


class Returned(NamedTuple):
    """All that one run gave: images and masks in the order returned, and measurements."""

    items: tuple[OutputItem, ...]
    meta: dict[str, JsonValue]


def collect(returned: object, *, source: Image) -> Returned:
    """Check what an algorithm returned for ``source``.

    Roles are ``image``, ``mask``, and ``overlay`` for a colour picture of a grey image; a second
    of its kind is ``mask-2``. A boolean array is a mask, uint8 a picture for display, any other
    real type an image in the units of the source.

    Raises
    ------
    InvalidOutputError
        Says what was expected and what came.
    """
    parts = list(returned) if isinstance(returned, tuple | list) else [returned]
    if not parts:
        raise InvalidOutputError(f"the algorithm returned an empty tuple; {_EXPECTED}")
    items: list[OutputItem] = []
    meta: dict[str, JsonValue] = {}
    seen: Counter[str] = Counter()
    for part in parts:
        if isinstance(part, Measurements | Mapping):
            _merge(meta, part.values if isinstance(part, Measurements) else part)
            continue
        value = _as_value(part, source)
        role = _role(value, source)
        seen[role] += 1
        items.append(OutputItem(role if seen[role] == 1 else f"{role}-{seen[role]}", value))
    _check_size(meta)
    return Returned(tuple(items), meta)


def _as_value(part: object, source: Image) -> Value:
    value = _from_array(part, source) if isinstance(part, np.ndarray) else part
    if not isinstance(value, Image | Mask):
        raise InvalidOutputError(f"the algorithm returned {_kind(part)}; {_EXPECTED}")
    pixels = value.labels if isinstance(value, Mask) else value.stored
    expected = source.stored.shape[:3]
    if pixels.shape[:3] != expected:
        raise InvalidOutputError(
            f"expected an output of the source's (frames, rows, columns) {expected}, "
            f"got {_kind(value)} of {pixels.shape[:3]}"
        )
    if isinstance(value, Image):
        _check_dtype(value.stored.dtype)
    return value


def _from_array(array: np.ndarray[tuple[int, ...], np.dtype[np.generic]], source: Image) -> Value:
    _check_dtype(array.dtype, is_mask_allowed=True)
    try:
        if array.dtype == np.bool_:
            return Mask(labels=array)
        return source.replace(array)
    except InvalidOutputError as error:
        raise InvalidOutputError(f"an array of shape {array.shape}: {error}") from None


def _check_dtype(dtype: np.dtype[np.generic], *, is_mask_allowed: bool = False) -> None:
    if dtype == np.bool_ and is_mask_allowed:
        return
    if dtype.kind not in "iuf":
        raise InvalidOutputError(
            f"expected integers or floating-point numbers in an image, got {dtype}"
        )


def _role(value: Value, source: Image) -> str:
    if isinstance(value, Mask):
        return "mask"
    return "overlay" if value.is_color and not source.is_color else "image"


def _merge(meta: dict[str, JsonValue], values: Mapping[Any, object]) -> None:
    for key, value in values.items():
        name = _key(key, "measurements")
        if name in meta:
            raise InvalidOutputError(f"measurement {name!r} was returned twice")
        meta[name] = _plain(value, f"measurement {name!r}", 0)


def _plain(value: object, name: str, depth: int) -> JsonValue:
    """Return a measurement as JSON; ``name`` says where it is, never what it is."""
    if depth > _MAX_DEPTH:
        raise InvalidOutputError(f"{name}: expected at most {_MAX_DEPTH} levels")
    if isinstance(value, np.generic | np.ndarray) and value.size <= MAX_META_BYTES:
        value = value.tolist()
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int) and -_INT64 <= value < _INT64:
        return int(value)
    if isinstance(value, float) and math.isfinite(value):
        return float(value)
    if isinstance(value, Mapping):
        return {_key(k, name): _plain(v, f"{name}.{k}", depth + 1) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return _plain_list(value, name, depth)
    raise InvalidOutputError(
        f"{name}: expected null, a boolean, a finite number of at most 64 bits, text, a list or "
        f"an object, got {_kind(value)}"
    )


def _plain_list(values: Iterable[object], name: str, depth: int) -> list[JsonValue]:
    return [_plain(value, f"{name}[{i}]", depth + 1) for i, value in enumerate(values)]


def _check_size(meta: dict[str, JsonValue]) -> None:
    try:
        size = len(msgspec.json.encode(meta))
    except UnicodeEncodeError:
        raise InvalidOutputError("measurements: expected text that is valid Unicode") from None
    if size > MAX_META_BYTES:
        raise InvalidOutputError(
            f"measurements: expected at most {MAX_META_BYTES} bytes of JSON, got {size}; return "
            "large arrays as an image or a mask"
        )


def _key(key: object, name: str) -> str:
    if not isinstance(key, str):
        raise InvalidOutputError(f"{name}: expected names that are text, got {_kind(key)}")
    return key


def _kind(value: object) -> str:
    """Say what a value is without saying what it holds."""
    if value is None:
        return "None"
    if isinstance(value, np.ndarray):
        return f"an array of {value.dtype} with shape {value.shape}"
    if isinstance(value, float) and not math.isfinite(value):
        return "a number that is not finite"
    return f"a value of type {type(value).__name__}"
