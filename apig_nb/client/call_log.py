"""What was called, as a table: the last calls of a client, without their contents."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pandas import DataFrame

LENGTH: Final = 1000
"""So many calls are remembered; older ones are forgotten."""


@dataclass(frozen=True, slots=True)
class LoggedCall:
    """One call, however often it was tried.

    Attributes:
        time: when it began, UTC.
        call: method and path; no query, no header, no body.
        status: the last answer's HTTP status; `None` where no whole answer came.
        request_id: the last answer's id, to be quoted to the provider's support; empty where none came.
        tries: how often it was sent.
        ms: milliseconds it took, with all tries and pauses.
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
    """The last calls; may be shared by threads."""

    def __init__(self, length: int = LENGTH) -> None:
        self._calls: deque[LoggedCall] = deque(maxlen=length)
        self._lock = threading.Lock()

    def add(self, call: LoggedCall) -> None:
        """Remember a call, and forget the oldest when there are too many."""
        with self._lock:
            self._calls.append(call)

    def frame(self) -> DataFrame:
        """One row per call, the oldest first: time (UTC), call (`str`), status (`Int64`), request_id (`str`), tries
        (`Int64`), ms (`float64`), bytes (`Int64`).
        """  # noqa: D205 - one sentence
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
