from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apig_nb.sandbox import Sandbox

from .sandbox_http import RELEASE, Http, example, needs_examples, shape, types


@pytest.fixture
def http(sandbox: Sandbox) -> Http:
    return Http(sandbox)


PROJECT = {"project": {"name": "eu-demo-1"}}


def login(
    http: Http,
    scope: Any = PROJECT,
    *,
    user: str = "operator",
    password: str = "demo-operator",
    account: str = "retail_demo",
    **query: Any,
) -> Any:
    identity = {
        "methods": ["password"],
        "password": {"user": {"name": user, "password": password, "domain": {"name": account}}},
    }
    auth = {"identity": identity} | ({} if scope is None else {"scope": scope})
    return http.post(f"{http.iam}/auth/tokens", {"auth": auth}, **query)


@needs_examples
def test_password_login_returns_project_token(http: Http, sandbox: Sandbox) -> None:
    answer = login(http, nocatalog="true")
    assert answer.status_code == 201
    assert shape(answer.json()) == shape(example("iam-token-201.body.json"))
    token = answer.json()["token"]
    assert (token["methods"], token["catalog"]) == (["password"], [])
    assert (token["project"]["id"], token["project"]["name"]) == (sandbox.project_id, "eu-demo-1")
    issued, expires = (
        datetime.strptime(token[key], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        for key in ("issued_at", "expires_at")
    )
    assert expires - issued == timedelta(hours=24)
    assert abs(datetime.now(UTC) - issued) < timedelta(minutes=1)
    assert answer.headers["X-IAM-Trace-Id"] == answer.headers["X-Request-Id"]
    bought = Http(sandbox, answer.headers["X-Subject-Token"])
    assert bought.export("orders").status_code == 200
    assert http.export("orders").status_code == 200
    assert len(answer.headers["X-Subject-Token"]) > 3000


def test_catalog_has_services_unless_nocatalog(http: Http, sandbox: Sandbox) -> None:
    catalog = login(http).json()["token"]["catalog"]
    assert [(service["name"], service["endpoints"][0]["url"]) for service in catalog] == [
        ("iam", f"{sandbox.url}/v3"),
        ("apig", f"{sandbox.url}/v2"),
    ]


def test_scopes(http: Http, sandbox: Sandbox) -> None:
    account_id = login(http).json()["token"]["user"]["domain"]["id"]
    account = {"id": account_id, "name": "retail_demo"}

    def scoped(scope: Any) -> Any:
        token = login(http, scope).json()["token"]
        return token.get("project", {}).get("name"), token.get("domain")

    assert [
        scoped(scope)
        for scope in (
            {"project": {"id": sandbox.project_id}},
            {"project": {"name": "eu-demo-1_team"}},
            {"project": {"name": "eu-demo-1"}, "domain": {"name": "retail_demo"}},
            {"domain": {"name": "retail_demo"}},
            {"domain": {"id": account_id}},
            None,
        )
    ] == [
        ("eu-demo-1", None),
        ("eu-demo-1_team", None),
        ("eu-demo-1", None),
        (None, account),
        (None, account),
        (None, account),
    ]


def test_account_token_is_rejected_by_gateway_calls(http: Http, sandbox: Sandbox) -> None:
    token = login(http, {"domain": {"name": "retail_demo"}}).headers["X-Subject-Token"]
    caller = Http(sandbox, token)
    body = {"env_id": RELEASE, "group_id": http.group_id("orders")}
    answers = [caller.get(http.project), caller.post(f"{http.gateway}/openapi/export", body)]
    assert [(answer.status_code, answer.json()["error_code"]) for answer in answers] == [
        (401, "APIC.7103"), (401, "APIG.1003"),
    ]  # fmt: skip
    assert caller.get(f"{http.iam}/auth/projects").status_code == 200


def test_token_of_another_project_is_rejected(http: Http, sandbox: Sandbox) -> None:
    token = login(http, {"project": {"name": "eu-demo-1_team"}}).headers["X-Subject-Token"]
    answer = Http(sandbox, token).get(f"{http.gateway}/envs")
    assert (answer.status_code, answer.json()["error_code"]) == (403, "APIG.1136")


@needs_examples
@pytest.mark.parametrize("wrong", [{"password": "x"}, {"user": "nobody"}, {"account": "elsewhere"}])
def test_error_of_wrong_login(http: Http, wrong: Any) -> None:
    answer = login(http, **wrong)
    assert (answer.status_code, answer.json()) == (401, example("iam-token-401.json"))
    assert "X-Subject-Token" not in answer.headers


@pytest.mark.parametrize(
    "scope", [{"project": {"name": "nowhere"}}, {"project": {"name": "eu-demo-1_old"}}, {"domain": {"name": "x"}}]
)
def test_unknown_scope_is_rejected(http: Http, scope: Any) -> None:
    answer = login(http, scope)
    assert (answer.status_code, answer.json()["error"]["title"]) == (401, "Unauthorized")


@needs_examples
@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"auth": {"identity": {"methods": []}}},
        {"auth": {"identity": {"methods": ["password"], "password": {"user": {"name": "operator"}}}}},
        {"auth": {"identity": {"methods": ["token"], "token": {}}}},
        {"auth": {"identity": "x"}},
        {"auth": {"identity": {"methods": [[]]}}},
    ],
)
def test_error_of_invalid_login_body(http: Http, body: Any) -> None:
    answer = http.post(f"{http.iam}/auth/tokens", body)
    assert (answer.status_code, answer.json()) == (400, example("iam-token-400.json"))


