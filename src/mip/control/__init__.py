"""Control services: what operators and clients ask for; free of HTTP and technology."""

from __future__ import annotations

from .admin import Admin
from .callbacks import CallbackRules
from .changes import Change
from .dead_letters import DeadJob, DeadLetters, Redriven
from .health import Health, HealthReport, Trouble
from .jobs import Jobs
from .lifecycle import wanted_workers
from .operations import DeadResult, Operations, QueueView
from .provisioner import Provisioned, Provisioner
from .push import Beginning, Push
from .results import Results
from .router import Router
from .tokens import AdminKey, IssuedToken, Tokens

__all__ = [
    "Admin",
    "AdminKey",
    "Beginning",
    "CallbackRules",
    "Change",
    "DeadJob",
    "DeadLetters",
    "DeadResult",
    "Health",
    "HealthReport",
    "IssuedToken",
    "Jobs",
    "Operations",
    "Provisioned",
    "Provisioner",
    "Push",
    "QueueView",
    "Redriven",
    "Results",
    "Router",
    "Tokens",
    "Trouble",
    "wanted_workers",
]
