"""``python -m mip.worker``: one worker, configured by the environment (docs/worker.md)."""

from __future__ import annotations

import sys

from ..errors import MipError
from ..settings import worker_settings
from ..telemetry import hold_standard_streams
from .service import run_worker


def main() -> int:
    """Run the worker until it is told to stop; return its exit code.

    0: it was told to. 1: a service was away at the start, and another start may help. 2: it could
    not start, and none will. 3: another worker has its slot.
    """
    hold_standard_streams()
    try:
        return run_worker(worker_settings())
    except MipError as error:
        print(f"mip worker: {error}", file=sys.stderr)  # noqa: T201 - this is a roof
        return 1 if error.retryable else 2


if __name__ == "__main__":
    sys.exit(main())
