"""A worker that takes its slot and does as its mode says: ``python -m tests.server.stubborn``.

``deaf`` does not hear SIGTERM; ``second`` obeys the second one; ``taken`` says that its slot is
taken; ``broken`` cannot start, for a reason.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from mip.worker.slot import Slot, tell_ready


def main(mode: str) -> int:
    if mode == "taken":
        return 3
    if mode == "broken":
        print("mip worker: it is broken", file=sys.stderr)
        return 2
    heard = []
    signal.signal(signal.SIGTERM, lambda *_: heard.append(1))
    Slot.take(Path(os.environ["MIP_SLOT"]), worker=mode, stamp=os.environ["MIP_SLOT_STAMP"])
    tell_ready(int(os.environ["MIP_SLOT_READY_FD"]))
    while mode == "deaf" or len(heard) < 2:
        signal.pause()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
