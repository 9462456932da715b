"""The log of a client: its last calls, without their contents."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from apig_nb.client.forks import renew_after_fork

if TYPE_CHECKING:
    from pandas import DataFrame

LENGTH: Final = 1000
"""The number of calls that are kept."""


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """One call with all its attempts.

    Attributes:
        time: its begin, UTC.
        call: method and path; no query, no header, no body.
        status: the last answer's HTTP status; `None` without a whole answer.
        request_id: the id of the last answer for the provider's support; empty where there is none.
        tries: the number of attempts.
        ms: milliseconds with all attempts and pauses.
        bytes: size of the answer's body; `None` where it is not known.
    """

    time: datetime
    call: str
    status: int | None
    request_id: str
    tries: int
    ms: float
    bytes: int | None


class CallLog:
    """The last calls; thread-safe."""

    def __init__(self, length: int = LENGTH) -> None:
        self._calls: deque[LoggedCall] = deque(maxlen=length)
        self.after_fork()
        renew_after_fork(self)

    def after_fork(self) -> None:
        """Replace the lock, which a thread of the parent process may hold."""
        self._lock = threading.Lock()

    def add(self, call: LoggedCall) -> None:
        """Add a call, and drop the oldest one beyond the length."""
        with self._lock:
            self._calls.append(call)

    def frame(self) -> DataFrame:
        """Return one row per call, the oldest first; columns as of `Client.log`."""
        # Late: importing pandas takes half a second.
        import pandas as pd

        with self._lock:
            calls = list(self._calls)
        return pd.DataFrame(
            {name: pd.Series([getattr(call, name) for call in calls], dtype=dtype) for name, dtype in _DTYPES.items()}
        )


_DTYPES = {
    "time": "datetime64[us, UTC]",
    "call": "str",
    "status": "Int64",
    "request_id": "str",
    "tries": "Int64",
    "ms": "float64",
    "bytes": "Int64",
}
