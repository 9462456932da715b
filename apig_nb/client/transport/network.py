"""The network below the HTTP library: each operation ends with the deadline of its call.

The time-outs of the HTTP library are for one operation: a service that sends a byte of a header, of a chunk's size or
of `100 Continue` now and then never reaches them.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterable
from concurrent.futures import Future
from contextlib import suppress
from typing import Any, Final

from httpcore import (
    SOCKET_OPTION,
    ConnectError,
    ConnectTimeout,
    NetworkBackend,
    NetworkStream,
    ReadError,
    ReadTimeout,
    SyncBackend,
    TimeoutException,
    WriteTimeout,
)
from httpx import Client, HTTPTransport

from apig_nb.client.transport.deadline import applied_deadline

_PIECE: Final = 2**14
"""The most bytes that are sent at once."""

_STEP_SECONDS: Final = 0.25
"""The longest wait for bytes until a cancellation is noticed."""

_CLOSED: Final = "the connection was closed"


def bound_by_deadlines(client: Client) -> None:
    """End every operation of a client's connections, proxies included, with the deadline of its call."""
    for transport in (client._transport, *client._mounts.values()):
        if isinstance(transport, HTTPTransport):
            # httpx has no argument for it; with other attributes, `tests/test_deadline.py` fails.
            transport._pool._network_backend = _BoundedBackend()


class _BoundedBackend(NetworkBackend):
    def __init__(self) -> None:
        self._backend = SyncBackend()
        self._lock, self._look_ups = threading.Lock(), dict[str, Future[list[str]]]()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> NetworkStream:
        """Connect to the first address of a host that answers."""
        try:
            addresses = self._look_up(host).result(_left(timeout, ConnectTimeout))
        except TimeoutError as error:
            raise ConnectTimeout("the look-up of the host's name takes too long") from error
        except (OSError, UnicodeError) as error:
            raise ConnectError(str(error)) from error
        for address in addresses:
            left = _left(timeout, ConnectTimeout)
            try:
                return _BoundedStream(self._backend.connect_tcp(address, port, left, local_address, socket_options))
            except (ConnectError, ConnectTimeout):
                if address == addresses[-1]:
                    raise
        raise ConnectError("the host has no address")

    def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Iterable[SOCKET_OPTION] | None = None
    ) -> NetworkStream:
        left = _left(timeout, ConnectTimeout)
        return _BoundedStream(self._backend.connect_unix_socket(path, left, socket_options))

    def _look_up(self, host: str) -> Future[list[str]]:
        """Begin to look up the addresses of a host, or join a look-up that runs.

        Nothing can end the system's function, so it has a thread that nobody needs to wait for; one for each host, so
        that a resolver that does not answer costs no more than that.
        """
        with self._lock:
            found = self._look_ups.get(host)
            if found is None or found.done():
                found = Future()
                threading.Thread(target=_addresses, args=(host, found), name="apig-look-up", daemon=True).start()
                self._look_ups[host] = found
            return found


class _BoundedStream(NetworkStream):
    """A connection whose operations end with the deadline of their call.

    Attributes:
        is_read: something was read since the last request was sent.
    """

    def __init__(self, stream: NetworkStream) -> None:
        self._stream, self.is_read, self._is_closed, self._using = stream, False, False, threading.RLock()

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.is_read = True
        with self._using:
            content = self._read(max_bytes, timeout)
        if self._is_closed:
            raise ReadError(_CLOSED)  # nothing was read: it would look like the end of the answer
        return content

    def _read(self, max_bytes: int, timeout: float | None) -> bytes:
        """Read in steps, so that the wait for a service that sends nothing ends when the call is cancelled."""
        end = None if timeout is None else time.monotonic() + timeout
        while True:
            # At least a little: 0 would make the socket one that never waits.
            left = _left(None if end is None else max(end - time.monotonic(), 0.001), ReadTimeout)
            try:
                return self._stream.read(max_bytes, _STEP_SECONDS if left is None else min(left, _STEP_SECONDS))
            except ReadTimeout:
                if left is not None and left <= _STEP_SECONDS:
                    raise

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.is_read = False
        for at in range(0, len(buffer), _PIECE):
            with self._using:
                self._stream.write(buffer[at : at + _PIECE], _left(timeout, WriteTimeout))

    def close(self) -> None:
        """Close the connection; another thread's operation ends before.

        TLS would go on to read from the number of the socket, which may be that of another connection by then.
        """
        self._is_closed = True
        with suppress(OSError):
            # Not the method of TLS's sockets, after which the other thread could read without TLS.
            socket.socket.shutdown(self._stream.get_extra_info("socket"), socket.SHUT_RDWR)
        with self._using:
            self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, _left(timeout, ConnectTimeout))
        # An end without TLS's own alert may have been made on the way: https://www.rfc-editor.org/rfc/rfc9112#section-9.8
        if isinstance(connection := stream.get_extra_info("socket"), ssl.SSLSocket):
            connection.suppress_ragged_eofs = False  # type: ignore[attr-defined]  # missing in typeshed
            connection.__class__ = _BoundedSocket
        return _BoundedStream(stream)

    def get_extra_info(self, info: str) -> Any:
        # TLS within TLS keeps what was received beyond an answer, and the socket has nothing to read then.
        kept = getattr(self._stream, "_incoming", None) if info == "is_readable" else None
        return bool(kept and kept.pending) or self._stream.get_extra_info(info)


class _BoundedSocket(ssl.SSLSocket):
    """A TLS connection to a proxy; for TLS within it, the HTTP library reads often with one time-out."""

    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        self.settimeout(_left(self.gettimeout(), TimeoutError))
        return super().recv(buflen, flags)


def is_early(stream: object) -> bool:
    """Return True if an answer over a connection was there before its request was sent."""
    return isinstance(stream, _BoundedStream) and not stream.is_read


def _addresses(host: str, found: Future[list[str]]) -> None:
    try:
        entries = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except Exception as error:  # noqa: BLE001 - raised where the result is asked for
        found.set_exception(error)
    else:
        found.set_result(list(dict.fromkeys(str(entry[4][0]) for entry in entries)))


def _left(timeout: float | None, error: type[TimeoutException | TimeoutError]) -> float | None:
    """Return the time-out of an operation, which is not longer than what is left of the call.

    Raises:
        TimeoutException, TimeoutError: nothing is left; of the given type.
    """
    deadline = applied_deadline()
    if deadline is None:
        return timeout
    left = deadline.left()
    if not left:
        raise error("the call takes too long")
    return left if timeout is None else min(timeout, left)
