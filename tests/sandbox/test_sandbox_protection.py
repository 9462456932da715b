"""A sandbox keeps its memory and its connections bounded, and does not answer to web pages."""

import contextlib
import re
import socket
import time
from collections.abc import Iterator

import httpx
import pytest

from apig_nb.sandbox import Sandbox, app, server, start

from .sandbox_http import Http

pytestmark = pytest.mark.slow


def port_of(sandbox: Sandbox) -> int:
    return int(sandbox.url.rpartition(":")[2])


def answers(sandbox: Sandbox) -> bool:
    try:
        return status(sandbox) == 200
    except httpx.TransportError:
        return False


def status(sandbox: Sandbox, **headers: str) -> int:
    return httpx.get(f"{sandbox.url}/v3/projects", headers={"X-Auth-Token": sandbox.token, **headers}).status_code


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LocalHost", "[::1]"])
def test_names_of_this_machine_are_answered(sandbox, name):
    assert status(sandbox, Host=f"{name}:{port_of(sandbox)}") == 200
    assert status(sandbox, Origin=f"http://{name}:{port_of(sandbox)}") == 200


def test_a_client_leaves_out_the_default_port():
    try:
        running = start(port=80)
    except OSError as error:
        pytest.skip(str(error))
    with running as sandbox:
        assert status(sandbox) == status(sandbox, Origin="http://localhost") == 200
        assert status(sandbox, Host="evil.example.com") == 403


@pytest.mark.parametrize(
    "host",
    ["evil.example.com", "evil.example.com:PORT", "127.0.0.1", "127.0.0.1:1", "127.0.0.1.nip.io:PORT", "0:PORT", ""],
)
def test_another_host_is_refused(sandbox, host):
    assert status(sandbox, Host=host.replace("PORT", str(port_of(sandbox)))) == 403


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example.com",
        "null",
        "http://localhost",
        "https://127.0.0.1:PORT",
        "http://127.0.0.1:PORT.evil.com",
        "127.0.0.1:PORT",
    ],
)
def test_a_page_of_another_origin_is_refused(sandbox, origin):
    assert status(sandbox, Origin=origin.replace("PORT", str(port_of(sandbox)))) == 403


def test_a_request_without_host_is_refused(sandbox):
    with socket.create_connection(("127.0.0.1", port_of(sandbox))) as raw:
        raw.sendall(b"GET /v3/projects HTTP/1.0\r\n\r\n")
        assert raw.recv(100).startswith(b"HTTP/1.1 403")


def test_every_origin_of_a_request_is_checked(sandbox):
    headers = [("X-Auth-Token", sandbox.token), ("Origin", sandbox.url), ("Origin", "https://evil.example.com")]
    assert httpx.get(f"{sandbox.url}/v3/projects", headers=headers).status_code == 403


def test_headers_of_a_proxy_do_not_change_urls_in_answers(sandbox):
    answer = httpx.get(
        f"{sandbox.url}/v3/projects", headers={"X-Auth-Token": sandbox.token, "X-Forwarded-Proto": "https"}
    )
    assert answer.json()["links"]["self"] == f"{sandbox.url}/v3/projects"


@pytest.mark.parametrize("call", ["export", "tokens"])
def test_a_body_of_many_values_is_refused(own, call):
    """The time to read one is without other answers: 12 MB of `[],` took 5 s."""
    url = f"{Http(own).gateway}/openapi/export" if call == "export" else f"{own.url}/v3/auth/tokens"
    answer = httpx.post(url, content=b"[" + b"[]," * 600_000 + b"0]", headers={"X-Auth-Token": own.token})
    assert answer.status_code == 413


@pytest.mark.parametrize("call", ["export", "tokens"])
@pytest.mark.parametrize("with_fault", [False, True])
def test_a_chunked_body_is_bounded(own, call, with_fault):
    sent = 0

    def body() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(400):
            sent += 2**20
            yield bytes(2**20)

    url = f"{Http(own).gateway}/openapi/export" if call == "export" else f"{own.url}/v3/auth/tokens"
    if with_fault:
        own.fault(call, code="APIG.2012", field="oas_version")
    try:
        answer = httpx.post(url, content=body(), headers={"X-Auth-Token": own.token}, timeout=30)
        assert answer.status_code == 413
    except httpx.WriteError:
        assert sent < 400 * 2**20
    own._faults._waiting.clear()


