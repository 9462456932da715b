import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from apig_nb.sandbox import Sandbox, start
from apig_nb.sandbox.auth import Authenticator
from apig_nb.sandbox.content_loader import DEMO, load
from apig_nb.sandbox.error_answers import ErrorAnswer
from apig_nb.sandbox.signature import SentRequest, canonical_request, sign

from .sandbox_http import EXAMPLES, needs_examples, shape

CONTENT = load(DEMO)
USER = CONTENT.users[0]
NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
SIGNED = ("host", "x-sdk-date")


def vectors() -> list[Any]:
    file = EXAMPLES.parent / "signing_vectors.json"
    return json.loads(file.read_text(encoding="utf-8"))["vectors"] if file.is_file() else []


def as_sent(vector: dict[str, Any]) -> SentRequest:
    target = urlsplit(vector["expected"]["request_target"])
    headers = {name.lower(): value for name, value in vector["expected"]["headers_sent"].items()}
    return SentRequest(vector["method"], target.path, target.query, headers, vector["body"].encode())


def signed(at: datetime, secret: str = "right", access: str = "AK") -> SentRequest:
    date = at.strftime("%Y%m%dT%H%M%SZ")
    bare = SentRequest("GET", "/v3/projects", "b=2&a=%20x", {"host": "gateway", "x-sdk-date": date}, b"")
    signature = sign(canonical_request(bare, SIGNED), date, secret)
    claim = f"SDK-HMAC-SHA256 Access={access}, SignedHeaders={';'.join(SIGNED)}, Signature={signature}"
    return replace(bare, headers={**bare.headers, "authorization": claim})


class Clock:
    def __init__(self) -> None:
        self.time: datetime = NOW

    def __call__(self) -> datetime:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def authenticator(clock: Clock) -> Authenticator:
    made = Authenticator(CONTENT, clock)
    made.add_key("AK", "right", USER)
    return made


def error_answer(authenticator: Authenticator, request: SentRequest) -> ErrorAnswer:
    with pytest.raises(ErrorAnswer) as caught:
        authenticator.caller(request, "apig")
    return caught.value


