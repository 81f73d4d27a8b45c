"""Text that an author gives to be written into an object: refused rather than changed."""

from __future__ import annotations

import unicodedata

from ..errors import InvalidOutputError

MAX_LENGTH = 64
"""As long as the texts of DICOM in which it stands may be (LO, PS3.5 section 6.2)."""

_UNWRITABLE = frozenset({"Cc", "Cs", "Zl", "Zp"})


def check_text(what: str, text: str, *, is_ascii: bool = False) -> None:
    """Check a short text of one line.

    Raises
    ------
    InvalidOutputError
        Says what was expected of ``what``.
    """
    if not text.strip() or len(text) > MAX_LENGTH:
        raise InvalidOutputError(
            f"expected {what} of 1 to {MAX_LENGTH} characters, got {len(text.strip())}"
        )
    if "\\" in text or any(unicodedata.category(each) in _UNWRITABLE for each in text):
        raise InvalidOutputError(
            f"expected {what} without backslashes, control characters and halves of characters"
        )
    if is_ascii and not text.isascii():
        raise InvalidOutputError(f"expected {what} in ASCII")
