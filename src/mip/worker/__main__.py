"""``python -m mip.worker``: one worker, configured by the environment (docs/worker.md)."""

from __future__ import annotations

import sys

from ..errors import MipError
from ..settings import worker_settings
from ..telemetry import hold_standard_streams
from .service import run_worker


def main() -> int:
    """Run the worker; 0 when told to stop, 2 when it could not start, 3 when its slot is taken."""
    hold_standard_streams()
    try:
        return run_worker(worker_settings())
    except MipError as error:
        print(f"mip worker: {error}", file=sys.stderr)  # noqa: T201 - this is a roof
        return 2


if __name__ == "__main__":
    sys.exit(main())
