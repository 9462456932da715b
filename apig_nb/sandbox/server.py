"""An HTTP server on the loopback interface, in its own thread."""

from __future__ import annotations

import asyncio
import socket
import threading

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from apig_nb.sandbox.faults import TRANSPORT

_HOST = "127.0.0.1"
# Above the limit of the front gateway, so that too long a header gets the documented error answer.
_HEADERS_LIMIT = 256 * 2**10


class LoopbackServer:
    """Serves an application on 127.0.0.1 until it is stopped."""

    def __init__(self, app: ASGIApp, port: int) -> None:
        # The socket is bound here so that the port is known at once and no other process can take it.
        self._socket = _listening_socket(port)
        self.port: int = self._socket.getsockname()[1]
        self._server = _Server(_config(app))
        self._thread = threading.Thread(target=self._serve, name=f"apig-sandbox-{self.port}", daemon=True)
        self._thread.start()
        self._server.ready.wait()

    def _serve(self) -> None:
        try:
            asyncio.run(self._server.serve(sockets=[self._socket]))
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


class _Protocol(H11Protocol):
    """A protocol that gives the application access to the connection, to close it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self.app_state = {**self.app_state, TRANSPORT: transport}


def _listening_socket(port: int) -> socket.socket:
    # asyncio sends without delay (TCP_NODELAY) only where the socket names its protocol. Otherwise each answer on a
    # connection that is used again waits 40 ms for an acknowledgement.
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((_HOST, port))
    except OSError:
        bound.close()
        raise
    return bound


def _config(app: ASGIApp) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_Protocol,
        loop="asyncio",
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        h11_max_incomplete_event_size=_HEADERS_LIMIT,
    )
