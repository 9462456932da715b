"""Retries and limits of a login whose answers fail, over real HTTP: the same as for any call."""

import gzip
import time
from collections.abc import Callable
from typing import Any

import httpx
import pytest

import apig_nb as apig
from apig_nb.sandbox import Sandbox
from apig_nb.sandbox.content_model import derived_id
from tests.fixed_answer_server import FixedAnswerServer

OPERATOR = {"username": "operator", "password": "demo-operator", "domain_name": "retail_demo"}
GUARDED = {"username": "guarded", "password": "demo-guarded", "domain_name": "retail_demo"}
LOGIN = "POST /v3/auth/tokens"


def connected(own: Sandbox, **given: Any) -> apig.Client:
    fields = {"endpoint": own.url, "project_id": own.project_id, "limits": apig.Limits(pause=0.01), **OPERATOR}
    return apig.connect(**{**fields, **given})


def logins(client: apig.Client) -> list[int]:
    """Return the status of each login that was answered."""
    log = client.log
    return log[log["call"] == LOGIN]["status"].dropna().tolist()


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_a_temporary_failure_is_retried(own: Sandbox, status: int) -> None:
    own.fault("tokens", status=status, times=3)
    with connected(own) as client:
        assert len(client.gateways()) > 0
        assert logins(client) == [status] * 3 + [201]


def test_the_number_of_retries_is_limited(own: Sandbox) -> None:
    own.fault("tokens", status=503, times=2)
    with connected(own, limits=apig.Limits(pause=0.01, retries=1)) as client:
        with pytest.raises(apig.ServiceError, match=r"^503: no token from 127\.0\.0\.1"):
            client.gateways()
        assert logins(client) == [503, 503]
        assert len(client.gateways()) > 0


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_a_permanent_failure_is_not_retried(own: Sandbox, status: int) -> None:
    own.fault("tokens", status=status)
    with connected(own) as client:
        with pytest.raises(apig.ServiceError, match=rf"^{status}: "):
            client.gateways()
        assert logins(client) == [status]


def test_a_lost_connection_is_retried(own: Sandbox) -> None:
    own.fault("tokens", disconnect=True)
    own.fault("tokens", truncated=True)
    with connected(own) as client:
        assert len(client.gateways()) > 0
        assert logins(client) == [201, 201]


def test_a_login_without_an_answer_is_logged(own: Sandbox) -> None:
    own.fault("tokens", disconnect=True, times=2)
    with connected(own, limits=apig.Limits(pause=0.01, retries=1)) as client:
        with pytest.raises(apig.TransportError, match="was lost before"):
            client.gateways()
        log = client.log
        assert log["call"].tolist() == [LOGIN, LOGIN, f"GET /v2/{own.project_id}/apigw/instances"]
        assert log[["status", "bytes"]].isna().all(axis=None)
        assert log["tries"].tolist() == [1, 1, 0]  # the call itself was never sent


def test_retry_after_is_honoured(own: Sandbox) -> None:
    own.fault("tokens", status=429, retry_after=1)
    start = time.monotonic()
    with connected(own) as client:
        client.gateways()
    assert time.monotonic() - start >= 1


def test_retry_after_beyond_the_total_timeout_ends_the_call(own: Sandbox) -> None:
    own.fault("tokens", status=503, retry_after=3600)
    with connected(own) as client, pytest.raises(apig.ServiceError, match=r"^503: ") as caught:
        client.gateways()
    assert caught.value.retry_after == "3600"
    assert logins(client) == [503]


@pytest.mark.parametrize(("status", "is_tried_again"), [(429, True), (503, True), (502, False), (504, False)])
def test_a_passcode_that_may_be_used_up_is_not_sent_again(own: Sandbox, status: int, is_tried_again: bool) -> None:
    own.fault("tokens", status=status)
    who = {**GUARDED, "user_id": derived_id("user", "guarded"), "passcode": "123456"}
    with connected(own, **who) as client:
        if is_tried_again:
            assert len(client.gateways()) > 0
        else:
            with pytest.raises(apig.CredentialsError, match=r"was sent already, and a passcode works once"):
                client.gateways()
        assert logins(client) == [status] + [201] * is_tried_again


BOMB = gzip.compress(bytes(40_000_000))
PACKED = {"Content-Encoding": "gzip"}


@pytest.mark.parametrize("status", [201, 401, 503])
@pytest.mark.parametrize(
    ("body", "headers"), [(BOMB, PACKED), (bytes(3_000_000), {}), (bytes(3_000_000), {"Content-Length": None})]
)
def test_the_answer_of_a_login_is_bounded(own: Sandbox, status: int, body: bytes, headers: Any) -> None:
    limits = apig.Limits(max_bytes=1_000_000, pause=0.01)
    with FixedAnswerServer(body, headers, status=status) as url:
        ways: list[Callable[[], apig.Client]] = [
            lambda: connected(own, iam_endpoint=url, limits=limits),
            lambda: connected(own, iam_endpoint=own.url, endpoint=url, limits=limits),
        ]
        for way in ways:
            with way() as client, pytest.raises(apig.TransportError, match=r"larger than 1,000,000 bytes"):
                client.gateways()


def test_a_slow_login_ends_with_the_total_timeout(own: Sandbox) -> None:
    with FixedAnswerServer(b"{" * 4000, {}, status=201, pause=0.05) as url:
        start = time.monotonic()
        with connected(own, iam_endpoint=url, limits=apig.Limits(total_timeout=0.4)) as client:
            place = url.removeprefix("http://")
            with pytest.raises(apig.TransportTimeout, match=rf"^{place} gave no whole answer within 0\.4 s"):
                client.gateways()
        assert time.monotonic() - start < 60


def test_a_login_counts_towards_the_total_timeout(own: Sandbox) -> None:
    own.fault("tokens", delay=0.6)
    own.fault("instances", delay=60)
    start = time.monotonic()
    with connected(own, limits=apig.Limits(total_timeout=1)) as client, pytest.raises(apig.TransportTimeout):
        client.gateways()
    assert time.monotonic() - start < 30


def test_an_unreachable_iam_is_named_in_the_error(own: Sandbox) -> None:
    with (
        connected(own, iam_endpoint="http://127.0.0.1:9") as client,
        pytest.raises(apig.TransportError, match=r"^no connection to 127\.0\.0\.1:9 "),
    ):
        client.gateways()


def test_a_content_length_with_too_many_digits_is_too_large() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(201, headers={"Content-Length": "9" * 5000, "X-Subject-Token": "t"}, stream=Unread())

    given: dict[str, Any] = {**OPERATOR, "transport": httpx.MockTransport(answer)}
    with (
        apig.connect(region="eu-de", project_id="p", **given) as client,
        pytest.raises(apig.TransportError, match="larger than"),
    ):
        client.gateways()


class Unread(httpx.SyncByteStream):
    """A body that must not be read."""
