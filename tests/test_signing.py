"""Signatures, compared with those of the cloud's own SDK."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from apig_nb.client.credentials import KeyAuth
from apig_nb.client.credentials.access_key import canonical_query, canonical_request, signature
from apig_nb.errors import CredentialsError

VECTORS = Path(__file__).parents[1].parent / "shared" / "contract" / "signing_vectors.json"
PROJECT = "0123456789abcdef0123456789abcdef"


def vectors() -> list[Any]:
    return json.loads(VECTORS.read_text(encoding="utf-8"))["vectors"] if VECTORS.is_file() else []


def at(date: str) -> datetime:
    return datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def asked(vector: dict[str, Any]) -> httpx.Request:
    url = f"{vector['scheme']}://{vector['host']}{vector['path']}"
    body = vector["body"].encode()
    headers = {"Content-Type": "application/json"} if body else {}
    return httpx.Request(vector["method"], url, params=vector["query"], headers=headers, content=body or None)


def sent(auth: KeyAuth, request: httpx.Request) -> dict[str, str]:
    """Return the headers and the target of a signed request."""
    flow = auth.sync_auth_flow(request)
    out = next(flow)
    return {**out.headers, "target": out.url.raw_path.decode()}


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["name"])
def test_signatures_equal_those_of_the_sdk(vector: Any) -> None:
    expected = vector["expected"]
    auth = KeyAuth(
        vector["access_key"],
        vector["secret_key"],
        vector["security_token"],
        PROJECT,
        clock=lambda: at(vector["x_sdk_date"]),
    )
    out = sent(auth, asked(vector))
    names = {name.lower(): value for name, value in expected["headers_sent"].items()}
    assert {name: out.get(name) for name in names} == names
    assert out["target"] == expected["request_target"]


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["name"])
def test_each_step_follows_the_published_procedure(vector: Any) -> None:
    expected = vector["expected"]
    signed = expected["authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    headers = httpx.Headers(expected["headers_sent"])
    canonical = canonical_request(
        vector["method"].lower(), expected["request_target"], headers, signed, vector["body"].encode()
    )
    assert canonical == expected["canonical_request"]
    assert signature(canonical, vector["x_sdk_date"], vector["secret_key"]) == expected["signature"]


@pytest.mark.parametrize(
    ("query", "canonical"),
    [
        ("", ""),
        ("b=2&a=1", "a=1&b=2"),
        ("a=2&a=10&a=1", "a=1&a=10&a=2"),
        ("a=x+y&b=x%20y", "a=x%20y&b=x%20y"),
        ("a=%2F~-_.*", "a=%2F~-_.%2A"),
        ("a&b=", "a=&b="),
        ("%E7%BB%84=%e7%bb%84", "%E7%BB%84=%E7%BB%84"),
    ],
)
def test_the_query_is_sorted_and_escaped(query: str, canonical: str) -> None:
    assert canonical_query(query) == canonical


def test_the_path_is_escaped_and_ends_with_a_slash() -> None:
    path = canonical_request("GET", "/a%20b/c~d/é*/?x=1", {}, [], b"").split("\n")[1]
    assert path == "/a%20b/c~d/%C3%A9%2A/"
    assert canonical_request("GET", "/a%2Fb", {}, [], b"").split("\n")[1] == "/a%2Fb/"


def test_header_values_are_stripped_before_signing() -> None:
    lines = canonical_request("GET", "/", {"host": "  h  ", "x-sdk-date": "d"}, ["host", "x-sdk-date"], b"").split("\n")
    assert lines[3:6] == ["host:h", "x-sdk-date:d", ""]


def test_the_body_is_signed_as_it_is_sent() -> None:
    auth = KeyAuth("AK", "SK", clock=lambda: at("20260102T030405Z"))

    def signed(content: str) -> str:
        return sent(auth, httpx.Request("POST", "https://h/p", content=content))["authorization"]

    assert signed('{"a":1}') != signed('{"a": 1}')
    assert signed("組") == signed("組")


def test_a_non_default_port_is_signed() -> None:
    auth = KeyAuth("AK", "SK")
    out = sent(auth, httpx.Request("GET", "http://127.0.0.1:8080/v3/projects"))
    assert out["host"] == "127.0.0.1:8080"
    assert "SignedHeaders=host;x-sdk-date," in out["authorization"]


def test_calls_to_iam_have_no_project_header() -> None:
    auth = KeyAuth("AK", "SK", None, PROJECT)
    assert "x-project-id" not in sent(auth, httpx.Request("GET", "https://iam.h/v3/projects?name=r"))
    assert sent(auth, httpx.Request("GET", "https://apig.h/v2/p/apigw/instances"))["x-project-id"] == PROJECT


def test_added_headers_are_removed_after_the_call() -> None:
    auth, request = KeyAuth("AK", "SK", "security-t0ken", PROJECT), httpx.Request("GET", "https://h/v2/p")
    before = dict(request.headers)
    flow = auth.sync_auth_flow(request)
    next(flow)
    assert set(request.headers) - set(before) == {"authorization", "x-sdk-date", "x-project-id", "x-security-token"}
    flow.close()
    assert dict(request.headers) == before


def test_a_rejected_signature_is_not_retried() -> None:
    flow = KeyAuth("AK", "SK").sync_auth_flow(httpx.Request("GET", "https://h/v2/p"))
    next(flow)
    with pytest.raises(StopIteration):
        flow.send(httpx.Response(401, json={"error_code": "APIGW.0301", "error_msg": "verify aksk signature fail"}))


@pytest.mark.parametrize(
    ("keys", "message"),
    [
        ((None, "SK"), "access_key is missing"),
        (("AK", None), "secret_key is missing"),
        (("AK", ""), "secret_key is missing"),
        (("two words", "SK"), "access_key holds blanks"),
        (("AK", "SK", "line\nbreak"), "security_token holds blanks"),
        (("AK", "\ud800s3cret"), "secret_key holds lone surrogates"),
    ],
)
def test_a_malformed_key_is_an_error_that_does_not_show_it(keys: Any, message: str) -> None:
    with pytest.raises(CredentialsError, match=f"^{message}") as caught:
        KeyAuth(*keys)
    assert "s3cret" not in repr(caught.value) + repr(caught.value.__context__)
