"""Exports as tasks: start, poll, wait, cancel, and malformed answers."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import httpx
import pytest

import apig_nb as apig
from apig_nb.client.tasks import GROWTH, Progress
from apig_nb.sandbox import Sandbox
from apig_nb.widgets.error_text import error_text
from tests.connected import connected


@pytest.fixture
def client(own: Sandbox) -> Iterator[apig.Client]:
    with connected(own, limits=apig.Limits(pause=0.01)) as client:
        yield client


def connect_with_hook(sandbox: Sandbox, before_export: Callable[[httpx.Request], object]) -> apig.Client:
    """Return a client that calls a function before each direct export call."""

    class Transport(httpx.HTTPTransport):
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/openapi/export"):
                before_export(request)
            return super().handle_request(request)

    return connected(sandbox, limits=apig.Limits(pause=0.01), transport=Transport())


ORDERS: dict[str, Any] = {"group": "orders", "env": "RELEASE"}


@pytest.mark.parametrize("fault", [None, {"documented_keys": True}, {"polls": 0}])
@pytest.mark.parametrize(("type_", "oas_version"), [("json", "2.0"), ("yaml", "3.0")])
def test_a_task_gives_the_same_export_as_the_direct_call(own, client, type_, oas_version, fault):
    fields = {**ORDERS, "define": "all", "type": type_, "oas_version": oas_version}
    if fault:
        own.fault("async_export", **fault)
    export, direct = client.export(**fields, mode="async"), client.export(**fields)
    assert export.raw == direct.raw
    assert (export.group, export.environment, export.scope) == ("orders", "RELEASE", "all")
    assert (export.status_code, export.warnings) == (200, ())
    assert len(export.request_id) == 32
    assert export.operations.equals(direct.operations)


def test_it_is_polled_with_growing_pauses_and_reports_progress(own, client):
    own.fault("async_export", polls=6)
    seen: list[Progress] = []
    client.export(**ORDERS, mode="async", progress=seen.append)
    assert [step.status for step in seen] == ["waiting", *["processing"] * 5, "succeed"]
    assert [step.polls for step in seen] == list(range(1, 8))
    pauses = [later.seconds - earlier.seconds for earlier, later in pairwise(seen)]
    assert all(pause > 0.9 * 0.01 * GROWTH**number for number, pause in enumerate(pauses))
    assert re.fullmatch(r"waiting after \d+\.\d s", str(seen[0]))


def test_a_task_can_be_iterated_and_has_a_result(own, client):
    own.fault("async_export", polls=1)
    task = client.start(client.request(**ORDERS))
    with pytest.raises(apig.DocumentError, match="no document yet"):
        task.result()
    assert [step.status for step in task] == ["waiting", "succeed"]
    assert task.result().definition.title == "orders"
    assert task.wait() is task.result()
    assert repr(task) == f"<ExportTask {task.id}, done>"


def test_a_failed_task_is_an_error_with_its_code(client):
    with pytest.raises(apig.ServiceError, match=r"API group 0{32} does not exist") as caught:
        client.export(group="0" * 32, env="RELEASE", mode="async")
    assert caught.value.error_code == "APIG.3001"
    assert caught.value.hint


def test_a_wait_can_be_cancelled_from_another_thread(own, client):
    own.fault("async_export", polls=10**6)
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    start = time.monotonic()
    with pytest.raises(apig.ExportCancelledError, match="may still run"):
        client.export(**ORDERS, mode="async", cancelled=cancelled)
    assert time.monotonic() - start < 60
    task = client.start(client.request(**ORDERS))
    task.cancel()
    with pytest.raises(apig.ApigError, match="cancelled"):
        task.wait()


def test_a_wait_times_out_and_can_be_repeated(own, client):
    own.fault("async_export", polls=5)
    task = client.start(client.request(**ORDERS))
    with pytest.raises(
        apig.TransportTimeout, match=r"after 0\.01 s, its status is '(waiting|not known)'; wait for it again"
    ):
        task.wait(timeout=0.01)
    assert task.wait().definition.title == "orders"


def test_a_long_pause_does_not_outlast_the_timeout(own, client):
    own.fault("async_export", polls=10**6)
    with connected(own, limits=apig.Limits(pause=200)) as client:
        task = client.start(client.request(**ORDERS))
        start = time.monotonic()
        with pytest.raises(apig.TransportTimeout, match=r"not finished after 0\.2 s"):
            task.wait(timeout=0.2)
        assert time.monotonic() - start < 60


def test_polls_are_retried_like_every_call(own, client):
    own.fault("async_task", status=503, times=2)
    own.fault("async_export", code="APIG.9008")
    assert client.export(**ORDERS, mode="async").definition.title == "orders"
    assert client.log["tries"].tolist()[1:3] == [2, 3]


class TestAuto:
    def test_the_direct_call_is_enough_where_it_works(self, client):
        export = client.export(**ORDERS, mode="auto")
        assert export.warnings == ()
        assert client.log["call"].iloc[-1].endswith("/openapi/export")

    @pytest.mark.parametrize(
        ("fault", "words"),
        [({"status": 413}, "413 APIGW.0201"), ({"status": 504}, "504 APIGW.0201")],
    )
    def test_a_direct_call_that_is_too_large_becomes_a_task(self, own, client, fault, words):
        own.fault("export", **fault)
        export = client.export(**ORDERS, mode="auto")
        assert export.definition.title == "orders"
        (warning,) = export.warnings
        assert warning.startswith(f"the direct call failed for size or time ({words}")
        assert warning in export._repr_html_()
        posts = client.log[client.log["call"].str.startswith("POST")]
        assert posts["tries"].tolist() == [1, 1]

    def test_a_direct_call_without_an_answer_in_time_becomes_a_task(self, own):
        def time_out(request: httpx.Request) -> None:
            raise httpx.ReadTimeout("timed out", request=request)

        with connect_with_hook(own, time_out) as client:
            export = client.export(**ORDERS, mode="auto")
        assert export.definition.title == "orders"
        (warning,) = export.warnings
        assert warning.startswith("the direct call failed for size or time (127.0.0.1")
        assert "did not answer within 60 s" in warning

    def test_an_error_of_the_task_has_a_note_on_the_direct_call(self, own, client):
        """A cloud may lack the asynchronous call."""
        own.fault("export", status=413)
        own.fault("async_export", code="APIG.3458")
        with pytest.raises(apig.ServiceError, match=r"^412 APIG\.3458") as caught:
            client.export(**ORDERS, mode="auto")
        (note,) = caught.value.__notes__
        assert note == "The direct call had failed for size or time (413 APIGW.0201)"
        assert note in error_text(caught.value)

    def test_other_errors_start_no_task(self, own, client):
        own.fault("export", status=403)
        with pytest.raises(apig.ServiceError, match=r"^403"):
            client.export(**ORDERS, mode="auto")

    def test_without_a_connection_no_task_is_started(self):
        asked = []

        def no_connection(request: httpx.Request) -> httpx.Response:
            asked.append(request.url.path)
            raise httpx.ConnectTimeout("timed out", request=request)

        with (
            apig.connect(
                endpoint="https://apig.example.com",
                token="t",
                project_id="p" * 32,
                instance_id="i" * 32,
                transport=httpx.MockTransport(no_connection),
            ) as client,
            pytest.raises(apig.TransportTimeout, match=r"^no connection to apig\.example\.com within 5 s"),
        ):
            client.export(group="a" * 32, env="RELEASE", mode="auto")
        assert len(asked) == 1

    def test_an_unknown_mode_is_an_error_before_anything_is_sent(self, client):
        with pytest.raises(apig.ArgumentError, match=r"^mode: is not known.*allowed: direct, async, auto"):
            client.export(**ORDERS, mode="later")
        assert len(client.log) == 0


def test_a_rejected_oas_version_is_left_out(own, client):
    own.fault("async_export", code="APIG.2011", field="oas_version")
    export = client.export(**ORDERS, oas_version="2.0", mode="async")
    assert "rejected oas_version" in export.warnings[0]


class TestMalformedAnswers:
    @pytest.mark.parametrize(
        ("body", "words"),
        [("", "is not JSON"), ("[]", "JSON list instead"), ("{}", "no task_id"), ('{"task_id": 5}', "no task_id")],
    )
    def test_of_the_start(self, own, client, body, words):
        own.fault("async_export", body=body, status=202)
        with pytest.raises(apig.DocumentError, match=words):
            client.export(**ORDERS, mode="async")

    def test_a_task_id_that_would_change_the_path_is_an_error(self, own, client):
        own.fault("async_export", body='{"task_id": "../../x"}', status=202)
        with pytest.raises(apig.ArgumentError, match="task_id"):
            client.export(**ORDERS, mode="async")

    @pytest.mark.parametrize(
        ("result", "words"),
        [
            ("", "not JSON"),
            ("{}", "no document under 'Comment' or 'content'"),
            (None, "no document"),
            ('{"Comment": "<html><title>Sign in</title>"}', "HTML page"),
            ('{"Comment": "{}"}', "not an API document|neither"),
        ],
    )
    def test_of_a_finished_task(self, own, client, result, words):
        own.fault("async_task", body=json.dumps({"task_status": "succeed", "task_result": result}))
        with pytest.raises(apig.DocumentError, match=words):
            client.export(**ORDERS, mode="async")

    def test_a_document_may_be_an_object_in_place_of_text(self, own, client):
        document = {"swagger": "2.0", "info": {"title": "orders", "version": "1"}, "paths": {}}
        result = json.dumps({"file_type": "json", "content": document})
        own.fault("async_task", body=json.dumps({"task_status": "succeed", "task_result": result}))
        assert client.export(**ORDERS, mode="async").definition.title == "orders"

    def test_a_failed_task_without_a_message_is_an_error(self, own, client):
        own.fault("async_task", body=json.dumps({"task_status": "failed", "task_result": ""}))
        with pytest.raises(apig.ServiceError):
            client.export(**ORDERS, mode="async")

    def test_lone_surrogates_in_the_message_of_a_failed_task_are_replaced(self, own, client):
        result = json.dumps({"error_code": "APIG.3001", "error_msg": "gone \ud800"})
        for held in (result, json.loads(result), {"a": "\ud800"}, "\ud800"):
            own.fault("async_task", body=json.dumps({"task_status": "failed", "task_result": held}))
            with pytest.raises(apig.ServiceError, match=r"\?") as caught:
                client.export(**ORDERS, mode="async")
            assert str(caught.value).encode()

    def test_a_task_that_does_not_exist_any_more(self, own, client):
        own.fault("async_export", body=json.dumps({"task_id": "0" * 32}), status=202)
        with pytest.raises(apig.ServiceError, match=r"^404 APIG.3093"):
            client.export(**ORDERS, mode="async")


def test_a_cancellation_during_the_direct_call_starts_no_task(own):
    own.fault("export", status=413)
    cancelled = threading.Event()
    with connect_with_hook(own, lambda _: cancelled.set()) as client:
        with pytest.raises(apig.ExportCancelledError, match="before"):
            client.export(**ORDERS, mode="auto", cancelled=cancelled)
        assert "async-export" not in " ".join(client.log["call"])
