"""`Client.export_many`: failures, folders, cancellation and interrupts."""

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

import apig_nb as apig
from apig_nb.client.batch import ExportBatch
from apig_nb.sandbox import Sandbox
from tests.connected import connected, quiet

pytestmark = pytest.mark.slow


@pytest.fixture
def client(own: Sandbox) -> Iterator[apig.Client]:
    with connected(own, limits=apig.Limits(retries=0)) as client:
        yield client
    own._faults._waiting.clear()


def test_all_groups_of_a_gateway_are_exported(client):
    requests = client.requests(env="RELEASE", define="all")
    seen: list[int] = []
    batch = client.export_many(requests, progress=lambda batch: seen.append(len(batch.exports)))
    groups = client.groups()
    assert [request.group_id for request in requests] == list(groups["id"])
    assert list(batch.exports) == [f"{name} RELEASE" for name in groups["name"]]
    assert seen == list(range(1, len(groups) + 1))
    assert batch.missing == []
    assert batch.failures == {}
    assert set(batch.table["state"]) == {"made"}
    for name in ("orders", "通知"):
        assert batch.exports[f"{name} RELEASE"].raw == client.export(group=name, env="RELEASE", define="all").raw
    assert len(apig.matrix(batch.exports)) > 0


def test_a_failure_does_not_end_the_others_and_can_be_repeated(own, client):
    requests = client.requests(env="RELEASE")
    own.fault("export", status=500, times=2)
    batch = client.export_many(requests, concurrency=1, progress=quiet)
    assert list(batch.table["state"]) == ["failed"] * 2 + ["made"] * (len(requests) - 2)
    assert batch.table["error"].str.startswith("500 ")[:2].all()
    assert batch.missing == requests[:2]
    assert repr(batch) == f"<ExportBatch {len(requests) - 2} of {len(requests)} made, 2 failed>"
    rest = client.export_many(batch.missing, progress=quiet)
    assert len(rest.exports) == 2
    assert rest.missing == []


def test_exports_in_the_folder_are_loaded_and_not_made_again(own, client, tmp_path):
    requests = client.requests(env="RELEASE", define="all", type="yaml")
    own.fault("export", disconnect=True, times=3)
    first = client.export_many(requests, folder=tmp_path / "new" / "folder", concurrency=1, progress=quiet)
    assert len(first.missing) == 3
    calls = len(client.log)
    again = client.export_many(requests, folder=tmp_path / "new" / "folder", progress=quiet)
    assert len(client.log) == calls + 3
    assert again.missing == []
    for label, export in first.exports.items():
        read = again.exports[label]
        assert (read.raw, read.request, repr(read)) == (export.raw, export.request, repr(export))
    files = {path.name for path in (tmp_path / "new" / "folder").iterdir()}
    assert files == set(again.table["file"])
    assert sum(name.startswith("通知-RELEASE-all-") and name.endswith(".yaml") for name in files) == 1


def test_an_export_that_cannot_be_written_is_kept_and_reported(client, tmp_path):
    folder = tmp_path / "exports"
    requests = client.requests(env="RELEASE", groups=["orders", "catalog", "payments"])
    batch = client.export_many(
        requests, folder=folder, concurrency=1, progress=lambda _: shutil.rmtree(folder, ignore_errors=True)
    )
    assert set(batch.exports) == {"orders RELEASE", "catalog RELEASE", "payments RELEASE"}
    assert "not saved" in list(batch.table["state"])
    assert batch.missing == []
    lost = batch.table[batch.table["state"] == "not saved"]
    assert lost["error"].str.contains("No such file").all()
    assert lost["file"].isna().all()


def test_labels_have_the_fields_in_which_requests_differ(client):
    one = client.request(group="orders", env="RELEASE")
    requests = [one, one.replace(oas_version="3.0"), one.replace(oas_version="3.0", apis=["a"]), one]
    batch = client.export_many(requests, progress=quiet)
    old, new, picked = batch.requests
    assert (old, new) == ("orders RELEASE 2.0", "orders RELEASE 3.0")
    assert picked.startswith("orders RELEASE 3.0 ")


