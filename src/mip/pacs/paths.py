"""Which paths below a root a reference may mean: pure, and the only place that joins ids.

The result is only ever looked up below the root; that a link on the way does not lead out of it is
for the caller to check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..contracts import PathReference, UidReference, is_valid_uid

if TYPE_CHECKING:
    from collections.abc import Iterator

SUFFIX = ".dcm"
PARTIAL_PREFIX = ".mip-partial-"
"""Of files that are being written: they are no part of the PACS yet."""


def image_paths(reference: PathReference) -> Iterator[str]:
    """Yield where the image may be, the likeliest first; nothing for ids that are no paths.

    ``study/series/image`` comes before ``image`` alone, and each as it is before each with
    ``.dcm``. A name alone, without a slash, says nothing of the study: whether it may be meant is
    for the caller to judge.
    """
    image = reference.image_id
    if image is None:
        return
    for path in (f"{reference.study_id}/{reference.series_id}/{image}", image):
        if is_safe_path(path):
            yield path
            yield path + SUFFIX


def series_paths(reference: PathReference) -> Iterator[str]:
    """Yield which folder may hold the series, the likeliest first."""
    for path in (f"{reference.study_id}/{reference.series_id}", reference.series_id):
        if is_safe_path(path):
            yield path


def as_uids(reference: PathReference) -> UidReference | None:
    """Read the ids of a path reference as UIDs, when they are UIDs."""
    image = reference.image_id if reference.scope == "image" else None
    ids = [reference.study_id, reference.series_id, *([] if image is None else [image])]
    if not all(map(is_valid_uid, ids)):
        return None
    return UidReference(
        study_uid=reference.study_id,
        series_uid=reference.series_id,
        instance_uid=image,
        instance_uids=reference.instance_uids,
    )


def is_safe_path(path: str) -> bool:
    """Tell whether ``path`` is relative and names what it seems to name."""
    return "\0" not in path and all(part not in ("", ".", "..") for part in path.split("/"))
