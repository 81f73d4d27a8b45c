"""How a request names an image: by the ids of a PACS (dialect A) or by DICOM UIDs (dialect B)."""

from __future__ import annotations

import re
from typing import Literal, TypeAlias

import msgspec

from ..errors import FieldError
from .codec import JsonValue, convert, unknown_fields
from .ids import is_valid_uid

Scope: TypeAlias = Literal["image", "series"]

MAX_PATH_ID_LENGTH = 1024
MAX_SERIES_INSTANCES = 10_000
_SERVER = re.compile(r"[A-Za-z0-9._-]{1,64}")


class PathReference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Dialect A: ids as the PACS spells them; each may be a path of several segments.

    ``server`` names one of several configured PACSes; without it, the default one is meant.
    """

    study_id: str
    series_id: str
    image_id: str | None = None
    scope: Scope = "image"
    instance_uids: tuple[str, ...] | None = None
    server: str | None = None


class UidReference(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Dialect B: study, series and instance UIDs; without an instance it means the series.

    ``server`` is as in dialect A.
    """

    study_uid: str
    series_uid: str
    instance_uid: str | None = None
    instance_uids: tuple[str, ...] | None = None
    server: str | None = None

    @property
    def scope(self) -> Scope:
        """``image`` when an instance is named, else ``series``."""
        return "series" if self.instance_uid is None else "image"


ImageReference: TypeAlias = PathReference | UidReference


def is_valid_server_name(text: str) -> bool:
    """Tell whether ``text`` can name a PACS: 1-64 of ``A-Z a-z 0-9 . _ -``."""
    return _SERVER.fullmatch(text) is not None


def decode_reference(
    value: JsonValue, *, strict: bool, prefix: str = "pacs"
) -> tuple[ImageReference | None, list[FieldError]]:
    """Build a reference of either dialect from decoded JSON.

    Parameters
    ----------
    value : JsonValue
        The ``pacs`` member of a request or message.
    strict : bool
        Refuse unknown keys (requests of clients) or ignore them (our own messages).
    prefix : str
        What the fields are called in errors.

    Returns
    -------
    reference, errors
        The reference is None when there are errors.
    """
    if not isinstance(value, dict):
        return None, [FieldError(prefix, "expected an object with study, series and image")]
    kind: type[ImageReference] = UidReference if "study_uid" in value else PathReference
    known = set(kind.__struct_fields__)
    errors = unknown_fields(value, known, prefix=prefix) if strict else []
    reference = convert({k: v for k, v in value.items() if k in known}, kind, prefix=prefix)
    if isinstance(reference, FieldError):
        return None, [*errors, reference]
    errors += _check(reference, prefix)
    return (None, errors) if errors else (reference, [])


def _check(reference: ImageReference, prefix: str) -> list[FieldError]:
    errors: list[FieldError] = []
    check = _uid_problem if isinstance(reference, UidReference) else _path_problem
    for name in reference.__struct_fields__:
        value = getattr(reference, name)
        if name not in ("scope", "instance_uids", "server") and value is not None:
            problem = check(value)
            if problem:
                errors.append(FieldError(f"{prefix}.{name}", problem))
    if reference.scope == "image" and (
        isinstance(reference, PathReference) and reference.image_id is None
    ):
        errors.append(FieldError(f"{prefix}.image_id", "is required for scope image"))
    if reference.server is not None and not is_valid_server_name(reference.server):
        errors.append(FieldError(f"{prefix}.server", "expected 1 to 64 of A-Z a-z 0-9 . _ -"))
    errors += _check_instances(reference, prefix)
    return errors


def _check_instances(reference: ImageReference, prefix: str) -> list[FieldError]:
    uids = reference.instance_uids
    if uids is None:
        return []
    field = f"{prefix}.instance_uids"
    if reference.scope == "image":
        return [FieldError(field, "belongs to a series; leave it out for one image")]
    if not 1 <= len(uids) <= MAX_SERIES_INSTANCES or len(set(uids)) != len(uids):
        return [FieldError(field, f"expected 1 to {MAX_SERIES_INSTANCES} different UIDs")]
    if not all(map(is_valid_uid, uids)):
        return [FieldError(field, "expected DICOM UIDs such as 1.2.840, at most 64 characters")]
    return []


def _uid_problem(text: str) -> str | None:
    return (
        None
        if is_valid_uid(text)
        else "expected a DICOM UID such as 1.2.840, at most 64 characters"
    )


def _path_problem(text: str) -> str | None:
    if not 0 < len(text) <= MAX_PATH_ID_LENGTH:
        return f"expected 1 to {MAX_PATH_ID_LENGTH} characters"
    if not text.isprintable() or "\\" in text:
        return "expected printable characters without a backslash"
    if any(segment in ("", ".", "..") for segment in text.split("/")):
        return "expected segments joined by single slashes, none of them . or .."
    return None