def test_a_rejected_signature_is_not_sent_for_every_request(own):
    with apig.connect(
        endpoint=own.url, access_key=own.access_key, secret_key="not-the-one", project_id=own.project_id
    ) as wrong:
        one = apig.ExportRequest(project_id=own.project_id, instance_id=own.instance_id, env_id="e", group_id="g")
        requests = [one.replace(version=f"v{number}") for number in range(30)]
        batch = wrong.export_many(requests, concurrency=2, progress=quiet)
        # The key locks after five.
        assert 1 <= len(batch.failures) <= 2
        assert len(batch.missing) == 30
        assert (batch.table["state"] == "not made").sum() == 30 - len(batch.failures)


def test_a_cancelled_batch_keeps_its_exports(own, client):
    one = client.request(group="orders", env="RELEASE")
    requests = [one.replace(version=f"v{number}") for number in range(50)]
    cancelled = threading.Event()

    def stop(batch: ExportBatch) -> None:
        if len(batch.exports) == 3:
            cancelled.set()

    batch = client.export_many(requests, concurrency=1, progress=stop, cancelled=cancelled)
    assert 3 <= len(batch.exports) <= 4
    assert batch.failures == {}
    assert len(batch.exports) + len(batch.missing) == 50


EXPORT_TO_FOLDER = """
import signal, sys
import apig_nb as apig
# A shell that runs the tests in the background has it ignored, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
url, token, project_id, instance_id, folder = sys.argv[1:]
with apig.connect(endpoint=url, token=token, project_id=project_id, instance_id=instance_id) as client:
    one = client.request(group="orders", env="RELEASE", define="all")
    requests = [one.replace(version=f"v{number}") for number in range(2000)]
    print(client.export_many(requests, folder=folder, progress=lambda batch: print("one", flush=True)))
"""


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's")
@pytest.mark.parametrize("signal_number", [signal.SIGKILL, signal.SIGINT])
def test_an_interrupt_or_kill_leaves_only_whole_files(own, client, tmp_path, signal_number):
    arguments = [own.url, own.token, own.project_id, own.instance_id, str(tmp_path)]
    running = subprocess.Popen([sys.executable, "-c", EXPORT_TO_FOLDER, *arguments], stdout=subprocess.PIPE, text=True)
    assert running.stdout is not None
    for _ in range(20):
        running.stdout.readline()
    running.send_signal(signal_number)
    rest, _ = running.communicate()
    if signal_number == signal.SIGINT:
        assert "<ExportBatch " in rest
    files = [path for path in tmp_path.iterdir() if not path.name.endswith(".tmp")]
    assert 20 <= len(files) < 2000
    for path in files:
        assert len(apig.load(path).operations) == 19
    whole = client.export(group="orders", env="RELEASE", define="all", version="v1")
    assert {path.stat().st_size - whole.size for path in files} <= set(range(4))


INTERRUPT_REPEATEDLY = """
import signal, sys, threading, _thread
import apig_nb as apig
# A shell that runs the tests in the background has SIGINT ignored, and children inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
url, token, project_id, instance_id = sys.argv[1:]
with apig.connect(endpoint=url, token=token, project_id=project_id, instance_id=instance_id) as client:
    one = client.request(group="orders", env="RELEASE")
    requests = [one.replace(version=f"v{number}") for number in range(2000)]
    for turn in range(40):
        try:
            threading.Timer(0.1 + 0.005 * turn, _thread.interrupt_main).start()
            client.export_many(requests, progress=lambda batch: None)
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


def test_after_an_interrupt_at_any_time_no_thread_stays(own):
    arguments = [own.url, own.token, own.project_id, own.instance_id]
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
    assert len(client.log) == calls
    assert repr(client.export_many([], progress=quiet)) == "<ExportBatch 0 of 0 made>"
