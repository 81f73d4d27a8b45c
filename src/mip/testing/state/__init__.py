"""What every job store must do: one test per sentence of :mod:`mip.state.base`."""

from __future__ import annotations

from .finishing import FinishingConformance
from .keeping import KeepingConformance
from .reading import ReadingConformance
from .samples import ERROR, FAILED, SUCCEEDED, make_test_job
from .submitting import SubmittingConformance
from .working import WorkingConformance

__all__ = ["ERROR", "FAILED", "SUCCEEDED", "JobStoreConformance", "make_test_job"]


class JobStoreConformance(
    SubmittingConformance,
    WorkingConformance,
    FinishingConformance,
    ReadingConformance,
    KeepingConformance,
):
    """Subclass it and give three fixtures.

    ``clock``
        The store's clock, a :class:`mip.testing.FakeClock`.
    ``store``
        An open, empty store.
    ``reopen``
        An async function that opens what ``store`` keeps anew, as another process would.
    """
