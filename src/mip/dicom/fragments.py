"""Encapsulated pixel data: from fragments to one codestream per frame (PS3.5 section A.4)."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from ..errors import ImageTooLargeError, MalformedDicomError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .reader import DicomFile

_ITEM = 0xE000FFFE
_SEQUENCE_END = 0xE0DDFFFE
_HEAD = struct.Struct("<II")
_STARTS = (b"\xff\xd8\xff", b"\xff\x4f\xff\x51")
MAX_FRAGMENTS = 1_000_000


def frame_streams(file: DicomFile, *, frames: int) -> Iterator[bytes]:
    """Give the codestream of each frame, in order.

    One fragment per frame is taken as that, whatever an offset table says. Else fragments are
    gathered by the extended offset table, else by the basic one, else by how codestreams begin.

    Raises
    ------
    MalformedDicomError
        A fragment is longer than the file, or they do not make ``frames`` frames.
    """
    if file.pixels is None or file.pixels.length is not None:
        raise MalformedDicomError("expected encapsulated fragments, got native pixel data")
    spans = _spans(file.data, file.pixels.start)
    if not spans:
        raise MalformedDicomError("encapsulated pixel data without any item")
    (table_start, table_end), *fragments = spans
    groups = _grouped(file, fragments, file.data[table_start:table_end], frames)
    for group in groups:
        yield b"".join([file.data[start:end] for start, end in group])


def _spans(data: bytes, start: int) -> list[tuple[int, int]]:
    """Find where the items lie; the last may come without a delimiter."""
    spans: list[tuple[int, int]] = []
    while start + 8 <= len(data):
        mark, length = _HEAD.unpack_from(data, start)
        if mark == _SEQUENCE_END:
            return spans
        start += 8
        if mark != _ITEM:
            raise MalformedDicomError("encapsulated pixel data hold something else than items")
        if start + length > len(data):
            raise MalformedDicomError(
                f"a fragment declares {length} bytes where {len(data) - start} are left"
            )
        if len(spans) > MAX_FRAGMENTS:
            raise ImageTooLargeError(f"expected at most {MAX_FRAGMENTS} fragments")
        spans.append((start, start + length))
        start += length
    return spans


def _grouped(
    file: DicomFile, fragments: list[tuple[int, int]], table: bytes, frames: int
) -> list[list[tuple[int, int]]]:
    if frames == 1:
        return [fragments]
    if len(fragments) == frames:
        return [[fragment] for fragment in fragments]
    extended = file.elements.raw("ExtendedOffsetTable")
    if extended:
        count = len(extended) // 8
        return _by_offsets(fragments, struct.unpack(f"<{count}Q", extended[: count * 8]), frames)
    if len(table) >= 4 * frames:
        offsets = struct.unpack(f"<{len(table) // 4}I", table[: len(table) // 4 * 4])
        return _by_offsets(fragments, offsets, frames)
    return _by_starts(file.data, fragments, frames)


def _by_offsets(
    fragments: list[tuple[int, int]], offsets: tuple[int, ...], frames: int
) -> list[list[tuple[int, int]]]:
    """Offsets count from the head of the first fragment to the head of a frame's first one."""
    origin = fragments[0][0] if fragments else 0
    first = {start - origin: index for index, (start, _) in enumerate(fragments)}
    cuts = [first.get(offset) for offset in offsets[:frames]]
    known = [cut for cut in cuts if cut is not None]
    if len(known) != frames or known != sorted(set(known)):
        raise MalformedDicomError(f"the offset table does not point at {frames} frames")
    ends = [*known[1:], len(fragments)]
    return [fragments[start:end] for start, end in zip(known, ends, strict=True)]


def _by_starts(
    data: bytes, fragments: list[tuple[int, int]], frames: int
) -> list[list[tuple[int, int]]]:
    groups: list[list[tuple[int, int]]] = []
    for fragment in fragments:
        if data.startswith(_STARTS, fragment[0]) or not groups:
            groups.append([])
        groups[-1].append(fragment)
    if len(groups) != frames:
        raise MalformedDicomError(
            f"expected {frames} frames, {len(fragments)} fragments make {len(groups)}"
        )
    return groups
