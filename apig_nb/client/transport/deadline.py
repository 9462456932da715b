"""`Deadline`: the time by which a call must have ended, in each of its steps."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar


class Deadline:
    """The time by which a call must have ended; the end of its connection ends it at once.

    A login that a call needs runs in the same thread, and so by the same deadline. A call inside a wait that has one,
    such as that for a task, ends by both.

    Attributes:
        receiving: the part of the answer that is received: its `head` or its `body`.
    """

    def __init__(self, seconds: float, closed: threading.Event) -> None:
        outer, self._end, self._closed = applied_deadline(), time.monotonic() + seconds, [closed]
        if outer is not None:
            self._end, self._closed = min(self._end, outer._end), [closed, *outer._closed]
        self.receiving = "head"

    def left(self) -> float:
        """Return the seconds that are left, at least 0."""
        return 0.0 if any(one.is_set() for one in self._closed) else max(self._end - time.monotonic(), 0.0)

    @contextmanager
    def applied(self) -> Iterator[None]:
        """Apply the deadline to every byte that this thread sends and receives in the block."""
        token = _APPLIED.set(self)
        try:
            yield
        finally:
            _APPLIED.reset(token)


_APPLIED: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def applied_deadline() -> Deadline | None:
    """Return the deadline of the call that this thread makes; None where it makes none."""
    return _APPLIED.get()
