"""A service or proxy that breaks the rules of HTTP, of lists or of tasks: a clear error, and never another's answer."""

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

import apig_nb as apig
from apig_nb.client import listings
from tests.raw_server import raw_server

READY: dict[str, Any] = {"token": "t0ken-s3cret", "project_id": "p" * 32, "instance_id": "1" * 32}
REQUEST = apig.ExportRequest(project_id="p" * 32, instance_id="1" * 32, group_id="a" * 32, env_id="e" * 32)


def whole(content: object, status: str = "200 OK", head: str = "") -> bytes:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{head}\r\n".encode() + body


def document(title: str) -> dict[str, Any]:
    return {"swagger": "2.0", "info": {"title": title, "version": "1"}, "paths": {}}


def answered(answer: Callable[[httpx.Request], Any], **limits: Any) -> apig.Client:
    """Return a client whose calls are answered with JSON, or with a whole response."""

    def handle(request: httpx.Request) -> httpx.Response:
        content = answer(request)
        return content if isinstance(content, httpx.Response) else httpx.Response(200, json=content)

    transport = httpx.MockTransport(handle)
    return apig.connect(region="eu-de", **READY, transport=transport, limits=apig.Limits(pause=0.01, **limits))


class TestConnections:
    @pytest.mark.parametrize(
        "first",
        [
            whole(document("first")) + whole(document("other")),
            # A 304 has no body, whatever its Content-Length says.
            b"HTTP/1.1 304 Not Modified\r\nContent-Length: 80\r\n\r\n" + whole(document("other")),
        ],
        ids=["second answer", "304 with a body"],
    )
    def test_what_follows_an_answer_does_not_answer_the_next_call(self, first: bytes) -> None:
        firsts, ended = iter([first]), threading.Event()

        def answer() -> Iterator[bytes]:
            yield next(firsts, whole(document("own")))
            ended.wait(60)  # the connection stays open

        limits = apig.Limits(pause=0.01)
        with raw_server(answer) as url, apig.connect(endpoint=url, **READY, limits=limits) as client:
            titles = []
            for _ in range(2):
                try:
                    titles.append(client.send(REQUEST).definition.title)
                except apig.ServiceError as error:
                    titles.append(str(error.status_code))
            ended.set()
        assert titles[0] in ("first", "304")
        assert titles[1] == "own"

    def test_a_part_of_an_answer_is_an_error(self) -> None:
        part = whole(document("orders"), "206 Partial Content", "Content-Range: bytes 0-70/900\r\n")
        with (
            raw_server(lambda: [part]) as url,
            apig.connect(endpoint=url, **READY) as client,
            pytest.raises(apig.ServiceError, match=r"^206: "),
        ):
            client.send(REQUEST)

    def test_the_error_for_a_compression_is_short(self) -> None:
        long = whole({}, head=f"Content-Encoding: {'b' * 60_000}\r\n")
        with (
            raw_server(lambda: [long]) as url,
            apig.connect(endpoint=url, **READY) as client,
            pytest.raises(apig.TransportError, match="cannot be decompressed") as caught,
        ):
            client.groups()
        assert len(str(caught.value)) < 300


