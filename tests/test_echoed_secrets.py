"""A service that sends back what it was sent: no secret gets into an exception, a log, a table or a text of a view."""

import base64
import html
import io
import itertools
import json
import os
import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import quote

import httpx
import pytest

import apig_nb as apig
from apig_nb.client.tasks import Progress
from tests.fixed_answer_server import FixedAnswerServer
from tests.raw_server import raw_server
from tests.test_secrets import logged as logged
from tests.test_secrets import texts_of

THOROUGH = "APIG_NB_FUZZ_EXAMPLES" in os.environ
"""True for all cases, as by `make long`."""

TOKEN = base64.b64encode(bytes(range(256))).decode()
NEW_TOKEN = base64.b64encode(bytes(range(255, 0, -1))).decode()
PASSWORD = "pä\"ss/w'or d+1&<x>"
PASSCODE = "493817"
SECRET_KEY = "sK/+aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789"

KINDS: dict[str, dict[str, Any]] = {
    "token": {"token": TOKEN},
    "password": {"username": "u", "domain_name": "d", "password": PASSWORD, "passcode": PASSCODE},
    "key": {"access_key": "AK", "secret_key": SECRET_KEY, "security_token": TOKEN},
}
SECRETS = {"token": [TOKEN], "password": [PASSWORD, PASSCODE, NEW_TOKEN], "key": [SECRET_KEY, TOKEN]}

ENCODINGS: dict[str, Callable[[str], str]] = {
    "as it is": lambda text: text,
    "in words": lambda text: f"the value {text} is wrong",
    "cut off": lambda text: text[:100],
    "json": lambda text: json.dumps({"given": text}),
    "json in json": lambda text: json.dumps({"given": json.dumps({"given": text})}),
    "json with slashes": lambda text: json.dumps({"given": text}).replace("/", "\\/"),
    "python": lambda text: repr({"given": text}),
    "python bytes": lambda text: repr(text.encode()),
    "header": lambda text: f"GET / HTTP/1.1\r\nX-Auth-Token: {text}\r\nHost: a\r\n",
    "percent": lambda text: f"?given={quote(text, safe='')}&b=1",
    "percent in lower case": lambda text: re.sub("%..", lambda one: one[0].lower(), quote(text, safe="")),
    "base64": lambda text: base64.b64encode(text.encode()).decode(),
    "base64 of a login": lambda text: base64.b64encode(f"user:{text}".encode()).decode(),
    "base64 for addresses": lambda text: base64.urlsafe_b64encode(text.encode()).decode(),
    "html": lambda text: f"<p>{html.escape(text)}</p>",
}


def traces(text: str) -> set[str]:
    """Return what must not be seen of a secret: its beginning in each encoding."""
    found = {text, json.dumps(text)[1:-1], repr(text)[1:-1], quote(text, safe=""), html.escape(text)}
    # Inside a longer text, base64 has one of three forms.
    found |= {
        base64.b64encode(before + text.encode()).decode()[4:].rstrip("=")[:-1] for before in (b"abc", b"u", b"us")
    }
    return {one[:40] for one in found}


DOCUMENT = {"swagger": "2.0", "info": {"title": "orders", "version": "1"}, "paths": {}}
Place = Callable[[str], httpx.Response]

