"""What callers pass beside arrays: one way to take a number, a choice or a flag, and to refuse it.

Nothing is converted that only looks like what is meant: ``True`` is no number, 2.0 no whole number,
and "2" neither. Numbers of numpy, its arrays without axes among them, are as good as Python's.
Messages begin with the name of the parameter, and say what was expected and what came.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from operator import index
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.ma import MaskedArray

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST = float(np.finfo(np.float32).max)  # kernels compute in float32: beyond, a number is infinite
SHOWN = 80  # characters of a value in a message


def whole(value: object, name: str, *, least: int | None = None, most: int | None = None) -> int:
    """Return a whole number within its bounds.

    Raises
    ------
    TypeError
        It is none: a float, even a whole one, a bool, a string, several.
    ValueError
        It is below ``least`` or above ``most``.
    """
    found = value if type(value) is int else _index(value, name)
    if (least is not None and found < least) or (most is not None and found > most):
        raise ValueError(f"{name} must be {_between(least, most)}, not {shown(value)}")
    return found


def number(
    value: Any,
    name: str,
    *,
    above: float | None = None,
    least: float | None = None,
    most: float | None = None,
    finite: bool = True,
) -> float:
    """Return a real number within its bounds, finite in float32 unless ``finite`` is False.

    An int stays one, so that it can be compared exactly.

    Raises
    ------
    TypeError
        It is none: complex, a bool, a string, several.
    ValueError
        It is NaN, out of bounds, or too large.
    """
    found = value if type(value) is float or type(value) is int else _real(value, name)
    is_in_range = -MOST <= found <= MOST or (not finite and _is_double(found))  # NaN is not
    if (
        not is_in_range
        or (above is not None and found <= above)
        or (least is not None and found < least)
        or (most is not None and found > most)
    ):
        expected = _between(least, most, above=above)
        if not is_in_range and most is None:
            kind = "finite in float32" if finite else "a number in double precision"
            expected = f"{expected} and {kind}" if expected else kind
        raise ValueError(f"{name} must be {expected}, not {shown(value)}")
    return found


def wholes(
    value: object,
    count: int | None,
    name: str,
    *,
    least: int | None = None,
    most: int | None = None,
) -> tuple[int, ...]:
    """Return ``count`` whole numbers within their bounds, or as many as there are."""
    found = _items(value, count, f"{_several(count)} ints", name)
    return tuple(whole(item, name, least=least, most=most) for item in found)


def whole_each(
    value: object, count: int, name: str, *, least: int | None = None, most: int | None = None
) -> tuple[int, ...]:
    """Return a whole number for each of ``count`` axes, given one for all or one for each."""
    if not is_several(value):
        return (whole(value, name, least=least, most=most),) * count
    found = _items(value, count, f"an int or {count} ints", name)
    return tuple(whole(item, name, least=least, most=most) for item in found)


def number_each(
    value: object,
    count: int,
    name: str,
    *,
    above: float | None = None,
    least: float | None = None,
    most: float | None = None,
) -> list[float]:
    """Return a finite float for each of ``count`` axes, given one for all or one for each."""
    if not is_several(value):
        return [float(number(value, name, above=above, least=least, most=most))] * count
    found = _items(value, count, f"a number or {count} numbers", name)
    return [float(number(item, name, above=above, least=least, most=most)) for item in found]


def numbers(
    value: object,
    count: int | None,
    name: str,
    *,
    above: float | None = None,
    finite: bool = True,
) -> list[float]:
    """Return ``count`` real numbers, or as many as there are."""
    found = _items(value, count, f"{_several(count)} numbers", name)
    return [number(item, name, above=above, finite=finite) for item in found]


def is_several(value: object) -> bool:
    """Tell whether a value is a sequence of others; a string is not."""
    if type(value) is int or type(value) is float:  # before what takes ten times as long
        return False
    if isinstance(value, np.ndarray):
        return value.ndim > 0
    return isinstance(value, Sequence) and not isinstance(value, (str, bytes, bytearray))


def choice(value: object, name: str, known: tuple[str, ...]) -> None:
    """Refuse what is not one of several words.

    Raises
    ------
    TypeError
        It is not a string.
    ValueError
        There is no such choice.
    """
    if not isinstance(value, str):
        raise TypeError(f"{name} must be one of {', '.join(known)}, not {type(value).__name__}")
    if value not in known:
        raise ValueError(f"{name} must be one of {', '.join(known)}, not {shown(value)}")


def flag(value: object, name: str) -> bool:
    """Return a bool; nothing else is one, so that "no" is not taken for true."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} must be a bool, not {type(value).__name__}")
    return bool(value)


