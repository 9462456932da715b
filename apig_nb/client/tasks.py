"""`ExportTask`: an asynchronous export, which is started, polled, and has the document as its result.

Sources: https://support.huaweicloud.com/intl/en-us/ae-ad-1-api-apig/ExportApiDefinitionsAsync.html,
https://support.huaweicloud.com/intl/en-us/api-apig/ShowAsyncTaskResult.html
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Final, NoReturn

from apig_nb.client.secret import masked_label
from apig_nb.client.service_errors import is_error_body, lacks_permission, read_service_error
from apig_nb.client.transport import Answer, Deadline
from apig_nb.client.transport.retry import check_seconds
from apig_nb.errors import DocumentError, ExportCancelledError, ServiceError, TransportTimeout
from apig_nb.export import Export

MAX_PAUSE: Final = 10.0
"""The longest pause between two polls in seconds; the first one is that of `Limits`. No page recommends one."""

GROWTH: Final = 1.5
"""The factor by which each pause is longer than the one before."""

MAX_WAIT: Final = 900.0
"""The longest wait for a task in seconds."""

POLL_REFUSED: Final = (
    "The export was accepted, but its result may not be read: grant apig:asyncTask:get, which depends on"
    " apig:instance:get, or export with mode='direct'"
)
"""Hint for a refused poll (https://support.huaweicloud.com/intl/en-us/api-apig/ShowAsyncTaskResult.html)."""

CHECK_SECONDS: Final = 0.2
"""The interval in which a pause notices that the client is closed."""

_DOCUMENT_KEYS = ("Comment", "content")
"""Keys of the document: in the example of the page, and in its table of fields, which contradict each other."""


@dataclass(frozen=True)
class Progress:
    """The state of an asynchronous export.

    Attributes:
        task_id: the task's id.
        status: `waiting`, `processing`, `succeed` or `failed`, the words of the service.
        polls: the number of polls.
        seconds: the time since it was started.
    """

    task_id: str
    status: str
    polls: int
    seconds: float

    def __str__(self) -> str:
        return f"{self.status} after {self.seconds:.1f} s"


class ExportTask:
    """An asynchronous export; made by `Client.start`.

        for progress in client.start(request):
            print(progress)

        export = client.start(request).wait()

    Attributes:
        id: the task's id.
    """

    def __init__(
        self,
        task_id: str,
        poll: Callable[[], Answer],
        finish: Callable[[bytes, Answer], Export],
        *,
        first_pause: float,
        is_closed: Callable[[], bool] = lambda: False,
        cancelled: threading.Event | None = None,
    ) -> None:
        self.id, self._shown_id = task_id, masked_label(task_id, 100)
        self._poll, self._finish, self._first_pause = poll, finish, first_pause
        self._cancelled = cancelled or threading.Event()
        self._is_closed = is_closed
        self._begin, self._polls = perf_counter(), 0
        self._export: Export | None = None

    def __reduce__(self) -> NoReturn:
        raise TypeError("an ExportTask polls with its client, so it is neither pickled nor copied: pass its result()")

    def __repr__(self) -> str:
        return f"<ExportTask {self._shown_id}, {'done' if self._export else f'polled {self._polls} times'}>"

    def cancel(self) -> None:
        """End the wait, from any thread; the service has no call that stops the task itself."""
        self._cancelled.set()

    def wait(self, progress: Callable[[Progress], object] | None = None, timeout: float = MAX_WAIT) -> Export:
        """Wait for the document.

        Args:
            progress: called after each poll.
            timeout: the longest wait in seconds.

        Raises:
            ArgumentError: `timeout` is not a number of seconds above 0.
            ServiceError: the task failed, or the service refused a poll.
            DocumentError: the result is not an API document.
            ExportCancelledError: `cancel` was called.
            TransportTimeout: it is not finished in time.
            TransportError: there was no whole answer.
        """
        check_seconds("timeout", timeout)
        for step in self._steps(timeout):
            if progress is not None:
                progress(step)
        return self.result()

    def result(self) -> Export:
        """Return the export of a finished task.

        Raises:
            DocumentError: it is not finished.
        """
        if self._export is None:
            raise DocumentError(f"the task {self._shown_id} has no document yet: wait for it")
        return self._export

    def __iter__(self) -> Iterator[Progress]:
        return self._steps(MAX_WAIT)

    def _steps(self, timeout: float) -> Iterator[Progress]:
        """Poll the task until it is finished, with growing pauses; raises like `wait`."""
        pause, end, status = self._first_pause, perf_counter() + timeout, "not known"
        while self._export is None:
            if self._cancelled.is_set():
                raise ExportCancelledError(f"the export was cancelled; the task {self._shown_id} may still run")
            if (left := end - perf_counter()) < 0:
                raise TransportTimeout(
                    f"the task {self._shown_id} is not finished after {timeout:g} s, its status is {status!r};"
                    " wait for it again"
                )
            try:
                with Deadline(left, self._cancelled).applied():
                    step = self._step()
            except TransportTimeout:
                if perf_counter() < end and not self._cancelled.is_set():
                    raise
                continue  # which raises the error for it
            status = step.status
            yield step
            if self._export is None:
                self._sleep(min(pause, left))
                pause = min(pause * GROWTH, MAX_PAUSE)

    def _sleep(self, seconds: float) -> None:
        """Wait until the time is over, the task is cancelled, or the client is closed, which the next poll reports."""
        end = perf_counter() + seconds
        while (left := end - perf_counter()) > 0 and not self._is_closed():
            if self._cancelled.wait(min(left, CHECK_SECONDS)):
                return

    def _step(self) -> Progress:
        try:
            answer = self._poll()
        except ServiceError as error:
            if not lacks_permission(error):
                raise
            raise ServiceError(
                error.status_code, error.error_code, error.error_msg, error.request_id, POLL_REFUSED, error.retry_after
            ) from None
        task = answer.json_object("task")
        if "task_status" not in task and is_error_body(answer.content):
            raise read_service_error(answer.status_code, answer.headers, answer.content)
        if task.get("task_id", self.id) != self.id:
            raise DocumentError(f"the answer is about another task than {self._shown_id}; is it an old answer?")
        status = masked_label(str(task.get("task_status")), 100)
        self._polls += 1
        if status == "failed":
            raise read_service_error(answer.status_code, answer.headers, _bytes(task.get("task_result") or ""))
        if status == "succeed":
            self._export = self._finish(_document(task.get("task_result")), answer)
        return Progress(self.id, status, self._polls, perf_counter() - self._begin)


def _document(result: object) -> bytes:
    """Return the document in the result of a task, which is JSON in a string."""
    content = _parsed(result) if isinstance(result, str) else result
    if isinstance(result, str) and content is None:
        raise DocumentError("the result of the task is not JSON")
    if isinstance(content, dict):
        for key in _DOCUMENT_KEYS:
            if content.get(key):
                return _bytes(content[key])
    raise DocumentError(f"the result of the task holds no document under {' or '.join(map(repr, _DOCUMENT_KEYS))}")


def _parsed(text: str) -> object:
    """Parse JSON; None where it is not JSON. The parser's error holds the text, so that it must not be chained."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _bytes(value: object) -> bytes:
    """Encode a string as it is, any other value as JSON; a lone surrogate becomes a question mark."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text.encode("utf-8", "replace")
