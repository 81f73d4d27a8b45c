"""The embedded server: REST, WebSocket and page over the control services; it knows no AWS."""

from __future__ import annotations
