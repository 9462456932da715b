"""An HTTP server on the loopback interface, in its own thread."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import threading

import h11
import uvicorn
from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from apig_nb.sandbox.faults import TRANSPORT

_HOST = "127.0.0.1"
_THREADS = "apig-sandbox-"
# Above the limit of the front gateway, so that too long a header gets the documented error answer.
_HEADERS_LIMIT = 256 * 2**10

REQUEST_SECONDS = 30.0
"""Time for receiving a whole request, from its first byte or from the begin of the connection, and for reading more of
an answer."""

MOST_CONNECTIONS = 200
"""The number of open connections: each is an open file of this process, which has few of them."""


class LoopbackServer:
    """Serves an application on 127.0.0.1 until it is stopped."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        # The socket is bound here so that the port is known at once and no other process can take it.
        self._socket = _listening_socket(port)
        self.port: int = self._socket.getsockname()[1]
        self._server = _Server(_config(_OwnAddressOnly(app, self.port)))
        self._thread = threading.Thread(target=self._serve, name=f"{_THREADS}{self.port}", daemon=True)
        self._failure: BaseException | None = None
        self._thread.start()
        self._server.ready.wait()
        if self._failure is not None:
            raise self._failure

    def _serve(self) -> None:
        try:
            with asyncio.Runner() as runner:
                runner.run(self._server.serve(sockets=[self._socket]))
        except BaseException as error:
            if self._server.ready.is_set():
                raise
            self._failure = error
        finally:
            self._socket.close()
            self._server.ready.set()

    def stop(self) -> None:
        """Stop serving and free the port; a second call does nothing."""
        self._server.should_exit = True
        if threading.current_thread() is not self._thread:
            self._thread.join()


class _Server(uvicorn.Server):
    """A uvicorn server with an event that is set once it serves."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for one in sockets or []:
            # A process that was forked has the socket, too. Not every system can end a socket that listens.
            with contextlib.suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        await super().shutdown(sockets)


class _OwnAddressOnly:
    """Middleware that refuses what a web page sends: to a host name that it bound to this machine, or as its origin.

    https://en.wikipedia.org/wiki/DNS_rebinding
    """

    def __init__(self, app: ASGIApp, port: int) -> None:
        names = ("127.0.0.1", "localhost", "[::1]")
        # Clients leave out the default port.
        self._app, self._hosts = app, {*(f"{name}:{port}" for name in names), *(names if port == 80 else ())}
        self._origins = {"", *(f"http://{host}" for host in self._hosts)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope)
        host, origins = headers.get("host", "").lower(), {origin.lower() for origin in headers.getlist("origin")}
        app = self._app
        if host not in self._hosts:
            app = _refusal(f"the sandbox answers to {' and '.join(sorted(self._hosts))} only, not to this Host")
        elif not origins <= self._origins:
            app = _refusal("the sandbox does not answer to pages of other origins")
        await app(scope, receive, send)


def _refusal(message: str) -> JSONResponse:
    return JSONResponse({"error_code": "SANDBOX.0403", "error_msg": message}, 403, {"Connection": "close"})


class _Protocol(H11Protocol):
    """Closes a connection that is one too many, or whose client stops in a request or an answer.

    It gives the application access to the connection, to close it.
    """

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT: transport}
        if len(self.connections) > MOST_CONNECTIONS:
            transport.abort()
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def on_response_complete(self) -> None:
        super().on_response_complete()
        # The next request has begun, behind the one that is answered.
        if self.conn.their_state is h11.SEND_BODY:
            self._watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop_timer()

    def _watch(self) -> None:
        """Let the time run while a request is incomplete or an answer waits to be read."""
        if self.conn.their_state not in (h11.IDLE, h11.SEND_BODY) and not self.flow.write_paused:
            self._stop_timer()
        elif self._timer is None:
            self._timer = self.loop.call_later(REQUEST_SECONDS, self.transport.abort)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _listening_socket(port: int) -> socket.socket:
    # asyncio sends without delay (TCP_NODELAY) only where the socket names its protocol. Otherwise each answer on a
    # connection that is used again waits 40 ms for an acknowledgement.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((_HOST, port))
        # Until one of them listens, several sockets can have the port.
        bound.listen()
    except OSError:
        bound.close()
        raise
    return bound


def _is_of_another_server(record: logging.LogRecord) -> bool:
    return not threading.current_thread().name.startswith(_THREADS)


def _config(app: ASGIApp) -> uvicorn.Config:
    for name in ("error", "access", "asgi"):
        # A sandbox logs nothing. Levels and handlers stay as they are: this process may have other servers.
        logging.getLogger(f"uvicorn.{name}").addFilter(_is_of_another_server)
    return uvicorn.Config(
        app,
        http=_Protocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=1,
        h11_max_incomplete_event_size=_HEADERS_LIMIT,
    )
