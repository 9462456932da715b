"""`Client.export_many`: failures, folders, cancellation and interrupts."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

import apig_nb as apig
from apig_nb.sandbox import Sandbox, start
from tests.connected import connected, no_progress
from tests.large_gateway import write_crowded_gateway

pytestmark = pytest.mark.slow


@pytest.fixture
def client(own: Sandbox) -> Iterator[apig.Client]:
    with connected(own, limits=apig.Limits(retries=0)) as client:
        yield client
    own._faults._waiting.clear()


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Return a sandbox with a gateway of 200 groups."""
    content = tmp_path_factory.mktemp("crowded")
    write_crowded_gateway(content, 200)
    with start(content) as running:
        yield running


def test_all_groups_of_a_gateway_are_exported(client):
    requests = client.requests(env="RELEASE", define="all")
    seen: list[int] = []
    exports = client.export_many(requests, progress=lambda exports: seen.append(len(exports)))
    groups = client.groups()
    assert [request.group_id for request in requests] == list(groups["id"])
    assert [key[1:] for key in exports] == [("retail-prod", "RELEASE", name) for name in groups["name"]]
    assert {key.project for key in exports} == {client.project_id}
    assert seen == list(range(1, len(groups) + 1))
    assert (exports.missing, exports.failures) == ([], {})
    assert set(exports.summary["state"]) == {"exported"}
    for name in ("orders", "通知"):
        (export,) = exports.where(group=name).values()
        assert export.raw == client.export(group=name, env="RELEASE", define="all").raw


def test_a_failure_does_not_end_the_others_and_can_be_repeated(own, client):
    requests = client.requests(env="RELEASE")
    client.gateways()
    own.fault("export", status=500, times=2)
    exports = client.export_many(requests, concurrency=1, progress=no_progress)
    assert sorted(exports.summary["state"]) == ["exported"] * (len(requests) - 2) + ["failed"] * 2
    assert exports.summary["error"].dropna().str.startswith("500 ").all()
    assert exports.missing == requests[:2]
    assert repr(exports) == f"<ExportSet {len(requests) - 2} exports, 2 failed>"
    rest = client.export_many(exports.missing, progress=no_progress)
    assert (len(rest), rest.missing) == (2, [])
    whole = exports | rest
    assert repr(whole) == f"<ExportSet {len(requests)} exports>"
    assert (whole.missing, whole.failures) == ([], {})


def test_another_call_makes_exports_anew_unless_it_resumes(own, client, tmp_path):
    folder = tmp_path / "new" / "folder"
    requests = client.requests(env="RELEASE", define="all", type="yaml")
    own.fault("export", disconnect=True, times=3)
    first = client.export_many(requests, folder=folder, concurrency=1, progress=no_progress)
    assert len(first.missing) == 3
    calls = len(client.log)
    resumed = client.export_many(requests, folder=folder, resume=True, progress=no_progress)
    assert len(client.log) == calls + 3
    assert resumed.missing == []
    for key, export in first.items():
        read = resumed[key]
        assert (read.raw, read.request, repr(read)) == (export.raw, export.request, repr(export))
    client.export_many(requests, folder=folder, progress=no_progress)
    assert len(client.log) == calls + 3 + len(requests)
    files = {path.name for path in (folder / "retail-prod").iterdir()}
    assert files == set(resumed.summary["source"])
    assert sum(name.startswith("通知-RELEASE-all-") and name.endswith(".yaml") for name in files) == 1


def test_a_folder_is_loaded_with_the_same_keys(client, tmp_path):
    requests = client.requests(env=["RELEASE", "TEST"], define="all", gateways=["retail-prod", "retail-staging"])
    exports = client.export_many(requests, folder=tmp_path, progress=no_progress)
    loaded = apig.load_many(tmp_path)
    assert {key[1:] for key in loaded} == {key[1:] for key in exports}
    assert len({key.gateway for key in exports}) == len({key.environment for key in exports}) == 2
    for key, export in exports.items():
        assert loaded[key._replace(project="")].raw == export.raw
    assert {export.scope for export in loaded.values()} == {"all"}


def test_all_running_gateways_are_asked(client):
    requests = client.requests(env="RELEASE", gateways="all")
    running = client.gateways().query("status == 'Running'")
    assert {request.instance_id for request in requests} == set(running["id"])
    with pytest.raises(apig.NameLookupError, match="no-such"):
        client.requests(env="RELEASE", gateways=["retail-prod", "no-such"])


def test_an_export_that_cannot_be_written_is_kept_and_reported(client, tmp_path):
    folder = tmp_path / "exports"
    folder.mkdir()
    (folder / "retail-prod").write_text("a file in place of the folder")
    requests = client.requests(env="RELEASE", groups=["orders", "catalog", "payments"])
    exports = client.export_many(requests, folder=folder, concurrency=1, progress=no_progress)
    assert {key.group for key in exports} == {"orders", "catalog", "payments"}
    assert exports.missing == []
    assert list(exports.summary["state"]) == ["not saved"] * 3
    assert exports.summary["error"].str.contains("exists").all()
    assert exports.summary["source"].isna().all()
    assert repr(exports) == "<ExportSet 3 exports, 3 not saved>"


def test_two_requests_for_one_group_and_environment_are_an_error(client):
    one = client.request(group="orders", env="RELEASE")
    calls = client.log["call"].str.endswith("export").sum()
    with pytest.raises(apig.ArgumentError, match="two are for retail-prod RELEASE orders"):
        client.export_many([one, one.replace(oas_version="3.0")], progress=no_progress)
    assert client.log["call"].str.endswith("export").sum() == calls
    assert len(client.export_many([one, one], progress=no_progress)) == 1


