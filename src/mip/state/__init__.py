"""What is on record: jobs, algorithms, clients, workers and callbacks."""

from __future__ import annotations

from .base import (
    FINAL_STATES,
    Ending,
    Finish,
    JobRecord,
    JobState,
    JobStore,
    Submission,
)
from .callbacks import Callback, CallbackState, CallbackStore
from .clients import ClientRecord, ClientStore
from .policy import request_digest
from .registry import Registry
from .stores import Stores, open_job_store, open_stores
from .workers import MAX_RUNNING, WorkerRecord, WorkerStore

__all__ = [
    "FINAL_STATES",
    "MAX_RUNNING",
    "Callback",
    "CallbackState",
    "CallbackStore",
    "ClientRecord",
    "ClientStore",
    "Ending",
    "Finish",
    "JobRecord",
    "JobState",
    "JobStore",
    "Registry",
    "Stores",
    "Submission",
    "WorkerRecord",
    "WorkerStore",
    "open_job_store",
    "open_stores",
    "request_digest",
]
