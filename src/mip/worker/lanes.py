"""Group lanes: deliveries of one group are worked one after the other, groups side by side.

Pure bookkeeping. Most transports give one delivery of a group at a time; one that gives several
in one batch keeps its order here. A delivery that comes in a later batch is no follower of those in
hand: its group was free again when it was lent, so nothing that befalls them concerns it.
"""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .holds import Hold


class Lanes:
    """What is in hand, by group."""

    def __init__(self) -> None:
        self._waiting: dict[str, deque[tuple[int, Hold]]] = {}
        self._current: dict[str, int] = {}
        self._batches = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, batch: Iterable[Hold]) -> list[str]:
        """Take one batch in; return the groups whose lane must be started."""
        self._batches += 1
        started = []
        for hold in batch:
            group_id = hold.delivery.group_id
            if group_id not in self._waiting:
                self._waiting[group_id] = deque()
                started.append(group_id)
            self._waiting[group_id].append((self._batches, hold))
        return started

    def next(self, group_id: str) -> Hold | None:
        """Return the next of a lane, or close the lane and return None."""
        lane = self._waiting[group_id]
        if lane:
            self._current[group_id], hold = lane.popleft()
            return hold
        del self._waiting[group_id]
        self._current.pop(group_id, None)
        return None

    def abandon(self, group_id: str) -> list[Hold]:
        """Take out what came in one batch with the last of ``next`` and behind it.

        Returns
        -------
        list of Hold
            Last first: given back in this order, the head is visible last.
        """
        lane = self._waiting[group_id]
        rest: list[Hold] = []
        while lane and lane[0][0] == self._current[group_id]:
            rest.insert(0, lane.popleft()[1])
        return rest
