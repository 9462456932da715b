"""A traceback with local variables, as IPython and rich show them, holds no secret."""

import inspect
import re
import sys
import textwrap
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import httpx
import pytest
from IPython.core.ultratb import VerboseTB

import apig_nb as apig
from apig_nb.client.secret import Secret, masked
from tests.raw_server import raw_server

pytestmark = pytest.mark.slow

TOKEN, PASSWORD, PASSCODE = "t0ken-of-the-test-1", "p4ssw0rd-of-the-test", "493817"
SECRET_KEY, SECURITY_TOKEN, NEW_TOKEN = "sk-of-the-test-77", "security-token-77", "issued-t0ken-of-the-test"
SECRETS = [TOKEN, PASSWORD, PASSCODE, SECRET_KEY, SECURITY_TOKEN, NEW_TOKEN]

LOGIN: dict[str, Any] = {"username": "u", "domain_name": "d", "password": PASSWORD, "passcode": PASSCODE}
KINDS: dict[str, dict[str, Any]] = {
    "token": {"token": TOKEN},
    "password": LOGIN,
    "password and a function": LOGIN | {"passcode": lambda: PASSCODE},
    "key": {"access_key": "AK", "secret_key": SECRET_KEY, "security_token": SECURITY_TOKEN},
    "agency": {"token": TOKEN, "agency_name": "a", "agency_domain_name": "b"},
    "agency of a user": LOGIN | {"agency_name": "a", "agency_domain_name": "b"},
}
READY: dict[str, Any] = {"region": "eu-de", "project_id": "p" * 32, "limits": apig.Limits(retries=0)}


def frames_of(error: BaseException) -> Iterator[FrameType]:
    """Yield the frames of an exception, and of all that led to it, except those of the test."""
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        for frame, _ in traceback.walk_tb(one.__traceback__):
            if Path(frame.f_code.co_filename) != Path(__file__):
                yield frame
        waiting += [other for other in (one.__cause__, one.__context__) if other is not None]
        waiting += one.exceptions if isinstance(one, BaseExceptionGroup) else []


def check(error: BaseException) -> None:
    """Check that no local variable, and nothing that IPython shows, holds a secret."""
    found = [
        (frame.f_code.co_qualname, name)
        for frame in frames_of(error)
        for name, value in frame.f_locals.items()
        if any(secret in repr(value) + repr(held_by(value)) for secret in SECRETS)
    ]
    assert found == []
    texts = re.sub(r"\x1b\[[\d;]*m", "", VerboseTB().text(type(error), error, without_test(error)))
    assert [secret for secret in SECRETS if secret in texts] == []


def held_by(value: object) -> object:
    """Return what rich shows of an object in addition to its `repr`."""
    fields = getattr(type(value), "__dataclass_fields__", {})
    shown = [getattr(value, name, None) for name, field in fields.items() if field.repr]
    return shown + list(getattr(value, "__rich_repr__", tuple)())


def without_test(error: BaseException) -> Any:
    """Return the traceback without the frames of the test, whose source has the secrets."""
    begin = error.__traceback__
    while begin is not None and Path(begin.tb_frame.f_code.co_filename) == Path(__file__):
        begin = begin.tb_next
    return begin


def failed(call: Callable[[], object]) -> BaseException:
    try:
        call()
    except BaseException as error:  # noqa: BLE001 - also an interrupt
        return error
    raise AssertionError("it did not fail")


WRONG: dict[str, dict[str, Any]] = {
    "no address": {"region": None},
    "malformed address": {"endpoint": "https://[::1"},
    "http": {"endpoint": "http://example.com"},
    "unknown region": {"region": "nowhere-1", "endpoint": None, "iam_endpoint": "https://xn--a"},
    "region of a wrong type": {"region": 5},
    "malformed project": {"project_id": "a/b"},
    "no project": {"project_id": None, "endpoint": "https://apig.example.com", "region": None},
    "no certificates": {"cacert": "/nowhere"},
    "unknown service": {"service": "other"},
    "malformed time": {"timeout": -1},
    "malformed gateway": {"instance_id": "a/b"},
    "unknown entry": {"target": "nowhere"},
    "sandbox": {"target": "sandbox"},
    "wrong proxy": {},
}


@pytest.mark.parametrize("fault", WRONG)
@pytest.mark.parametrize("kind", KINDS)
def test_of_connect(kind: str, fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if fault == "wrong proxy":
        monkeypatch.setenv("HTTPS_PROXY", "htps://x")
    arguments = {name: value for name, value in (READY | KINDS[kind] | WRONG[fault]).items() if value is not None}
    check(failed(lambda: apig.connect(**arguments)))


def test_of_a_token_that_is_given_as_the_name_of_an_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "clouds.yaml").write_text("clouds: {otc: {}}")
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(tmp_path / "clouds.yaml"))
    error = failed(lambda: apig.connect(TOKEN * 30, region="eu-de"))
    check(error)
    assert str(error) == "target: is longer than any name of an entry of clouds.yaml; a token is given as token="


