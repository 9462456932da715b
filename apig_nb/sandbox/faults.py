"""Faults on demand: the next requests of a call misbehave."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from apig_nb.sandbox import errors
from apig_nb.sandbox.errors import Family, Refusal

CALLS = ("tokens", "projects", "instances", "envs", "api_groups", "apis", "export", "async_export", "async_task")
"""The names of the calls; `*` means any of them."""

TRANSPORT = "transport"
"""The key of the connection in a request's state, put there by the server."""


@dataclass(frozen=True)
class Fault:
    """One way to misbehave; what is not set stays as it would be.

    Attributes:
        status: answer with this status and its documented error body.
        code: answer with this error code, of those in `errors.CODES`.
        field: the wire name of the field that the error with this code complains of; a request without it is answered
            as usual.
        expired_token: answer that the token has ended, though it has not.
        delay: wait this many seconds first.
        retry_after: send this in the header Retry-After.
        cut: drop the connection with no answer.
        truncated: send half of the body that Content-Length promises, then drop the connection.
        media_type: send this Content-Type.
        body: send this body, with status 200 where no status is given.
        stale: send yesterday's export in place of today's.
        looks: let the task that this request starts be under way for so many looks.
        described: put the document of the task that this request starts under the keys of the field description, which
            contradicts the printed example (contract/export).
    """

    status: int | None = None
    code: str | None = None
    field: str | None = None
    expired_token: bool = False
    delay: float | None = None
    retry_after: int | str | None = None
    cut: bool = False
    truncated: bool = False
    media_type: str | None = None
    body: bytes | None = None
    stale: bool = False
    looks: int | None = None
    described: bool = False

    def __post_init__(self) -> None:
        if self.code is not None and self.code not in errors.CODES:
            raise ValueError(f"unknown code {self.code!r}; known: {', '.join(errors.CODES)}")

    def refusal(self, family: Family, sent: str) -> Refusal | None:
        """The refusal to answer with; none where it is another kind of fault.

        Args:
            family: the service the call belongs to, which decides the body of a status.
            sent: query and body of the request, where the field it complains of would stand.
        """
        if self.expired_token:
            return errors.expired_token(family)
        if self.code is not None and (self.field is None or self.field in sent):
            return errors.of_code(self.code, self.field)
        return None if self.status is None else errors.of_status(self.status, family)

    async def answer(
        self,
        family: Family,
        sent: str,
        usual: Callable[[], Awaitable[Response]],
        refuse: Callable[[Refusal], Response],
    ) -> Response:
        """Make the faulty answer.

        Args:
            family: see `refusal`.
            sent: see `refusal`.
            usual: makes the answer as it would be.
            refuse: makes the answer of a refusal.
        """
        if self.delay is not None:
            await asyncio.sleep(self.delay)
        if self.cut:
            return BrokenOffAnswer(None)
        if self.body is not None:
            response = Response(self.body, self.status or 200)
        elif (refusal := self.refusal(family, sent)) is not None:
            response = refuse(refusal)
        else:
            response = await usual()
        if self.media_type is not None:
            response.headers["Content-Type"] = self.media_type
        if self.retry_after is not None:
            response.headers["Retry-After"] = str(self.retry_after)
        return BrokenOffAnswer(response) if self.truncated else response


class BrokenOffAnswer(Response):
    """Half of an answer, or nothing at all, and then the end of the connection."""

    def __init__(self, whole: Response | None) -> None:
        super().__init__()
        self._whole = whole

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send what is to be sent and drop the connection."""
        transport: asyncio.Transport = scope["state"][TRANSPORT]
        if self._whole is None:
            transport.abort()
        else:
            body = bytes(self._whole.body)
            headers = self._whole.raw_headers
            await send({"type": "http.response.start", "status": self._whole.status_code, "headers": headers})
            await send({"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True})
            transport.close()
        # Returning earlier would make the server finish the answer in its own way.
        while (await receive())["type"] != "http.disconnect":
            pass


class Faults:
    """The faults that are waiting, in the order they were asked for."""

    def __init__(self) -> None:
        self._waiting: list[tuple[str, Fault]] = []
        self._lock = threading.Lock()

    def add(self, call: str, fault: Fault, times: int) -> None:
        """Let the next `times` requests of a call misbehave."""
        if call != "*" and call not in CALLS:
            raise ValueError(f"unknown call {call!r}; known: {', '.join(CALLS)} and * for any")
        with self._lock:
            self._waiting += [(call, fault)] * times

    def take(self, call: str) -> Fault:
        """Take the fault that the next request of a call meets; one that changes nothing where none is waiting."""
        with self._lock:
            for position, (name, fault) in enumerate(self._waiting):
                if name in (call, "*"):
                    del self._waiting[position]
                    return fault
        return Fault()
