"""Fuzz target: the answers of the sandbox to any request.

An input is what goes over the transport: it is given to the server's own protocol, without a socket. Words in capitals
after a `$` are placeholders for values that differ between starts, such as a token.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import h11
import uvicorn
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol, RequestResponseCycle
from uvicorn.server import ServerState

from apig_nb.request import RELEASE_ENV_ID
from apig_nb.sandbox import signature
from apig_nb.sandbox.app import build_app
from apig_nb.sandbox.auth import Authenticator
from apig_nb.sandbox.content_loader import DEMO, load
from apig_nb.sandbox.content_model import Content
from apig_nb.sandbox.faults import Faults
from apig_nb.sandbox.signature import SentRequest
from tests.fuzz import mutation
from tests.fuzz.seeds import texts

ERROR_KEYS: tuple[set[str], ...] = ({"error_code", "error_msg", "request_id"}, {"error_code", "error_msg"}, {"error"})
"""Keys of the error answers of the front gateway, of API Gateway and of IAM."""
NOT_HTTP = b"Invalid HTTP request received."
"""The answer of uvicorn to a request that is not HTTP, which never reaches the sandbox."""
SECRET_KEY = "secret"
SUCCESS_STATUSES = {"GET": {200}, "HEAD": {200}, "POST": {200, 201, 202}}

_WORD = re.compile(rb"\$([A-Z]+)")
_LOOP = asyncio.new_event_loop()


@cache
def _content() -> Content:
    return load(DEMO)


class _RecordingTransport(asyncio.Transport):
    """A transport that records what is written."""

    def __init__(self) -> None:
        super().__init__()
        self.written = bytearray()
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def is_closing(self) -> bool:
        return self.closed

    def close(self) -> None:
        self.closed = True

    abort = close

    def pause_reading(self) -> None: ...

    def resume_reading(self) -> None: ...


class _RecordingApp:
    """Records the exceptions of an application, which the server would only log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.raised: list[Exception] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:
            raise  # not an error of the application
        except Exception as error:
            self.raised.append(error)
            raise


def must_hold(data: bytes) -> None:
    """Check that a request raises no exception and is answered, with the documented body if it is an error."""
    if not data:
        return  # no request
    written, raised = _LOOP.run_until_complete(_serve(data))
    for error in raised:
        raise error
    # Of several requests only the response to the first is checked.
    answer = _first_response(written, data)
    if answer is not None:
        _check_response(*answer)


async def _serve(data: bytes) -> tuple[bytes, list[Exception]]:
    content = _content()
    authenticator = Authenticator(content, lambda: content.clock)
    user = content.users[0]
    project = content.main_project.id
    token = authenticator.issue_token(user, project, 36).text
    authenticator.add_key("ACCESS", SECRET_KEY, user)
    gateway = content.gateways[0]
    partner = next(one for one in content.users if one.operates_agencies)
    group = next(group for group in gateway.groups if group.name == "orders")
    values = {
        "TOKEN": token,
        "ACCOUNT": authenticator.issue_token(user, None, 36).text,
        "PARTNER": authenticator.issue_token(partner, project, 36).text,
        "PROJECT": project,
        "GATEWAY": gateway.id,
        "GROUP": group.id,
        "API": group.apis[0].id,
    }
    app = _RecordingApp(build_app(content, authenticator, Faults()))
    config = uvicorn.Config(app, http=H11Protocol, ws="none", lifespan="off", log_config=None, log_level="critical")
    transport = _RecordingTransport()
    state = ServerState()
    protocol = H11Protocol(config, state, {}, _LOOP)
    protocol.connection_made(transport)
    protocol.data_received(_fill_in(data, values))
    cycle: RequestResponseCycle | None = protocol.cycle
    if cycle is not None and cycle.more_body:
        protocol.connection_lost(None)  # the client disconnects in the middle of the body
    while state.tasks:
        await asyncio.gather(*state.tasks, return_exceptions=True)
    protocol.connection_lost(None)
    return bytes(transport.written), app.raised


def _fill_in(data: bytes, values: Mapping[str, str]) -> bytes:
    """Replace the placeholders; length and signature are computed for the input as it is."""
    head, gap, body = (
        _WORD.sub(lambda word: values.get(word[1].decode(), word[0].decode()).encode(), part)
        for part in data.partition(b"\r\n\r\n")
    )
    head = head.replace(b"$LENGTH", str(len(body)).encode())
    return head.replace(b"$SIGNATURE", _signature(head, body).encode()) + gap + body


