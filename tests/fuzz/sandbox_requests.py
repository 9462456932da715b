"""What must hold for the sandbox's answers, whatever is sent to it.

An input is what goes over the wire: it is given to the server's own protocol, without a socket. Words in capitals
after a `$` stand for what differs from one start to the next, such as a token.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import atheris
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

FORMS: tuple[set[str], ...] = ({"error_code", "error_msg", "request_id"}, {"error_code", "error_msg"}, {"error"})
"""The keys of an error answer: of the front gateway, of the service, of IAM (contract/errors, "Body shapes")."""
NO_HTTP = b"Invalid HTTP request received."
"""The server's word to what is no HTTP, before anything of the sandbox is asked."""
SECRET_KEY = "secret"
MADE_WELL = {"GET": {200}, "HEAD": {200}, "POST": {200, 201, 202}}

_WORD = re.compile(rb"\$([A-Z]+)")
_LOOP = asyncio.new_event_loop()


@cache
def _content() -> Content:
    return load(DEMO)


class _Wire(asyncio.Transport):
    """Takes down what is written."""

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


class _Watched:
    """An application whose exceptions are kept; the server would only log them."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.raised: list[Exception] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except ClientDisconnect:
            raise  # it was the sender who went away
        except Exception as error:
            self.raised.append(error)
            raise


def must_hold(data: bytes) -> None:
    """Every request is answered, none brings about an exception, and a refusal has the documented form."""
    if not data:
        return  # nothing was sent
    written, raised = _LOOP.run_until_complete(_served(data))
    for error in raised:
        raise error
    # Where one request follows another, only the first is looked at; that none fails has been seen.
    answer = _first(written, data)
    if answer is not None:
        _answer_holds(*answer)


async def _served(data: bytes) -> tuple[bytes, list[Exception]]:
    content = _content()
    authenticator = Authenticator(content, lambda: content.clock)
    user = content.users[0]
    project = content.main_project.id
    token = authenticator.issue_token(user, project, 36).text
    authenticator.add_key("ACCESS", SECRET_KEY, user)
    gateway = content.gateways[0]
    partner = next(one for one in content.users if one.operates_agencies)
    group = next(group for group in gateway.groups if group.name == "orders")
    meant = {
        "TOKEN": token,
        "ACCOUNT": authenticator.issue_token(user, None, 36).text,
        "PARTNER": authenticator.issue_token(partner, project, 36).text,
        "PROJECT": project,
        "GATEWAY": gateway.id,
        "GROUP": group.id,
        "API": group.apis[0].id,
    }
    app = _Watched(build_app(content, authenticator, Faults()))
    config = uvicorn.Config(app, http=H11Protocol, ws="none", lifespan="off", log_config=None, log_level="critical")
    wire = _Wire()
    state = ServerState()
    protocol = H11Protocol(config, state, {}, _LOOP)
    protocol.connection_made(wire)
    protocol.data_received(_filled_in(data, meant))
    cycle: RequestResponseCycle | None = protocol.cycle
    if cycle is not None and cycle.more_body:
        protocol.connection_lost(None)  # the sender goes away in the middle of it
    while state.tasks:
        await asyncio.gather(*state.tasks, return_exceptions=True)
    protocol.connection_lost(None)
    return bytes(wire.written), app.raised


def _filled_in(data: bytes, meant: Mapping[str, str]) -> bytes:
    """The input with what its words in capitals mean; length and signature fit whatever was changed."""
    head, gap, body = (
        _WORD.sub(lambda word: meant.get(word[1].decode(), word[0].decode()).encode(), part)
        for part in data.partition(b"\r\n\r\n")
    )
    head = head.replace(b"$LENGTH", str(len(body)).encode())
    return head.replace(b"$SIGNATURE", _signature(head, body).encode()) + gap + body


def _signature(head: bytes, body: bytes) -> str:
    """The signature that the sandbox will find right; any where the head is not one of a signed request."""
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


def _first(written: bytes, data: bytes) -> tuple[str, h11.Response, bytes] | None:
    """The method, and head and body of the first answer; none where the request did not come whole, or was no HTTP."""
    if not written or NO_HTTP in written:
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
            raise AssertionError("the answer does not come to its end")


def _answer_holds(method: str, head: h11.Response, body: bytes) -> None:
    headers = {name.decode(): value.decode("latin-1") for name, value in head.headers}
    assert re.fullmatch("[0-9a-f]{32}", headers["x-request-id"])
    if head.status_code < 400:
        assert head.status_code in MADE_WELL[method]
    else:
        assert headers["content-type"] == "application/json"
        if method != "HEAD":
            _refusal_holds(head.status_code, json.loads(body))


def _refusal_holds(status: int, refusal: Mapping[str, Any]) -> None:
    assert status < 500, refusal
    assert set(refusal) in FORMS
    if "error" in refusal:
        assert refusal["error"]["code"] == status
        texts = [refusal["error"][name] for name in ("message", "title")]
    else:
        texts = list(refusal.values())
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
    """One request of each call, and of each way to say who calls."""
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
_SIGNS = (
    *("GET ", "POST ", "HEAD ", "PUT ", " HTTP/1.1\r\n", "\r\n\r\n", "%00", "%ff", "%2F", "//", "=&="),
    *("Host: ", "Host: [::1]:80\r\n", "X-Auth-Token: ", "X-Project-Id: ", "X-Security-Token: ", "X-Sdk-Date: "),
    *("X-Sdk-Content-Sha256: ", "Transfer-Encoding: chunked\r\n", "Expect: 100-continue\r\n", "Upgrade: websocket\r\n"),
    *("Authorization: SDK-HMAC-SHA256 Access=ACCESS, ", "SignedHeaders=x-sdk-date, ", "Signature=$SIGNATURE"),
    *("/v3/auth/tokens", "/v3/projects", "openapi/export", "openapi/async-export", "async-tasks/", "api-groups"),
    *("page=", "per_page=", "limit=", "offset=", "precise_search=", "tags=", "nocatalog=", "instance_name=", "9" * 20),
)


def words() -> Iterable[bytes]:
    return texts((*_WORDS, *_SIGNS))


def mutated(data: bytes, max_size: int, seed: int) -> bytes:
    """A changed head or a changed body, sometimes with a piece of it very often."""
    return _changed(data, max_size, seed)[:max_size]


def _changed(data: bytes, max_size: int, seed: int) -> bytes:
    rng = random.Random(seed)
    head, gap, body = data.partition(b"\r\n\r\n")
    way = rng.randrange(4)
    if way == 0 or not gap:
        return bytes(atheris.Mutate(data, max_size))
    room = max_size - len(head) - len(gap)
    if way == 1 and body and room > len(body):
        return head + gap + mutation.mutated(body, room, seed, _WORDS)
    if way == 2:
        start = rng.randrange(len(head))
        piece = head[start : start + rng.randint(1, 8)]
        return (
            head[:start] + piece * rng.randint(2, (max_size - len(data)) // len(piece) + 2) + head[start:] + gap + body
        )
    return bytes(atheris.Mutate(head, len(head) + 60)) + gap + body


def _request(method: str, path: str, body: Any = None, *headers: str) -> bytes:
    sent = b"" if body is None else json.dumps(body).encode()
    lines = [f"{method} {path} HTTP/1.1", *(headers or ("X-Auth-Token: $TOKEN",)), "Content-Length: $LENGTH"]
    if not any(line.startswith("Host:") for line in lines):
        lines.insert(1, "Host: 127.0.0.1")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + sent
