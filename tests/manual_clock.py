from __future__ import annotations


class ManualClock:
    """Time that passes when it is told to."""

    def __init__(self, seconds: float = 1_767_225_600.0) -> None:
        self.seconds = seconds

    def now(self) -> float:
        return self.seconds

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.seconds += seconds
