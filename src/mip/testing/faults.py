"""Scripted faults: make the n-th call of a method fail, stall, repeat or kill.

    store = faults.script(store, {"finish": {2: faults.after(StateError("lost the answer"))}})

``before`` stands for a request that was lost, ``after`` for an answer that was lost: the caller
cannot tell them apart, and must do right by both.
"""

from __future__ import annotations

import inspect
import os
import signal
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal, TypeAlias, TypeVar, cast

import anyio
import anyio.lowlevel

Call: TypeAlias = Callable[[], Awaitable[Any]]
Fault: TypeAlias = Callable[[Call], Awaitable[Any]]
"""Makes a call, or does something else in its place."""

Plan: TypeAlias = Mapping[str, Mapping[int, Fault]]
"""Faults by method and number of the call, from 1; the method ``*`` counts all calls."""

When: TypeAlias = Literal["before", "after"]

ANY = "*"

_T = TypeVar("_T")


def script(target: _T, plan: Plan) -> _T:
    """Wrap an object so that calls of its async methods go as planned.

    Everything that the plan does not name goes to ``target`` as it is.

    Raises
    ------
    ValueError
        The plan names what is not an async method of ``target``.
    """
    for name in plan:
        if name != ANY and not inspect.iscoroutinefunction(getattr(target, name, None)):
            raise ValueError(f"expected async methods of {type(target).__name__}, got {name!r}")
    return cast("_T", _Scripted(target, plan))


def calls(target: object) -> list[str]:
    """Return the async methods that were called on a scripted object, in order.

    Raises
    ------
    ValueError
        ``target`` did not come from :func:`script`.
    """
    if not isinstance(target, _Scripted):
        raise ValueError(f"expected a scripted object, got a {type(target).__name__}")  # noqa: TRY004 - one error for every wrong argument
    return list(target._calls)  # noqa: SLF001 - the class is private, its module is not


def before(error: BaseException) -> Fault:
    """Raise, and do nothing."""

    async def fault(_: Call) -> Any:
        raise error

    return fault


def after(error: BaseException) -> Fault:
    """Do it, and raise."""

    async def fault(call: Call) -> Any:
        await call()
        raise error

    return fault


def fail(error: BaseException, *, when: When) -> Fault:
    """Raise before the effect or after it."""
    return before(error) if when == "before" else after(error)


def twice() -> Fault:
    """Do it twice, as a client that never saw the first answer; return the second."""

    async def fault(call: Call) -> Any:
        await call()
        return await call()

    return fault


def stall(until: anyio.Event, *, when: When, reached: anyio.Event | None = None) -> Fault:
    """Wait for an event before the effect or after it; ``reached`` tells that it waits."""

    async def wait() -> None:
        if reached is not None:
            reached.set()
        await until.wait()

    async def fault(call: Call) -> Any:
        if when == "before":
            await wait()
            return await call()
        value = await call()
        await wait()
        return value

    return fault


def cancel(scope: anyio.CancelScope, *, when: When) -> Fault:
    """Cancel the caller before the effect or after it."""

    async def fault(call: Call) -> Any:
        if when == "after":
            await call()
        scope.cancel()
        await anyio.lowlevel.checkpoint()
        raise AssertionError("expected the scope to hold the caller")

    return fault


def kill(*, when: When) -> Fault:
    """End this process with SIGKILL before the effect or after it."""

    async def fault(call: Call) -> Any:
        if when == "after":
            await call()
        os.kill(os.getpid(), signal.SIGKILL)

    return fault


class _Scripted:
    def __init__(self, target: object, plan: Plan) -> None:
        self._target = target
        self._plan = plan
        self._calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        value = getattr(self._target, name)
        if not inspect.iscoroutinefunction(value):
            return value

        async def call(*args: Any, **kwargs: Any) -> Any:
            return await self._next(name)(lambda: value(*args, **kwargs))

        return call

    def _next(self, name: str) -> Fault:
        """Count a call, and return the fault that is planned for it."""
        self._calls.append(name)
        by_name = self._plan.get(name, {}).get(self._calls.count(name))
        return by_name or self._plan.get(ANY, {}).get(len(self._calls)) or _none


async def _none(call: Call) -> Any:
    return await call()