ERRORS: dict[str, Place] = {
    "message": lambda text: httpx.Response(400, json={"error_code": "APIG.2000", "error_msg": text}),
    "message of a broken service": lambda text: httpx.Response(500, json={"error_code": "APIG.1", "error_msg": text}),
    "long message": lambda text: httpx.Response(400, json={"error_msg": "a" * 450 + text}),
    "code": lambda text: httpx.Response(400, json={"error_code": text, "error_msg": "m"}),
    "values": lambda text: httpx.Response(400, json={"error_code": {"a": text}, "error_msg": [text]}),
    "request id": lambda text: httpx.Response(400, json={"error_code": "A", "error_msg": "m", "request_id": text}),
    "text": lambda text: httpx.Response(400, text=text),
    "page": lambda text: httpx.Response(502, html=f"<title>{text}</title><p>{text}</p>"),
    "headers": lambda text: httpx.Response(
        429, headers=dict.fromkeys(["X-Request-Id", "Retry-After", "Date", "Content-Type"], one_line(text))
    ),
    "refusal": lambda text: httpx.Response(401, json={"error": {"code": 401, "message": text}}),
    "redirect": lambda text: httpx.Response(302, headers={"Location": f"https://a.example.com/{one_line(text)}"}),
    "cookie": lambda text: httpx.Response(403, headers={"Set-Cookie": one_line(text)}),
    "compression": lambda text: httpx.Response(200, headers={"Content-Encoding": one_line(text)}, content=b"a"),
    "reason": lambda text: httpx.Response(400, extensions={"reason_phrase": one_line(text).encode()}),
}
ANSWERS: dict[str, dict[str, Place]] = {
    "/api-groups": {
        "name": lambda text: httpx.Response(200, json={"groups": [{"id": "a", "name": text}]}),
        "id": lambda text: httpx.Response(200, json={"groups": [{"id": text, "name": "orders"}]}),
        "key": lambda text: httpx.Response(200, json={text: []}),
        "media type of a list": lambda text: httpx.Response(200, text="a", headers={"Content-Type": one_line(text)}),
        "error in a list": lambda text: httpx.Response(200, json={"error_code": "A", "error_msg": text}),
        "text for a list": lambda text: httpx.Response(200, text=text),
    },
    "/openapi/export": {
        "title": lambda text: httpx.Response(200, json=DOCUMENT | {"info": {"title": text, "version": text}}),
        "standard": lambda text: httpx.Response(200, json=DOCUMENT | {"swagger": text}),
        "page in place of a document": lambda text: httpx.Response(200, html=f"<html><title>{text}</title>"),
        "text in place of a document": lambda text: httpx.Response(200, text=text),
        "error in place of a document": lambda text: httpx.Response(200, json={"error_code": "A", "error_msg": text}),
        "media type of a document": lambda text: httpx.Response(
            200, json=DOCUMENT, headers={"Content-Type": "image/" + one_line(text)}
        ),
    },
    "/openapi/async-export": {
        "task id": lambda text: httpx.Response(200, json={"task_id": text}),
        "no task id": lambda text: httpx.Response(200, json={"a": text}),
    },
    "/async-tasks/": {
        "state": lambda text: httpx.Response(200, json={"task_status": text}),
        "failure": lambda text: httpx.Response(200, json={"task_status": "failed", "task_result": text}),
        "result": lambda text: httpx.Response(200, json={"task_status": "succeed", "task_result": text}),
    },
}
PLACES = [
    *(("/v3/auth/tokens", name, place) for name, place in ERRORS.items()),
    *(("/api-groups", name, place) for name, place in ERRORS.items()),
    *((path, name, place) for path, places in ANSWERS.items() for name, place in places.items()),
]


def one_line(text: str) -> str:
    return text.replace("\r\n", " ").encode("ascii", "replace").decode()


def answering(echo: str, path: str, place: Place) -> Callable[[httpx.Request], httpx.Response]:
    """Answer as a gateway does, except at a path, where a place of the answer holds the echo."""
    usual = {
        "/v3/auth/tokens": httpx.Response(201, headers={"X-Subject-Token": NEW_TOKEN}, json={}),
        "/api-groups": httpx.Response(200, json={"groups": [{"id": "g" * 32, "name": "orders"}], "total": 1}),
        "/openapi/export": httpx.Response(200, json=DOCUMENT),
        "/openapi/async-export": httpx.Response(200, json={"task_id": "t"}),
        "/async-tasks/": httpx.Response(200, json={"task_status": "failed", "task_result": "a"}),
    }

    def answer(request: httpx.Request) -> httpx.Response:
        if path in request.url.path:
            return place(echo)
        return next(response for part, response in usual.items() if part in request.url.path)

    return answer


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("kind", KINDS)
def test_an_echo_shows_no_secret(kind: str, encoding: str, logged: io.StringIO) -> None:
    leaks = []
    cases: Any = itertools.product(SECRETS[kind], PLACES)
    if not THOROUGH:
        # A third of the cases; of each secret, encoding and place, each pair is among them.
        cases = itertools.islice(cases, list(ENCODINGS).index(encoding) % 3, None, 3)
    for secret, (path, name, place) in cases:
        # A token that was not issued yet is no secret of the client.
        if secret is NEW_TOKEN and path == "/v3/auth/tokens":
            continue
        # Names, ids and documents must stay exact, so that six digits are not replaced in them.
        if len(secret) < 12 and name in ("name", "id", "task id", "title", "standard"):
            continue
        shown = shown_by(kind, path, answering(ENCODINGS[encoding](secret), path, place)) + logged.getvalue()
        leaks += [(path, name, secret[:9], trace) for trace in traces(secret) if trace in shown]
        logged.truncate(0)
    assert leaks == []


