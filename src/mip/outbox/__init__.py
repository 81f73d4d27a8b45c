"""Publish what is on record: jobs to their queues, results to theirs."""

from __future__ import annotations

from .outbox import REQUEST_QUEUE_OPTIONS, Outbox, Rescued, Swept

__all__ = ["REQUEST_QUEUE_OPTIONS", "Outbox", "Rescued", "Swept"]
