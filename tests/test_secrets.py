"""No secret is shown: every kind of credentials, successful and failing calls, and every output."""

import base64
import io
import json
import logging
import pickle
import socket
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import nbclient
import nbformat
import pytest

import apig_nb as apig
from apig_nb.client.config import SECRETS
from apig_nb.sandbox import Sandbox, start
from tests.fixed_answer_server import FixedAnswerServer

pytestmark = pytest.mark.slow

WRONG = "wr0ng-s3cret-9f8e7d"


class Used:
    """The secrets of a test: those given to `connect`, and those received from the service."""

    def __init__(self) -> None:
        self.texts: set[str] = set()

    def __call__(self, text: str) -> str:
        self.texts.add(text)
        return text

    def see(self, headers: Any) -> None:
        for name in ("X-Auth-Token", "X-Subject-Token", "X-Security-Token"):
            if headers.get(name):
                self.texts.add(headers[name])
        if "Signature=" in headers.get("Authorization", ""):
            self.texts.add(headers["Authorization"].partition("Signature=")[2])


class Recorder(httpx.HTTPTransport):
    """The usual transport, which records every secret in requests and answers."""

    def __init__(self, used: Used) -> None:
        super().__init__()
        self._used = used

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self._used.see(request.headers)
        response = super().handle_request(request)
        self._used.see(response.headers)
        return response


def with_token(own: Sandbox, used: Used) -> dict[str, Any]:
    return {"token": used(own.token_for("operator"))}


def with_password(own: Sandbox, used: Used) -> dict[str, Any]:
    return with_secrets(own.login_of("operator"), used)


def with_passcode(own: Sandbox, used: Used) -> dict[str, Any]:
    return with_secrets(own.login_of("guarded"), used)


def with_key(own: Sandbox, used: Used) -> dict[str, Any]:
    return {"access_key": own.access_key, "secret_key": used(own.secret_key)}


def with_temporary_key(own: Sandbox, used: Used) -> dict[str, Any]:
    return with_secrets(own.temporary_key_of("operator"), used)


def with_agency(own: Sandbox, used: Used) -> dict[str, Any]:
    user = with_secrets(own.login_of("partner"), used)
    return {**user, "agency_name": "export_helper", "agency_domain_name": user["domain_name"]}


def with_secrets(given: dict[str, str], used: Used) -> dict[str, Any]:
    for name in SECRETS & given.keys():
        used(given[name])
    return dict(given)


KINDS: list[Callable[[Sandbox, Used], dict[str, Any]]] = [
    *(with_token, with_password, with_passcode, with_key, with_temporary_key, with_agency),
]


@pytest.fixture
def used() -> Used:
    return Used()


@pytest.fixture
def logged() -> Iterator[io.StringIO]:
    """Return everything that is logged at level DEBUG, by the HTTP library too."""
    stream = io.StringIO()
    handler, root = logging.StreamHandler(stream), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.setLevel(level)
    root.removeHandler(handler)


def texts_of(error: BaseException) -> str:
    """Return all texts of an exception, with its causes, notes and attributes."""
    texts, seen, waiting = ["".join(traceback.format_exception(error))], set(), [error]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        texts += [repr(one), str(one), repr(one.args), repr(vars(one))]
        for held in vars(one).values():
            texts += [repr(held), in_full(held)]
        for frame, _ in traceback.walk_tb(one.__traceback__):
            if "/apig_nb/" not in frame.f_code.co_filename:
                continue
            texts += [repr(held) for name, held in frame.f_locals.items() if isinstance(held, httpx.Request)]
        waiting += [other for other in (one.__cause__, one.__context__) if other is not None]
    return "\n".join(texts)


def in_full(held: object) -> str:
    """Return a request or an answer of the HTTP library as text, with headers and body."""
    if isinstance(held, httpx.Response):
        return f"{held.headers.multi_items()} {held.extensions!r} {in_full(held.request)}"
    if not isinstance(held, httpx.Request):
        return ""
    body = b"".join(held.stream) if isinstance(held.stream, httpx.SyncByteStream) else b""
    return f"{held.url} {held.headers.multi_items()} {body!r} {vars(held).get('_content')!r} {held.extensions!r}"