def shown_by(kind: str, path: str, answer: Callable[[httpx.Request], httpx.Response]) -> str:
    """Return all that is shown of calls with these credentials."""
    shown: list[str] = []
    with apig.connect(
        region="eu-de",
        **KINDS[kind],
        project_id="p" * 32,
        instance_id="i" * 32,
        transport=httpx.MockTransport(answer),
        limits=apig.Limits(retries=0, pause=0.001),
    ) as client:
        request: dict[str, Any] = {"group": "orders", "env": "RELEASE", "version": "v"}
        calls: list[Callable[[], Any]] = [
            lambda: described(client.export(**request)),
            lambda: described(client.export(**request, mode="async", progress=stop_at(shown))),
            lambda: client.groups().to_csv(),
            lambda: client.export(**request | {"group": "other"}),
        ]
        of_path = {"/openapi/export": calls[:1], "/openapi/async-export": calls[1:2], "/async-tasks/": calls[1:2]}
        for call in of_path.get(path, calls[2:]):
            try:
                shown.append(str(call()))
            except apig.ApigError as error:
                shown.append(texts_of(error))
        shown += [client.log.to_csv(), repr(client)]
    return "\n".join(shown)


def stop_at(shown: list[str]) -> Callable[[Progress], None]:
    """Return a function that notes the state of a task, and ends the wait at one that is not known."""

    def note(step: Progress) -> None:
        shown.append(f"{step} {step!r}")
        if step.status not in ("failed", "succeed"):
            raise apig.ExportCancelledError("enough")

    return note


def described(export: apig.Export) -> str:
    return "\n".join((repr(export), export._repr_html_(), export.text, *export.warnings))


HEAD = b"HTTP/1.1 201 Created\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        HEAD + f"X-Subject-Token {NEW_TOKEN}\r\n\r\n".encode(),
        HEAD + f"X-Subject-Token: {NEW_TOKEN}\x00\r\n\r\n".encode(),
        HEAD + f"X-Subject-Token: {NEW_TOKEN}\r\nSet-Cookie: a={TOKEN}\r\nContent-Length: 9\r\n\r\n".encode(),
        HEAD + f"Set-Cookie: a={TOKEN}\r\nX-Auth-Token: {TOKEN}\r\nContent-Length: 2\r\n\r\n{{}}".encode(),
        HEAD + f"Transfer-Encoding: chunked\r\n\r\n{NEW_TOKEN}\r\n".encode(),
        f"HTTP/1.1 {NEW_TOKEN}\r\n\r\n".encode(),
        f"HTTP/1.1 400 {PASSWORD}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n".encode(),
        f"{PASSWORD}\r\n\r\n".encode(),
    ],
)
def test_a_malformed_answer_to_a_login_shows_no_secret(answer: bytes, logged: io.StringIO) -> None:
    """Not even a new token, which nobody knows yet."""
    with (
        raw_server(lambda: [answer]) as url,
        apig.connect(endpoint=url, **KINDS["password"], project_id="p" * 32, limits=apig.Limits(retries=0)) as client,
        pytest.raises(apig.ApigError) as caught,
    ):
        client.gateways()
    shown = texts_of(caught.value) + logged.getvalue() + client.log.to_csv()
    assert "receive_response_headers" in logged.getvalue()
    assert [trace for one in (TOKEN, NEW_TOKEN, PASSWORD) for trace in traces(one) if trace in shown] == []


