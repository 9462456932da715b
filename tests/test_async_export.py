"""Exports as tasks: started, looked at, waited for, given up."""

import json
import threading
import time
from collections.abc import Iterator

import httpx
import pytest

import apig_nb as apig
from apig_nb.client.tasks import Progress
from apig_nb.sandbox import Sandbox
from apig_nb.widgets.error_text import error_text
from tests.connected import connected


@pytest.fixture
def quick(own: Sandbox) -> Iterator[apig.Client]:
    with connected(own, limits=apig.Limits(pause=0.01, timeout=0.5)) as client:
        yield client


ORDERS = {"group": "orders", "env": "RELEASE"}


@pytest.mark.parametrize("fault", [None, {"documented_keys": True}, {"polls": 0}])
@pytest.mark.parametrize(("type_", "oas_version"), [("json", "2.0"), ("yaml", "3.0")])
def test_it_is_the_export_the_direct_call_makes(own, quick, type_, oas_version, fault):
    fields = {**ORDERS, "define": "all", "type": type_, "oas_version": oas_version}
    if fault:
        own.fault("async_export", **fault)
    export, direct = quick.export(**fields, mode="async"), quick.export(**fields)
    assert export.raw == direct.raw
    assert (export.group, export.environment, export.scope) == ("orders", "RELEASE", "all")
    assert (export.status_code, export.warnings) == (200, ())
    assert len(export.request_id) == 32
    assert export.operations.equals(direct.operations)


def test_it_is_looked_at_with_growing_pauses_and_says_how_it_stands(own, quick):
    own.fault("async_export", polls=6)
    seen: list[Progress] = []
    quick.export(**ORDERS, mode="async", progress=seen.append)
    assert [step.status for step in seen] == ["waiting", *["processing"] * 5, "succeed"]
    assert [step.polls for step in seen] == list(range(1, 8))
    assert seen[-1].seconds - seen[-2].seconds > seen[1].seconds - seen[0].seconds > 0.01
    assert str(seen[0]).startswith("waiting after 0.")


def test_a_task_can_be_watched_in_a_loop_and_asked_for_its_result(own, quick):
    own.fault("async_export", polls=1)
    task = quick.start(quick.request(**ORDERS))
    with pytest.raises(apig.DocumentError, match="no document yet"):
        task.result()
    assert [step.status for step in task] == ["waiting", "succeed"]
    assert task.result().definition.title == "orders"
    assert task.wait() is task.result()
    assert repr(task) == f"<ExportTask {task.id}, done>"


def test_a_task_that_failed_is_an_error_with_its_code(quick):
    with pytest.raises(apig.ServiceError, match=r"API group 0{32} does not exist") as caught:
        quick.export(group="0" * 32, env="RELEASE", mode="async")
    assert caught.value.error_code == "APIG.3001"
    assert caught.value.hint


def test_a_wait_can_be_given_up_from_another_thread(own, quick):
    own.fault("async_export", polls=10**6)
    cancelled = threading.Event()
    threading.Timer(0.2, cancelled.set).start()
    begun = time.monotonic()
    with pytest.raises(apig.ExportCancelledError, match="may still run"):
        quick.export(**ORDERS, mode="async", cancelled=cancelled)
    assert time.monotonic() - begun < 60
    task = quick.start(quick.request(**ORDERS))
    task.cancel()
    with pytest.raises(apig.ApigError, match="cancelled"):
        task.wait()


def test_a_wait_has_an_end_and_can_be_taken_up_again(own, quick):
    own.fault("async_export", polls=5)
    task = quick.start(quick.request(**ORDERS))
    with pytest.raises(apig.TransportTimeout, match=r"not finished after 0\.01 s; wait for it again"):
        task.wait(timeout=0.01)
    assert task.wait().definition.title == "orders"


def test_a_wait_lasts_no_longer_than_it_may_however_long_the_pauses(own, quick):
    own.fault("async_export", polls=10**6)
    with connected(own, limits=apig.Limits(pause=200)) as client:
        task = client.start(client.request(**ORDERS))
        begun = time.monotonic()
        with pytest.raises(apig.TransportTimeout, match=r"not finished after 0\.2 s"):
            task.wait(timeout=0.2)
        assert time.monotonic() - begun < 60


def test_looks_are_tried_again_like_every_call(own, quick):
    own.fault("async_task", status=503, times=2)
    own.fault("async_export", code="APIG.9008")
    assert quick.export(**ORDERS, mode="async").definition.title == "orders"
    assert quick.log["tries"].tolist()[1:3] == [2, 3]