def _signature(head: bytes, body: bytes) -> str:
    """Return a valid signature, or any text if the head is not one of a signed request."""
    first, *lines = head.replace(b"$SIGNATURE", b"00").split(b"\r\n")
    named = [line.partition(b":") for line in lines]
    headers = {name.lower().decode("latin-1"): value.strip().decode("utf-8", "replace") for name, _, value in named}
    claim = signature.read_claim(headers.get("authorization", ""))
    words = first.decode("latin-1").split(" ")
    if claim is None or len(words) != 3:
        return "00"
    path, _, query = words[1].partition("?")
    canonical = signature.canonical_request(SentRequest(words[0], path, query, headers, body), claim.signed_headers)
    return signature.sign(canonical, headers.get("x-sdk-date", ""), SECRET_KEY)


def _first_response(written: bytes, data: bytes) -> tuple[str, h11.Response, bytes] | None:
    """Return method, head and body of the first response; None if the request was incomplete or not HTTP."""
    if not written or NOT_HTTP in written:
        return None
    method = data.lstrip(b"\r\n").split(b" ", 1)[0].decode("latin-1")
    conn = h11.Connection(h11.CLIENT)
    conn.send(h11.Request(method=method, target="/", headers=[("host", "h")]))
    conn.send(h11.EndOfMessage())
    conn.receive_data(written)
    head, body = None, b""
    while True:
        event = conn.next_event()
        if isinstance(event, h11.Response):
            head = event
        elif isinstance(event, h11.Data):
            body += event.data
        elif isinstance(event, h11.EndOfMessage):
            assert head is not None
            return method, head, body
        elif event is h11.NEED_DATA:
            raise AssertionError("the response is incomplete")


def _check_response(method: str, head: h11.Response, body: bytes) -> None:
    headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
    assert re.fullmatch("[0-9a-f]{32}", headers["x-request-id"])
    if head.status_code < 400:
        assert head.status_code in SUCCESS_STATUSES[method]
    else:
        assert headers["content-type"] == "application/json"
        if method != "HEAD":
            _check_error(head.status_code, json.loads(body))


def _check_error(status: int, error: Mapping[str, Any]) -> None:
    assert status < 500, error
    assert set(error) in ERROR_KEYS
    if "error" in error:
        assert error["error"]["code"] == status
        texts = [error["error"][name] for name in ("message", "title")]
    else:
        texts = list(error.values())
    assert all(isinstance(text, str) and text for text in texts)


_GATEWAY = "/v2/$PROJECT/apigw/instances/$GATEWAY"
_EXPORT: dict[str, Any] = {"env_id": RELEASE_ENV_ID, "group_id": "$GROUP"}
_USER = {"name": "operator", "password": "demo-operator", "domain": {"name": "retail_demo"}}
_PASSWORD = {"methods": ["password"], "password": {"user": _USER}}
_SIGNED = (
    "Authorization: SDK-HMAC-SHA256 Access=ACCESS, SignedHeaders=host;x-sdk-date, Signature=$SIGNATURE",
    "X-Sdk-Date: 20260102T030405Z",
)


