"""Error answers: every shape of the body, advice, and no secrets."""

import json
from pathlib import Path

import pytest
import yaml

from apig_nb import ApigError, ArgumentError, MissingExtraError, NameLookupError, ServiceError
from apig_nb.client.service_errors import HINTS, hint, is_error_body, read_service_error

ERRORS_YAML = Path(__file__).parents[2] / "shared" / "contract" / "errors.yaml"

BODIES = {
    "service": (b'{"error_code": "APIG.3001", "error_msg": "gone"}', ("APIG.3001", "gone", "")),
    "front": (b'{"error_msg": "m", "error_code": "APIGW.0308", "request_id": "r"}', ("APIGW.0308", "m", "r")),
    "camel": (b'{"errorCode": "X.1", "errorMsg": "m"}', ("X.1", "m", "")),
    "plain": (b'{"code": 7, "message": "m"}', ("7", "m", "")),
    "iam": (b'{"error": {"code": 401, "message": "m", "title": "Unauthorized"}}', ("401", "m", "")),
    "nested service": (b'{"data": {"error_code": "A.1", "error_msg": "m"}}', ("A.1", "m", "")),
    "no text": (b'{"error_code": "APIG.9999"}', ("APIG.9999", '{"error_code": "APIG.9999"}', "")),
    "null": (b'{"error_code": null, "error_msg": null}', ("418", '{"error_code": null, "error_msg": null}', "")),
    "html": (
        b"<html><style>p{}</style><title>Bad\n Gateway</title><p>nginx &lt;</p><script>x()</script></html>",
        ("418", "Bad Gateway nginx &lt;", ""),
    ),
    "text": (b"upstream\r\n  timed out", ("418", "upstream timed out", "")),
    "empty": (b"", ("418", "the answer has no text", "")),
    "list": (b"[1]", ("418", "[1]", "")),
    "no utf-8": (b"\xff\xfe", ("418", "\ufffd\ufffd", "")),
    "half a character": (b'{"error_code": "X\\ud800", "error_msg": "m\\ud800"}', ("X?", "m?", "")),
    "deep": (b"[" * 100_000, ("418", "[" * 499 + "…", "")),
}


@pytest.mark.parametrize("shape", BODIES)
def test_every_body_shape_is_read(shape):
    body, expected = BODIES[shape]
    error = read_service_error(418, {}, body)
    assert (error.error_code, error.error_msg, error.request_id) == expected
    assert error.status_code == 418


def test_the_request_id_comes_from_the_body_or_the_headers():
    assert read_service_error(500, {"X-Request-Id": "a", "X-IAM-Trace-Id": "b"}, b"").request_id == "a"
    assert read_service_error(500, {"X-IAM-Trace-Id": "b"}, b"").request_id == "b"
    assert read_service_error(500, {"X-Request-Id": "a"}, b'{"code": 1, "request_id": "c"}').request_id == "c"


def test_the_headers_of_an_answer_are_short_and_without_control_characters():
    error = read_service_error(500, {"X-Request-Id": "\x9b31m" + "a" * 1000, "Retry-After": "9" * 1000}, b"")
    assert error.request_id.startswith("?31ma")
    assert len(error.request_id) == len(error.retry_after) == 100


def test_the_message_has_text_advice_and_request_id():
    error = read_service_error(404, {"X-Request-Id": "r1"}, b'{"error_code": "APIG.3001", "error_msg": "Gone."}')
    assert str(error) == "404 APIG.3001: Gone. Choose another group (request r1)"


@pytest.mark.parametrize(
    ("message", "word"),
    [
        ("Incorrect IAM authentication information: verify aksk signature fail", "secret key"),
        ("Incorrect IAM authentication information: AK access failed to reach the limit", "locked"),
        ("Incorrect IAM authentication information: Get secretKey failed", "access key"),
        ("Incorrect IAM authentication information: decrypt token fail", "cloud and region"),
        ("Incorrect IAM authentication information: token expires", "new token"),
        ("Incorrect IAM authentication information: signature expired", "clock"),
        ("Incorrect IAM authentication information: x-auth-token not found", "X-Auth-Token"),
        ("something else", "5 consecutive"),
    ],
)
@pytest.mark.parametrize("prefix", ["APIGW", "APIG", "APIC"])
def test_the_text_distinguishes_the_causes_of_one_code(prefix, message, word):
    assert word in hint(401, f"{prefix}.0301", message)


