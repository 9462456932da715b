"""Faults by code, of tokens, of tasks, and stale answers."""

import json
from typing import Any

import pytest

from apig_nb.sandbox import Sandbox

from .sandbox_http import RELEASE, Http


@pytest.fixture
def http(own: Sandbox) -> Http:
    return Http(own)


@pytest.mark.parametrize(
    ("code", "status"), [("APIG.9008", 500), ("APIG.3458", 412), ("APIGW.0308", 429), ("APIG.9999", 500)]
)
def test_a_code_comes_with_its_status(own: Sandbox, http: Http, code: str, status: int) -> None:
    own.fault("envs", code=code)
    answer = http.get(f"{http.gateway}/envs")
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)


def test_a_field_a_cloud_lacks_is_refused_only_where_it_is_sent(own: Sandbox, http: Http) -> None:
    own.fault("export", code="APIG.2012", field="oas_version", times=2)
    refused = http.export(oas_version="2.0")
    assert (refused.status_code, refused.json()["error_code"]) == (400, "APIG.2012")
    assert ",parameterName:oas_version." in refused.json()["error_msg"]
    assert http.export().json()["swagger"] == "2.0"


def test_a_token_may_have_ended(own: Sandbox, http: Http) -> None:
    own.fault("envs", expired_token=True)
    answer = http.get(f"{http.gateway}/envs")
    assert (answer.status_code, answer.json()["error_code"]) == (401, "APIGW.0307")


def test_a_stale_answer_is_yesterdays(own: Sandbox, http: Http) -> None:
    today = http.export().json()["info"]["version"]
    own.fault("export", stale=True, times=2)
    yesterday = http.export().json()["info"]["version"]
    assert yesterday < today
    assert http.export(version="mine").json()["info"]["version"] == yesterday
    assert http.export(version="mine").json()["info"]["version"] == "mine"


def started(http: Http) -> str:
    fields = {"env_id": RELEASE, "group_id": http.group_id("orders")}
    answer = http.post(f"{http.gateway}/openapi/async-export", fields)
    assert answer.status_code == 202
    return str(answer.json()["task_id"])


def looked(http: Http, task_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = http.get(f"{http.gateway}/async-tasks/{task_id}").json()
    return answer


def test_a_task_may_be_slow_or_done_at_once(own: Sandbox, http: Http) -> None:
    own.fault("async_export", polls=4)
    own.fault("async_export", polls=0)
    slow, quick = started(http), started(http)
    assert [looked(http, slow)["task_status"] for _ in range(5)] == ["waiting", *["processing"] * 3, "succeed"]
    assert looked(http, quick)["task_status"] == "succeed"


def test_a_task_may_answer_as_its_fields_are_described(own: Sandbox, http: Http) -> None:
    own.fault("async_export", polls=0, documented_keys=True)
    result = json.loads(looked(http, started(http))["task_result"])
    assert sorted(result) == ["content", "file_type"]
    assert json.loads(result["content"])["info"]["title"] == "orders"


def test_roma_connect_has_its_own_word_in_the_path(own: Sandbox, http: Http) -> None:
    for path in ("envs", "api-groups", "apis"):
        url = f"{http.gateway}/{path}"
        assert http.get(url.replace("/apigw/", "/apic/")).json() == http.get(url).json()
    assert http.get(http.project.replace("/apigw/", "/other/")).status_code == 404


def test_a_code_that_is_not_known_is_refused(own: Sandbox) -> None:
    with pytest.raises(ValueError, match=r"unknown code 'APIG.1'; known: APIG.2000, "):
        own.fault("export", code="APIG.1")