def test_a_malformed_secret_does_not_disturb_other_clients() -> None:
    error = failed(lambda: apig.connect(**READY | LOGIN | {"password": PASSWORD + "\ud800"}))
    transport = httpx.MockTransport(lambda _: httpx.Response(400, text="no"))
    with apig.connect(**READY | KINDS["token"] | {"transport": transport}) as client:
        assert str(failed(client.gateways)).startswith("400: no")
    assert isinstance(error, apig.CredentialsError)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("token", f"{TOKEN} {TOKEN}"),
        ("token", TOKEN.encode()),
        ("token", [TOKEN]),
        ("password", f"{PASSWORD}\ud800"),
        ("password", PASSWORD.encode()),
        ("password", int(PASSCODE)),
        ("secret_key", SECRET_KEY.encode()),
        ("security_token", f"{SECURITY_TOKEN}\n{SECURITY_TOKEN}"),
    ],
)
def test_of_a_malformed_secret(name: str, value: Any) -> None:
    others = {"token": {}, "password": LOGIN, "secret_key": KINDS["key"], "security_token": KINDS["key"]}
    check(failed(lambda: apig.connect(**READY | others[name] | {name: value})))


def broken() -> str:
    raise ZeroDivisionError


@pytest.mark.parametrize("passcode", [int(PASSCODE), PASSCODE.encode(), lambda: PASSCODE.encode(), broken])
def test_of_a_malformed_passcode(passcode: Any) -> None:
    client = apig.connect(**READY | LOGIN | {"passcode": passcode})
    with client:
        check(failed(client.gateways))


LOGIN_FILE = f"auth: {{username: u, password: {PASSWORD}, domain_name: d, passcode: '{PASSCODE}'}}"
FILES = {
    "no mapping": f"otc: {{{LOGIN_FILE}}}\n",
    "clouds are a list": f"clouds: [{{{LOGIN_FILE}}}]\n",
    "another entry": f"clouds: {{other: {{{LOGIN_FILE}}}}}\n",
    "no yaml": f"clouds: {{otc: {{{LOGIN_FILE}}}\n",
    "no address": f"clouds: {{otc: {{{LOGIN_FILE}}}}}\n",
    "half": f"clouds: {{otc: {{auth: {{password: {PASSWORD}}}}}}}\n",
    "no text": f"clouds: {{otc: {{{LOGIN_FILE}}}}}\n\udcff",
}


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_of_a_file_of_the_user(content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "clouds.yaml"
    file.write_bytes(content.encode("utf-8", "surrogateescape"))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(file))
    monkeypatch.setenv("OS_CLOUD", "otc")
    check(failed(apig.connect))
    check(failed(lambda: apig.connect("otc")))


@pytest.mark.parametrize("content", ["[basic]\nak=a\nsk {0}\n", "sk = {0}", "[basic]\nsk={0}\nsk={0}\n"])
def test_of_the_file_of_the_sdk(content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "credentials"
    file.write_text(content.format(SECRET_KEY))
    monkeypatch.setenv("HUAWEICLOUD_SDK_CREDENTIALS_FILE", str(file))
    check(failed(apig.connect))


def test_of_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"TOKEN": TOKEN, "PASSWORD": PASSWORD, "USERNAME": "u", "REGION": "nowhere-1"}.items():
        monkeypatch.setenv(f"OS_{name}", value)
    check(failed(lambda: apig.connect(endpoint="https://[::1")))


@pytest.mark.parametrize(
    ("url", "options"),
    [
        (f"ftp://u:{PASSWORD}@127.0.0.1:1/archive", None),
        ("ftp://127.0.0.1:1/archive", {"username": "u", "password": PASSWORD}),
        (f"unknown://u:{PASSWORD}@127.0.0.1/archive", None),
        (f"zip://archive::http://u:{PASSWORD}@127.0.0.1:1/archive.zip", None),
        ("unknown://127.0.0.1/archive", {"secret": SECRET_KEY}),
        ("memory://archive", [SECRET_KEY]),
    ],
)
def test_of_an_archive(url: str, options: Any) -> None:
    check(failed(lambda: apig.Archive(url, options)))


BROKEN = b"HTTP/1.1 500 Broken\r\nContent-Length: 0\r\n\r\n"
LISTED = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: text/html\r\n\r\n<a href='a.parquet'>a</a>"


@pytest.mark.parametrize(
    ("login", "options"),
    [
        (f"u:{PASSWORD}@", {}),
        ("", {"client_kwargs": {"headers": {"Authorization": SECRET_KEY}}}),
    ],
)
@pytest.mark.parametrize("answers", [[BROKEN], [b""], [LISTED, BROKEN]], ids=["broken", "nothing", "then broken"])
def test_of_an_archive_that_cannot_be_read(login: str, options: Any, answers: list[bytes]) -> None:
    """The errors of the file system may have its addresses, and the headers of its calls."""
    first = iter(answers)
    with raw_server(lambda: [next(first, answers[-1])]) as url:
        archive = apig.Archive(url.replace("//", f"//{login}") + "/archive", options)
        error = failed(lambda: archive.snapshots)
    assert isinstance(error, OSError)
    check(error)
    texts = "".join(traceback.format_exception(error)) + repr(error) + repr(archive)
    assert [secret for secret in SECRETS if secret in texts] == []


