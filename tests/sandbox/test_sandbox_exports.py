import json
from dataclasses import replace
from typing import Any

import httpx
import pytest
import yaml

from apig_nb.sandbox import Sandbox, exports
from apig_nb.sandbox.content_loader import DEMO, load
from tests.timing import least_seconds

from .sandbox_http import RELEASE, Http, example, needs_examples, shape

UNKNOWN = "0" * 32


@pytest.fixture
def http(sandbox: Sandbox) -> Http:
    return Http(sandbox)


def error(answer: httpx.Response) -> tuple[int, str, str]:
    return answer.status_code, answer.json()["error_code"], answer.json()["error_msg"]


def names(answer: httpx.Response) -> list[str]:
    paths = answer.json()["paths"]
    return [operation["operationId"] for item in paths.values() for operation in item.values()]


def test_export_has_documented_defaults(http: Http) -> None:
    answer = http.export("orders")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert len(answer.headers["X-Request-Id"]) == 32
    document = answer.json()
    assert (document["swagger"], document["info"]["version"]) == ("2.0", "2026-01-02-03:04:05")
    assert "x-apigateway-backend" not in answer.text
    assert answer.text.startswith('{\n\t"swagger"')


@pytest.mark.parametrize("oas_version", ["2.0", "3.0"])
@pytest.mark.parametrize("type", ["json", "yaml", "yml"])
@pytest.mark.parametrize("define", ["spec", "proxy", "all", "dev"])
def test_every_format_and_scope_is_exported(http: Http, define: str, type: str, oas_version: str) -> None:
    answer = http.export("通知", oas_version, define=define, type=type, version="1.0")
    document = json.loads(answer.content) if type == "json" else yaml.safe_load(answer.content)
    assert document["info"] == {"description": "短信、邮件和推送通知", "title": "通知", "version": "1.0"}
    assert document.get("swagger", document.get("openapi")) == {"2.0": "2.0", "3.0": "3.0.0"}[oas_version]
    assert len(document["paths"]) == 4


def test_only_apis_published_in_environment_are_exported(http: Http) -> None:
    release, test = names(http.export("orders")), names(http.export("orders", env_id=http.env_id("TEST")))
    assert sorted(set(release) - set(test)) == ["API_orders_export", "API_orders_items_remove"]
    assert sorted(set(test) - set(release)) == ["API_orders_statistics", "API_returns_create", "API_returns_list"]


def test_dev_scope_adds_apis_that_are_not_published_as_they_are_edited(http: Http) -> None:
    answer = http.export("orders", define="dev")
    assert "API_orders_bulk_import" in names(answer)
    assert sorted(names(answer)) == sorted(api["name"] for api in http.list("apis", group_id=http.group_id("orders")))
    # In the demo content the editing state is that of TEST, where the maximum is 100.
    assert answer.json()["paths"]["/orders"]["get"]["parameters"][0]["maximum"] == 500
    assert "/statistics" in "".join(answer.json()["paths"])


def test_selected_apis_are_exported_in_order_of_group(http: Http) -> None:
    wanted = [http.api_id(name) for name in ("API_orders_get", "API_orders_list")]
    assert names(http.export("orders", apis=wanted)) == ["API_orders_list", "API_orders_get"]
    assert names(http.export("orders", apis=[])) == names(http.export("orders"))


def test_only_policies_in_use_are_exported(http: Http) -> None:
    document = http.export("orders", define="all", apis=[http.api_id("API_orders_list")]).json()
    assert list(document["x-apigateway-ratelimits"]) == ["throttle_basic"]
    assert list(document["x-apigateway-access-controls"]) == ["acl_office"]
    assert "authorizer_customers" not in document["securityDefinitions"]


def test_export_without_apis_succeeds(http: Http) -> None:
    assert http.export("archive").json()["paths"] == {}


@needs_examples
def test_error_bodies_are_as_documented(http: Http, sandbox: Sandbox) -> None:
    url = f"{http.gateway}/openapi/export"
    group = http.group_id("orders")
    assert http.post(url, {"group_id": group}).json() == example("export-400.json")
    assert http.export(define="full").json() == example("export-400-invalid.json")
    assert Http(sandbox, "garbage").post(url, {}).json() == example("export-401.json")
    assert Http(sandbox, sandbox.token_for("viewer")).post(url, {}).json() == example("export-403.json")
    missing = http.post(url, {"env_id": RELEASE, "group_id": "5f1d0c7e9b2a4c63a8e4d2b17c90fe11"})
    assert (missing.status_code, missing.json()) == (404, example("export-404.json"))
    other = http.get(f"{http.gateway}/openapi")
    expected = {**example("front-404.json"), "request_id": other.headers["X-Request-Id"]}
    assert (other.status_code, other.json()) == (404, expected)
    foreign = Http(sandbox, "MIIfrom-another-region").get(http.project)
    expected = {**example("front-401-token.json"), "request_id": foreign.headers["X-Request-Id"]}
    assert (foreign.status_code, foreign.json()) == (401, expected)


