"""Limits of a call, and its retries.

Pauses and attempts are tenacity's. httpx-retries does not fit: it sits below the authentication, so that a retry has
the signature and the time of the first attempt; it releases an answer before the body is read, so that a truncated
body is not retried; and it decides by status alone, while API Gateway answers "too many requests" with status 500 and a
code in the body. stamina decides by exception and hides the number of attempts.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from httpx import CloseError, ReadError, RemoteProtocolError, WriteError

from apig_nb.client.service_errors import error_code, http_date
from apig_nb.client.transport.answer import Answer
from apig_nb.errors import ArgumentError, ServiceError

if TYPE_CHECKING:
    from tenacity import RetryCallState

MAX_PAUSE: Final = 30.0
"""The longest pause in seconds, unless `Retry-After` asks for more."""

MAX_SECONDS: Final = 1_000_000
"""The longest time-out and pause that can be set, 11 days."""

RETRY_STATUSES: Final = frozenset({429, 502, 503, 504})
"""Statuses of a service that is busy or unavailable for a moment."""

THROTTLED_CODE: Final = "APIG.9008"
"""The code for too many requests, which comes with status 500."""

INTERNAL_ERROR_CODE: Final = "APIG.9999"
"""The code for an error inside the service; it is retried once only."""


@dataclass(frozen=True)
class Limits:
    """Limits of time, size and retries for each call.

    Attributes:
        timeout: seconds without data from the service.
        connect_timeout: seconds for making a connection.
        total_timeout: seconds for a call in all: connections, every byte sent and received, a login, retries, pauses.
        retries: the number of attempts after the first one.
        pause: the upper bound of the first pause in seconds; each later one may be twice as long.
        max_bytes: bytes of the largest decompressed answer.

    Raises:
        ArgumentError: a limit is not a number above 0, of at most a million seconds; `retries` may be 0.
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
            else:
                check_seconds(field.name, value)


def check_seconds(name: str, value: object) -> None:
    """Check that a value is a time in seconds; no system waits for any number of them.

    Raises:
        ArgumentError: it is not.
    """
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MAX_SECONDS:
        raise ArgumentError(name, value, f"must be a number of seconds above 0, at most {MAX_SECONDS:,}")


def check_count(name: str, value: object, least: int) -> None:
    """Check that a value is a whole number.

    Raises:
        ArgumentError: it is not, or it is less than `least`.
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise ArgumentError(name, value, f"must be a whole number, at least {least}")


LOST_CONNECTION: Final = (ReadError, WriteError, CloseError, RemoteProtocolError)
"""Exceptions of the HTTP library for a connection that was lost during a call."""


@dataclass(frozen=True)
class RetryPolicy:
    """Retries of a call that failed for a reason that may be temporary.

    Attributes:
        limits: the number of retries and the time for all attempts.
        sleep: waits for a number of seconds.
    """

    limits: Limits
    sleep: Callable[[float], object] = time.sleep

    def call(self, attempt: Callable[[], Answer], final: Collection[int] = (), seconds: float | None = None) -> Answer:
        """Make a call and retry it; return the last answer or raise the last exception.

        Args:
            attempt: makes the call once.
            final: statuses that are not retried in this call.
            seconds: the time for all attempts, if it is less than the limit.
        """
        # Late: importing tenacity takes 30 ms, and only calls need it.
        from tenacity import Retrying, stop_after_attempt, stop_before_delay, wait_random_exponential

        backoff = wait_random_exponential(multiplier=self.limits.pause, max=MAX_PAUSE)
        had_internal_error = False

        def should_retry(state: RetryCallState) -> bool:
            nonlocal had_internal_error
            status, code = _status_and_code(state)
            if status in final:
                return False
            if code == INTERNAL_ERROR_CODE:
                is_first, had_internal_error = not had_internal_error, True
                return is_first
            return status in RETRY_STATUSES or code == THROTTLED_CODE or isinstance(_error(state), LOST_CONNECTION)

        def pause(state: RetryCallState) -> float:
            asked = _retry_after_seconds(state)
            # Jitter here too: other clients were given the same time.
            return backoff(state) if asked is None else asked + min(backoff(state), self.limits.pause)

        def sleep(seconds: float) -> None:
            self.sleep(seconds)

        def last_result(state: RetryCallState) -> Answer:
            assert state.outcome is not None  # noqa: S101 - tenacity calls this after an attempt
            answer: Answer = state.outcome.result()
            return answer

        retrying = Retrying(
            sleep=sleep,
            retry=should_retry,
            wait=pause,
            stop=stop_after_attempt(self.limits.retries + 1)
            | stop_before_delay(self.limits.total_timeout if seconds is None else seconds),
            retry_error_callback=last_result,
        )
        return retrying(attempt)


def _status_and_code(state: RetryCallState) -> tuple[int | None, str]:
    """Return status and error code of an answer, or of an error raised by the authentication, such as IAM's."""
    error = _error(state)
    if isinstance(error, ServiceError):
        return error.status_code, error.error_code
    if error is not None or state.outcome is None:
        return None, ""
    answer: Answer = state.outcome.result()
    return answer.status_code, error_code(answer.content) if answer.status_code >= 400 else ""


def _error(state: RetryCallState) -> BaseException | None:
    return None if state.outcome is None else state.outcome.exception()


def _retry_after_seconds(state: RetryCallState) -> float | None:
    """Return the seconds that `Retry-After` asks for, given in seconds or as a date; None where it is not readable."""
    error = _error(state)
    if state.outcome is None or (error is not None and not isinstance(error, ServiceError)):
        return None
    source: Answer | ServiceError = error or state.outcome.result()
    text = source.retry_after.strip()
    if text.isascii() and text.isdigit() and len(text) < 10:
        return float(text)
    moment = http_date(text)
    return None if moment is None else max((moment - datetime.now(UTC)).total_seconds(), 0.0)
