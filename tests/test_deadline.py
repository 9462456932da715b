"""A call ends when its limits say so, whatever the service or a proxy sends."""

import itertools
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

import apig_nb as apig
from tests.raw_server import raw_server

# Servers of these tests have no gateway, of which the client warns.
pytestmark = pytest.mark.filterwarnings("ignore:the list of gateways is empty")

HEAD = b"HTTP/1.1 200 OK\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def drip(start: bytes, piece: bytes, pause: float = 0.02) -> Iterator[bytes]:
    """Yield a beginning, and then a piece now and then, without an end."""
    yield start
    for _ in itertools.repeat(None):
        time.sleep(pause)
        yield piece


ENDLESS = {
    "status line": lambda: drip(b"HTTP/1.1 200 ", b"O"),
    "header": lambda: drip(HEAD + b"X-Long: ", b"a"),
    "headers": lambda: drip(HEAD, b"X-One: a\r\n"),
    "100 Continue": lambda: drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
    "100 Continue at once": lambda: drip(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 1000, 0.0),
    "body": lambda: drip(HEAD + b"Content-Length: 10000\r\n\r\n", b"{"),
    "chunk extension": lambda: drip(CHUNKED + b"4;", b"a"),
    "empty chunks' size": lambda: drip(CHUNKED, b"0"),
    "trailer": lambda: drip(CHUNKED + b"2\r\n{}\r\n0\r\n", b"a"),
    "trailers": lambda: drip(CHUNKED + b"2\r\n{}\r\n0\r\n", b"X-One: a\r\n"),
}


@pytest.mark.parametrize("answer", ENDLESS.values(), ids=ENDLESS)
def test_an_answer_that_drips_ends_with_the_total_timeout(answer) -> None:
    with raw_server(answer) as url, connect_to(url, timeout=0.3, total_timeout=0.4, retries=0) as client:
        start = time.monotonic()
        with pytest.raises(apig.TransportError):
            client.gateways()
        assert time.monotonic() - start < 20


def connect_to(url: str, **limits) -> apig.Client:
    return apig.connect(endpoint=url, token="t0ken-s3cret", project_id="p" * 32, limits=apig.Limits(**limits))


@pytest.mark.parametrize(
    ("answer", "phase"),
    [
        (ENDLESS["header"], "while the head of the answer was received"),
        (ENDLESS["trailer"], "while the body of the answer was received"),
    ],
)
def test_the_error_says_in_which_part_of_the_call_it_ended(answer, phase) -> None:
    with (
        raw_server(answer) as url,
        connect_to(url, total_timeout=1) as client,
        pytest.raises(apig.TransportTimeout, match=rf"no whole answer within 1 s.*\({phase}\).*total_timeout"),
    ):
        client.gateways()
    assert client.log["tries"].tolist() == [1]


def test_a_tls_handshake_that_drips_ends_with_the_total_timeout() -> None:
    record = b"\x16\x03\x03\x3f\xff"
    with raw_server(lambda: drip(record, b"\x02")) as url:
        url = url.replace("http:", "https:")
        with connect_to(url, total_timeout=0.3) as client, pytest.raises(apig.TransportTimeout, match="connecting"):
            timed(client.gateways)


# The HTTP library leaves the end of such a connection to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.parametrize(
    ("scheme", "answer"),
    [("http", ENDLESS["header"]), ("socks5", lambda: drip(b"\x05\x00", b""))],
    ids=["http", "socks5"],
)
def test_a_proxy_that_drips_ends_with_the_total_timeout(monkeypatch, scheme, answer) -> None:
    with raw_server(answer) as url:
        monkeypatch.setenv("HTTPS_PROXY", url.replace("http://", f"{scheme}://"))
        limits = apig.Limits(total_timeout=0.3)
        client = apig.connect(region="eu-de", token="t0ken-s3cret", project_id="p" * 32, limits=limits)
        with client, pytest.raises(apig.TransportTimeout, match=r"within 0\.3 s"):
            timed(client.gateways)


def test_the_look_up_of_a_host_ends_with_the_total_timeout_and_leaves_one_thread(monkeypatch) -> None:
    ended = threading.Event()
    # The system's function, where no name server answers.
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_args, **_more: ended.wait(60) and [])
    login: dict[str, Any] = {"region": "eu-de", "token": "t0ken-s3cret", "project_id": "p" * 32}
    with apig.connect(**login, limits=apig.Limits(total_timeout=0.3)) as client, ThreadPoolExecutor(8) as threads:
        before = set(threading.enumerate())
        for error in threads.map(lambda _: timed(lambda: error_of(client.gateways)), range(16)):
            assert isinstance(error, apig.TransportTimeout)
            assert "(while connecting)" in str(error)
        left = [one for one in set(threading.enumerate()) - before if one.daemon]
        assert len(left) == 1
        ended.set()
        left[0].join()
        # Later calls look it up again.
        assert "no address" in str(error_of(client.gateways))