def test_a_new_token_is_masked_in_other_headers_of_its_answer(logged: io.StringIO) -> None:
    """The log shows the request id, before the token is used."""
    with (
        FixedAnswerServer(b"{}", dict.fromkeys(["X-Request-Id", "X-Subject-Token"], NEW_TOKEN)) as url,
        apig.connect(endpoint=url, **KINDS["password"], project_id="p" * 32) as client,
        pytest.raises(apig.DocumentError),
    ):
        client.gateways()
    shown = logged.getvalue() + client.log.to_csv()
    assert client.log["request_id"].str.contains("***", regex=False).all()
    assert [trace for trace in traces(NEW_TOKEN) if trace in shown] == []


def test_a_token_that_was_renewed_meanwhile_is_masked() -> None:
    tokens = ["first-t0ken-of-the-test", "second-of-the-t0kens"]
    issued, renewed = iter(tokens), threading.Event()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/v3/auth/tokens":
            return httpx.Response(201, headers={"X-Subject-Token": next(issued)}, json={})
        if request.url.path.endswith("/api-groups") and request.headers["X-Auth-Token"] == tokens[0]:
            with ThreadPoolExecutor(1) as threads:
                shown.append(str(threads.submit(client.environments).exception()))
            renewed.set()
        elif request.headers["X-Auth-Token"] == tokens[0]:
            return httpx.Response(401, json={"error_code": "APIG.1002"})
        return httpx.Response(400, json={"error_msg": f"not {tokens}"})

    login: dict[str, Any] = {"username": "u", "domain_name": "d", "password": PASSWORD}
    transport, shown = httpx.MockTransport(answer), list[str]()
    with apig.connect(
        region="eu-de", **login, project_id="p" * 32, instance_id="i" * 32, transport=transport
    ) as client:
        for call in (client.groups, client.environments):
            with pytest.raises(apig.ServiceError) as caught:
                call()
            shown.append(str(caught.value))
    assert renewed.is_set()
    assert {one.partition(":")[2] for one in shown} == {" not ['***', '***']. Check the request"}


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("part", ["Access=", "Signature="])
def test_neither_a_signature_nor_an_access_key_is_shown(part: str, encoding: str) -> None:
    """Whoever mistakes one key for the other sends the secret key as the access key."""
    sent = []

    def answer(request: httpx.Request) -> httpx.Response:
        header = request.headers["Authorization"]
        sent.append(header.partition(part)[2].partition(",")[0])
        echo = ENCODINGS[encoding](header if encoding != "cut off" else sent[0])
        return httpx.Response(401, json={"error_code": "APIG.0301", "error_msg": echo})

    keys: dict[str, Any] = {"access_key": SECRET_KEY, "secret_key": "AKABCDEFGHIJKLMN"}
    transport = httpx.MockTransport(answer)
    with (
        apig.connect(region="eu-de", **keys, project_id="p" * 32, transport=transport) as client,
        pytest.raises(apig.ServiceError) as caught,
    ):
        client.gateways()
    assert [trace for trace in traces(sent[0]) if trace in texts_of(caught.value)] == []


def test_a_proxy_that_repeats_its_password_shows_none(monkeypatch: pytest.MonkeyPatch, logged: io.StringIO) -> None:
    password = "pr0xy/s3cret-of-the-test"
    login = base64.b64encode(f"me:{password}".encode()).decode()
    answer = f"HTTP/1.1 407 {password} {login}\r\nX-Echo: {login}\r\nContent-Length: 0\r\n\r\n".encode()
    with raw_server(lambda: [answer]) as url:
        monkeypatch.setenv("HTTPS_PROXY", url.replace("//", f"//me:{quote(password, safe='')}@"))
        with (
            apig.connect(region="eu-de", token=TOKEN, project_id="p" * 32) as client,
            pytest.raises(apig.TransportError, match="the proxy refused the call") as caught,
        ):
            client.gateways()
    shown = texts_of(caught.value) + logged.getvalue() + client.log.to_csv()
    assert [trace for trace in traces(password) if trace in shown] == []