@needs_examples
@pytest.mark.parametrize("path", ["projects", "auth/projects"])
def test_projects_have_documented_keys_and_types(http: Http, path: str) -> None:
    answer = http.get(f"{http.iam}/{path}").json()
    documented = example("iam-projects-200.json")
    assert types(answer["projects"]) == types(documented["projects"])
    assert shape(answer["links"]) == shape(documented["links"])
    assert [(project["name"], project["enabled"]) for project in answer["projects"]] == [
        ("eu-demo-1", True), ("eu-demo-1_team", True), ("MOS", True), ("eu-demo-1_old", False),
    ]  # fmt: skip
    main, team = answer["projects"][:2]
    assert (main["parent_id"], team["parent_id"]) == (main["domain_id"], main["id"])


def test_filters_of_projects(http: Http, sandbox: Sandbox) -> None:
    def found(**query: Any) -> Any:
        return [project["name"] for project in http.get(f"{http.iam}/projects", **query).json()["projects"]]

    assert found(name="eu-demo-1") == ["eu-demo-1"]
    assert found(enabled="false") == ["eu-demo-1_old"]
    assert found(parent_id=sandbox.project_id) == ["eu-demo-1_team", "eu-demo-1_old"]
    assert found(is_domain="true") == []


def test_links_between_pages_of_projects(http: Http) -> None:
    url, names, steps = f"{http.iam}/projects?page=1&per_page=3", [], []
    while url:
        answer = http._send("GET", url).json()
        names += [project["name"] for project in answer["projects"]]
        steps.append((answer["links"]["previous"] is None, answer["links"]["next"] is None))
        url = answer["links"]["next"]
    assert names == ["eu-demo-1", "eu-demo-1_team", "MOS", "eu-demo-1_old"]
    assert steps == [(True, False), (False, True)]


@pytest.mark.parametrize(
    "query",
    [
        *({"page": 1}, {"per_page": 1}, {"page": 0, "per_page": 1}, {"page": 1, "per_page": 5001}),
        *({"page": "9" * 5000, "per_page": 1}, {"page": "\u0661", "per_page": 1}),
    ],
)
def test_invalid_page_or_per_page_is_rejected(http: Http, query: Any) -> None:
    answer = http.get(f"{http.iam}/projects", **query)
    assert (answer.status_code, answer.json()["error"]["title"]) == (400, "Bad Request")


@pytest.mark.parametrize("token", ["", "garbage"])
def test_projects_need_a_token(sandbox: Sandbox, token: str) -> None:
    answer = Http(sandbox, token).get(f"{sandbox.url}/v3/auth/projects")
    assert (answer.status_code, answer.json()["error"]["code"]) == (401, 401)


def test_login_of_user_works(http: Http, sandbox: Sandbox) -> None:
    for name in ("operator", "guarded"):
        given = sandbox.login_of(name)
        user = {"name": given["username"], "password": given["password"], "domain": {"name": given["domain_name"]}}
        identity: dict[str, Any] = {"methods": ["password"], "password": {"user": user}}
        if "passcode" in given:
            identity["methods"].append("totp")
            identity["totp"] = {"user": {"id": given["user_id"], "passcode": given["passcode"]}}
        answer = http.post(f"{http.iam}/auth/tokens", {"auth": {"identity": identity, "scope": PROJECT}})
        assert answer.status_code == 201
        assert answer.json()["token"]["user"]["id"] == given["user_id"]
    with pytest.raises(KeyError):
        sandbox.login_of("nobody")