def pixel(value: Any, name: str, dtype: np.dtype[Any]) -> float:
    """Return a number that a pixel of ``dtype`` holds; of float32, also NaN and infinity."""
    found = value if type(value) is float or type(value) is int else _real(value, name)
    if dtype.kind == "f":
        is_held = not MOST < abs(found) < np.inf
    else:
        bounds = np.iinfo(dtype)
        is_held = bounds.min <= found <= bounds.max and found == int(found)
    if not is_held:
        raise ValueError(f"{name} must be a value of {dtype}, not {shown(value)}")
    return found


def array_of(value: object, name: str, *, kinds: str, expected: str) -> NDArray[Any]:
    """Return what numpy makes of nested sequences, or an array, of one of the dtype ``kinds``.

    Raises
    ------
    TypeError
        It is of another kind, ragged, or masked.
    """
    if isinstance(value, MaskedArray):
        raise TypeError(f"{name} must not be masked: fill it first")
    try:
        found = np.asarray(value)
    except ValueError:  # ragged
        raise TypeError(f"{name} must be {expected}, not {shown(value)}") from None
    if found.dtype.kind not in kinds and found.size:
        raise TypeError(f"{name} must be {expected}, not {found.dtype}")
    return found


def shown(value: object) -> str:
    """Return a value as a message shows it, which is short, whatever the value is."""
    try:
        text = repr(value)
    except ValueError:  # Python writes no int of some thousand digits
        return f"one of too many digits ({type(value).__name__})"
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"


def _index(value: Any, name: str) -> int:
    try:
        if not isinstance(value, (bool, np.bool_)):
            return index(value)
    except TypeError:
        pass
    raise TypeError(f"{name} must be an int, not {type(value).__name__}")


def _real(value: Any, name: str) -> float:
    if isinstance(value, (np.generic, np.ndarray)):
        is_real = value.ndim == 0 and value.dtype.kind in "iuf"
        is_whole = is_real and value.dtype.kind in "iu"
    else:  # a string has no __float__
        is_whole = isinstance(value, int)
        is_real = hasattr(value, "__float__")
    if not is_real or isinstance(value, (bool, MaskedArray)):
        raise TypeError(f"{name} must be a number, not {type(value).__name__}")
    try:
        return int(value) if is_whole else float(value)
    except (OverflowError, ValueError):  # of a fraction, and of a decimal that signals
        raise ValueError(f"{name} must be finite in float32, not {shown(value)}") from None


def _is_double(value: float) -> bool:
    """Tell whether a double holds a number: also infinity, but not NaN."""
    return value == value and (type(value) is float or abs(value) <= sys.float_info.max)  # noqa: PLR0124


def _items(value: Any, count: int | None, expected: str, name: str) -> list[Any]:
    if not is_several(value):
        raise TypeError(f"{name} must be {expected}, not {type(value).__name__}")
    found = list(value)
    if count is not None and len(found) != count:
        raise ValueError(f"{name} must be {expected}, not {len(found)}: {shown(value)}")
    return found


def _several(count: int | None) -> str:
    return "a sequence of" if count is None else str(count)


def _between(least: float | None, most: float | None, *, above: float | None = None) -> str:
    """Return bounds in words; nothing where there are none."""
    if least is not None and most is not None:
        return f"from {_plain(least)} to {_plain(most)}"
    words = [
        f"{word} {_plain(bound)}"
        for word, bound in (("above", above), ("at least", least), ("at most", most))
        if bound is not None
    ]
    return " and ".join(words)


def _plain(bound: float) -> str:
    return str(bound) if isinstance(bound, int) else f"{bound:g}"
