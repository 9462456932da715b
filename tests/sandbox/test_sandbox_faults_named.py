"""Injected faults: error codes, expired tokens, tasks and stale exports."""

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
def test_code_has_its_status(own: Sandbox, http: Http, code: str, status: int) -> None:
    own.fault("envs", code=code)
    answer = http.get(f"{http.gateway}/envs")
    assert (answer.status_code, answer.json()["error_code"]) == (status, code)


def test_field_fault_applies_only_if_field_is_sent(own: Sandbox, http: Http) -> None:
    own.fault("export", code="APIG.2012", field="oas_version", times=2)
    answer = http.export(oas_version="2.0")
    assert (answer.status_code, answer.json()["error_code"]) == (400, "APIG.2012")
    assert ",parameterName:oas_version." in answer.json()["error_msg"]
    assert http.export().json()["swagger"] == "2.0"


def test_expired_token(own: Sandbox, http: Http) -> None:
    own.fault("envs", expired_token=True)
    answer = http.get(f"{http.gateway}/envs")
    assert (answer.status_code, answer.json()["error_code"]) == (401, "APIGW.0307")


def test_stale_export_has_yesterdays_version(own: Sandbox, http: Http) -> None:
    today = http.export().json()["info"]["version"]
    own.fault("export", stale=True, times=2)
    yesterday = http.export().json()["info"]["version"]
    assert yesterday < today
    assert http.export(version="mine").json()["info"]["version"] == yesterday
    assert http.export(version="mine").json()["info"]["version"] == "mine"


def start_task(http: Http) -> str:
    fields = {"env_id": RELEASE, "group_id": http.group_id("orders")}
    answer = http.post(f"{http.gateway}/openapi/async-export", fields)
    assert answer.status_code == 202
    return str(answer.json()["task_id"])


def poll(http: Http, task_id: str) -> dict[str, Any]:
    answer: dict[str, Any] = http.get(f"{http.gateway}/async-tasks/{task_id}").json()
    return answer


def test_number_of_polls_until_task_is_finished(own: Sandbox, http: Http) -> None:
    own.fault("async_export", polls=4)
    own.fault("async_export", polls=0)
    slow, quick = start_task(http), start_task(http)
    assert [poll(http, slow)["task_status"] for _ in range(5)] == ["waiting", *["processing"] * 3, "succeed"]
    assert poll(http, quick)["task_status"] == "succeed"


def test_task_result_with_documented_keys(own: Sandbox, http: Http) -> None:
    own.fault("async_export", polls=0, documented_keys=True)
    result = json.loads(poll(http, start_task(http))["task_result"])
    assert sorted(result) == ["content", "file_type"]
    assert json.loads(result["content"])["info"]["title"] == "orders"


def test_path_of_roma_connect(own: Sandbox, http: Http) -> None:
    for path in ("envs", "api-groups", "apis"):
        url = f"{http.gateway}/{path}"
        assert http.get(url.replace("/apigw/", "/apic/")).json() == http.get(url).json()
    assert http.get(http.project.replace("/apigw/", "/other/")).status_code == 404


def test_unknown_code_is_rejected(own: Sandbox) -> None:
    with pytest.raises(ValueError, match=r"unknown code 'APIG.1'; known: APIG.1005, "):
        own.fault("export", code="APIG.1")
