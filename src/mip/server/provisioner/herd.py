"""All slots of one algorithm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import anyio

from ..roof import keep_running
from .keeper import SlotKeeper

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable
    from pathlib import Path

    from anyio.abc import TaskGroup

    from .launch import Launch


class Herd:
    """The workers of one algorithm, each in a slot of its own.

    Parameters
    ----------
    folder : Path
        Its slots: ``{number}.lock``.
    logs : Path
        Where its workers write: ``{algorithm}-{number}.log``.
    tasks : TaskGroup
        Slots are kept in it.
    news : callable
        Called when something is to be told of this algorithm.

    Attributes
    ----------
    preparing : Lock
        Held while what is wanted is worked out.
    """

    def __init__(
        self, folder: Path, *, logs: Path, tasks: TaskGroup, news: Callable[[], None]
    ) -> None:
        self.preparing = anyio.Lock()
        self._folder = folder
        self._logs = logs
        self._tasks = tasks
        self._tell = news
        self._turn = anyio.Lock()
        self._proven: set[str] = set()
        self._count = 0
        self._keepers: dict[int, SlotKeeper] = {}
        self._changed = anyio.Event()

    def look_after(self, numbers: list[int]) -> None:
        """Take over slots that are there already, whoever may live in them."""
        for number in numbers:
            self._keeper(number)

    def want(self, launch: Launch | None, *, count: int) -> None:
        """Say how many workers there should be, and how they are started."""
        self._count = count
        for number in range(count):
            self._keeper(number)
        for number, keeper in self._keepers.items():
            keeper.want(launch if number < count else None)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to every worker."""
        for keeper in self._keepers.values():
            keeper.send(number)

    async def wait_empty(self) -> None:
        """Wait until every slot that is wanted empty is."""
        while self._keepers:
            self._changed = anyio.Event()
            await self._changed.wait()

    @property
    def alive(self) -> int:
        """How many workers live."""
        return sum(keeper.is_alive for keeper in self._keepers.values())

    @property
    def is_ready(self) -> bool:
        """True when a worker takes jobs."""
        return any(keeper.is_ready for keeper in self._keepers.values())

    @property
    def is_settled(self) -> bool:
        """True when as many workers as are wanted take jobs, as they are wanted, and no others."""
        keepers = self._keepers.values()
        return len(keepers) == self._count and all(keeper.is_settled for keeper in keepers)

    @property
    def failure(self) -> str:
        """Why its workers cannot start; empty while they can."""
        return next((each.failure for each in self._sorted() if each.failure), "")

    @property
    def trouble(self) -> str:
        """Why its workers do not stay up; empty while they do."""
        return "; ".join(each.trouble for each in self._sorted() if each.trouble)

    def _sorted(self) -> list[SlotKeeper]:
        return [keeper for _, keeper in sorted(self._keepers.items())]

    def _keeper(self, number: int) -> SlotKeeper:
        if number not in self._keepers:
            keeper = SlotKeeper(
                self._folder / f"{number}.lock",
                log=self._logs / f"{self._folder.name}-{number}.log",
                turn=self._turn,
                proven=self._proven,
                news=self._tell,
            )
            self._keepers[number] = keeper
            self._tasks.start_soon(self._keep, number, keeper)
        return self._keepers[number]

    async def _keep(self, number: int, keeper: SlotKeeper) -> None:
        try:
            while True:
                await keep_running(keeper.run, name=f"slot {self._folder.name}/{number}")
                if keeper.is_done:  # Not wanted again since it was found empty.
                    break
        finally:
            del self._keepers[number]
            self._changed.set()
            self._tell()
