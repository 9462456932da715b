"""Signatures, held against what the cloud's own SDK made (contract/signing_vectors.json)."""

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
    """The headers and the target of the request as it goes out."""
    flow = auth.sync_auth_flow(request)
    out = next(flow)
    return {**out.headers, "target": out.url.raw_path.decode()}


@pytest.mark.parametrize("vector", vectors(), ids=lambda vector: vector["name"])
def test_signs_as_the_sdk_does(vector: Any) -> None:
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
def test_the_steps_are_those_of_the_procedure(vector: Any) -> None:
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


def test_the_path_is_escaped_anew_and_ends_in_a_slash() -> None:
    path = canonical_request("GET", "/a%20b/c~d/é*/?x=1", {}, [], b"").split("\n")[1]
    assert path == "/a%20b/c~d/%C3%A9%2A/"
    assert canonical_request("GET", "/a%2Fb", {}, [], b"").split("\n")[1] == "/a%2Fb/"


def test_header_values_are_signed_without_blanks_around_them() -> None:
    lines = canonical_request("GET", "/", {"host": "  h  ", "x-sdk-date": "d"}, ["host", "x-sdk-date"], b"").split("\n")
    assert lines[3:6] == ["host:h", "x-sdk-date:d", ""]


def test_the_body_is_signed_as_it_is_sent() -> None:
    auth = KeyAuth("AK", "SK", clock=lambda: at("20260102T030405Z"))

    def signed(content: str) -> str:
        return sent(auth, httpx.Request("POST", "https://h/p", content=content))["authorization"]

    assert signed('{"a":1}') != signed('{"a": 1}')
    assert signed("組") == signed("組")


def test_a_port_that_is_not_the_usual_one_is_signed() -> None:
    auth = KeyAuth("AK", "SK")
    out = sent(auth, httpx.Request("GET", "http://127.0.0.1:8080/v3/projects"))
    assert out["host"] == "127.0.0.1:8080"
    assert "SignedHeaders=host;x-sdk-date," in out["authorization"]


def test_iam_is_asked_without_a_project() -> None:
    auth = KeyAuth("AK", "SK", None, PROJECT)
    assert "x-project-id" not in sent(auth, httpx.Request("GET", "https://iam.h/v3/projects?name=r"))
    assert sent(auth, httpx.Request("GET", "https://apig.h/v2/p/apigw/instances"))["x-project-id"] == PROJECT


def test_what_was_lent_is_taken_off_again() -> None:
    auth, request = KeyAuth("AK", "SK", "security-t0ken", PROJECT), httpx.Request("GET", "https://h/v2/p")
    before = dict(request.headers)
    flow = auth.sync_auth_flow(request)
    next(flow)
    assert set(request.headers) - set(before) == {"authorization", "x-sdk-date", "x-project-id", "x-security-token"}
    flow.close()
    assert dict(request.headers) == before


def test_a_rejected_signature_is_not_sent_again() -> None:
    flow = KeyAuth("AK", "SK").sync_auth_flow(httpx.Request("GET", "https://h/v2/p"))
    next(flow)
    with pytest.raises(StopIteration):
        flow.send(httpx.Response(401, json={"error_code": "APIGW.0301", "error_msg": "verify aksk signature fail"}))


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ((None, "SK"), "access_key is missing"),
        (("AK", None), "secret_key is missing"),
        (("AK", ""), "secret_key is missing"),
        (("two words", "SK"), "access_key holds blanks"),
        (("AK", "SK", "line\nbreak"), "security_token holds blanks"),
        (("AK", "\ud800s3cret"), "secret_key holds lone surrogates"),
    ],
)
def test_a_key_that_is_none_is_refused_without_repeating_it(keys: Any, said: str) -> None:
    with pytest.raises(CredentialsError, match=f"^{said}") as caught:
        KeyAuth(*keys)
    assert "s3cret" not in repr(caught.value) + repr(caught.value.__context__)
