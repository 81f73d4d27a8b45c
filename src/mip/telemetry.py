"""Log records of one form, a constant dotted message and data beside it, and where they go.

Modules log ``log.info("job.done", extra=fields(job_id=…))``; the roof chooses JSON or console.
No field ever holds a name, a birth date, pixel data, a raw header or a token.
"""

from __future__ import annotations

import logging
import os
import traceback
from pathlib import PurePath
from typing import Literal, TypeAlias

import msgspec

from .clock import to_iso

LogForm: TypeAlias = Literal["console", "json"]

_KEY = "mip_fields"
_LAST_STANDARD_STREAM = 2


def fields(**values: object) -> dict[str, dict[str, object]]:
    """Return the ``extra`` of a log call, without the values that are None."""
    return {_KEY: {key: value for key, value in values.items() if value is not None}}


def configure(*, form: LogForm, debug: bool = False) -> None:
    """Send the log of mip to standard error; called once, on the roof."""
    handler = logging.StreamHandler()
    handler.setFormatter(_JsonFormatter() if form == "json" else _ConsoleFormatter())
    logger = logging.getLogger("mip")
    logger.handlers[:] = [handler]
    logger.setLevel(logging.DEBUG if debug else logging.INFO)
    logger.propagate = False


def hold_standard_streams() -> None:
    """Put the null device where a standard stream was closed (``>&-``); called once, on the roof.

    Else the next file, socket or database that is opened gets the stream's number: child
    processes start with it as theirs, and what they print ends in it.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= _LAST_STANDARD_STREAM:
        os.set_inheritable(descriptor, True)
    os.close(descriptor)


class _JsonFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Write one JSON object per line."""
        line: dict[str, object] = {
            "at": to_iso(record.created),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, _KEY, {}),
        }
        if kind := _exception(record):
            line["exception"] = kind
        return msgspec.json.encode(line).decode()


class _ConsoleFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        """Write one line for people."""
        data = " ".join(f"{key}={value}" for key, value in getattr(record, _KEY, {}).items())
        level = record.levelname.lower()
        parts = (to_iso(record.created), level, record.getMessage(), data, _exception(record))
        return " ".join(part for part in parts if part)


def _exception(record: logging.LogRecord) -> str:
    """Name an exception by type and place; its text may quote what no log may hold."""
    if not record.exc_info or record.exc_info[1] is None:
        return ""
    error = record.exc_info[1]
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{place}"