def test_a_page_whose_tags_divide_a_secret_shows_none() -> None:
    page = f"<p>the token <b>{'</b><i></i><b>'.join(TOKEN[at : at + 5] for at in range(0, len(TOKEN), 5))}</b> is old"
    transport = httpx.MockTransport(lambda _: httpx.Response(502, html=page))
    with (
        apig.connect(region="eu-de", token=TOKEN, project_id="p" * 32, transport=transport) as client,
        pytest.raises(apig.ServiceError, match=r"the token \*\*\* is old"),
    ):
        client.gateways()


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-be", "utf-32"])
def test_a_list_in_another_encoding_shows_no_secret(encoding: str) -> None:
    """JSON is read in all of these; the answer is no longer whole where a secret was in it."""
    groups = {"groups": [{"id": "a", "name": f"the token {TOKEN}"}], "total": 1}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, content=json.dumps(groups).encode(encoding)))
    with apig.connect(
        region="eu-de", token=TOKEN, project_id="p" * 32, instance_id="i" * 32, transport=transport
    ) as client:
        try:
            shown = client.groups().to_csv()
        except apig.ApigError as error:
            shown = texts_of(error)
    assert [trace for trace in traces(TOKEN) if trace in shown] == []


@pytest.mark.parametrize("word", ["a", "error", "T0ken"])
def test_a_short_secret_makes_no_holes_into_texts(word: str) -> None:
    """The rule: at least six characters in texts, at least twelve in data."""
    answer = httpx.Response(400, json={"error_code": "A", "error_msg": f"an error of {word}"})
    transport = httpx.MockTransport(lambda _: answer)
    with (
        apig.connect(region="eu-de", token=word, project_id="p" * 32, transport=transport) as client,
        pytest.raises(apig.ServiceError, match=f"an error of {word}"),
    ):
        client.gateways()


def test_a_name_that_holds_a_passcode_or_a_short_password_stays_exact() -> None:
    secrets: dict[str, Any] = {"username": "u", "domain_name": "d", "password": "orders", "passcode": PASSCODE}
    named = [{"id": "a" + PASSCODE * 5, "name": "orders"}]
    usual = answering("", "?", lambda _: httpx.Response(500))

    def answer(request: httpx.Request) -> httpx.Response:
        is_list = request.url.path.endswith("/api-groups")
        return httpx.Response(200, json={"groups": named, "total": 1}) if is_list else usual(request)

    with apig.connect(
        region="eu-de", **secrets, project_id="p" * 32, instance_id="i" * 32, transport=httpx.MockTransport(answer)
    ) as client:
        assert client.groups()[["id", "name"]].to_dict("records") == named
        export = client.export(group="orders", env="RELEASE")
        assert (export.definition.title, export.warnings) == ("orders", ())


def test_a_candidate_shows_no_short_secret_with_a_control_character() -> None:
    password = "pa\x07ss/wd"
    groups = {"groups": [{"id": "a", "name": f"the {password}"}], "total": 1}

    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, headers={"X-Subject-Token": NEW_TOKEN}, json=groups)

    with (
        apig.connect(
            region="eu-de",
            **KINDS["password"] | {"password": password},
            project_id="p" * 32,
            instance_id="i" * 32,
            transport=httpx.MockTransport(answer),
        ) as client,
        pytest.raises(apig.NameLookupError, match=r"candidates: the \*\*\*$"),
    ):
        client.export(group="other", env="RELEASE")


def test_a_document_that_repeats_a_token_says_so() -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=DOCUMENT | {"x-echo": TOKEN}))
    with apig.connect(region="eu-de", token=TOKEN, project_id="p" * 32, transport=transport) as client:
        export = client.send(
            apig.ExportRequest(project_id="p" * 32, instance_id="i" * 32, group_id="g" * 32, env_id="e" * 32)
        )
    assert json.loads(export.raw)["x-echo"] == "***"
    assert export.warnings == ("the answer repeated a secret of these credentials, which is replaced by ***",)