class TestAuto:
    def test_the_direct_call_is_enough_where_it_works(self, quick):
        export = quick.export(**ORDERS, mode="auto")
        assert export.warnings == ()
        assert quick.log["call"].iloc[-1].endswith("/openapi/export")

    @pytest.mark.parametrize(
        ("fault", "words"),
        [({"status": 413}, "413 APIGW.0201"), ({"status": 504}, "504 APIGW.0201"), ({"delay": 1}, r"within 0\.5 s")],
    )
    def test_what_is_too_much_at_once_becomes_a_task(self, own, quick, fault, words):
        own.fault("export", **fault)
        export = quick.export(**ORDERS, mode="auto")
        assert export.definition.title == "orders"
        (said,) = export.warnings
        assert said.startswith("the direct call failed for size or time (")
        assert export.warnings[0] in export._repr_html_()
        posts = quick.log[quick.log["call"].str.startswith("POST")]
        assert posts["tries"].tolist() == [1, 1]

    def test_where_no_task_can_be_started_the_first_refusal_is_said_too(self, own, quick):
        """As by a cloud that lacks the asynchronous call."""
        own.fault("export", status=413)
        own.fault("async_export", code="APIG.3458")
        with pytest.raises(apig.ServiceError, match=r"^412 APIG\.3458") as caught:
            quick.export(**ORDERS, mode="auto")
        (said,) = caught.value.__notes__
        assert said == "The direct call had failed for size or time (413 APIGW.0201)"
        assert said in error_text(caught.value)

    def test_other_refusals_stay_refusals(self, own, quick):
        own.fault("export", status=403)
        with pytest.raises(apig.ServiceError, match=r"^403"):
            quick.export(**ORDERS, mode="auto")

    def test_where_nobody_is_reached_no_task_is_tried(self):
        asked = []

        def nobody(request: httpx.Request) -> httpx.Response:
            asked.append(request.url.path)
            raise httpx.ConnectTimeout("timed out", request=request)

        with (
            apig.connect(
                endpoint="https://apig.example.com",
                token="t",
                project_id="p" * 32,
                instance_id="i" * 32,
                transport=httpx.MockTransport(nobody),
            ) as client,
            pytest.raises(apig.TransportTimeout, match=r"^no connection to apig\.example\.com within 5 s"),
        ):
            client.export(group="a" * 32, env="RELEASE", mode="auto")
        assert len(asked) == 1

    def test_a_mode_that_is_none_is_refused_before_anything_is_sent(self, quick):
        with pytest.raises(apig.ArgumentError, match=r"^mode: is not known.*allowed: direct, async, auto"):
            quick.export(**ORDERS, mode="later")
        assert len(quick.log) == 0


def test_a_cloud_that_lacks_oas_version_is_asked_without_it(own, quick):
    own.fault("async_export", code="APIG.2011", field="oas_version")
    export = quick.export(**ORDERS, oas_version="2.0", mode="async")
    assert "rejected oas_version" in export.warnings[0]


class TestOddAnswers:
    @pytest.mark.parametrize(
        ("body", "words"),
        [("", "is not JSON"), ("[]", "JSON list instead"), ("{}", "no task_id"), ('{"task_id": 5}', "no task_id")],
    )
    def test_of_the_start(self, own, quick, body, words):
        own.fault("async_export", body=body, status=202)
        with pytest.raises(apig.DocumentError, match=words):
            quick.export(**ORDERS, mode="async")

    def test_a_task_id_that_leads_elsewhere_is_refused(self, own, quick):
        own.fault("async_export", body='{"task_id": "../../x"}', status=202)
        with pytest.raises(apig.ArgumentError, match="task_id"):
            quick.export(**ORDERS, mode="async")

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
    def test_of_a_finished_task(self, own, quick, result, words):
        own.fault("async_task", body=json.dumps({"task_status": "succeed", "task_result": result}))
        with pytest.raises(apig.DocumentError, match=words):
            quick.export(**ORDERS, mode="async")

    def test_a_document_that_is_no_text_will_do(self, own, quick):
        document = {"swagger": "2.0", "info": {"title": "orders", "version": "1"}, "paths": {}}
        result = json.dumps({"file_type": "json", "content": document})
        own.fault("async_task", body=json.dumps({"task_status": "succeed", "task_result": result}))
        assert quick.export(**ORDERS, mode="async").definition.title == "orders"

    def test_a_task_that_failed_without_words_is_an_error_too(self, own, quick):
        own.fault("async_task", body=json.dumps({"task_status": "failed", "task_result": ""}))
        with pytest.raises(apig.ServiceError):
            quick.export(**ORDERS, mode="async")

    def test_half_characters_in_the_words_of_a_failed_task_do_not_hide_them(self, own, quick):
        result = json.dumps({"error_code": "APIG.3001", "error_msg": "gone \ud800"})
        for held in (result, json.loads(result), {"a": "\ud800"}, "\ud800"):
            own.fault("async_task", body=json.dumps({"task_status": "failed", "task_result": held}))
            with pytest.raises(apig.ServiceError, match=r"\?") as caught:
                quick.export(**ORDERS, mode="async")
            assert str(caught.value).encode()

    def test_a_task_that_is_gone(self, own, quick):
        own.fault("async_export", body=json.dumps({"task_id": "0" * 32}), status=202)
        with pytest.raises(apig.ServiceError, match=r"^404 APIG.3093"):
            quick.export(**ORDERS, mode="async")


def test_what_is_cancelled_during_the_direct_call_is_not_started_as_a_task(own, quick):
    own.fault("export", status=413, delay=0.2)
    cancelled = threading.Event()
    threading.Timer(0.05, cancelled.set).start()
    with pytest.raises(apig.ExportCancelledError, match="before"):
        quick.export(**ORDERS, mode="auto", cancelled=cancelled)
    assert "async-export" not in " ".join(quick.log["call"])
