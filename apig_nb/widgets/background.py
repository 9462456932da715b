"""`Background`: threads, the event loop and errors of callbacks, for one view.

A callback of a widget may be called on any thread, a long one blocks the kernel, and an exception in one is shown
nowhere. So widgets are changed on the event loop that ran the cell, network calls run in threads of their own, and
every error is reported to the view. Without a loop, as in a script, or after its end, everything is done at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from contextlib import suppress
from functools import partial
from threading import Event, Lock, Thread
from typing import Any, Final, ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")
Action = Callable[[], None]
Guard = Callable[[Callable[..., None]], Callable[..., None]]
"""Type of `Background.guarded`."""

TICK_SECONDS: Final = 0.5

STATIC_SECONDS: Final = 5.0
"""Seconds that a cell waits for the result of an export or a pair, so that a saved notebook contains it.

A program that runs notebooks, such as nbconvert, ends with the last cell and loses what is shown later. An audit of
1,000 operations, the most that the service exports, took 2 s on a busy machine. For a larger document, the cell waits
in vain, and the progress is shown afterwards. For a set, which takes longer, no cell waits.
"""


class Background:
    """Runs the calls of one view, each under a name; a new call of a name replaces the one before.

    Attributes:
        is_closed: True once the view is closed.
    """

    def __init__(self, report: Callable[[Exception], None]) -> None:
        """Create it in a cell, where the kernel's loop is running.

        Args:
            report: shows an error that is not handled otherwise.
        """
        self._report = report
        self._own_loop = _running_loop()
        # By name, the event of the call whose result is awaited; it is set when the call is cancelled.
        self._calls: dict[str, Event] = {}
        self._lock = Lock()
        self.is_closed = False
        self._long_done: Action = lambda: None

    def on_long_done(self, callback: Action) -> None:
        """Call when a call that shows its progress by `tick` has ended, and its result is handled."""
        self._long_done = callback

    def guarded(self, callback: Callable[..., None]) -> Callable[..., None]:
        """Wrap a widget's callback: until the view is closed, it runs on the loop and its errors are reported."""

        def call(*args: Any) -> None:
            # A lambda keeps the arguments, which may be secret, out of the log of a loop in debug mode.
            self._on_loop(lambda: None if self.is_closed else self._report_errors(lambda: callback(*args)))

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
        """Do `work` in a thread, then handle its result or error on the loop.

        Args:
            name: name of the call; a running call of this name is cancelled.
            work: the call; it uses no widgets.
            then: takes the result.
            failed: takes the error, also one of `then`; by default it is reported.
            tick: takes the elapsed seconds, repeatedly while the work runs.
            cancelled: is set when the result is not wanted any more, so that the work can end early.
        """
        if self.is_closed:
            return
        failed = failed or self._report
        if self._loop is None:
            self._report_errors(_finish(work, then, failed))
            return
        event = cancelled or Event()
        with self._lock:
            self._drop(name)
            self._calls[name] = event

        def run_in_thread() -> None:
            handle = _finish(work, then, failed)
            self._on_loop(lambda: self._handle(name, event, handle, self._long_done if tick else lambda: None))

        # A daemon: a call without an answer must not keep the kernel from ending.
        Thread(target=run_in_thread, name=f"apig-{name}", daemon=True).start()
        if tick:
            self._on_loop(partial(self._tick, name, event, tick, time.monotonic()))

    def is_running(self, name: str) -> bool:
        """True while the result of a call is awaited."""
        return name in self._calls

    def cancel(self, name: str) -> bool:
        """Cancel a call: its result will be dropped. Return True if one was running."""
        with self._lock:
            return self._drop(name)

    def close(self) -> None:
        """Cancel all calls and start no more."""
        self.is_closed = True
        with self._lock:
            for name in list(self._calls):
                self._drop(name)

    def _drop(self, name: str) -> bool:
        event = self._calls.pop(name, None)
        if event is not None:
            event.set()
        return event is not None

    def _handle(self, name: str, event: Event, handle: Action, done: Action) -> None:
        with self._lock:
            if self._calls.get(name) is not event:
                return
            del self._calls[name]
        self._report_errors(handle)
        done()

    def _tick(self, name: str, event: Event, tick: Callable[[float], None], start: float) -> None:
        loop = self._loop
        if loop is None or self._calls.get(name) is not event:
            return
        self._report_errors(lambda: tick(time.monotonic() - start))
        loop.call_later(TICK_SECONDS, self._tick, name, event, tick, start)

    def _report_errors(self, action: Action) -> None:
        try:
            action()
        except Exception as error:  # noqa: BLE001 - nothing else would show it
            self._report(error)

    @property
    def _loop(self) -> asyncio.AbstractEventLoop | None:
        # That of `asyncio.run` ends, and the view may be used afterwards.
        return self._own_loop if self._own_loop and self._own_loop.is_running() else None

    def _on_loop(self, action: Action) -> None:
        loop = self._loop
        if loop is None or loop is _running_loop():
            action()
            return
        # The loop may be closed meanwhile.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(action)


def with_future(work: Callable[Given, Result]) -> tuple[Callable[Given, Result], Future[Result]]:
    """Return work for the background, and a future of its result, for which code in a cell can wait."""
    future = Future[Result]()

    def call(*args: Given.args, **kwargs: Given.kwargs) -> Result:
        try:
            result = work(*args, **kwargs)
        except Exception as error:
            future.set_exception(error)
            raise
        future.set_result(result)
        return result

    return call, future


def wait(future: Future[Result] | None) -> Result | None:
    """Wait for a result; nothing for none, or if the work was stopped.

    Raises:
        Exception: the error of the work.
    """
    with suppress(CancelledError):
        return future.result() if future else None
    return None


def soon(future: Future[Result] | None, seconds: float = STATIC_SECONDS) -> Result | None:
    """Return a result if it is there within some seconds; nothing for none, or an error."""
    with suppress(Exception):
        return future.result(seconds) if future else None
    return None


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _finish(work: Callable[[], Result], then: Callable[[Result], None], failed: Callable[[Exception], None]) -> Action:
    """Do the work and return the action that handles its result or error."""
    try:
        result = work()
    except Exception as error:  # noqa: BLE001 - shown in the view
        return partial(failed, error)

    def handle_result() -> None:
        try:
            then(result)
        except Exception as error:  # noqa: BLE001 - shown in the view
            failed(error)

    return handle_result
