import asyncio
import contextlib
import errno
import logging
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import httpx
import pytest

from apig_nb import connect
from apig_nb import sandbox as room
from apig_nb.errors import MissingExtraError, TransportError
from apig_nb.sandbox import Sandbox, SandboxContentError, start

from .sandbox_http import Http

pytestmark = pytest.mark.slow


def answers(sandbox: Sandbox) -> bool:
    try:
        return Http(sandbox).get(f"{sandbox.url}/v3/projects").status_code == 200
    except httpx.ConnectError:
        return False


def test_serves_on_loopback_until_the_block_ends() -> None:
    with start() as sandbox:
        assert re.fullmatch(r"http://127\.0\.0\.1:\d+", sandbox.url)
        assert answers(sandbox)
    assert not answers(sandbox)
    assert not [thread for thread in threading.enumerate() if thread.name.endswith(sandbox.url.rpartition(":")[2])]


def test_answers_are_sent_without_delay() -> None:
    """Otherwise each answer on a connection that is used again waits 40 ms for an acknowledgement."""
    with start() as sandbox, httpx.Client(trust_env=False) as client:
        client.get(f"{sandbox.url}/v3/projects")
        (connection,) = sandbox._server._server.server_state.connections
        accepted = connection.transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_stop_frees_port_and_can_be_repeated() -> None:
    first = start()
    port = int(first.url.rpartition(":")[2])
    first.stop()
    first.stop()
    with start(port=port) as second:
        assert second.url == first.url
        assert answers(second)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_stop_frees_the_port_that_a_forked_process_has_too() -> None:
    sandbox = start()
    child = os.fork()
    if child == 0:
        time.sleep(60)
        os._exit(0)
    try:
        sandbox.stop()
        assert not answers(sandbox)
        start(port=int(sandbox.url.rpartition(":")[2])).stop()
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


@pytest.mark.parametrize(
    "moment", [datetime.min, datetime.max, datetime(1960, 1, 1, tzinfo=UTC), date(2026, 1, 1), "2026-01-01", 0, None]
)
def test_a_wrong_time_is_refused_at_once(own: Sandbox, moment: Any) -> None:
    before = own.clock
    with pytest.raises(ValueError, match="clock must be a time"):
        own.clock = moment
    assert own.clock == before


@pytest.mark.parametrize("zone", [None, UTC, timezone(timedelta(hours=14))])
def test_the_clock_is_in_utc(own: Sandbox, zone: timezone | None) -> None:
    own.clock = datetime(2026, 1, 2, 12, tzinfo=zone)
    assert own.clock.tzinfo is UTC
    day = "01-22:00" if zone not in (None, UTC) else "02-12:00"
    assert Http(own).export().json()["info"]["version"] == f"2026-01-{day}:00"


def test_stop_from_another_thread() -> None:
    sandbox = start()
    thread = threading.Thread(target=sandbox.stop)
    thread.start()
    thread.join(timeout=50)
    assert not answers(sandbox)


def test_stop_during_a_request() -> None:
    sandbox = start()
    sandbox.fault("projects", delay=60)

    def ask() -> None:
        with contextlib.suppress(httpx.HTTPError):
            answers(sandbox)

    thread = threading.Thread(target=ask)
    thread.start()
    time.sleep(0.1)
    begun = time.monotonic()
    sandbox.stop()
    thread.join(timeout=50)
    assert time.monotonic() - begun < 50


def test_sandboxes_run_in_parallel_with_separate_credentials() -> None:
    with start() as one, start() as other:
        assert one.url != other.url
        assert (one.project_id, one.instance_id) == (other.project_id, other.instance_id)
        assert len({one.token, other.token, one.access_key, other.access_key, one.secret_key, other.secret_key}) == 6
        assert Http(one, other.token).get(f"{one.url}/v3/projects").status_code == 401
        assert answers(one)


def test_port_in_use_is_an_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            start(port=taken.getsockname()[1])


def test_a_server_that_cannot_begin_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_files() -> None:
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(asyncio, "new_event_loop", no_files)
    monkeypatch.setattr(asyncio.events, "new_event_loop", no_files)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(OSError, match="Too many open files"):
        start(port=port)
    with pytest.raises(TransportError, match=r"the sandbox cannot start: .*Too many open files"):
        connect("sandbox")
    monkeypatch.undo()
    start(port=port).stop()


