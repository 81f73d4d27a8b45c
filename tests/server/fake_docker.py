"""Does what docker does, as far as a slot can tell: ``run`` lasts until ``stop`` or ``rm``.

Beside it, ``calls`` gets a line for each call, and ``containers/NAME`` stands for a container.
"""

import os
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main(verb: str, *arguments: str) -> int:
    with (HERE / "calls").open("a") as calls:
        calls.write(" ".join((verb, *arguments)) + "\n")
    name = arguments[arguments.index("--name") + 1] if verb == "run" else arguments[-1]
    container = HERE / "containers" / name
    container.parent.mkdir(exist_ok=True)
    if verb != "run":
        container.unlink(missing_ok=True)
        return 0
    if "absent:1" in arguments:
        return 125
    container.write_text(os.environ["ALGO_ID"])
    while container.exists():
        time.sleep(0.02)
    return 137


sys.exit(main(*sys.argv[1:]))