@needs_examples
@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["name"])
def test_signatures_of_sdk_are_accepted(vector: Any) -> None:
    request, expected = as_sent(vector), vector["expected"]
    authenticator = Authenticator(CONTENT, lambda: NOW)
    authenticator.add_key(vector["access_key"], vector["secret_key"], USER)
    names = tuple(expected["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";"))
    assert canonical_request(request, names) == expected["canonical_request"]
    assert sign(expected["canonical_request"], vector["x_sdk_date"], vector["secret_key"]) == expected["signature"]
    assert authenticator.caller(request, "apig").user == USER


@needs_examples
@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["name"])
def test_changed_request_is_rejected(vector: Any) -> None:
    request = as_sent(vector)
    authenticator = Authenticator(CONTENT, lambda: NOW)
    authenticator.add_key(vector["access_key"], vector["secret_key"], USER)
    for changed in (
        replace(request, method="PUT"),
        replace(request, path=request.path + "/more"),
        replace(request, query=request.query + "&more=1"),
        replace(request, body=request.body + b" "),
        replace(request, headers={**request.headers, "host": "elsewhere.example.com"}),
    ):
        assert "verify aksk signature fail" in error_answer(authenticator, changed).message


def test_hash_of_body_can_be_declared_in_header(authenticator: Authenticator) -> None:
    date = NOW.strftime("%Y%m%dT%H%M%SZ")
    headers = {"host": "gateway", "x-sdk-date": date, "x-sdk-content-sha256": "UNSIGNED-PAYLOAD"}
    request = SentRequest("POST", "/v3/projects", "", headers, b"anything")
    assert canonical_request(request, SIGNED).endswith("\nUNSIGNED-PAYLOAD")
    assert not canonical_request(replace(request, body=b""), SIGNED).endswith("UNSIGNED-PAYLOAD")


def test_project_of_signed_request(authenticator: Authenticator) -> None:
    request = signed(NOW)
    assert authenticator.caller(request, "apig").project_id == CONTENT.main_project.id
    named = replace(request, headers={**request.headers, "x-project-id": "other"})
    assert authenticator.caller(named, "apig").project_id == "other"


def test_error_contains_canonical_request_on_one_line(authenticator: Authenticator) -> None:
    answer = error_answer(authenticator, signed(NOW, secret="wrong"))
    empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert (answer.status, answer.code) == (401, "APIGW.0301")
    assert answer.message == (
        "Incorrect IAM authentication information: verify aksk signature fail,canonicalRequest:GET|/v3/projects/|"
        f"a=%20x&b=2|host:gateway|x-sdk-date:20260102T030405Z||host;x-sdk-date|{empty}"
    )


def test_unknown_access_key_is_rejected(authenticator: Authenticator) -> None:
    assert error_answer(authenticator, signed(NOW, access="NOBODY")).message.endswith(": Get secretKey failed")


@pytest.mark.parametrize("away", [timedelta(minutes=15), timedelta(minutes=-15)])
def test_clock_difference_of_15_minutes_is_accepted(authenticator: Authenticator, away: timedelta) -> None:
    assert authenticator.caller(signed(NOW + away), "apig").user == USER
    beyond = away + timedelta(seconds=1 if away > timedelta() else -1)
    assert error_answer(authenticator, signed(NOW + beyond)).message.endswith(
        "verify aksk signature fail,signature expired"
    )


def test_key_is_locked_for_5_minutes_after_5_failures(authenticator: Authenticator, clock: Clock) -> None:
    for _ in range(5):
        assert "verify aksk signature fail" in error_answer(authenticator, signed(NOW, secret="wrong")).message
    locked = "Incorrect IAM authentication information: AK access failed to reach the limit"
    assert error_answer(authenticator, signed(NOW, secret="wrong")).message == locked
    assert error_answer(authenticator, signed(NOW)).message == locked
    clock.time += timedelta(minutes=5)
    assert authenticator.caller(signed(NOW), "apig").user == USER


def test_valid_signature_resets_failure_count(authenticator: Authenticator) -> None:
    for _ in range(3):
        for _ in range(5):
            error_answer(authenticator, signed(NOW, secret="wrong"))
        assert authenticator.caller(signed(NOW), "apig").user == USER


def test_token_expires_after_a_day(authenticator: Authenticator, clock: Clock) -> None:
    token = authenticator.issue_token(USER, "p")
    request = SentRequest("GET", "/", "", {"x-auth-token": token.text}, b"")
    clock.time += timedelta(hours=24) - timedelta(seconds=1)
    assert authenticator.caller(request, "apig").project_id == "p"
    clock.time += timedelta(seconds=1)
    answer = error_answer(authenticator, request)
    assert (answer.status, answer.code, answer.message) == (401, "APIGW.0307", "The token must be updated.")


def sign_in(sandbox: Sandbox, secret: str) -> httpx.Auth:
    """Return an httpx.Auth that signs only the headers that must be signed."""

    def flow(request: httpx.Request) -> httpx.Request:
        date = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        headers = {"host": request.headers["host"], "x-sdk-date": date}
        target = urlsplit(str(request.url))
        canonical = canonical_request(
            SentRequest(request.method, target.path, target.query, headers, request.content), SIGNED
        )
        request.headers["X-Sdk-Date"] = date
        request.headers["Authorization"] = (
            f"SDK-HMAC-SHA256 Access={sandbox.access_key}, SignedHeaders={';'.join(SIGNED)}, "
            f"Signature={sign(canonical, date, secret)}"
        )
        return request

    return httpx._auth.FunctionAuth(flow)


@needs_examples
def test_signed_requests_over_http() -> None:
    with start() as sandbox, httpx.Client(trust_env=False) as client:
        url = f"{sandbox.url}/v2/{sandbox.project_id}/apigw/instances"
        groups = f"{url}/{sandbox.instance_id}/api-groups"
        good, bad = sign_in(sandbox, sandbox.secret_key), sign_in(sandbox, "wrong")
        found = client.get(groups, params={"name": "通知", "limit": 5}, auth=good).json()
        assert [group["name"] for group in found["groups"]] == ["通知"]
        assert client.get(f"{sandbox.url}/v3/projects", auth=good).status_code == 200
        body = {"env_id": "DEFAULT_ENVIRONMENT_RELEASE_ID", "group_id": found["groups"][0]["id"]}
        export = f"{url}/{sandbox.instance_id}/openapi/export"
        assert client.post(export, json=body, auth=good).json()["info"]["title"] == "通知"
        failed = client.get(url, auth=bad)
        documented = json.loads((EXAMPLES / "responses" / "front-401-signature.json").read_text(encoding="utf-8"))
        assert (failed.status_code, shape(failed.json())) == (401, shape(documented))
        assert failed.json()["request_id"] == failed.headers["X-Request-Id"]
        for _ in range(5):
            client.get(url, auth=bad)
        assert "AK access failed to reach the limit" in client.get(url, auth=good).json()["error_msg"]
