"""JSON for the wire: one encoder, canonical bytes, and decoding errors that name the field."""

from __future__ import annotations

import codecs
import hashlib
import math
import re
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import msgspec

from ..errors import ContractError, FieldError, PayloadTooLargeError
from ..wording import expectation

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    JsonValue: TypeAlias = (
        "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
    )
else:
    JsonValue = Any  # msgspec decodes JSON to exactly these types, and cannot read a recursive one

MAX_MESSAGE_BYTES = 1_048_576
"""Longest message a queue carries: the limit of Amazon SQS, kept by every transport."""

_T = TypeVar("_T")
_HALF_A_PAIR = re.compile(rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])")
_PATH = re.compile(r" - at `\$\.?(?P<path>.*)`$")


def encode(value: object) -> bytes:
    """Encode a contract or plain value as JSON in declaration order."""
    return msgspec.json.encode(value)


def canonical(value: object) -> bytes:
    """Encode as JSON that is the same for equal values: keys sorted at every level.

    A float that is a whole number is written as an integer, so that ``1.0`` and ``1`` agree.
    """
    plain = msgspec.to_builtins(value, str_keys=True)
    return msgspec.json.encode(_normalize(plain), order="deterministic")


def digest(value: object) -> str:
    """Return the SHA-256 of the canonical JSON of ``value``, 64 hexadecimal digits."""
    return hashlib.sha256(canonical(value)).hexdigest()


def decode_object(body: bytes) -> dict[str, JsonValue]:
    """Decode a JSON object.

    Raises
    ------
    PayloadTooLargeError
        More than :data:`MAX_MESSAGE_BYTES`.
    ContractError
        Not JSON, or not an object.
    """
    if len(body) > MAX_MESSAGE_BYTES:
        raise PayloadTooLargeError(f"expected at most {MAX_MESSAGE_BYTES} bytes, got {len(body)}")
    try:
        return msgspec.json.decode(body, type=dict[str, JsonValue])
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        raise ContractError(f"expected one JSON object, got {_instead(body, error)}") from None


def _instead(body: bytes, error: Exception) -> str:
    """Say what a body is, and where it is at fault; nothing of it is quoted."""
    if body.startswith(codecs.BOM_UTF8):
        return "a byte order mark before it; send UTF-8 without one"
    try:
        body.decode()
    except UnicodeDecodeError as wrong:  # the decoder counts from the start of a text within
        return f"what is no UTF-8 (byte {wrong.start})"
    if isinstance(error, RecursionError):
        return "one that is nested too deeply"
    if isinstance(error, msgspec.ValidationError):
        return expectation(str(error), dict).partition(", got ")[2] or "a number out of range"
    return _no_json(body, str(error))


def _no_json(body: bytes, text: str) -> str:
    malformed = text.removeprefix("JSON is malformed: ")
    if malformed != text:
        return f"what is no JSON: {malformed}"
    half = _HALF_A_PAIR.search(body)
    if half is not None:  # which the decoder takes for an end
        return f"what is no JSON: invalid utf-16 surrogate pair (byte {half.start()})"
    return "one that breaks off"


def convert(value: object, kind: type[_T], *, prefix: str = "") -> _T | FieldError:
    """Build a contract from plain values, or tell which field is wrong."""
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        return _field_error(str(error), kind, prefix)


def unknown_fields(
    value: Iterable[str], known: Collection[str], *, prefix: str = ""
) -> list[FieldError]:
    """Name the keys of an object that are none of ``known``; nested in the field ``prefix``."""
    expected = f"is unknown; known are {', '.join(sorted(known))}"
    start = f"{prefix}." if prefix else ""
    return [FieldError(f"{start}{key}", expected) for key in value if key not in known]


def _field_error(text: str, kind: Any, prefix: str) -> FieldError:
    match = _PATH.search(text)
    path = match["path"] if match else ""
    message = text[: match.start()] if match else text
    missing = re.fullmatch(r"Object missing required field `(.+)`", message)
    if missing:
        path = f"{path}.{missing[1]}" if path else missing[1]
        message = "is required"
    else:
        message = expectation(message, _type_at(kind, path))
    full = ".".join(part for part in (prefix, path) if part)
    return FieldError(full or "body", message)


def _type_at(kind: Any, path: str) -> Any:
    """Return the type of the field that a path begins with; else of the whole."""
    name = re.split(r"[.\[]", path)[0]
    return next((each.type for each in msgspec.structs.fields(kind) if each.name == name), kind)


def _normalize(value: JsonValue) -> JsonValue:
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [_normalize(item) for item in value]
    if isinstance(value, dict):
        return {key: _normalize(item) for key, item in value.items()}
    return value
