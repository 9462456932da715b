"""The one place that knows about event loops, threads and what happens to an error in a callback.

A callback of a widget may come on any thread, a long one freezes the kernel, and an exception in one shows nowhere.
So whatever touches widgets is done on the loop that ran the cell, calls over the network run in threads of their own,
and every error ends in words in the form. Where no loop runs, as in a script, everything is done at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from threading import Event, Lock, Thread
from typing import Any, Final, TypeVar

Result = TypeVar("Result")
Action = Callable[[], None]
Guard = Callable[[Callable[..., None]], Callable[..., None]]
"""Wraps a callback as `Background.guarded` does."""

TICK_SECONDS: Final = 0.5


class Background:
    """Runs the calls of one form, each under a name; a new call of a name takes the place of the one before."""

    def __init__(self, report: Callable[[Exception], None]) -> None:
        """Make it in a cell, where the kernel's loop is running.

        Args:
            report: shows an error that nothing else took care of.
        """
        self._report = report
        self._loop = _running_loop()
        # By name, what stands for the call whose result is waited for; it is set when nobody waits any more.
        self._tickets: dict[str, Event] = {}
        self._lock = Lock()
        self._closed = False

    def guarded(self, callback: Callable[..., None]) -> Callable[..., None]:
        """Wrap a widget's callback: it is done on the loop, one after the other, and what it raises is reported."""

        def call(*args: Any) -> None:
            # A lambda keeps the arguments, a secret maybe, out of what a loop in debug mode writes to its log.
            self._on_loop(lambda: self._reported(lambda: callback(*args)))

        return call

    def run(
        self,
        name: str,
        work: Callable[[], Result],
        then: Callable[[Result], None],
        failed: Callable[[Exception], None] | None = None,
        tick: Callable[[float], None] | None = None,
        cancelled: Event | None = None,
    ) -> None:
        """Do `work` in a thread, then one of the others on the loop with what came of it.

        Args:
            name: what is done; the result of a call of this name that is still running will be dropped.
            work: the call; knows nothing of widgets.
            then: takes the result.
            failed: takes the error, also one of `then`; without it, it is reported.
            tick: is told the seconds gone by while the work goes on.
            cancelled: is set when the result will be dropped, so that the work can end early.
        """
        if self._closed:
            return
        failed = failed or self._report
        if self._loop is None:
            self._reported(_worked(work, then, failed))
            return
        ticket = cancelled or Event()
        with self._lock:
            self._drop(name)
            self._tickets[name] = ticket

        def labour() -> None:
            settle = _worked(work, then, failed)
            self._on_loop(lambda: self._settle(name, ticket, settle))

        # A thread that dies with the kernel: a call without an answer must not hold up its end.
        Thread(target=labour, name=f"apig-{name}", daemon=True).start()
        if tick:
            self._on_loop(partial(self._tick, name, ticket, tick, time.monotonic()))

    def is_running(self, name: str) -> bool:
        """Whether the result of a call is waited for."""
        return name in self._tickets

    def cancel(self, name: str) -> bool:
        """Leave a call to itself: its result will be dropped, and it is told. Whether there was one running."""
        with self._lock:
            return self._drop(name)

    def close(self) -> None:
        """Cancel everything and start nothing more."""
        self._closed = True
        with self._lock:
            for name in list(self._tickets):
                self._drop(name)

    def _drop(self, name: str) -> bool:
        ticket = self._tickets.pop(name, None)
        if ticket is not None:
            ticket.set()
        return ticket is not None

    def _settle(self, name: str, ticket: Event, settle: Action) -> None:
        with self._lock:
            if self._tickets.get(name) is not ticket:
                return
            del self._tickets[name]
        self._reported(settle)

    def _tick(self, name: str, ticket: Event, tick: Callable[[float], None], start: float) -> None:
        if self._loop is None or self._tickets.get(name) is not ticket:
            return
        self._reported(lambda: tick(time.monotonic() - start))
        self._loop.call_later(TICK_SECONDS, self._tick, name, ticket, tick, start)

    def _reported(self, action: Action) -> None:
        try:
            action()
        except Exception as error:  # noqa: BLE001 - nobody else would ever see it
            self._report(error)

    def _on_loop(self, action: Action) -> None:
        if self._loop is None or self._loop is _running_loop():
            action()
            return
        # The loop is closed when the kernel goes down: nobody is left to tell.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(action)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _worked(work: Callable[[], Result], then: Callable[[Result], None], failed: Callable[[Exception], None]) -> Action:
    """Do the work; what is returned takes in what came of it."""
    try:
        result = work()
    except Exception as error:  # noqa: BLE001 - becomes words in the form
        return partial(failed, error)

    def take_in() -> None:
        try:
            then(result)
        except Exception as error:  # noqa: BLE001 - becomes words in the form
            failed(error)

    return take_in
