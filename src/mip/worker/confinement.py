"""What a child process does to itself before it touches anyone's data or code.

It dies with its parent, leaves stopping to its parent, dumps no core (patient data would be in
it), is the first to go when memory runs out, and has a limit on memory.
"""

from __future__ import annotations

import fcntl
import os
import resource
import select
import signal
import threading
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

_STATUS = Path("/proc/self/status")
_OOM_SCORE = "500"


def die_with_parent(lifeline: int) -> None:
    """Have this process group killed when the other end of a pipe closes.

    Parameters
    ----------
    lifeline : int
        Reading end of a pipe whose writing end only the parent holds; nothing is ever written.

    Notes
    -----
    The kernel sends the signal (fcntl(2), ``F_SETSIG``), so it works while a decoder holds the
    interpreter, and it reaches processes that the algorithm started. The usual ``PR_SET_PDEATHSIG``
    fires when the *thread* that started the child ends, and spares grandchildren. Where the kernel
    cannot do this, a thread watches.
    """
    try:
        _signal_at_end(lifeline)
    except (AttributeError, OSError):  # Not Linux, or a kernel that only resembles it.
        threading.Thread(target=_kill_group_at_end, args=(lifeline,), daemon=True).start()
    readable, _, _ = select.select([lifeline], [], [], 0)
    if readable:  # The parent was gone before we listened.
        _kill_group()


def leave_stopping_to_parent() -> None:
    """Let SIGINT and SIGTERM pass: a service manager sends them to every process of a worker.

    They are caught rather than ignored, because programs that an algorithm starts would inherit
    "ignored". Processes that it forks get the default back, and are deaf until they have it, so
    that the SIGTERM with which ``multiprocessing`` ends its processes is never lost.
    """
    handled = (signal.SIGINT, signal.SIGTERM)
    for number in handled:
        signal.signal(number, lambda *_: None)

    def unblock() -> None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, handled)

    def restore() -> None:
        for number in handled:
            signal.signal(number, signal.SIG_DFL)
        unblock()

    os.register_at_fork(
        before=lambda: signal.pthread_sigmask(signal.SIG_BLOCK, handled),
        after_in_parent=unblock,
        after_in_child=restore,
    )


def give_way() -> None:
    """Dump no core, and be killed before the worker itself when the machine is out of memory."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):  # No such file outside Linux, or not ours to write.
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE, encoding="ascii")


def limit_memory(more_bytes: int) -> None:
    """Bound what this process may allocate beyond what it has.

    ``RLIMIT_DATA`` counts private writable memory (getrlimit(2)), so neither mapped files nor
    address space that is only reserved are charged, as they are by ``RLIMIT_AS``.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    wanted = _data_bytes() + more_bytes
    if hard != resource.RLIM_INFINITY:
        wanted = min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))


def _data_bytes() -> int:
    try:
        lines = _STATUS.read_text(encoding="ascii").splitlines()
    except OSError:
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmData:"))


def _signal_at_end(lifeline: int) -> None:
    fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpgrp())
    fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
    flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
    fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC)


def _kill_group_at_end(lifeline: int) -> None:
    os.read(lifeline, 1)
    _kill_group()


def _kill_group() -> NoReturn:
    os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(1)
