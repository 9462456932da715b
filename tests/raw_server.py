"""A server that sends given bytes, piece by piece, for answers that no HTTP server would give."""

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

Answer = Callable[[], Iterable[bytes]]
"""Makes the pieces of an answer; a pause between them is the answer's own."""


@contextmanager
def raw_server(answer: Answer, *, context: ssl.SSLContext | None = None, read: bool = True) -> Iterator[str]:
    """Serve every connection with an answer; the block's value is the address.

    Args:
        answer: makes the pieces of each answer.
        context: makes it an https server.
        read: read the head of the request before the answer is sent.
    """
    ended = threading.Event()
    listening = socket.create_server(("127.0.0.1", 0))
    listening.settimeout(0.05)
    threads: list[threading.Thread] = []

    def serve(connection: socket.socket) -> None:
        with suppress(OSError), connection:
            connection.settimeout(10)
            stream = connection if context is None else context.wrap_socket(connection, server_side=True)
            with stream:
                if read:
                    stream.recv(65536)
                for piece in answer():
                    if ended.is_set():
                        return
                    stream.sendall(piece)

    def accept() -> None:
        while not ended.is_set():
            with suppress(TimeoutError):
                threads.append(threading.Thread(target=serve, args=(listening.accept()[0],), daemon=True))
                threads[-1].start()

    accepting = threading.Thread(target=accept)
    accepting.start()
    try:
        scheme = "http" if context is None else "https"
        yield f"{scheme}://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        ended.set()
        accepting.join()
        listening.close()
        for thread in threads:
            thread.join(15)
