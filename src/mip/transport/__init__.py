"""Transports: durable queues of bytes with leases, ordered groups and dead letters.

``base`` holds the contract. ``open_transport`` opens one by URL. Both built-in transports take
every decision in ``policy`` and ``rules``, over a ``ledger`` that each keeps in its own way.
"""

from __future__ import annotations

from .base import (
    Capabilities,
    DeadLetter,
    Delivery,
    Depth,
    Extend,
    Message,
    Nack,
    PublishOutcome,
    QueueOptions,
    SetAside,
    Settlement,
    SettleOutcome,
    Transport,
)
from .registry import open_transport, split_queue_url

__all__ = [
    "Capabilities",
    "DeadLetter",
    "Delivery",
    "Depth",
    "Extend",
    "Message",
    "Nack",
    "PublishOutcome",
    "QueueOptions",
    "SetAside",
    "SettleOutcome",
    "Settlement",
    "Transport",
    "open_transport",
    "split_queue_url",
]
