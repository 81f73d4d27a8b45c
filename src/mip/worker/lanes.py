"""Group lanes: deliveries of one group are worked one after the other, groups side by side.

Pure bookkeeping. Most transports give one delivery of a group at a time; one that gives several
keeps its order here.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ..transport import Delivery


class Lanes:
    """Which deliveries are in hand, by group."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[Delivery]] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, deliveries: Iterable[Delivery]) -> list[str]:
        """Take deliveries in; return the groups whose lane must be started."""
        started = []
        for delivery in deliveries:
            if delivery.group_id not in self._waiting:
                self._waiting[delivery.group_id] = deque()
                started.append(delivery.group_id)
            self._waiting[delivery.group_id].append(delivery)
        return started

    def next(self, group_id: str) -> Delivery | None:
        """Return the next delivery of a lane, or close the lane and return None."""
        lane = self._waiting[group_id]
        if lane:
            return lane.popleft()
        del self._waiting[group_id]
        return None

    def abandon(self, group_id: str) -> list[Delivery]:
        """Empty a lane, last first: given back in this order, its head is visible last."""
        lane = self._waiting[group_id]
        rest = list(reversed(lane))
        lane.clear()
        return rest