def test_repr_has_url_and_no_secret(sandbox: Sandbox) -> None:
    assert repr(sandbox) == f"<Sandbox {sandbox.url}>"
    assert "secret" not in repr(vars(sandbox)).replace("secret_key", "").lower()


def test_server_writes_no_output_or_logs(capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture) -> None:
    with start() as sandbox:
        sandbox.fault("projects", disconnect=True)
        with pytest.raises(httpx.HTTPError):
            answers(sandbox)
        assert answers(sandbox)
        with socket.create_connection(("127.0.0.1", int(sandbox.url.rpartition(":")[2]))) as raw:
            raw.sendall(b"no http\r\n\r\n")
            assert raw.recv(100).startswith(b"HTTP/1.1 400")
    assert capfd.readouterr() == ("", "")
    assert [record for record in caplog.records if not record.name.startswith("http")] == []


def test_the_logs_of_other_servers_of_this_process_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    loggers = [logging.getLogger(f"uvicorn.{name}") for name in ("error", "access", "asgi")]
    for logger in loggers:
        monkeypatch.setattr(logger, "handlers", [logging.NullHandler()])
        monkeypatch.setattr(logger, "propagate", True)
        monkeypatch.setattr(logger, "level", logging.INFO)
    before = [(logger.level, logger.handlers, logger.propagate) for logger in loggers]
    with start() as sandbox:
        assert answers(sandbox)
    assert [(logger.level, logger.handlers, logger.propagate) for logger in loggers] == before
    assert all(logger.filter(logger.makeRecord("", logging.INFO, "", 0, "", (), None)) for logger in loggers)


def test_token_for_unknown_user_is_an_error(sandbox: Sandbox) -> None:
    with pytest.raises(KeyError, match="nobody"):
        sandbox.token_for("nobody")


def test_public_names() -> None:
    assert room.__all__ == sorted(room.__all__) == ["Sandbox", "SandboxContentError", "start"]


def test_error_without_server_packages_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("starlette", "uvicorn"):
        monkeypatch.setitem(sys.modules, name, None)
    for name in [name for name in sys.modules if name.startswith(("apig_nb.sandbox.app", "apig_nb.sandbox.server"))]:
        monkeypatch.delitem(sys.modules, name)
    with pytest.raises(MissingExtraError, match=r"the sandbox needs .* pip install 'apig_nb\[sandbox\]'"):
        start()


def run(*arguments: str, stop: signal.Signals) -> tuple[int, str, str]:
    """Run the command until it has printed its introduction, then stop it."""
    with subprocess.Popen(
        [sys.executable, "-m", "apig_nb.sandbox", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env={**os.environ, "PYTHONIOENCODING": "utf-8"},
        # If a shell runs the tests in the background, SIGINT is ignored, and child processes inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        lines = [*iter(process.stdout.readline, "Try\n"), process.stdout.readline()]
        process.send_signal(stop)
        return process.wait(timeout=100), "".join(lines) + process.stdout.read(), process.stderr.read()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_command_serves_until_stopped(stop: signal.Signals) -> None:
    code, out, err = run(stop=stop)
    assert (code, err) == (0, "")
    assert re.match(r"Serving http://127\.0\.0\.1:\d+ \(both IAM and API Gateway\)\. Stop with Ctrl-C\.\n", out)
    for word in ("retail-prod (Running)", "retail-staging", "通知", "viewer", "APIG_TOKEN=MII", "HUAWEICLOUD_SDK_SK="):
        assert word in out
    assert out.endswith("The sandbox has stopped.\n")


def test_command_reports_invalid_folder(tmp_path: Path) -> None:
    (tmp_path / "account.yaml").write_text("account: a\n", encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "apig_nb.sandbox", tmp_path], capture_output=True, text=True)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "The sandbox cannot start: account.yaml: region must be a text\n"


def test_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(SandboxContentError, match="is not a folder"):
        start(tmp_path / "nowhere")


def test_import_of_sandbox_does_not_import_server() -> None:
    code = "import sys, apig_nb.sandbox; print(sorted({'starlette', 'uvicorn', 'asyncio'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "starlette" not in done.stdout
    assert "uvicorn" not in done.stdout