def check(used: Used, **shown: str) -> None:
    assert used.texts
    found = {place for place, text in shown.items() for secret in used.texts if secret in text}
    assert found == set()


@pytest.mark.parametrize("kind", KINDS)
def test_a_successful_call_shows_no_secret(
    own: Sandbox, used: Used, logged: io.StringIO, kind: Any, tmp_path: Path
) -> None:
    given = kind(own, used)
    with apig.connect(endpoint=own.url, **given, project_name="eu-demo-1", transport=Recorder(used)) as client:
        export = client.export(group="orders", env="RELEASE", gateway="retail-prod", define="all")
        saved, request = export.save(tmp_path), export.request
        assert request is not None
        task = client.start(request)
        steps = [str(step) + repr(step) for step in task]
        check(
            used,
            client=repr(client) + str(client) + repr(vars(client)) + repr(vars(client._connection)),
            origins=client.origins.to_csv() + repr(client._origins),
            log=client.log.to_csv() + repr(client.log),
            logged=logged.getvalue(),
            export=repr(export) + repr(vars(export)) + export._repr_html_(),
            saved="".join(file.read_text("utf-8") for file in (saved, *tmp_path.iterdir()) if file.is_file()),
            task=repr(task) + repr(vars(task)) + repr(task.result()) + "".join(steps),
            curl=request.curl(client.endpoint) + request.curl(client.endpoint, "roma"),
            python=request.python(client.endpoint) + request.python(client.endpoint, "roma"),
            yaml=request.to_yaml() + json.dumps(request.to_dict()),
            pickled=repr(pickle.dumps(request)),
        )