def seeds() -> Iterable[bytes]:
    """Yield a request of each call and of each kind of authentication."""
    for path in (
        *("/v3/auth/projects", "/v3/projects?name=MOS&page=1&per_page=2", "/v3/projects?page=2&per_page=1"),
        *("/v2/$PROJECT/apigw/instances?instance_name=retail&limit=1&offset=1", "/v2/$PROJECT/apic/instances"),
        *(f"{_GATEWAY}/envs?name=REL", f"{_GATEWAY}/api-groups?name=orders&precise_search=name"),
        f"{_GATEWAY}/apis?group_id=$GROUP&env_id={RELEASE_ENV_ID}&req_method=GET&auth_type=IAM&type=1&tags=a&tags=b",
        f"{_GATEWAY}/apis?return_data_mode=brief&req_protocol=HTTPS&precise_search=name,req_uri&vpc_channel_name=c",
        *(f"{_GATEWAY}/async-tasks/abc", "/nowhere/%2e%2e/%ff"),
    ):
        yield _request("GET", path)
        yield _request("HEAD", path, None, *_SIGNED)
    for body in (_EXPORT, {**_EXPORT, "define": "all", "type": "yaml", "version": "v1", "apis": ["$API"]}):
        yield _request("POST", f"{_GATEWAY}/openapi/export?oas_version=3.0", body)
        yield _request("POST", f"{_GATEWAY}/openapi/async-export?oas_version=2.0", body)
    scopes: tuple[dict[str, Any], ...] = (
        {},
        {"scope": {"project": {"name": "eu-demo-1"}}},
        {"scope": {"domain": {"name": "retail_demo"}}},
    )
    totp = {"totp": {"user": {"name": "guarded", "passcode": "123456", "domain": {"name": "retail_demo"}}}}
    for scope in scopes:
        yield _request("POST", "/v3/auth/tokens?nocatalog=1", {"auth": {"identity": _PASSWORD, **scope}}, "Host: h:80")
    both = {"password": {"user": {**_USER, "name": "guarded", "password": "demo-guarded"}}, **totp}
    yield _request("POST", "/v3/auth/tokens", {"auth": {"identity": {"methods": ["password", "totp"], **both}}})
    agency = {"methods": ["assume_role"], "assume_role": {"agency_name": "export_helper", "domain_name": "retail_demo"}}
    token = {"methods": ["token"], "token": {"id": "$TOKEN", "duration_seconds": 900}}
    for identity in (agency, token):
        for path in ("/v3/auth/tokens", "/v3.0/OS-CREDENTIAL/securitytokens"):
            yield _request("POST", path, {"auth": {"identity": identity}}, "X-Auth-Token: $PARTNER")


_WORDS = (
    *("env_id", "group_id", "define", "type", "version", "apis", "oas_version", "spec", "proxy", "all", "dev", "json"),
    *("yaml", "yml", "2.0", "3.0", RELEASE_ENV_ID, "auth", "identity", "methods", "password", "totp", "token", "user"),
    *("name", "id", "domain", "passcode", "scope", "project", "assume_role", "agency_name", "domain_id", "domain_name"),
    *("duration_seconds", "$TOKEN", "$ACCOUNT", "$PARTNER", "$PROJECT", "$GATEWAY", "$GROUP", "$API"),
)
_TOKENS = (
    *("GET ", "POST ", "HEAD ", "PUT ", " HTTP/1.1\r\n", "\r\n\r\n", "%00", "%ff", "%2F", "//", "=&="),
    *("Host: ", "Host: [::1]:80\r\n", "X-Auth-Token: ", "X-Project-Id: ", "X-Security-Token: ", "X-Sdk-Date: "),
    *("X-Sdk-Content-Sha256: ", "Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\n", "Upgrade: websocket\r\n"),
    *("Authorization: SDK-HMAC-SHA256 Access=ACCESS, ", "SignedHeaders=x-sdk-date, ", "Signature=$SIGNATURE"),
    *("/v3/auth/tokens", "/v3/projects", "openapi/export", "openapi/async-export", "async-tasks/", "api-groups"),
    *("page=", "per_page=", "limit=", "offset=", "precise_search=", "tags=", "nocatalog=", "instance_name=", "9" * 20),
)


def words() -> Iterable[bytes]:
    return texts((*_WORDS, *_TOKENS))


def mutated(data: bytes, max_size: int, seed: int) -> bytes:
    """Mutate the head or the body, or repeat a piece of the head many times."""
    return _changed(data, max_size, seed)[:max_size]


def _changed(data: bytes, max_size: int, seed: int) -> bytes:
    rng = random.Random(seed)
    head, gap, body = data.partition(b"\r\n\r\n")
    kind = rng.randrange(4)
    if kind == 0 or not head or not gap:
        return mutation.mutated_bytes(data, max_size, rng)
    remaining = max_size - len(head) - len(gap)
    if kind == 1 and body and remaining > len(body):
        return head + gap + mutation.mutated(body, remaining, seed, _WORDS)
    if kind == 2:
        start = rng.randrange(len(head))
        piece = head[start : start + rng.randint(1, 8)]
        return (
            head[:start] + piece * rng.randint(2, (max_size - len(data)) // len(piece) + 2) + head[start:] + gap + body
        )
    return mutation.mutated_bytes(head, len(head) + 60, rng) + gap + body


def _request(method: str, path: str, body: Any = None, *headers: str) -> bytes:
    sent = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", *(headers or ("X-Auth-Token: $TOKEN",)), "Content-Length: $LENGTH"]
    if not any(line.startswith("Host:") for line in lines):
        lines.insert(1, "Host: 127.0.0.1")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + sent
