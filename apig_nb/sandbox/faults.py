"""Fault injection: errors, delays and broken connections for the next requests of a call."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from apig_nb.sandbox import error_answers
from apig_nb.sandbox.error_answers import ErrorAnswer, Family
from apig_nb.text import shorten

CALLS = ("tokens", "projects", "instances", "envs", "api_groups", "apis", "export", "async_export", "async_task")
"""Names of the calls; `*` means any of them."""

TRANSPORT = "transport"
"""Key of the asyncio transport in a request's state; the server sets it."""


def _is_number(value: object, kind: Any) -> bool:
    return isinstance(value, kind) and not isinstance(value, bool)


def _is_header(value: object) -> bool:
    """Test for a text that a header can have: no control characters, no space at its ends, not too long."""
    return isinstance(value, str) and re.fullmatch(r"(?! )[ -~\xa1-\xff]{0,1000}(?<! )", value) is not None


@dataclass(frozen=True)
class Fault:
    """A change to the answer of one request; fields that are not set change nothing.

    Attributes:
        status: answer with this status and its documented error body.
        code: answer with this error code, one of `error_answers.CODES`.
        field: the wire name of the field that the error with this code is about; a request without it is answered
            normally.
        expired_token: answer that the token has expired.
        delay: wait this many seconds first.
        retry_after: send this in the header Retry-After.
        disconnect: close the connection without an answer.
        truncated: send half of the body that Content-Length announces, then close the connection.
        media_type: send this Content-Type.
        body: send this body, with status 200 unless `status` is given.
        stale: send yesterday's export in place of today's.
        polls: number of polls before the task that this request starts is finished; 2 by default.
        documented_keys: the task that this request starts answers with the keys of the documentation's table of
            fields, `file_type` and `content`, in place of those of its example, `FileName` and `Comment`.
    """

    status: int | None = None
    code: str | None = None
    field: str | None = None
    expired_token: bool = False
    delay: float | None = None
    retry_after: int | str | None = None
    disconnect: bool = False
    truncated: bool = False
    media_type: str | None = None
    body: bytes | None = None
    stale: bool = False
    polls: int | None = None
    documented_keys: bool = False

    def __post_init__(self) -> None:
        if self.code is not None and self.code not in (*error_answers.CODES,):
            raise ValueError(f"unknown code {self.code!r}; known: {', '.join(error_answers.CODES)}")
        # The server cannot send other values: it would break off the connection, or answer with status 500.
        for name, is_right, wanted in (
            ("status", lambda value: _is_number(value, int) and 200 <= value <= 599, "a status from 200 to 599"),
            ("delay", lambda value: _is_number(value, int | float) and value >= 0, "a number of seconds"),
            ("polls", lambda value: _is_number(value, int) and value >= 0, "a whole number"),
            ("retry_after", lambda value: _is_number(value, int) or _is_header(value), "a whole number or a text"),
            ("media_type", _is_header, "a text of a header"),
            ("field", lambda value: isinstance(value, str), "a text"),
            ("body", lambda value: isinstance(value, bytes), "a text or bytes"),
        ):
            value = getattr(self, name)
            if value is not None and not is_right(value):
                raise ValueError(f"{name} must be {wanted}, got {shorten(repr(value), 80)}")

    def _error(self, family: Family, sent: str) -> ErrorAnswer | None:
        """Return the error to answer with, or None if the fault is of another kind.

        Args:
            family: the service the call belongs to, which decides the body of a status.
            sent: query and body of the request, where `field` is searched.
        """
        if self.expired_token:
            return error_answers.expired_token(family)
        if self.code is not None and (self.field is None or self.field in sent):
            return error_answers.of_code(self.code, self.field)
        return None if self.status is None else error_answers.of_status(self.status, family)

    async def respond(
        self,
        family: Family,
        sent: str,
        handle: Callable[[], Awaitable[Response]],
        render_error: Callable[[ErrorAnswer], Response],
    ) -> Response:
        """Return the response with this fault applied.

        Args:
            family: the service the call belongs to.
            sent: query and body of the request; needed only with `field`.
            handle: makes the normal response.
            render_error: makes the response of an error answer.
        """
        if self.delay is not None:
            await asyncio.sleep(self.delay)
        if self.disconnect:
            return BrokenOffResponse(None)
        if self.body is not None:
            response = Response(self.body, self.status or 200)
        elif (error := self._error(family, sent)) is not None:
            response = render_error(error)
        else:
            response = await handle()
        if self.media_type is not None:
            response.headers["Content-Type"] = self.media_type
        if self.retry_after is not None:
            response.headers["Retry-After"] = str(self.retry_after)
        return BrokenOffResponse(response) if self.truncated else response


class BrokenOffResponse(Response):
    """Sends half of a response, or nothing at all, and closes the connection."""

    def __init__(self, complete: Response | None) -> None:
        super().__init__()
        self._complete = complete

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send half of the response, if there is one, and close the connection."""
        transport: asyncio.Transport = scope["state"][TRANSPORT]
        if self._complete is None:
            transport.abort()
        else:
            body = bytes(self._complete.body)
            headers = self._complete.raw_headers
            await send({"type": "http.response.start", "status": self._complete.status_code, "headers": headers})
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            transport.close()
        # If this returned before the client is disconnected, the server would complete the response.
        while (await receive())["type"] != "http.disconnect":
            pass


@dataclass
class _Waiting:
    """A fault for a number of coming requests."""

    call: str
    fault: Fault
    times: int


class Faults:
    """The faults to apply to coming requests, in the order they were added."""

    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []
        self._lock = threading.Lock()

    def add(self, call: str, fault: Fault, times: int) -> None:
        """Apply a fault to the next `times` requests of a call."""
        if call != "*" and call not in CALLS:
            raise ValueError(f"unknown call {call!r}; known: {', '.join(CALLS)} and * for any")
        if not _is_number(times, int):
            raise ValueError(f"times must be a whole number, got {shorten(repr(times), 80)}")
        if times > 0:
            with self._lock:
                self._waiting.append(_Waiting(call, fault, times))

    def take(self, call: str) -> Fault:
        """Remove and return the first fault for a call, or one that changes nothing if there is none."""
        with self._lock:
            for position, waiting in enumerate(self._waiting):
                if waiting.call in (call, "*"):
                    waiting.times -= 1
                    if not waiting.times:
                        del self._waiting[position]
                    return waiting.fault
        return Fault()