def raising(error: type[BaseException]) -> Callable[[httpx.Request], httpx.Response]:
    def answer(_request: httpx.Request) -> httpx.Response:
        raise error("of the test")

    return answer


ANSWERS: dict[str, Callable[[httpx.Request], httpx.Response]] = {
    "refused": lambda _: httpx.Response(401, json={"error": {"message": "no"}}),
    "broken": lambda _: httpx.Response(500),
    "no token": lambda _: httpx.Response(201),
    "a malformed token": lambda _: httpx.Response(201, headers={"X-Subject-Token": NEW_TOKEN + " a"}),
    "refused after the login": lambda request: httpx.Response(
        *((201,) if "tokens" in request.url.path else (403,)), headers={"X-Subject-Token": NEW_TOKEN}
    ),
    "no list": lambda request: httpx.Response(201, headers={"X-Subject-Token": NEW_TOKEN}, text="a"),
    "a redirect": lambda _: httpx.Response(302, headers={"Location": "javascript:a"}),
    "no connection": raising(httpx.ConnectError),
    "too slow": raising(httpx.ReadTimeout),
    "lost": raising(httpx.ReadError),
    "interrupted": raising(KeyboardInterrupt),
    "an error of the transport": raising(ZeroDivisionError),
}


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS)
@pytest.mark.parametrize("kind", KINDS)
def test_of_a_call(kind: str, answer: Any) -> None:
    arguments = READY | KINDS[kind] | {"transport": httpx.MockTransport(answer)}
    with apig.connect(**arguments) as client:
        check(failed(client.gateways))
        check(failed(client.gateways))
    # Here, the look-up of the project fails.
    del arguments["project_id"]
    check(failed(lambda: apig.connect(**arguments).close()))


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf",
        b"HTTP/1.1 201 OK\r\nX-Subject-Token " + NEW_TOKEN.encode() + b"\r\n\r\n",
        b"HTTP/1.1 201 OK\r\nX-Subject-Token: " + NEW_TOKEN.encode() + b"\r\nContent-Length: 9\r\n\r\n",
    ],
)
@pytest.mark.parametrize("kind", KINDS)
def test_of_a_lost_connection(kind: str, answer: bytes) -> None:
    with raw_server(lambda: [answer]) as url, apig.connect(**READY | KINDS[kind] | {"endpoint": url}) as client:
        check(failed(client.gateways))


def elsewhere(function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a copy of a function that is not in this file, whose frames are left out."""
    code = compile(textwrap.dedent(inspect.getsource(function)), "elsewhere.py", "exec")
    namespace: dict[str, Any] = {}
    exec(code, namespace)
    copy: Callable[..., Any] = namespace[function.__name__]
    return copy


@pytest.mark.parametrize("kind", KINDS)
def test_of_a_foreign_error_while_variables_hold_secrets(kind: str) -> None:
    def answer(request):
        headers, body = request.headers.multi_items(), request.read()
        raise ZeroDivisionError(len(headers), len(body))

    transport = httpx.MockTransport(elsewhere(answer))
    with apig.connect(**READY | KINDS[kind] | {"transport": transport}) as client:
        error = failed(client.gateways)
    check(error)
    assert "elsewhere.py" in "".join(traceback.format_exception(error))


@pytest.mark.parametrize("calls_left", range(3, 40))
def test_of_a_recursion_that_ends_while_secrets_are_looked_for(calls_left: int) -> None:
    secret, limit = Secret(TOKEN), sys.getrecursionlimit()
    try:
        sys.setrecursionlimit(len(inspect.stack(0)) + calls_left)
        try:
            text = masked("a text of others")
        finally:
            sys.setrecursionlimit(limit)
    except RecursionError as error:
        check(error)
    else:
        assert (text, masked(f"the token {secret.reveal()}")) == ("a text of others", "the token ***")


def circular():
    error = ZeroDivisionError()
    raise error from error


def grouped():
    def fail(passcode):
        raise ZeroDivisionError(len(passcode))

    errors = []
    try:
        fail("493817")
    except ZeroDivisionError as error:
        errors.append(error)
    raise ExceptionGroup("several", errors)


def handled():
    def fail(passcode):
        raise ZeroDivisionError(len(passcode))

    try:
        fail("493817")
    except ZeroDivisionError:
        raise ValueError from KeyError()


@pytest.mark.parametrize("passcode", [circular, grouped, handled])
def test_of_an_error_that_holds_others(passcode: Callable[[], str]) -> None:
    """One is its own cause."""
    with apig.connect(**READY | LOGIN | {"passcode": elsewhere(passcode)}) as client:
        check(failed(client.gateways))


def test_the_check_finds_a_secret() -> None:
    def connect(token):
        raise ValueError(len(token))

    with pytest.raises(AssertionError):
        check(failed(lambda: elsewhere(connect)(TOKEN)))
