"""Login with passcode and agency, temporary keys, and expiry of tokens."""

import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from apig_nb.sandbox import Sandbox, iam, start
from apig_nb.sandbox.content_model import derived_id

from .sandbox_http import Http, example, needs_examples, shape

PROJECT = {"project": {"name": "eu-demo-1"}}
GUARDED_ID = derived_id("user", "guarded")


@pytest.fixture(scope="module")
def gateway() -> Iterator[Sandbox]:
    with start() as running:
        yield running


def login(gateway: Sandbox, identity: Any, token: str = "", scope: Any = PROJECT) -> httpx.Response:
    http = Http(gateway, token)
    return http.post(f"{http.iam}/auth/tokens", {"auth": {"identity": identity, "scope": scope}}, nocatalog="1")


def password(name: str, /, **totp: Any) -> dict[str, Any]:
    user = {"name": name, "password": f"demo-{name}", "domain": {"name": "retail_demo"}}
    methods = ["password", "totp"] if totp else ["password"]
    return {"methods": methods, "password": {"user": user}} | ({"totp": {"user": totp}} if totp else {})


def agency(**fields: str) -> dict[str, Any]:
    return {"methods": ["assume_role"], "assume_role": fields}


def temporary_key(gateway: Sandbox, identity: Any, token: str) -> httpx.Response:
    http = Http(gateway, token)
    return http.post(f"{gateway.url}/v3.0/OS-CREDENTIAL/securitytokens", {"auth": {"identity": identity}})


@pytest.mark.parametrize("who", [{"id": GUARDED_ID}, {"name": "guarded", "domain": {"name": "retail_demo"}}])
def test_password_and_passcode_together_log_in(gateway: Sandbox, who: Any) -> None:
    answer = login(gateway, password("guarded", **who, passcode="123456"))
    token = answer.json()["token"]
    assert answer.status_code == 201
    assert token["methods"] == ["password", "totp"]
    assert token["mfa_authn_at"] == token["issued_at"]


@needs_examples
@pytest.mark.parametrize(
    "identity",
    [
        password("guarded"),
        password("guarded", id=GUARDED_ID, passcode="000000"),
        password("guarded", id=derived_id("user", "operator"), passcode="123456"),
        password("operator", id=derived_id("user", "operator"), passcode=""),
    ],
)
def test_wrong_passcode_is_rejected(gateway: Sandbox, identity: Any) -> None:
    answer = login(gateway, identity)
    assert (answer.status_code, answer.json()) == (401, example("iam-token-401.json"))


@pytest.mark.parametrize(
    "account", [{"domain_name": "retail_demo"}, {"domain_id": derived_id("account", "retail_demo")}]
)
def test_user_with_permission_assumes_agency(gateway: Sandbox, account: Any) -> None:
    answer = login(gateway, agency(agency_name="export_helper", **account), gateway.token_for("partner"))
    assert answer.status_code == 201
    assert answer.json()["token"]["user"]["name"] == "retail_demo/export_helper"
    assert Http(gateway, answer.headers["X-Subject-Token"]).export("orders").status_code == 200


@pytest.mark.parametrize(
    ("user", "fields", "status"),
    [
        ("partner", {"agency_name": "none", "domain_name": "retail_demo"}, 404),
        ("partner", {"agency_name": "export_helper", "domain_name": "elsewhere"}, 404),
        ("partner", {"agency_name": "export_helper"}, 400),
        ("partner", {"xrole_name": "export_helper", "domain_name": "retail_demo"}, 400),
        ("operator", {"agency_name": "export_helper", "domain_name": "retail_demo"}, 403),
        ("", {"agency_name": "export_helper", "domain_name": "retail_demo"}, 401),
    ],
)
def test_assuming_agency_is_rejected(gateway: Sandbox, user: str, fields: Any, status: int) -> None:
    answer = login(gateway, agency(**fields), gateway.token_for(user) if user else "")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, status)


@needs_examples
def test_temporary_key_has_documented_shape(gateway: Sandbox) -> None:
    answer = temporary_key(gateway, {"methods": ["token"], "token": {}}, gateway.token)
    assert (answer.status_code, shape(answer.json())) == (201, shape(example("iam-securitytokens-201.json")))
    assert answer.headers["X-IAM-Trace-Id"]


@pytest.mark.parametrize(
    ("identity", "token", "status"),
    [
        ({"methods": ["token"], "token": {"duration_seconds": 86400}}, True, 201),
        ({"methods": ["token"], "token": {"duration_seconds": 899}}, True, 400),
        ({"methods": ["token"], "token": {"duration_seconds": 86401}}, True, 400),
        ({"methods": ["token"], "token": {"duration_seconds": "900"}}, True, 400),
        ({"methods": ["token"], "token": {"duration_seconds": 1000.5}}, True, 400),
        ({"methods": ["password"], "password": {}}, True, 400),
        ({"methods": []}, True, 400),
        ({"methods": ["token"], "token": {}}, False, 401),
        (agency(agency_name="export_helper", domain_name="retail_demo"), True, 403),
    ],
)
def test_status_of_requests_for_temporary_keys(gateway: Sandbox, identity: Any, token: bool, status: int) -> None:
    assert temporary_key(gateway, identity, gateway.token if token else "").status_code == status


def test_agency_gets_temporary_key(gateway: Sandbox) -> None:
    identity = agency(agency_name="export_helper", domain_name="retail_demo")
    assert temporary_key(gateway, identity, gateway.token_for("partner")).status_code == 201


def test_expire_tokens_ends_old_tokens_only() -> None:
    with start() as own:
        old = Http(own, own.token)
        assert old.get(old.project).status_code == 200
        own.expire_tokens()
        refused = old.get(old.project)
        assert (refused.status_code, refused.json()["error_code"]) == (401, "APIGW.0307")
        asked = old.get(f"{old.iam}/auth/projects")
        assert (asked.status_code, asked.json()["error"]["message"]) == (401, "The token must be updated.")
        assert Http(own, own.token_for("operator")).get(old.project).status_code == 200


def test_the_oldest_tokens_and_keys_that_were_asked_for_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(iam, "MOST_ISSUED", 3)
    with start() as own:
        given = [own.token, own.token_for("operator")]
        asked = [login(own, password("operator")).headers["X-Subject-Token"] for _ in range(4)]
        keys = [temporary_key(own, {"methods": ["token"], "token": {}}, own.token) for _ in range(2)]
        assert [key.status_code for key in keys] == [201, 201]
        statuses = [Http(own, token).get(f"{own.url}/v3/projects").status_code for token in [*given, *asked]]
        assert statuses == [200, 200, 401, 401, 401, 200]
        # Its own key and the two that were asked for.
        assert (len(own._authenticator._tokens), len(own._authenticator._keys)) == (3, 3)


def test_tokens_expire_while_others_are_issued() -> None:
    with start() as own:
        ended = threading.Event()

        def issue() -> None:
            while not ended.is_set():
                own.token_for("operator")

        thread = threading.Thread(target=issue)
        thread.start()
        try:
            for _ in range(40):
                own.expire_tokens()
        finally:
            ended.set()
            thread.join()
