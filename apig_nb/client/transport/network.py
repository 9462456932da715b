"""The network below the HTTP library: each operation ends with the deadline of its call.

The time-outs of the HTTP library are for one operation: a service that sends a byte of a header, of a chunk's size or
of `100 Continue` now and then never reaches them.
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable
from typing import Any, Final

from httpcore import (
    SOCKET_OPTION,
    ConnectError,
    ConnectTimeout,
    NetworkBackend,
    NetworkStream,
    ReadTimeout,
    SyncBackend,
    TimeoutException,
    WriteTimeout,
)
from httpx import Client, HTTPTransport

from apig_nb.client.transport.deadline import applied_deadline

_PIECE: Final = 2**14
"""The most bytes that are sent at once."""


def bound_by_deadlines(client: Client) -> None:
    """End every operation of a client's connections, proxies included, with the deadline of its call."""
    for transport in (client._transport, *client._mounts.values()):
        if isinstance(transport, HTTPTransport):
            # httpx has no argument for it; with other attributes, `tests/test_deadline.py` fails.
            transport._pool._network_backend = _BoundedBackend()


class _BoundedBackend(NetworkBackend):
    def __init__(self) -> None:
        self._backend = SyncBackend()

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
            # The system's own limits apply to this: nothing can end it earlier.
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise ConnectError(str(error)) from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        for address in addresses:
            left = _left(timeout, ConnectTimeout)
            try:
                return _BoundedStream(self._backend.connect_tcp(address, port, left, local_address, socket_options))
            except (ConnectError, ConnectTimeout):
                if address == addresses[-1]:
                    raise
        raise ConnectError("the host has no address")


class _BoundedStream(NetworkStream):
    def __init__(self, stream: NetworkStream) -> None:
        self._stream = stream

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(timeout, ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for at in range(0, len(buffer), _PIECE):
            self._stream.write(buffer[at : at + _PIECE], _left(timeout, WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> NetworkStream:
        return _BoundedStream(self._stream.start_tls(ssl_context, server_hostname, _left(timeout, ConnectTimeout)))

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(timeout: float | None, error: type[TimeoutException]) -> float | None:
    """Return the time-out of an operation, which is not longer than what is left of the call.

    Raises:
        TimeoutException: nothing is left; of the given type.
    """
    deadline = applied_deadline()
    if deadline is None:
        return timeout
    left = deadline.left()
    if not left:
        raise error("the call takes too long")
    return left if timeout is None else min(timeout, left)
