"""Control services: submit, list, cancel, dead letters; free of HTTP and technology."""

from __future__ import annotations

from .dead_letters import DeadJob, DeadLetters, Redriven
from .jobs import Jobs

__all__ = ["DeadJob", "DeadLetters", "Jobs", "Redriven"]