def test_a_call_over_a_transport_of_the_http_library_given_by_the_user_ends_with_the_total_timeout() -> None:
    given: dict[str, Any] = {"token": "t0ken-s3cret", "project_id": "p" * 32, "limits": apig.Limits(total_timeout=0.3)}
    with (
        raw_server(ENDLESS["header"]) as url,
        apig.connect(endpoint=url, **given, transport=httpx.HTTPTransport()) as client,
        pytest.raises(apig.TransportTimeout),
    ):
        timed(client.gateways)


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="the system has no Unix sockets")
def test_so_does_a_call_over_a_unix_socket(tmp_path) -> None:
    given: dict[str, Any] = {"token": "t0ken-s3cret", "project_id": "p" * 32, "limits": apig.Limits(total_timeout=0.3)}
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(tmp_path / "gateway"))
        listening.listen()
        transport = httpx.HTTPTransport(uds=str(tmp_path / "gateway"))
        with (
            apig.connect(endpoint="http://127.0.0.1", **given, transport=transport) as client,
            pytest.raises(apig.TransportTimeout, match="while the head of the answer was received"),
        ):
            timed(client.gateways)


def test_a_login_that_drips_ends_with_the_total_timeout_of_every_call_that_waits_for_it() -> None:
    with raw_server(ENDLESS["header"]) as url:
        login: dict[str, Any] = {"username": "u", "password": "p4ssword", "domain_name": "d", "project_id": "p" * 32}
        with (
            apig.connect(endpoint=url, **login, limits=apig.Limits(total_timeout=0.5)) as client,
            ThreadPoolExecutor(4) as threads,
        ):
            start = time.monotonic()
            waiting = [threads.submit(client.gateways) for _ in range(4)]
            assert {type(one.exception()) for one in waiting} == {apig.TransportTimeout}
            assert time.monotonic() - start < 20


def test_a_repetition_has_only_the_time_that_is_left() -> None:
    begins = []

    def answer() -> Iterator[bytes]:
        begins.append(time.monotonic())
        if len(begins) == 1:
            yield b"HTTP/1.1 503 Wait\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
        else:
            yield from drip(HEAD, b"a")

    limits: dict[str, Any] = {"total_timeout": 2, "pause": 0.01}
    with raw_server(answer) as url, connect_to(url, **limits) as client, pytest.raises(apig.TransportTimeout):
        timed(client.gateways)
    assert len(begins) == 2


@pytest.mark.parametrize(
    "poll", [ENDLESS["body"], lambda: [b"HTTP/1.1 503 Wait\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n"]]
)
def test_the_wait_for_a_task_ends_with_its_own_timeout(poll) -> None:
    started = b'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 16\r\n\r\n{"task_id": "t"}'
    answers: Iterator[Any] = itertools.chain([lambda: [started]], itertools.repeat(poll))
    request = apig.ExportRequest(project_id="p" * 32, instance_id="i" * 32, group_id="g" * 32, env_id="e" * 32)
    with raw_server(lambda: next(answers)()) as url, connect_to(url, timeout=9) as client:
        task = client.start(request)
        with pytest.raises((apig.TransportTimeout, apig.ServiceError), match=r"not finished after 0\.4 s|503"):
            timed(lambda: task.wait(timeout=0.4))


@pytest.mark.parametrize("is_silent", [False, True])
def test_the_wait_for_a_task_that_is_cancelled_does_not_wait_for_a_poll(is_silent) -> None:
    started = b'HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 16\r\n\r\n{"task_id": "t"}'
    ended = threading.Event()

    def silent() -> Iterator[bytes]:
        ended.wait(60)
        yield b""

    poll = silent if is_silent else ENDLESS["body"]
    answers: Iterator[Any] = itertools.chain([lambda: [started]], itertools.repeat(poll))
    request = apig.ExportRequest(project_id="p" * 32, instance_id="i" * 32, group_id="g" * 32, env_id="e" * 32)
    with raw_server(lambda: next(answers)()) as url, connect_to(url, timeout=60) as client:
        task = client.start(request)
        threading.Timer(0.2, task.cancel).start()
        with pytest.raises(apig.ExportCancelledError):
            timed(task.wait)
        ended.set()


