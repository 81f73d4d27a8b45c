"""Every call of the API, by what it is about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import (
    algorithms,
    clients,
    dicomweb,
    instances,
    jobs,
    meta,
    objects,
    operations,
    pacs,
    polling,
)

if TYPE_CHECKING:
    from ..endpoint import Endpoint

__all__ = ["ENDPOINTS"]

ENDPOINTS: tuple[Endpoint, ...] = (
    *clients.ENDPOINTS,
    *jobs.ENDPOINTS,
    *polling.ENDPOINTS,
    *objects.ENDPOINTS,
    *instances.ENDPOINTS,
    *pacs.ENDPOINTS,
    *dicomweb.ENDPOINTS,
    *algorithms.ENDPOINTS,
    *operations.ENDPOINTS,
    *meta.endpoints(lambda: ENDPOINTS),
)
"""In the order in which they are matched and documented."""
