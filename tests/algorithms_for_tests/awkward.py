"""An algorithm that does, on request, what algorithms and decoders do wrong."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

import mip
from mip import dicom

if TYPE_CHECKING:
    from collections.abc import Callable

FOREVER_SECONDS = 600
HOG_BYTES = 1024**3


class PanicException(BaseException):
    """As decoders written in Rust raise it: not an Exception."""


def hold_the_interpreter() -> None:
    """Sleep in C without giving the interpreter lock back, as decoders compute."""
    ctypes.PyDLL(None).sleep(FOREVER_SECONDS)


def segfault() -> None:
    ctypes.string_at(0)


def hog() -> None:
    np.ones(HOG_BYTES, np.uint8)


def spin() -> None:
    while True:
        pass


def fail() -> None:
    raise ValueError("Doe^Jane is in this text")


def print_everywhere() -> None:
    print("printed by python")
    os.write(1, b"printed by c\n")
    print("printed as an error", file=sys.stderr)


def leave_a_thread() -> None:
    threading.Thread(target=time.sleep, args=(FOREVER_SECONDS,)).start()


def start_processes() -> dict[str, Any]:
    """Start one process by exec and one by fork, and leave both."""
    command = [sys.executable, "-c", f"import time; time.sleep({FOREVER_SECONDS})"]
    started = subprocess.Popen(command)
    forked = os.fork()
    if not forked:
        time.sleep(FOREVER_SECONDS)
    started.returncode = 0  # Nobody waits for it: the point.
    return {"left": [started.pid, forked]}


def terminate_a_fork() -> dict[str, Any]:
    """Fork and send SIGTERM, as ``multiprocessing`` ends its processes."""
    pid = os.fork()
    if not pid:
        time.sleep(FOREVER_SECONDS)
    os.kill(pid, signal.SIGTERM)
    _, status = os.waitpid(pid, 0)
    return {"signal": os.WTERMSIG(status)}


def wait_for(path: str) -> None:
    while not Path(path).exists():
        time.sleep(0.005)


def start_a_session() -> dict[str, Any]:
    """Leave a process in a session of its own, which has this one's output."""
    command = [sys.executable, "-c", f"import time; time.sleep({FOREVER_SECONDS})"]
    return {"stray": subprocess.Popen(command, start_new_session=True).pid}


def start_a_session_and_die() -> None:
    """Leave a process in a session of its own, and its number where the test looks."""
    Path(os.environ["STRAY"]).write_text(str(start_a_session()["stray"]))
    os._exit(3)


def put_off() -> None:
    raise mip.RetryAfter(30, "the model is busy")


def discard() -> None:
    raise mip.Discard("no liver in this image")


ACTS: dict[str, Callable[[], dict[str, Any] | None]] = {
    "nothing": lambda: None,
    "segfault": segfault,
    "kill itself": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "exit": lambda: os._exit(3),
    "sys.exit": lambda: sys.exit("Doe^Jane"),
    "hog": hog,
    "spin": spin,
    "hold the interpreter": hold_the_interpreter,
    "fail": fail,
    "print": print_everywhere,
    "close descriptors": lambda: os.closerange(3, 256),
    "change folder": lambda: os.chdir("/"),
    "leave a thread": leave_a_thread,
    "start processes": start_processes,
    "start a session": start_a_session,
    "start a session and die": start_a_session_and_die,
    "terminate a fork": terminate_a_fork,
    "put off": put_off,
    "discard": discard,
    "return nothing": lambda: None,
}


@mip.algorithm(id="awkward", version="1.0.0", timeout_seconds=60)
def awkward(
    image: mip.Image, *, act: str = "nothing", begun: str = "", until: str = ""
) -> dict[str, Any] | None:
    """Act, and tell from where."""
    if begun:
        part = Path(f"{begun}.part")
        part.write_text(str(os.getpid()))
        part.rename(begun)
    if until:
        wait_for(until)
    told = ACTS[act]()
    if act == "return nothing":
        return None
    return (told or {}) | {
        "pid": os.getpid(),
        "session": os.getsid(0),
        "core": resource.getrlimit(resource.RLIMIT_CORE)[0],
        "threads": os.environ.get("OMP_NUM_THREADS", ""),
        "rows": image.rows,
    }


_decode_image = dicom.decode_image
_DECODERS: dict[str, Callable[[], object]] = {
    "dies": segfault,
    "hangs": hold_the_interpreter,
    "hogs": hog,
}


def decode_image(path: Path, **options: Any) -> dicom.Source:
    """Stand in for a decoder that files of certain names take down."""
    if path.stem in _DECODERS:
        _DECODERS[path.stem]()
    if path.stem == "panics":
        raise PanicException("Doe^Jane")
    if path.stem == "dies-once" and not path.with_suffix(".died").exists():
        path.with_suffix(".died").touch()
        segfault()
    return _decode_image(path, **options)


dicom.decode_image = decode_image
