"""Control services: submit, list, cancel, dead letters; free of HTTP and technology."""

from __future__ import annotations

from .dead_letters import DeadJob, DeadLetters, Redriven
from .jobs import Jobs
from .tokens import AdminKey, IssuedToken, Tokens

__all__ = [
    "AdminKey",
    "DeadJob",
    "DeadLetters",
    "IssuedToken",
    "Jobs",
    "Redriven",
    "Tokens",
]
