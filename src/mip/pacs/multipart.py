"""Multipart messages as DICOMweb sends and takes them: pure, bounded, nothing is kept.

DICOM PS3.18 section 8.6.1.2 and RFC 2046 section 5.1. What breaks off before the closing boundary
is an error, however whole it looks: so a file that was cut short never passes for one.
"""

from __future__ import annotations

import re
from enum import Enum, auto

from ..errors import PacsError

MAX_HEADER_BYTES = 16 * 1024
"""Headers of one part, and what may stand before it."""
MAX_BOUNDARY_LENGTH = 200
"""RFC 2046 allows 70; some servers exceed it."""

_PARAMETER = re.compile(r';\s*([\w-]+)\s*=\s*(?:"([^"]*)"|([^;\s]*))')


def parse_content_type(text: str) -> tuple[str, dict[str, str]]:
    """Split a Content-Type into its media type, in lower case, and its parameters."""
    kind, _, rest = text.partition(";")
    found = _PARAMETER.finditer(f";{rest}")
    return kind.strip().lower(), {match[1].lower(): match[2] or match[3] or "" for match in found}


class _State(Enum):
    BEFORE = auto()
    BOUNDARY = auto()
    HEADERS = auto()
    BODY = auto()
    END = auto()


class SinglePart:
    """Read a multipart message of exactly one part, a chunk at a time.

    Parameters
    ----------
    boundary : str
        As the Content-Type has it.

    Raises
    ------
    PacsError
        From :meth:`feed` and :meth:`close`: the message is not of that form.
    """

    def __init__(self, boundary: str) -> None:
        if not 0 < len(boundary) <= MAX_BOUNDARY_LENGTH:
            raise PacsError("expected a multipart answer with a boundary, got none that is usable")
        self._delimiter = b"\r\n--" + boundary.encode("utf-8", "replace")
        self._buffer = b"\r\n"  # the first boundary needs no line before it
        self._state = _State.BEFORE
        self._parts = 0
        self._expected: int | None = None
        self._length = 0

    def feed(self, data: bytes) -> bytes:
        """Take what came, and return what of it belongs to the part."""
        self._buffer += data
        found: list[bytes] = []
        while self._step(found):
            pass
        body = b"".join(found)
        self._length += len(body)
        return body

    def close(self) -> None:
        """Check that the message is whole."""
        if self._state is not _State.END:
            raise PacsError("the answer of the PACS breaks off before the closing boundary")
        if not self._parts:
            raise PacsError("expected one instance from the PACS, got an empty answer")
        if self._expected not in (None, self._length):
            raise PacsError(
                f"expected a part of {self._expected} bytes from the PACS, got {self._length}"
            )

    def _step(self, found: list[bytes]) -> bool:
        """Go on by one state; False when more must come."""
        if self._state in (_State.BEFORE, _State.BODY):
            return self._seek_boundary(found)
        if self._state is _State.BOUNDARY:
            return self._after_boundary()
        if self._state is _State.HEADERS:
            return self._read_headers()
        self._buffer = b""  # what follows the end means nothing
        return False

    def _seek_boundary(self, found: list[bytes]) -> bool:
        is_body = self._state is _State.BODY
        at = self._buffer.find(self._delimiter)
        kept = max(0, len(self._buffer) - len(self._delimiter) + 1) if at < 0 else at
        if is_body:
            found.append(self._buffer[:kept])
        elif kept > MAX_HEADER_BYTES:
            raise PacsError("expected a multipart answer from the PACS, found no boundary in it")
        if at < 0:
            self._buffer = self._buffer[kept:] if is_body else self._buffer
            return False
        self._buffer = self._buffer[at + len(self._delimiter) :]
        self._state = _State.BOUNDARY
        return True

    def _after_boundary(self) -> bool:
        if self._buffer.startswith(b"--"):
            self._state = _State.END
            return True
        line, ends, rest = self._buffer.partition(b"\n")
        if not ends:
            if len(line) > MAX_BOUNDARY_LENGTH:
                raise PacsError("expected a line end after a boundary in the answer of the PACS")
            return False
        if line.strip():
            raise PacsError("expected a line end after a boundary in the answer of the PACS")
        self._parts += 1
        if self._parts > 1:
            raise PacsError("expected one instance from the PACS, got several")
        self._buffer, self._state = b"\r\n" + rest, _State.HEADERS
        return True

    def _read_headers(self) -> bool:
        head, ends, rest = self._buffer.partition(b"\r\n\r\n")
        if len(head) > MAX_HEADER_BYTES:
            raise PacsError(
                f"expected part headers of at most {MAX_HEADER_BYTES} bytes from the PACS"
            )
        if not ends:
            return False
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.strip().lower() == b"content-length" and value.strip().isdigit():
                self._expected = int(value)
        # The boundary that ends an empty body may follow the headers at once.
        self._buffer, self._state = rest, _State.BODY
        if rest.startswith(self._delimiter[2:]):
            self._buffer = b"\r\n" + rest
        return True
