"""A server with one fixed answer, for answers that the sandbox cannot give."""

import threading
import time
from collections.abc import Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FixedAnswerServer:
    """A server that gives every request the same answer; entering it returns its address.

    Args:
        body: the body.
        headers: more headers; None leaves out `Content-Length`.
        status: the HTTP status.
        pause: seconds after each byte; without it, the body is sent at once.
    """

    def __init__(self, body: bytes, headers: Mapping[str, str | None], *, status: int = 200, pause: float = 0) -> None:
        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response(status)
                for name, value in {"Content-Length": str(len(body)), **headers}.items():
                    if value is not None:
                        self.send_header(name, value)
                self.end_headers()
                try:
                    for piece in [body] if pause == 0 else [body[at : at + 1] for at in range(len(body))]:
                        self.wfile.write(piece)
                        time.sleep(pause)
                except OSError:
                    pass

            do_POST = do_GET  # noqa: N815 - as the server calls it

            def log_message(self, *_args):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    def __enter__(self) -> str:
        self._thread.start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *exc_info: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
