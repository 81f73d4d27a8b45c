"""Types of what people type: what nothing can be meant by is refused before anything is started."""

from __future__ import annotations

import math
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from ..contracts import is_valid_id


class Text(click.types.StringParamType):
    """Text of at least one character that is valid Unicode, as all messages are."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the text."""
        text: str = super().convert(value, param, ctx)
        if not text:
            self.fail("expected text, got nothing", param, ctx)
        if not _is_unicode(text):
            self.fail("expected text in UTF-8", param, ctx)
        return text


class Identifier(Text):
    """The id of a job or a client."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the id."""
        text = super().convert(value, param, ctx)
        if not is_valid_id(text):
            self.fail("expected 1 to 128 printable ASCII characters, no spaces", param, ctx)
        return text


class ServerUrl(Text):
    """The URL of a server: ``http`` or ``https``, a host, perhaps a port and a path."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the URL, without a slash at its end."""
        text = super().convert(value, param, ctx)
        try:
            parts = urlsplit(text)
            is_good = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            is_good = False
        is_plain = text.isascii() and text.isprintable() and not set(text) & set(" @?#\\")
        if not (is_good and is_plain):
            self.fail("expected a URL such as http://localhost:8080", param, ctx)
        return text.rstrip("/")


class FilePath(click.Path):
    """A path that can be looked at; the empty one, of an unset variable, is not the current folder.

    Parameters
    ----------
    is_text : bool
        Refuse a path that is no text: it has to go into a URL or a message.
    """

    def __init__(self, *, is_text: bool = False) -> None:
        super().__init__(path_type=Path)
        self._is_text = is_text

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:
        """Return the path."""
        if not os.fspath(value):
            self.fail("expected a path, got nothing", param, ctx)
        if self._is_text and not _is_unicode(os.fspath(value)):
            self.fail("expected a path in UTF-8", param, ctx)
        try:
            Path(value).exists()
        except OSError as error:
            self.fail(f"{value}: {error.strerror}", param, ctx)
        return super().convert(value, param, ctx)


class Seconds(click.FloatRange):
    """A length of time: more than nothing, and with an end."""

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True)

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """Return the seconds."""
        seconds: float = super().convert(value, param, ctx)
        if not math.isfinite(seconds):
            self.fail(f"expected a finite number of seconds, got {seconds}", param, ctx)
        return seconds


def _is_unicode(text: str) -> bool:
    """Tell whether the bytes that were typed are text; Python keeps others as surrogates."""
    return not any("\ud800" <= character <= "\udfff" for character in text)
