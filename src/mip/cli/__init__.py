"""The command line: the roof, where words, colours and exit codes are."""

from __future__ import annotations

from .root import main

__all__ = ["main"]