def test_bodies_of_all_requests_are_bounded(monkeypatch):
    monkeypatch.setattr(app, "BODIES_LIMIT", 100_000)
    with start() as sandbox:
        head = f"POST /v3/auth/tokens HTTP/1.1\r\nHost: 127.0.0.1:{port_of(sandbox)}\r\nContent-Length: 100000\r\n\r\n"

        def login() -> int:
            return httpx.post(f"{sandbox.url}/v3/auth/tokens", content=b" " * 60_000).status_code

        with socket.create_connection(("127.0.0.1", port_of(sandbox))) as raw:
            raw.sendall(head.encode() + b" " * 60_000)
            waiting = time.monotonic() + 20
            while login() == 400 and time.monotonic() < waiting:
                time.sleep(0.01)
            assert login() == 413
        while login() == 413 and time.monotonic() < waiting:
            time.sleep(0.01)
        assert login() == 400


POST = b"POST /v3/auth/tokens HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n"
HALF = {
    "nothing": b"",
    "half a line": b"GET /v3/pro",
    "half a head": b"GET /v3/projects HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: ",
    "half a body": POST + b"Content-Length: 100\r\n\r\n{",
    "half a chunk": POST + b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
}
HALF["half a body behind a whole request"] = b"GET / HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n" + HALF["half a body"]


@pytest.mark.parametrize("drip", [False, True])
@pytest.mark.parametrize("begin", HALF.values(), ids=HALF)
def test_an_incomplete_request_ends_in_time(monkeypatch, begin, drip):
    monkeypatch.setattr(server, "REQUEST_SECONDS", 0.5)
    with start() as sandbox, socket.create_connection(("127.0.0.1", port_of(sandbox))) as raw:
        raw.sendall(begin.replace(b"PORT", str(port_of(sandbox)).encode()))
        raw.settimeout(0.05)
        begun = time.monotonic()
        while time.monotonic() - begun < 20:
            try:
                if drip:
                    raw.sendall(b"1")
                if not raw.recv(1000):
                    break
            except TimeoutError:
                continue
            except OSError:
                break
        assert time.monotonic() - begun < 10


def test_a_client_that_reads_no_answers_is_closed_in_time(monkeypatch):
    monkeypatch.setattr(server, "REQUEST_SECONDS", 0.5)
    with start() as sandbox, socket.create_connection(("127.0.0.1", port_of(sandbox))) as raw:
        sandbox.fault("projects", body=bytes(50 * 2**20))
        raw.sendall(f"GET /v3/projects HTTP/1.1\r\nHost: 127.0.0.1:{port_of(sandbox)}\r\n\r\n".encode())
        begun = time.monotonic()
        while not (connections := sandbox._server._server.server_state.connections):
            time.sleep(0.01)
        while connections and time.monotonic() - begun < 20:
            time.sleep(0.01)
        assert not connections


def test_connections_are_bounded(monkeypatch):
    monkeypatch.setattr(server, "MOST_CONNECTIONS", 5)
    with start() as sandbox, contextlib.ExitStack() as opened:
        many = [socket.create_connection(("127.0.0.1", port_of(sandbox))) for _ in range(20)]
        for one in many:
            opened.enter_context(one)
        for one in many[5:]:
            with contextlib.suppress(ConnectionError):
                assert one.recv(1) == b""
        for one in many:
            one.close()
        # The server has noticed the closed ones once it answers.
        assert any(answers(sandbox) for _ in range(100))


def test_a_connection_is_used_again_for_longer_than_a_request_may_take(monkeypatch):
    monkeypatch.setattr(server, "REQUEST_SECONDS", 1)
    with start() as sandbox, httpx.Client() as client:
        sandbox.fault("projects", delay=1.5)
        for pause in (0, 1.2, 1.2):
            time.sleep(pause)
            answer = client.get(f"{sandbox.url}/v3/projects", headers={"X-Auth-Token": sandbox.token})
            assert answer.status_code == 200
        assert re.fullmatch("[0-9a-f]{32}", answer.headers["x-request-id"])
