"""How long a call may take, how large its answer may be, and when it is made once more.

Source of what is worth another try: contract/errors, "Retry advice derived from the table".

The pauses and the counting are tenacity's. httpx-retries was looked at first and does not fit: it sits below the
authentication, so that a later try carries the signature and the time of the first; it has let go of an answer before
its body is read, so that a truncated body is never tried again; and it decides by status alone, while API Gateway says
"too many requests" with status 500 and a code in the body. stamina decides by exception and hides the number of tries.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

from apig_nb.client.service_errors import error_code, http_date
from apig_nb.errors import ArgumentError, ServiceError

if TYPE_CHECKING:
    from tenacity import RetryCallState

LONGEST_PAUSE: Final = 30.0
"""Seconds of the longest pause of our own; `Retry-After` may ask for more."""

BUSY: Final = frozenset({429, 502, 503, 504})
"""Statuses of a service that may be ready in a moment."""

BUSY_CODE: Final = "APIG.9008"
"""Too many requests, said with status 500."""

BROKEN_CODE: Final = "APIG.9999"
"""A fault inside the service: worth one more try, not several."""


@dataclass(frozen=True)
class Limits:
    """What a call may cost.

    Attributes:
        timeout: seconds the service may stay silent.
        connect_timeout: seconds a connection may take to come about.
        total_timeout: seconds a call may take in all, with every try, pause and byte of its answer.
        retries: how often a call is made again.
        pause: seconds of the first pause at most; each later one may be twice as long.
        max_bytes: bytes of the largest answer, unpacked.

    Raises:
        ArgumentError: one is no number, or not above 0.
    """

    timeout: float = 60.0
    connect_timeout: float = 5.0
    total_timeout: float = 300.0
    retries: int = 3
    pause: float = 0.5
    max_bytes: int = 50 * 2**20

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if field.name in ("retries", "max_bytes"):
                check_count(field.name, value, least=0 if field.name == "retries" else 1)
            elif isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < math.inf:
                raise ArgumentError(field.name, value, "must be a number of seconds above 0")


def check_count(name: str, value: object, least: int) -> None:
    """Let a whole number pass.

    Raises:
        ArgumentError: it is none, or less than `least`.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ArgumentError(name, value, f"must be a whole number, at least {least}")


class Deadline:
    """The end of a call's time."""

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds that are left; 0 when there are none."""
        return max(self._end - time.monotonic(), 0.0)


class Answered(Protocol):
    """What an answer must tell to be judged."""

    @property
    def status_code(self) -> int:
        """The HTTP status."""

    @property
    def retry_after(self) -> str:
        """When to come again, in seconds or as a date; empty where it does not say."""

    @property
    def content(self) -> bytes:
        """The body."""


A = TypeVar("A", bound=Answered)


@dataclass(frozen=True)
class Patience:
    """Makes a call again while that can help.

    Attributes:
        limits: how often, and for how long in all.
        dropped: exceptions of a connection that went away in the middle of a call.
        sleep: waits.
    """

    limits: Limits
    dropped: tuple[type[Exception], ...]
    sleep: Callable[[float], None] = time.sleep

    def call(self, attempt: Callable[[], A], final: Collection[int] = ()) -> A:
        """Make a call, and again while it is worth it; return its last answer or raise what it raised last.

        Args:
            attempt: makes the call once.
            final: statuses that are not worth another try here.
        """
        # Late: nobody waits for it who only imports the package.
        from tenacity import Retrying, stop_after_attempt, stop_before_delay, wait_random_exponential

        backoff = wait_random_exponential(multiplier=self.limits.pause, max=LONGEST_PAUSE)
        broken_before = False

        def worth_it(state: RetryCallState) -> bool:
            nonlocal broken_before
            status, code = self._said(state)
            if status in final:
                return False
            if code == BROKEN_CODE:
                again, broken_before = not broken_before, True
                return again
            return status in BUSY or code == BUSY_CODE or isinstance(_error(state), self.dropped)

        def pause(state: RetryCallState) -> float:
            asked = _seconds_asked_for(state)
            # Some jitter here too: everybody else was told the same.
            return backoff(state) if asked is None else asked + min(backoff(state), self.limits.pause)

        def last(state: RetryCallState) -> A:
            assert state.outcome is not None  # noqa: S101 - tenacity calls this after a try
            answer: A = state.outcome.result()
            return answer

        retrying = Retrying(
            sleep=self.sleep,
            retry=worth_it,
            wait=pause,
            stop=stop_after_attempt(self.limits.retries + 1) | stop_before_delay(self.limits.total_timeout),
            retry_error_callback=last,
        )
        return retrying(attempt)

    def _said(self, state: RetryCallState) -> tuple[int | None, str]:
        """Status and code of an answer, or of a refusal met on the way to it, such as IAM's."""
        error = _error(state)
        if isinstance(error, ServiceError):
            return error.status_code, error.error_code
        if error is not None or state.outcome is None:
            return None, ""
        answer: Answered = state.outcome.result()
        return answer.status_code, error_code(answer.content) if answer.status_code >= 400 else ""


def _error(state: RetryCallState) -> BaseException | None:
    return None if state.outcome is None else state.outcome.exception()


def _seconds_asked_for(state: RetryCallState) -> float | None:
    """What `Retry-After` asks for, seconds or a date; nothing where it cannot be read."""
    error = _error(state)
    if state.outcome is None or (error is not None and not isinstance(error, ServiceError)):
        return None
    said: Answered | ServiceError = error or state.outcome.result()
    text = said.retry_after.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    moment = http_date(text)
    return None if moment is None else max((moment - datetime.now(UTC)).total_seconds(), 0.0)
