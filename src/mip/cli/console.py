"""Standard output for data, standard error for talk; the only module that writes to either."""

from __future__ import annotations

import os
import re
import select
import sys
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TextIO, TypeAlias

import msgspec

from .advice import Exit
from .invocation import CommandError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..settings import CommandSettings

OUTPUT_SCHEMA: Final = 1
"""Version of what ``--json`` prints; raised when a member changes its meaning or goes away."""

Style: TypeAlias = Literal["plain", "good", "bad", "dim", "strong"]

_CODES: Final[dict[Style, str]] = {
    "plain": "",
    "good": "\x1b[32m",
    "bad": "\x1b[31m",
    "dim": "\x1b[2m",
    "strong": "\x1b[1m",
}
_RESET: Final = "\x1b[0m"

_OBEYED: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)
"""Control characters, ends of lines, changes of direction, and bytes that are no text."""


class Painted(NamedTuple):
    """A part of a line in a style; it is shown plain where there is no colour."""

    text: str
    style: Style


Part: TypeAlias = str | Painted


def wants_color(settings: CommandSettings, *, is_terminal: bool) -> bool:
    """Decide on colour: ``NO_COLOR`` forbids it, ``FORCE_COLOR`` asks for it, else a terminal.

    Source: https://no-color.org and https://force-color.org.
    """
    if settings.no_color:
        return False
    return bool(settings.force_color) or (is_terminal and settings.term != "dumb")


class Console:
    """Two streams, in colour where they can be; a reader that went away is not an error."""

    def __init__(self, settings: CommandSettings, *, is_json: bool = False) -> None:
        self._settings = settings
        self._is_data_lost = False
        self.is_json = is_json

    @property
    def is_talk_terminal(self) -> bool:
        """True when a person is likely to watch standard error."""
        return _is_terminal(sys.stderr)

    @property
    def is_data_color(self) -> bool:
        """True when standard output may carry colour."""
        return wants_color(self._settings, is_terminal=_is_terminal(sys.stdout))

    @property
    def is_talk_color(self) -> bool:
        """True when standard error may carry colour."""
        return wants_color(self._settings, is_terminal=_is_terminal(sys.stderr))

    @property
    def has_reader(self) -> bool:
        """False once nobody reads standard output any more; this looks, and does not wait.

        A pipe or socket whose other end was closed tells it without a write. Data that are sent
        to a file, or nowhere (``>&-``), are as good as read.
        """
        return not self._is_data_lost and not _is_hung_up(sys.stdout)

    def data(self, *parts: Part) -> None:
        """Write one line of data to standard output; what a terminal would obey is escaped."""
        self.data_as_is(_line(parts, is_color=self.is_data_color))

    def data_as_is(self, text: str) -> None:
        """Write text of our own making, such as a picture, and a line end to standard output."""
        if not _write(sys.stdout, text + "\n"):
            self._is_data_lost = True

    def json(self, **members: object) -> None:
        """Write one JSON object, with its schema version, to standard output."""
        self.data_as_is(msgspec.json.format(_encoded(members), indent=2).decode())

    def json_line(self, **members: object) -> None:
        """Write one JSON object on one line: an element of a stream."""
        self.data_as_is(_encoded(members).decode())

    def talk(self, *parts: Part) -> None:
        """Tell the person at the terminal one line; what a terminal would obey is escaped."""
        self.talk_as_is(_line(parts, is_color=self.is_talk_color))

    def talk_lines(self, text: str) -> None:
        """Tell the person several lines, such as a traceback."""
        for line in text.splitlines():
            self.talk(line)

    def talk_as_is(self, text: str, *, end: str = "\n") -> None:
        """Write text of our own making, such as a picture, to standard error."""
        _write(sys.stderr, text + end)

    def error(self, message: str, *, remedy: str, code: str) -> None:
        """Say what went wrong and what to do next; as JSON too when that was asked for."""
        self.talk(Painted("error:", "bad"), f" {message}")
        if remedy:
            self.talk(Painted("next:", "strong"), f" {remedy}")
        self.json_error(message, remedy=remedy, code=code)

    def json_error(self, message: str, *, remedy: str, code: str) -> None:
        """Print an error as one object on one line, where JSON was asked for."""
        if not self.is_json:
            return
        try:
            self.json_line(error={"code": code, "message": message, "next": remedy})
        except CommandError as failed:  # the exit code still tells the first error
            self.talk(str(failed))


def _encoded(members: dict[str, object]) -> bytes:
    body = {"schema": OUTPUT_SCHEMA, **members}
    try:
        return msgspec.json.encode(body)
    except UnicodeEncodeError:  # a file name that is no text
        return msgspec.json.encode(_readable(msgspec.to_builtins(body)))


def _readable(value: object) -> object:
    """Escape bytes that are no text, so that JSON can hold them."""
    if isinstance(value, dict):
        return {_readable(key): _readable(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_readable(each) for each in value]
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value


def _is_terminal(stream: TextIO | None) -> bool:
    return stream is not None and stream.isatty()


def _line(parts: Iterable[Part], *, is_color: bool) -> str:
    return "".join(_shown(part, is_color=is_color) for part in parts).rstrip()


def _shown(part: Part, *, is_color: bool) -> str:
    if isinstance(part, str):
        return escaped(part)
    code = _CODES[part.style] if is_color else ""
    return f"{code}{escaped(part.text)}{_RESET}" if code else escaped(part.text)


def escaped(text: str) -> str:
    """Write out what a terminal would obey, such as an end of line, as Python would."""
    return _OBEYED.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def _is_hung_up(stream: TextIO | None) -> bool:
    if stream is None:
        return False
    poll = select.poll()
    try:
        poll.register(stream, 0)  # errors and hang-ups are told without being asked for
    except OSError:  # a test's stand-in has no descriptor
        return False
    return bool(poll.poll(0))


def _write(stream: TextIO | None, text: str) -> bool:
    """Write and flush; False when the reader has gone."""
    if stream is None:  # closed by the shell: `mip … >&-`
        return True
    try:
        stream.write(text)
        stream.flush()
    except BrokenPipeError:
        # The reader (`| head`) has had enough: what follows goes nowhere, and the command's own
        # outcome still decides the exit code.
        _silence(stream)
        return False
    except OSError as error:
        _silence(stream)
        if stream is sys.stdout:
            raise output_failed(error) from error
    return True


def output_failed(error: OSError) -> CommandError:
    """Return what is raised when standard output cannot be written."""
    return CommandError(
        f"standard output cannot be written: {error.strerror}",
        remedy="free space where it goes",
        ends=Exit.ALL_FAILED,
        code="cli.output_failed",
    )


def _silence(stream: TextIO) -> None:
    """Send what follows nowhere, that left in the stream's buffer at the end included."""
    devnull = os.open(os.devnull, os.O_WRONLY)
    os.dup2(devnull, stream.fileno())
    os.close(devnull)


def forgive_encoding() -> None:
    """Let a terminal that cannot show a character show a ``?``, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)  # absent on a test's stand-in
        if reconfigure is not None:
            reconfigure(errors="replace")