def test_a_status_in_place_of_a_code_is_shown_once():
    """The error answers of IAM have no codes."""
    body = b'{"error": {"code": 401, "message": "The username or password is wrong.", "title": "Unauthorized"}}'
    error = read_service_error(401, {}, body)
    assert error.error_code == "401"
    assert str(error).startswith("401: The username or password is wrong. ")


def test_an_unknown_code_has_the_advice_of_its_status():
    assert hint(429, "NEW.1", "") == hint(429, "429", "") != ""
    assert hint(418, "NEW.1", "") == ""


@pytest.mark.shared
@pytest.mark.skipif(not ERRORS_YAML.exists(), reason="needs ../shared")
def test_every_code_of_the_contract_has_a_hint():
    codes = {row["code"] for row in yaml.safe_load(ERRORS_YAML.read_text("utf-8"))["codes"] if row["status"] != 204}
    assert codes - set(HINTS) == set()


SECRETS = ["AKEXAMPLEsssss0000000A", "s3cretSignature", "MIIsTokenTokenToken"]


@pytest.mark.parametrize(
    "message",
    [
        f"verify aksk signature fail,canonicalRequest:POST|/v2/||x-auth-token:{SECRETS[2]}||{SECRETS[0]}|e3b0",
        f"SDK-HMAC-SHA256 Access={SECRETS[0]}, SignedHeaders=host;x-sdk-date, Signature={SECRETS[1]}",
        f"you sent X-Auth-Token: {SECRETS[2]} and X-Security-Token:{SECRETS[1]}",
    ],
)
def test_the_canonical_request_is_left_out_of_the_message(message):
    error = read_service_error(401, {}, f'{{"error_code": "APIGW.0301", "error_msg": "{message}"}}'.encode())
    message = f"{error} {error!r} {error.error_msg}"
    assert [secret for secret in SECRETS if secret in message or secret[5:] in message] == []
    assert "***" in message or "(left out)" in message


def test_code_and_request_id_are_masked_like_the_text():
    hostile = "\x1b[2J\u202e " + "a" * 10_000 + f" Access={SECRETS[0]}, canonicalRequest:x|{SECRETS[1]}"
    fields = {"error_code": hostile, "error_msg": hostile, "request_id": hostile}
    for body in (json.dumps(fields), f"canonicalRequest:{hostile}", "\x1b[2J" + "a" * 10_000):
        error = read_service_error(401, {}, body.encode())
        message = f"{error} {error!r} {error.error_code} {error.error_msg} {error.request_id}"
        assert [secret for secret in SECRETS if secret in message] == []
        assert not set("\x1b\u202e") & set(message)
        assert len(str(error)) < 2_000


def test_an_error_body_is_distinguished_from_a_document():
    assert [name for name, (body, _) in BODIES.items() if is_error_body(body)] == [
        *("service", "front", "camel", "plain", "iam", "nested service", "no text", "half a character")
    ]
    assert not is_error_body(b'{"swagger": "2.0", "info": {"title": "t"}, "paths": {}}')


def test_errors_are_subclasses_of_builtin_exceptions():
    assert issubclass(ArgumentError, ValueError)
    assert issubclass(NameLookupError, LookupError)
    assert issubclass(MissingExtraError, ImportError)
    assert all(
        issubclass(kind, ApigError) for kind in (ArgumentError, NameLookupError, MissingExtraError, ServiceError)
    )
    assert "pip install 'apig_nb[lab]'" in str(MissingExtraError("ExportForm", "lab"))


def test_a_long_value_is_shortened_in_the_message():
    assert len(str(ArgumentError("version", "x" * 10_000, "is too long"))) < 150