def test_a_rejected_signature_is_not_sent_for_every_request(own):
    with apig.connect(
        endpoint=own.url, access_key=own.access_key, secret_key="not-the-one", project_id=own.project_id
    ) as wrong:
        one = apig.ExportRequest(project_id=own.project_id, instance_id=own.instance_id, env_id="e", group_id="g")
        requests = [one.replace(group_id=f"g{number}") for number in range(30)]
        exports = wrong.export_many(requests, concurrency=2, progress=no_progress)
        # The key locks after five.
        assert 1 <= len(exports.failures) <= 2
        assert len(exports.missing) == 30
        assert (exports.summary["state"] == "missing").sum() == 30 - len(exports.failures)


def test_a_cancelled_call_keeps_its_exports(crowded):
    cancelled = threading.Event()

    def stop(exports: apig.ExportSet) -> None:
        if len(exports) == 3:
            cancelled.set()

    with connected(crowded) as client:
        requests = client.requests(env="RELEASE")[:50]
        exports = client.export_many(requests, concurrency=1, progress=stop, cancelled=cancelled)
    assert 3 <= len(exports) <= 4
    assert exports.failures == {}
    assert len(exports) + len(exports.missing) == 50


def test_an_error_of_progress_ends_the_tasks_that_run(own, client):
    requests = client.requests(env="RELEASE")
    own.fault("async_export", status=403)
    own.fault("async_export", polls=1000, times=10)

    def fail(exports: apig.ExportSet) -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        client.export_many(requests, mode="async", progress=fail)
    for thread in threading.enumerate():
        if thread.name.startswith("apig-export"):
            thread.join(60)
            assert not thread.is_alive()


EXPORT_TO_FOLDER = """
import signal, sys
import apig_nb as apig
# A shell that runs the tests in the background has it ignored, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
url, token, project_id, instance_id, folder = sys.argv[1:]
with apig.connect(endpoint=url, token=token, project_id=project_id, instance_id=instance_id) as client:
    requests = client.requests(env="RELEASE", define="all")
    print(client.export_many(requests, folder=folder, progress=lambda exports: print("one", flush=True)))
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupt_or_kill_leaves_only_whole_files(crowded, tmp_path, signal_number):
    arguments = [crowded.url, crowded.token, crowded.project_id, crowded.instance_id, str(tmp_path)]
    # The service holds back the last ones, so that the signal comes before the end.
    crowded.fault("export", delay=0, times=150)
    crowded.fault("export", delay=600, times=50)
    running = subprocess.Popen([sys.executable, "-c", EXPORT_TO_FOLDER, *arguments], stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    for _ in range(20):
        assert running.stdout.readline()
    running.send_signal(signal_number)
    rest, _ = running.communicate()
    crowded._faults._waiting.clear()
    if signal_number == signal.SIGINT:
        assert "<ExportSet " in rest
    files = [path for path in (tmp_path / "retail-prod").iterdir() if not path.name.endswith(".tmp")]
    assert 20 <= len(files) <= 150
    for path in files:
        assert len(apig.load(path).operations) == 19
    assert len({path.stat().st_size for path in files}) == 1


INTERRUPT_REPEATEDLY = """
import signal, sys, threading, _thread
import apig_nb as apig
# A shell that runs the tests in the background has SIGINT ignored, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
url, token, project_id, instance_id = sys.argv[1:]
with apig.connect(endpoint=url, token=token, project_id=project_id, instance_id=instance_id) as client:
    requests = client.requests(env="RELEASE")
    for turn in range(40):
        try:
            threading.Timer(0.1 + 0.005 * turn, _thread.interrupt_main).start()
            client.export_many(requests, progress=lambda exports: None)
        except KeyboardInterrupt:
            # On a slow machine the interrupt comes before the first export is started.
            pass
        print("interrupted")
        threads = [thread for thread in threading.enumerate() if thread.name.startswith("apig-export")]
        for thread in threads:
            thread.join(60)
        if any(thread.is_alive() for thread in threads):
            print("stuck", flush=True)
            break
import os
os._exit(0)
"""


def test_after_an_interrupt_at_any_time_no_thread_stays(crowded):
    arguments = [crowded.url, crowded.token, crowded.project_id, crowded.instance_id]
    run = subprocess.run([sys.executable, "-c", INTERRUPT_REPEATEDLY, *arguments], capture_output=True, text=True)
    assert (run.stdout.split(), run.stderr, run.returncode) == (["interrupted"] * 40, "", 0)


def test_a_progress_bar_is_shown_by_default(client, capsys):
    client.export_many(client.requests(env="RELEASE", groups=["orders", "catalog"]))
    assert "2/2" in capsys.readouterr().err


def test_a_wrong_argument_is_an_error_before_anything_is_sent(client, tmp_path):
    calls = len(client.log)
    with pytest.raises(apig.ArgumentError, match="concurrency"):
        client.export_many([], concurrency=0)
    with pytest.raises(apig.ArgumentError, match="mode"):
        client.export_many([], mode="later")
    with pytest.raises(apig.ArgumentError, match="define"):
        client.requests(env="RELEASE", define="everything")
    with pytest.raises(apig.ArgumentError, match="groups"):
        client.requests(env="RELEASE", groups="orders")
    with pytest.raises(apig.ArgumentError, match="gateways"):
        client.requests(env="RELEASE", gateways=[])
    with pytest.raises(apig.ArgumentError, match="resume: needs a folder"):
        client.export_many([], resume=True)
    assert len(client.log) == calls
    assert repr(client.export_many([], progress=no_progress)) == "<ExportSet 0 exports>"