class TestClosing:
    """A call ends with its client; while it connects, with `connect_timeout`."""

    @pytest.mark.parametrize("answer", ENDLESS.values(), ids=ENDLESS)
    def test_a_running_call_ends(self, answer) -> None:
        with raw_server(answer) as url:
            client = connect_to(url, timeout=0.5)
            with ThreadPoolExecutor(1) as threads:
                running = threads.submit(client.gateways)
                time.sleep(0.1)
                client.close()
                with pytest.raises(apig.TransportError, match="the client is closed; connect again"):
                    timed(running.result)

    @pytest.mark.parametrize("start", [b"", HEAD + b"\r\n{}"], ids=["nothing", "a document without a length"])
    def test_a_call_whose_service_is_silent_ends_at_once(self, start) -> None:
        closed = threading.Event()

        def answer() -> Iterator[bytes]:
            yield start
            closed.wait(60)

        with raw_server(answer) as url, ThreadPoolExecutor(1) as threads:
            client = connect_to(url)
            running = threads.submit(client.gateways)
            time.sleep(0.1)
            client.close()
            with pytest.raises(apig.TransportError, match="the client is closed; connect again"):
                timed(running.result)
            closed.set()

    def test_a_pause_ends(self) -> None:
        refusal = b"HTTP/1.1 429 Wait\r\nRetry-After: 100\r\nContent-Length: 0\r\n\r\n"
        with raw_server(lambda: [refusal]) as url:
            client = connect_to(url)
            with ThreadPoolExecutor(1) as threads:
                running = threads.submit(client.gateways)
                time.sleep(0.2)
                client.close()
                with pytest.raises(apig.TransportError, match="the client is closed"):
                    timed(running.result)

    def test_the_wait_for_a_task_ends(self) -> None:
        def answer(request: httpx.Request) -> httpx.Response:
            return httpx.Response(200, json={"task_id": "t", "task_status": "processing"})

        request = apig.ExportRequest(project_id="p" * 32, instance_id="i" * 32, group_id="g" * 32, env_id="e" * 32)
        client = apig.connect(
            region="eu-de",
            token="t",
            project_id="p" * 32,
            transport=httpx.MockTransport(answer),
            limits=apig.Limits(pause=9),
        )
        with ThreadPoolExecutor(1) as threads:
            running = threads.submit(client.send, request, mode="async")
            time.sleep(0.2)
            client.close()
            with pytest.raises(apig.TransportError, match="the client is closed"):
                timed(running.result)

    def test_a_closed_client_makes_no_call(self) -> None:
        with raw_server(ENDLESS["body"]) as url:
            client = connect_to(url)
            client.close()
            with pytest.raises(apig.TransportError, match="the client is closed; connect again"):
                client.gateways()


def test_no_cookie_is_stored_or_sent() -> None:
    seen = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request.headers.get("Cookie"))
        return httpx.Response(200, headers={"Set-Cookie": "session=abc; Path=/"}, json={"total": 0})

    transport = httpx.MockTransport(answer)
    with apig.connect(region="eu-de", token="t", project_id="p" * 32, transport=transport) as client:
        client.gateways()
        client.gateways()
    assert seen == [None, None]


@pytest.mark.parametrize(
    ("location", "host"),
    [
        *(("javascript:alert(1)", "another address of the same host"), ("https://xn--a/b", "another address")),
        *(("//example.com/a?session=s3cret", "another address"), ("https://me:s3cret@example.com/a", "example.com")),
        *(("http://[::1", "another address"), ("\x7f", "another address"), ("https://a:99999999/", "another address")),
        *(("data:text/html,s3cret", "another address"), ("https://example.com:8443/?s3cret", "example.com")),
    ],
)
@pytest.mark.parametrize("of", ["a call", "a login"])
def test_a_redirect_to_anything_is_an_error_with_its_host_only(location, host, of) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(302, headers={"Location": location}))
    login: dict[str, Any] = (
        {"username": "u", "password": "p4ssword", "domain_name": "d"} if of == "a login" else {"token": "t"}
    )
    with (
        apig.connect(region="eu-de", **login, project_id="p" * 32, transport=transport) as client,
        pytest.raises(apig.ServiceError, match=host if of == "a call" else "is it IAM's address") as caught,
    ):
        client.gateways()
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "endpoint",
    [
        *("https://xn--a", "https://a\x00b", "https://[::1", "https://a:99999", "https://ä" * 80),
        *(f"https://{'a' * 64}.example.com", "https://.example.com", "https://a..example.com"),
    ],
)
def test_a_malformed_address_is_an_argument_error(endpoint) -> None:
    with pytest.raises(apig.ArgumentError, match=r"^endpoint: "):
        apig.connect(endpoint=endpoint, token="t", project_id="p" * 32)


@pytest.mark.parametrize("too_long", ["the gateway's id", "the task's id"])
def test_a_call_whose_address_is_too_long_is_an_error_in_words(too_long) -> None:
    gateway = "i" * (70_000 if too_long == "the gateway's id" else 32)
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json={"task_id": "t" * 70_000}))
    client = apig.connect(region="eu-de", token="t", project_id="p" * 32, instance_id=gateway, transport=transport)
    with client, pytest.raises(apig.TransportError, match=r"the address of the call is not valid \(URL too long\)"):
        client.export(group="a" * 32, env="RELEASE", mode="async")


@pytest.mark.parametrize("name", ["a\0", "a\ud800", "a\0/b"])
def test_a_name_that_no_system_allows_is_an_os_error(tmp_path, name) -> None:
    export = apig.Export(raw=b"{}")
    with pytest.raises(OSError, match="Errno") as caught:
        export.save(tmp_path / name)
    assert name in str(caught.value.filename)
    assert list(tmp_path.iterdir()) == []


def timed(call):
    """Return what a call does, and require that it ends soon."""
    start = time.monotonic()
    try:
        return call()
    finally:
        assert time.monotonic() - start < 20


def error_of(call) -> apig.ApigError:
    """Return the error that a call raises."""
    with pytest.raises(apig.ApigError) as caught:
        call()
    return caught.value
