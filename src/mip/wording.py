"""What was expected and what came, in the words of JSON rather than of a library."""

from __future__ import annotations

import re
from typing import Any, Final, Literal, get_args, get_origin

_WORDS: Final = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
_NAME: Final = re.compile(r"`([^`]*)`")
_BOUNDS: Final = (
    (" of length >= ", " of a length of at least "),
    (" of length <= ", " of a length of at most "),
    (" >= ", " of at least "),
    (" <= ", " of at most "),
    (" > ", " of more than "),
    (" < ", " of less than "),
)


def expectation(text: str, kind: Any) -> str:
    """Return what msgspec says of a value that is no ``kind``, in words of ours.

    The value is not in it: msgspec quotes one that is none of several.
    """
    if text.startswith("Invalid enum value"):
        return f"expected one of {', '.join(str(c) for c in choices(kind) if c != '')}"
    text = _NAME.sub(lambda match: _named(match[1]), text)
    for words, ours in _BOUNDS:
        text = text.replace(words, ours, 1)
    return text[:1].lower() + text[1:]


def choices(kind: Any) -> tuple[object, ...]:
    """Return the values that a type lists, also within a union or an annotation."""
    if get_origin(kind) is Literal:
        return get_args(kind)
    return tuple(value for part in get_args(kind) for value in choices(part))


def _named(names: str) -> str:
    return " or ".join(_WORDS.get(name, name) for name in names.split(" | "))