@pytest.mark.parametrize(
    ("fields", "code", "name"),
    [
        ({"group_id": None}, "APIG.2001", "group_id"),
        ({"env_id": ""}, "APIG.2001", "env_id"),
        ({"env_id": 1}, "APIG.2012", "env_id"),
        ({"define": "full"}, "APIG.2012", "define"),
        ({"define": ["all"]}, "APIG.2012", "define"),
        ({"type": "JSON"}, "APIG.2012", "type"),
        ({"version": 1}, "APIG.2012", "version"),
        ({"apis": "x"}, "APIG.2012", "apis"),
        ({"apis": [1]}, "APIG.2012", "apis"),
    ],
)
def test_error_names_invalid_field(http: Http, fields: Any, code: str, name: str) -> None:
    status, given, message = error(http.export("orders", **fields))
    assert (status, given) == (400, code)
    assert f"parameterName:{name}. " in message


@pytest.mark.parametrize("call", ["export", "async-export"])
@pytest.mark.parametrize("name", ["env_id", "group_id", "version", "apis"])
def test_lone_surrogate_is_rejected(http: Http, call: str, name: str) -> None:
    body = {"env_id": "e", "group_id": "g", name: ["\ud800"] if name == "apis" else "\ud800"}
    # JSON can express lone surrogates, UTF-8 cannot.
    answer = http._send("POST", f"{http.gateway}/openapi/{call}", content=json.dumps(body))
    status, code, message = error(answer)
    assert (status, code) == (400, "APIG.2012")
    assert f"parameterName:{name}. " in message


def test_unknown_oas_version_is_rejected(http: Http) -> None:
    status, code, message = error(http.export("orders", oas_version="3.1"))
    assert (status, code) == (400, "APIG.2012")
    assert "parameterName:oas_version." in message


@pytest.mark.parametrize("body", [None, [], "text", 1])
def test_body_that_is_not_an_object_is_rejected(http: Http, body: Any) -> None:
    assert error(http.post(f"{http.gateway}/openapi/export", body))[:2] == (400, "APIG.2000")


def test_error_names_unknown_id(http: Http) -> None:
    draft = http.api_id("API_orders_bulk_import")
    elsewhere = http.api_id("API_products_list")
    missing = [
        error(http.export("orders", group_id=UNKNOWN)),
        error(http.export("orders", env_id=UNKNOWN)),
        error(http.export("orders", apis=[UNKNOWN])),
        error(http.export("orders", apis=[elsewhere])),
        error(http.export("orders", apis=[draft])),
        error(http.post(f"{http.project}/{UNKNOWN}/openapi/export", {})),
    ]
    assert missing == [
        (404, "APIG.3001", f"API group {UNKNOWN} does not exist"),
        (404, "APIG.3003", f"Environment {UNKNOWN} does not exist"),
        (404, "APIG.3002", f"API {UNKNOWN} does not exist"),
        (404, "APIG.3002", f"API {elsewhere} does not exist"),
        (404, "APIG.3015", f"The publication record of API {draft} does not exist"),
        (404, "APIG.3030", f"Instance {UNKNOWN} does not exist"),
    ]
    assert http.export("orders", apis=[draft], define="dev").status_code == 200


def test_order_of_checks(http: Http, sandbox: Sandbox) -> None:
    """Authentication, permission and project, gateway, body, fields, group, environment, APIs."""
    url = f"{http.gateway}/openapi/export"
    other_project = url.replace(sandbox.project_id, UNKNOWN)
    other_gateway = url.replace(sandbox.instance_id, UNKNOWN)
    everything_wrong = {"env_id": UNKNOWN, "group_id": UNKNOWN, "apis": [UNKNOWN]}
    group = http.group_id("orders")
    assert [
        error(answer)[:2]
        for answer in (
            Http(sandbox, "").post(other_project),
            http.post(other_project),
            http.post(other_gateway),
            http.post(url),
            http.post(url, {**everything_wrong, "define": "full"}),
            http.post(url, everything_wrong),
            http.post(url, {**everything_wrong, "group_id": group}),
            http.post(url, {**everything_wrong, "group_id": group, "env_id": RELEASE}),
        )
    ] == [
        (401, "APIG.1000"),
        (403, "APIG.1136"),
        (404, "APIG.3030"),
        (400, "APIG.2000"),
        (400, "APIG.2012"),
        (404, "APIG.3001"),
        (404, "APIG.3003"),
        (404, "APIG.3002"),
    ]


