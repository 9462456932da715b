"""An asynchronous export: it is started, looked at again and again, and holds the document when it is done.

Source: contract/export, "Asynchronous variant".
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import TYPE_CHECKING, Final

from apig_nb.client.service_errors import read_service_error
from apig_nb.errors import DocumentError, ExportCancelledError, TransportTimeout

if TYPE_CHECKING:
    from apig_nb.client.transport import Answer
    from apig_nb.export import Export

LONGEST_PAUSE: Final = 10.0
"""Seconds between two looks at most; nothing is documented about it. The first pause is that of `Limits`."""

GROWTH: Final = 1.5
"""So much longer is each pause than the one before."""

LONGEST_WAIT: Final = 900.0
"""Seconds a task is waited for."""

_DOCUMENT_KEYS = ("Comment", "content")
"""Where the document is: by the printed example, and by the description of the fields, which contradict each other."""


@dataclass(frozen=True)
class Progress:
    """How an asynchronous export stands.

    Attributes:
        task_id: the task's id.
        status: `waiting`, `processing`, `succeed` or `failed`, as the service has it.
        looks: how often it was looked at.
        seconds: since it was started.
    """

    task_id: str
    status: str
    looks: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.status} after {self.seconds:.1f} s"


class ExportTask:
    """An asynchronous export that was started; made by `Client.start`.

        for progress in client.start(request):
            print(progress)

        export = client.start(request).wait()

    Attributes:
        id: the task's id.
    """

    def __init__(
        self,
        task_id: str,
        look: Callable[[], Answer],
        finish: Callable[[bytes, Answer], Export],
        *,
        first_pause: float,
        cancelled: threading.Event | None = None,
    ) -> None:
        self.id = task_id
        self._look, self._finish, self._first_pause = look, finish, first_pause
        self._cancelled = cancelled or threading.Event()
        self._begun, self._looks = perf_counter(), 0
        self._export: Export | None = None

    def __repr__(self) -> str:
        return f"<ExportTask {self.id}, {'done' if self._export else f'looked at {self._looks} times'}>"

    def cancel(self) -> None:
        """Give up waiting, from any thread; the service has no call that stops the task itself."""
        self._cancelled.set()

    def wait(self, progress: Callable[[Progress], object] | None = None, timeout: float = LONGEST_WAIT) -> Export:
        """Wait for the document.

        Args:
            progress: called after each look.
            timeout: seconds to wait at most.

        Raises:
            ServiceError: the task failed, or the service refused a look.
            DocumentError: what came is no API document.
            ExportCancelledError: `cancel` was called.
            TransportTimeout: it is not done in time.
            TransportError: no whole answer came.
        """
        for step in self.steps(timeout):
            if progress is not None:
                progress(step)
        return self.result()

    def result(self) -> Export:
        """The document of a finished task.

        Raises:
            DocumentError: it is not finished.
        """
        if self._export is None:
            raise DocumentError(f"the task {self.id} has no document yet: wait for it")
        return self._export

    def __iter__(self) -> Iterator[Progress]:
        return self.steps()

    def steps(self, timeout: float = LONGEST_WAIT) -> Iterator[Progress]:
        """Look at the task until it is done, with growing pauses; raises like `wait`."""
        pause, ends = self._first_pause, perf_counter() + timeout
        while self._export is None:
            if self._cancelled.is_set():
                raise ExportCancelledError(f"the export was cancelled; the task {self.id} may still run")
            if (left := ends - perf_counter()) < 0:
                raise TransportTimeout(f"the task {self.id} is not done after {timeout:g} s; wait for it again")
            yield self._step()
            if self._export is None:
                self._cancelled.wait(min(pause, left))
                pause = min(pause * GROWTH, LONGEST_PAUSE)

    def _step(self) -> Progress:
        answer = self._look()
        task = answer.json_object("task")
        status = str(task.get("task_status"))
        self._looks += 1
        if status == "failed":
            raise read_service_error(answer.status_code, answer.headers, _bytes(task.get("task_result")))
        if status == "succeed":
            self._export = self._finish(_document(task.get("task_result")), answer)
        return Progress(self.id, status, self._looks, perf_counter() - self._begun)


def _document(result: object) -> bytes:
    """The document in a finished task's result, which is JSON in a text."""
    try:
        content = json.loads(result) if isinstance(result, str) else result
    except (ValueError, RecursionError) as error:
        raise DocumentError("the result of the task is no JSON") from error
    if isinstance(content, dict):
        for key in _DOCUMENT_KEYS:
            if content.get(key):
                return _bytes(content[key])
    raise DocumentError(f"the result of the task holds no document under {' or '.join(map(repr, _DOCUMENT_KEYS))}")


def _bytes(value: object) -> bytes:
    """A text as it is, any other value as JSON; half a surrogate pair becomes a question mark."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "replace")
