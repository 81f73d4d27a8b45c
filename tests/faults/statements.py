"""Lives on a database that end at each of its statements, one after the other.

    python -m tests.faults.statements MODULE FOLDER COUNT

forks one child per statement, before there is any thread. Child N lives ``MODULE.live(path)`` on
``FOLDER/N.db`` and kills itself before statement N.
"""

from __future__ import annotations

import asyncio
import importlib
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from mip.sqlite import database

AT_ONCE = 4


def run_lives(module: str, folder: Path, count: int) -> str:
    """Live ``live`` of a module so many times; return "some lived" or "all died"."""
    arguments = [sys.executable, "-m", __name__, module, str(folder), str(count)]
    done = subprocess.run(arguments, check=True, timeout=60, capture_output=True, text=True)
    return done.stdout.strip()


def main(module: str, folder: Path, count: int) -> None:
    live = importlib.import_module(module).live
    children: list[int] = []
    for number in range(count):
        child = os.fork()
        if child == 0:
            _die_at(number)
            asyncio.run(live(folder / f"{number}.db"))
            os._exit(0)
        children.append(child)
        if len(children) % AT_ONCE == 0:
            os.waitpid(children[-AT_ONCE], 0)
            children[-AT_ONCE] = 0
    codes = [os.waitpid(child, 0)[1] for child in children if child]
    print("some lived" if 0 in codes else "all died")


def _die_at(number: int) -> None:
    left = number

    def trace(*_: object) -> bool:
        nonlocal left
        left -= 1
        if left < 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return True

    names = vars(database)
    connect = names["connect"]

    def connect_and_trace(*args: Any, **kwargs: Any) -> Any:
        connection = connect(*args, **kwargs)
        connection.exec_trace = trace
        return connection

    names["connect"] = connect_and_trace


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]))