FAULTS: dict[str, dict[str, Any]] = {
    "refused": {"status": 401},
    "forbidden": {"status": 403},
    "broken": {"status": 500},
    "disconnect": {"disconnect": True},
    "truncated": {"truncated": True},
    "a page": {"body": "<html><title>Sign in</title></html>", "media_type": "text/html"},
    "an error in a 200": {"body": '{"error_code": "APIG.9999", "error_msg": "System error"}'},
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_failed_call_shows_no_secret(own: Sandbox, used: Used, logged: io.StringIO, kind: Any, fault: str) -> None:
    given = kind(own, used)
    with apig.connect(
        endpoint=own.url,
        **given,
        project_id=own.project_id,
        transport=Recorder(used),
        limits=apig.Limits(retries=0),
    ) as client:
        own.fault("instances", **FAULTS[fault], times=2)
        with pytest.raises(apig.ApigError) as caught:
            client.gateways()
        check(used, error=texts_of(caught.value), logged=logged.getvalue(), log=client.log.to_csv())
        own._faults._waiting.clear()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_failed_login_shows_no_secret(own: Sandbox, used: Used, logged: io.StringIO, fault: str) -> None:
    given = with_password(own, used)
    with apig.connect(
        endpoint=own.url, **given, project_id=own.project_id, transport=Recorder(used),
        limits=apig.Limits(retries=0),
    ) as client:  # fmt: skip
        own.fault("tokens", **FAULTS[fault])
        try:
            client.gateways()
        except apig.ApigError as error:
            check(used, error=texts_of(error), logged=logged.getvalue(), log=client.log.to_csv())
        else:
            # Half of the body is gone, the token in the header is whole.
            assert fault == "truncated"
        own._faults._waiting.clear()


@pytest.mark.parametrize("name", ["token", "password", "passcode", "secret_key", "security_token"])
def test_a_wrong_secret_is_not_repeated(used: Used, logged: io.StringIO, name: str) -> None:
    kinds = {
        "token": with_token,
        "password": with_password,
        "passcode": with_passcode,
        "secret_key": with_key,
        "security_token": with_temporary_key,
    }
    with start() as own:
        given = kinds[name](own, used) | {name: used(WRONG)}
        with apig.connect(
            endpoint=own.url, **given, project_id=own.project_id, transport=Recorder(used)
        ) as client, pytest.raises(apig.ServiceError) as caught:  # fmt: skip
            client.gateways()
        check(used, error=texts_of(caught.value), logged=logged.getvalue(), log=client.log.to_csv())


def test_the_echoed_canonical_request_is_left_out(used: Used) -> None:
    """The service repeats the canonical request, which contains the security token of a temporary key."""
    with start() as own:
        given = with_temporary_key(own, used) | {"secret_key": WRONG}
        url = f"{own.url}/v2/{own.project_id}/apigw/instances"
        with (
            apig.connect(endpoint=own.url, **given, project_id=own.project_id, transport=Recorder(used)) as client,
            pytest.raises(apig.ServiceError, match=r"canonicalRequest: \(left out\)") as caught,
        ):
            client.gateways()
        check(used, error=texts_of(caught.value), url=url)


@pytest.mark.parametrize("kind", KINDS)
def test_a_redirect_receives_no_secret(own: Sandbox, used: Used, logged: io.StringIO, kind: Any) -> None:
    given = kind(own, used)
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        elsewhere.setblocking(False)
        place = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/v2"
        with (
            FixedAnswerServer(b"", {"Location": place}, status=307) as url,
            apig.connect(
                endpoint=url,
                iam_endpoint=own.url,
                **given,
                project_id=own.project_id,
                transport=Recorder(used),
            ) as client,
            pytest.raises(apig.ServiceError, match=r"^307: the answer is a redirect to '127\.0\.0\.1'") as caught,
        ):
            client.gateways()
        with pytest.raises(BlockingIOError):  # no connection was made
            elsewhere.accept()
    check(used, error=texts_of(caught.value), logged=logged.getvalue())


def test_the_password_of_a_proxy_is_not_shown(
    own: Sandbox, used: Used, logged: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = used("pr0xy-s3cret")
    used(base64.b64encode(f"me:{password}".encode()).decode())
    monkeypatch.setenv("HTTPS_PROXY", own.url.replace("http://", f"http://me:{password}@"))
    with (
        apig.connect(region="eu-de", token=used("t0ken-s3cret"), project_id="p") as client,
        pytest.raises(apig.TransportError, match="the proxy refused the call") as caught,
    ):
        client.gateways()
    check(
        used,
        error=texts_of(caught.value),
        logged=logged.getvalue(),
        log=client.log.to_csv(),
        client=repr(vars(client)),
    )


def test_a_refused_connection_shows_no_secret(used: Used, logged: io.StringIO) -> None:
    with start() as stopped:
        given = with_password(stopped, used)
    with apig.connect(
        endpoint=stopped.url, **given, project_id="p", limits=apig.Limits(retries=0)
    ) as client, pytest.raises(apig.TransportError) as caught:  # fmt: skip
        client.gateways()
    check(used, error=texts_of(caught.value), logged=logged.getvalue())


# The workbench asks where to connect, so it holds none yet.
NOTEBOOKS = sorted((Path(__file__).parents[1] / "notebooks").glob("0*.ipynb"))

# Also of sandboxes that the notebook stops.
KEEP_SECRETS = """
import functools
from apig_nb.sandbox.auth import Authenticator

kept, initialise = [], Authenticator.__init__

@functools.wraps(initialise)
def keep(self, *arguments, **more):
    kept.append(self)
    initialise(self, *arguments, **more)

Authenticator.__init__ = keep
"""
PRINT_SECRETS = """
import json

texts = {text for one in kept for text in one._tokens}
texts |= {text for one in kept for key in one._keys.values() for text in (key.secret_key, key.security_token)}
texts |= {text for one in kept for user in one._content.users for text in (user.password, user.passcode)}
print(json.dumps(sorted(texts - {""})))
"""


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_saved_notebook_shows_no_secret(path: Path, used: Used) -> None:
    """JupyterLab saves the state of the widgets on request."""
    notebook = nbformat.read(path, as_version=4)
    notebook.cells.insert(0, nbformat.v4.new_code_cell(KEEP_SECRETS))
    notebook.cells.append(nbformat.v4.new_code_cell(PRINT_SECRETS))
    nbclient.NotebookClient(notebook, kernel_name="python3", store_widget_state=True).execute()
    printed = notebook.cells.pop()
    for text in json.loads(printed.outputs[0].text):
        used(text)
    check(used, run=nbformat.writes(notebook), committed=path.read_text("utf-8"))