class TestLists:
    def test_items_without_an_id_are_all_listed(self) -> None:
        page = {"total": 3, "groups": [{"id": None, "name": "a"}, {"name": "b"}, {"id": None, "name": "c"}]}
        with answered(lambda _: page) as client:
            assert client.groups()["name"].tolist() == ["a", "b", "c"]

    def test_a_list_of_more_items_than_any_quota_allows_ends(self) -> None:
        with (
            answered(lambda _: {"total": 1, "groups": [{}] * 60_000}) as client,
            pytest.raises(apig.DocumentError, match=r"API groups does not end: stopped after 60,000 items"),
        ):
            client.groups()
        assert len(client.log) == 2

    def test_a_list_of_more_bytes_than_fit_into_memory_ends(self, monkeypatch) -> None:
        monkeypatch.setattr(listings, "MAX_BYTES", 1000)
        with (
            answered(lambda _: {"groups": [{"name": "a" * 150}]}) as client,
            pytest.raises(apig.DocumentError, match=r"API groups does not end: stopped after 5 items"),
        ):
            client.groups()

    def test_an_answer_of_more_values_than_can_be_read_soon_is_not_read(self) -> None:
        page = b'{"groups": [' + b"[]," * 3_000_000 + b"[]]}"
        with (
            answered(lambda _: httpx.Response(200, content=page)) as client,
            pytest.raises(apig.DocumentError, match=r"list of API groups has more than 4,000,000 values"),
        ):
            client.groups()

    @pytest.mark.parametrize("name", ["orders", "a" * 1_000_000])
    def test_the_error_for_a_name_is_short(self, name: str) -> None:
        number = 2000 if name == "orders" else 1
        page = {"total": number, "groups": [{"id": f"{name} {index}", "name": name} for index in range(number)]}
        with answered(lambda _: page) as client, pytest.raises(apig.NameLookupError, match="candidates: ") as caught:
            client.request(group="orders", env="RELEASE")
        assert len(str(caught.value)) < 2000

    def test_a_value_that_is_nested_deep_is_shown_in_any_depth_of_the_stack(self) -> None:
        deep = b"[" * 900 + b"]" * 900

        def answer(request: httpx.Request) -> httpx.Response:
            offset = int(request.url.params["offset"])
            items = [b'{"id": "%d", "name": %s}' % (offset + number, deep) for number in range(500)]
            return httpx.Response(
                200, content=b'{"total": 1500, "groups": [%s]}' % b", ".join(items if offset else [b"{}"] * 500)
            )

        def in_frames(number: int, call: Callable[[], Any]) -> Any:
            return in_frames(number - 1, call) if number else call()

        with answered(answer) as client:
            assert len(in_frames(150, client.groups)) == 1500

    @pytest.mark.skipif(os.name == "nt", reason="Windows sends no signals")
    def test_an_interrupt_does_not_wait_for_the_pages_on_their_way(self) -> None:
        ended = threading.Event()

        def answer(request: httpx.Request) -> Any:
            if request.url.params["offset"] == "0":
                return {"total": 5000, "groups": [{"id": str(number)} for number in range(500)]}
            if request.url.params["offset"] == "500":
                threading.Timer(0.1, os.kill, (os.getpid(), signal.SIGINT)).start()
            ended.wait(30)
            return {"total": 5000}

        with answered(answer) as client:
            begin = time.monotonic()
            with pytest.raises(KeyboardInterrupt):
                client.groups()
            waited = time.monotonic() - begin
            ended.set()
        assert waited < 20


class TestTasks:
    def polled(self, poll: dict[str, Any], timeout: float = 30) -> apig.Export:
        with answered(lambda sent: {"task_id": "t" * 32} if sent.url.path.endswith("async-export") else poll) as client:
            return client.start(REQUEST).wait(timeout=timeout)

    def test_the_result_of_another_task_is_an_error(self) -> None:
        result = json.dumps({"Comment": json.dumps(document("other"))})
        with pytest.raises(apig.DocumentError, match=r"about another task than t{32}; is it an old answer"):
            self.polled({"task_id": "u" * 32, "task_status": "succeed", "task_result": result})

    def test_an_error_with_the_status_of_a_success_is_not_polled_on(self) -> None:
        with pytest.raises(apig.ServiceError, match=r"APIG\.9004"):
            self.polled({"error_code": "APIG.9004", "error_msg": "IAM failed"})

    def test_an_unknown_status_is_named_when_the_wait_is_over(self) -> None:
        with pytest.raises(apig.TransportTimeout, match=r"not finished after 1 s, its status is 'success'"):
            self.polled({"task_id": "t" * 32, "task_status": "success"}, timeout=1)

    @pytest.mark.parametrize("timeout", [0, float("nan"), float("inf"), "5", None, 10**400])
    def test_a_wait_for_no_number_of_seconds_is_an_error(self, timeout: Any) -> None:
        """Compared with NaN, no time is over."""
        with pytest.raises(apig.ArgumentError, match=r"^timeout: must be a number of seconds above 0"):
            self.polled({"task_status": "processing"}, timeout=timeout)

    def test_a_failure_without_a_reason_is_an_error_in_words(self) -> None:
        with pytest.raises(apig.ServiceError, match="the answer has no text"):
            self.polled({"task_status": "failed", "task_result": None})