def test_front_gateway_rejects_oversized_requests(http: Http) -> None:
    long = "x" * 33 * 2**10
    assert error(http.get(f"{http.gateway}/envs", name=long))[:2] == (414, "APIGW.0201")
    http.headers["X-Long"] = long
    assert error(http.get(f"{http.gateway}/envs"))[:2] == (494, "APIGW.0201")
    del http.headers["X-Long"]
    assert error(http.export("orders", version="x" * 13 * 2**20))[:2] == (413, "APIGW.0201")


@needs_examples
def test_asynchronous_export_succeeds(http: Http) -> None:
    fields = {"env_id": RELEASE, "group_id": http.group_id("orders"), "define": "all", "type": "yml"}
    started = http.post(f"{http.gateway}/openapi/async-export", fields, oas_version="3.0")
    assert (started.status_code, shape(started.json())) == (202, shape(example("async-export-202.json")))
    task_id = started.json()["task_id"]
    looks = [http.get(f"{http.gateway}/async-tasks/{task_id}").json() for _ in range(4)]
    assert looks[:2] == [
        {**example(f"async-task-{status}.json"), "task_id": task_id} for status in ("waiting", "processing")
    ]
    assert looks[2] == looks[3]
    assert {**looks[2], "task_result": ""} == {
        "task_id": task_id, "task_status": "succeed", "task_type": "export_api", "task_result": "",
    }  # fmt: skip
    result = json.loads(looks[2]["task_result"])
    assert shape(result) == shape(json.loads(example("async-task-succeed.json")["task_result"]))
    assert (result["FileName"], result["FileType"]) == ("orders-RELEASE-all-2026-01-02-03:04:05", ".yml")
    assert result["Comment"] == http.export("orders", "3.0", define="all", type="yml").text


def test_the_last_tasks_are_kept(http: Http) -> None:
    fields = {"env_id": RELEASE, "group_id": http.group_id("archive")}
    started = [http.post(f"{http.gateway}/openapi/async-export", fields).json()["task_id"] for _ in range(201)]
    assert [http.get(f"{http.gateway}/async-tasks/{task}").status_code for task in started[:2]] == [404, 200]


def test_the_documents_of_tasks_are_bounded(monkeypatch: pytest.MonkeyPatch, http: Http) -> None:
    monkeypatch.setattr(exports, "MOST_CHARACTERS", 1_000_000)
    fields = {"env_id": RELEASE, "group_id": http.group_id("archive"), "version": "1" * 150_000}
    started = [http.post(f"{http.gateway}/openapi/async-export", fields).json()["task_id"] for _ in range(5)]
    assert [http.get(f"{http.gateway}/async-tasks/{task}").status_code for task in started] == [404, 404, 200, 200, 200]
    fields["version"] = "1" * 2_000_000
    task = http.post(f"{http.gateway}/openapi/async-export", fields).json()["task_id"]
    assert http.get(f"{http.gateway}/async-tasks/{task}").status_code == 200


@needs_examples
def test_failed_task_contains_error(http: Http) -> None:
    missing = "5f1d0c7e9b2a4c63a8e4d2b17c90fe11"
    started = http.post(f"{http.gateway}/openapi/async-export", {"env_id": RELEASE, "group_id": missing})
    assert started.status_code == 202
    task = f"{http.gateway}/async-tasks/{started.json()['task_id']}"
    looks = [http.get(task).json() for _ in range(3)]
    assert looks[2] == {**example("async-task-failed.json"), "task_id": started.json()["task_id"]}


@needs_examples
def test_asynchronous_export_rejects_invalid_fields_and_unknown_tasks(http: Http) -> None:
    assert http.post(f"{http.gateway}/openapi/async-export", {"group_id": UNKNOWN}).json() == example("export-400.json")
    unknown = http.get(f"{http.gateway}/async-tasks/32323232323232323232323232323232")
    assert (unknown.status_code, unknown.json()) == (404, example("async-task-404.json"))


def test_the_time_to_select_apis_is_linear() -> None:
    content = load(DEMO)
    gateway = content.gateways[0]
    group = next(group for group in gateway.groups if group.name == "orders")
    api = next(api for api in group.apis if "RELEASE" in api.published)

    def seconds(size: int) -> float:
        """Return the time that one choice among some APIs takes."""
        apis = [replace(api, id=str(number)) for number in range(size)]
        crowded = replace(gateway, groups=(replace(group, apis=tuple(apis)),))
        ids = [*("0" for _ in range(10 * size)), *(api.id for api in apis)]
        fields = exports.ExportFields(RELEASE, group.id, "base", "json", "2.0", None, ids)
        assert len(exports.resolve(content, crowded, fields).apis) == size
        return least_seconds(lambda: exports.resolve(content, crowded, fields))

    assert seconds(1600) < 30 * seconds(200)
