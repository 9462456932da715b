import time
from typing import Any

import httpx
import pytest

from apig_nb.sandbox import Sandbox

from .sandbox_http import Http, example, needs_examples


@pytest.fixture
def http(own: Sandbox) -> Http:
    return Http(own)


def envs(http: Http) -> httpx.Response:
    return http.get(f"{http.gateway}/envs")


def test_fault_applies_to_given_number_of_requests(own: Sandbox, http: Http) -> None:
    own.fault("envs", status=500, times=2)
    assert [envs(http).status_code for _ in range(3)] == [500, 500, 200]


def test_fault_may_apply_to_any_number_of_requests(own: Sandbox, http: Http) -> None:
    own.fault("envs", status=500, times=10**15)
    own.fault("envs", status=503, times=0)
    assert [envs(http).status_code for _ in range(3)] == [500, 500, 500]
    own._faults._waiting.clear()


def test_fault_applies_to_its_call_or_to_any_call(own: Sandbox, http: Http) -> None:
    own.fault("instances", status=500)
    assert envs(http).status_code == 200
    assert http.get(http.project).status_code == 500
    own.fault("*", status=500)
    assert envs(http).status_code == 500
    assert envs(http).status_code == 200


def test_faults_apply_in_order_of_calls_to_fault(own: Sandbox, http: Http) -> None:
    own.fault("envs", status=503)
    own.fault("*", status=429)
    assert [envs(http).status_code for _ in range(3)] == [503, 429, 200]


@needs_examples
@pytest.mark.parametrize(
    ("status", "name"),
    [
        (400, "export-400.json"),
        (401, "export-401.json"),
        (403, "export-403.json"),
        (500, "export-500.json"),
        (429, "front-429.json"),
    ],
)
def test_status_has_documented_body(own: Sandbox, http: Http, status: int, name: str) -> None:
    group_id = http.group_id("orders")
    own.fault("export", status=status)
    answer = http.export(group_id=group_id)
    documented = example(name)
    if "request_id" in documented:
        documented["request_id"] = answer.headers["X-Request-Id"]
    assert (answer.status_code, answer.json()) == (status, documented)


def test_body_of_status_depends_on_service(own: Sandbox, http: Http) -> None:
    own.fault("instances", status=500)
    own.fault("projects", status=503)
    own.fault("envs", status=504)
    assert http.get(http.project).json()["error_code"] == "APIC.9000"
    assert http.get(f"{http.iam}/projects").json() == {
        "error": {"code": 503, "message": "Service Unavailable", "title": "Service Unavailable"}
    }
    assert envs(http).json()["error_code"] == "APIGW.0201"


def test_retry_after_header(own: Sandbox, http: Http) -> None:
    own.fault("envs", status=429, retry_after=3)
    assert envs(http).headers["Retry-After"] == "3"


def test_delay_before_normal_answer(own: Sandbox, http: Http) -> None:
    own.fault("envs", delay=0.2)
    begun = time.monotonic()
    assert envs(http).status_code == 200
    assert time.monotonic() - begun >= 0.2


def test_disconnect_closes_connection_without_answer(own: Sandbox, http: Http) -> None:
    own.fault("export", disconnect=True)
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        http.export()
    assert http.export().status_code == 200


def test_truncated_answer_is_shorter_than_content_length(own: Sandbox, http: Http) -> None:
    own.fault("export", truncated=True)
    with pytest.raises(httpx.RemoteProtocolError, match="peer closed connection"):
        http.export()
    assert http.export().status_code == 200


def test_media_type_is_replaced(own: Sandbox, http: Http) -> None:
    own.fault("export", media_type="text/html")
    answer = http.export()
    assert answer.headers["Content-Type"] == "text/html"
    assert answer.json()["swagger"] == "2.0"


def test_body_is_replaced(own: Sandbox, http: Http) -> None:
    own.fault("export", body="<html>sign in</html>", media_type="text/html")
    own.fault("export", status=502, body=b"\xff\x00")
    answers = [http.export(), http.export()]
    assert [(answer.status_code, answer.content) for answer in answers] == [
        (200, b"<html>sign in</html>"), (502, b"\xff\x00"),
    ]  # fmt: skip


def test_unknown_call_is_rejected(own: Sandbox) -> None:
    with pytest.raises(ValueError, match="unknown call 'exports'; known: tokens, projects, "):
        own.fault("exports", status=500)


@pytest.mark.parametrize(
    "fault",
    [
        *({"status": status} for status in (0, 101, 600, 200.5, "500", True)),
        *({"delay": delay} for delay in (float("nan"), "1")),
        *({"retry_after": value} for value in ("1\r\nX: 1", " 1", "日")),
        *({"media_type": value} for value in ("x" * 300_000, b"text/html")),
        {"body": {"a": 1}}, {"body": "\ud800"}, {"code": []}, {"code": "APIG.2012", "field": b"x"},
        *({"polls": polls} for polls in (-1, "1")),
        *({"times": times} for times in (0.5, "1")),
    ],
    ids=lambda fault: f"{fault}"[:40],
)  # fmt: skip
def test_a_fault_that_cannot_be_answered_is_refused(own: Sandbox, http: Http, fault: Any) -> None:
    with pytest.raises(ValueError, match=r"must be|unknown|encode") as caught:
        own.fault("envs", **fault)
    assert len(str(caught.value)) < 300
    assert envs(http).status_code == 200


@pytest.mark.parametrize("fault", [{"retry_after": ""}, {"retry_after": "é"}, {"retry_after": -1}, {"media_type": ""}])
def test_odd_headers_are_sent(own: Sandbox, http: Http, fault: Any) -> None:
    own.fault("envs", **fault)
    answer = envs(http)
    sent = answer.headers["Retry-After" if "retry_after" in fault else "Content-Type"]
    assert (answer.status_code, [sent]) == (200, [str(value) for value in fault.values()])
