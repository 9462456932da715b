"""`Client.export_many` with failures: no request is lost, and a second call completes the exports."""

import gc
import random
import signal
import subprocess
import sys
import threading
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

import apig_nb as apig
from apig_nb.sandbox import Sandbox, start
from tests.connected import connected, no_progress
from tests.large_gateway import write_crowded_gateway
from tests.small_disk import mounted, room_for
from tests.test_faults_files import names_in, temporary_in

pytestmark = pytest.mark.slow

CALLS_OF_A_BATCH = 60


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """Return a sandbox with a gateway of 200 groups."""
    content = tmp_path_factory.mktemp("crowded")
    write_crowded_gateway(content, 200)
    with start(content) as running:
        yield running


@pytest.fixture
def retrying(own: Sandbox) -> Iterator[apig.Client]:
    """Return a client that retries after very short pauses."""
    with connected(own, limits=apig.Limits(pause=0.001)) as client:
        yield client
    own._faults._waiting.clear()


def some(client: apig.Client, count: int, **fields: str) -> list[apig.ExportRequest]:
    """Return requests for the first groups; the names of the gateways are known then."""
    client.gateways()
    return client.requests(env="RELEASE", **fields)[:count]


# Kill -9

EXPORTING = """
import sys
import apig_nb as apig
url, token, project_id, instance_id, folder, count = sys.argv[1:]
with apig.connect(endpoint=url, token=token, project_id=project_id, instance_id=instance_id) as client:
    requests = client.requests(env="RELEASE", define="all")[: int(count)]
    client.export_many(requests, folder=folder, resume=True, progress=lambda exports: print(len(exports), flush=True))
"""


def test_a_batch_that_is_killed_repeatedly_is_continued_and_completed(own, retrying, tmp_path):
    command = [sys.executable, "-c", EXPORTING, own.url, own.token, own.project_id, own.instance_id]
    command += [str(tmp_path), str(CALLS_OF_A_BATCH)]
    whole = {request: retrying.send(request).raw for request in some(retrying, CALLS_OF_A_BATCH, define="all")}
    kept: dict[str, tuple[int, int]] = {}
    in_folder = tmp_path / "retail-prod"
    in_folder.mkdir()

    def identities() -> dict[str, tuple[int, int]]:
        """Return inode and modification time of each file, which change when it is replaced."""
        files = set(in_folder.iterdir()) - set(temporary_in(in_folder))
        return {path.name: (path.stat().st_ino, path.stat().st_mtime_ns) for path in files}

    for _ in range(8):
        # The service holds back later exports, so that no batch ends before it is killed.
        own.fault("export", delay=0, times=7)
        own.fault("export", delay=600, times=CALLS_OF_A_BATCH)
        with subprocess.Popen(command, stdout=subprocess.PIPE) as exporting:
            assert exporting.stdout is not None
            # Existing files are reported first.
            for _ in range(len(kept) + random.randrange(1, 8)):
                assert exporting.stdout.readline()
            time.sleep(random.uniform(0, 0.02))
            exporting.kill()
        assert exporting.returncode == -signal.SIGKILL
        own._faults._waiting.clear()
        left = identities()
        assert all((in_folder / name).read_bytes() in whole.values() for name in left)
        assert kept.items() <= left.items()
        kept = left
    assert 0 < len(kept) < CALLS_OF_A_BATCH

    calls = len(retrying.log)
    exports = retrying.export_many(whole, folder=tmp_path, resume=True, progress=no_progress)
    assert len(retrying.log) - calls == CALLS_OF_A_BATCH - len(kept)
    assert (exports.missing, exports.failures) == ([], {})
    assert {export.request: export.raw for export in exports.values()} == whole
    assert sorted(identities()) == sorted(exports.summary["source"])
    assert sorted((in_folder / name).read_bytes() for name in identities()) == sorted(whole.values())
    assert kept.items() <= identities().items()


# Disks and folders


def test_exports_on_a_full_disk_are_kept_and_saved_by_the_next_call(retrying, tmp_path):
    requests = some(retrying, 5)
    with room_for(100):
        exports = retrying.export_many(requests, folder=tmp_path, progress=no_progress)
    assert list(exports.summary["state"]) == ["not saved"] * 5
    assert exports.summary["error"].str.contains("File too large").all()
    assert exports.summary["source"].isna().all()
    assert [len(export.operations) for export in exports.values()] == [19] * 5
    assert names_in(tmp_path / "retail-prod") == []
    again = retrying.export_many(requests, folder=tmp_path, progress=no_progress)
    assert list(again.summary["state"]) == ["exported"] * 5
    assert [export.raw for export in again.values()] == [export.raw for export in exports.values()]
    assert names_in(tmp_path / "retail-prod") == sorted(again.summary["source"])


def test_no_export_is_lost_when_the_disk_fills_up(retrying, tmp_path):
    requests = some(retrying, 12, define="all")
    size = retrying.send(requests[0]).size
    with mounted(tmp_path, f"size={5 * size}"):
        exports = retrying.export_many(requests, folder=tmp_path, progress=no_progress)
        states = Counter(exports.summary["state"])
        assert 1 <= states["exported"] <= 5
        assert states["not saved"] == 12 - states["exported"]
        assert len(exports) == 12
        lost = exports.summary[exports.summary["state"] == "not saved"]
        assert lost["error"].str.contains("No space left on device").all()
        assert names_in(tmp_path / "retail-prod") == sorted(exports.summary["source"].dropna())


def test_a_read_only_folder_is_reported_for_each_export(retrying, tmp_path):
    with mounted(tmp_path, "size=64k"):
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path)], check=True)
        exports = retrying.export_many(some(retrying, 3), folder=tmp_path, progress=no_progress)
    assert list(exports.summary["state"]) == ["not saved"] * 3
    assert exports.summary["error"].str.contains("Read-only file system").all()
    assert exports.missing == []


def test_a_folder_with_the_name_of_a_file_is_reported_and_kept(retrying, tmp_path):
    requests = some(retrying, 2)
    taken, other = retrying.export_many(requests, folder=tmp_path, progress=no_progress).summary["source"]
    (tmp_path / "retail-prod" / taken).unlink()
    (tmp_path / "retail-prod" / taken).mkdir()
    exports = retrying.export_many(requests, folder=tmp_path, progress=no_progress)
    assert list(exports.summary["state"]) == ["not saved", "exported"]
    assert "Is a directory" in exports.summary["error"][0]
    assert len(exports) == 2
    assert names_in(tmp_path / "retail-prod") == sorted([taken, other])
    assert names_in(tmp_path / "retail-prod" / taken) == []


@pytest.mark.parametrize("half", [b"", b'{"swagger": "2.0", "info": {"ti', b"\x00" * 4096, b"nothing"])
def test_a_file_that_is_not_a_document_is_replaced(retrying, tmp_path, half):
    """Another program, or a power cut, can leave such a file."""
    requests = some(retrying, 2)
    first = retrying.export_many(requests, folder=tmp_path, progress=no_progress)
    broken = tmp_path / "retail-prod" / first.summary["source"][1]
    broken.write_bytes(half)
    calls = len(retrying.log)
    again = retrying.export_many(requests, folder=tmp_path, resume=True, progress=no_progress)
    assert len(retrying.log) == calls + 1
    assert list(again.summary["state"]) == ["exported", "exported"]
    assert broken.read_bytes() == list(first.values())[1].raw


# One in five

PASSING: tuple[dict[str, Any], ...] = (
    {"status": 503},
    {"disconnect": True},
    {"truncated": True},
    {"status": 429, "retry_after": 0},
)
"""Temporary faults, which a retry overcomes."""
LASTING: dict[str, dict[str, Any]] = {
    "403 ": {"status": 403},
    "404 ": {"status": 404},
    "an HTML page": {"media_type": "text/html", "body": "<html><title>log in</title></html>"},
}
"""Permanent faults."""


def fail_one_in_five(sandbox: Sandbox, requests: int) -> list[str | None]:
    """Let one in five requests fail at random; return the outcome of each: none, `again`, or the failure."""
    fates: list[str | None] = []
    for number in range(requests):
        if number % 5:
            continue
        fate = random.choice([*["again"] * 3, *LASTING])
        block: list[str | None] = [None] * 4
        block.insert(random.randrange(5), fate)
        for one in block:
            fault: dict[str, Any] = {} if one is None else LASTING.get(one) or random.choice(PASSING)
            sandbox.fault("export", **fault)
        fates += block
    return fates


@pytest.mark.parametrize("concurrency", [4, 200])
def test_one_in_five_of_two_hundred_fails_and_every_request_is_accounted_for(own, retrying, tmp_path, concurrency):
    requests = some(retrying, 200, define="all")
    # What tests before this one have cancelled may still be under way.
    calls, threads = len(retrying.log), set(threading.enumerate())
    fates = fail_one_in_five(own, 1000)
    exports = retrying.export_many(requests, folder=tmp_path, concurrency=concurrency, progress=no_progress)
    assert {thread for thread in threading.enumerate() if thread.name.startswith("apig-export")} <= threads
    assert threading.active_count() <= len(threads)

    # Each request that reached the sandbox took one fate.
    met = Counter(fates[: len(fates) - len(own._faults._waiting)])
    log = retrying.log[calls:]
    assert log["tries"].sum() == met.total()
    assert len(log) == 200

    states = Counter(exports.summary["state"])
    assert states.keys() <= {"exported", "failed"}
    assert states.total() == 200
    assert len(exports) + len(exports.missing) == 200
    errors = exports.summary["error"].dropna()
    failures = Counter(next((word for word in LASTING if word in error), "gave up") for error in errors)
    assert {word: failures[word] for word in LASTING} == {word: met[word] for word in LASTING}
    # All else was tried four times before it was given up; what lasts may come last.
    assert failures["gave up"] == ((log["tries"] == 4) & ~log["status"].isin([200, 403, 404])).sum()
    assert all(str(error) for error in exports.failures.values())
    assert len(exports.failures) == len(exports.missing)
    assert names_in(tmp_path / "retail-prod") == sorted(exports.summary["source"].dropna())
    assert {export.request for export in exports.values()} == set(requests) - set(exports.missing)

    own._faults._waiting.clear()
    calls = len(retrying.log)
    rest = retrying.export_many(requests, folder=tmp_path, resume=True, concurrency=concurrency, progress=no_progress)
    assert len(retrying.log) - calls == len(exports.missing)
    assert rest.missing == []
    assert len(names_in(tmp_path / "retail-prod")) == 200


def test_the_memory_of_a_batch_is_little_more_than_its_bytes(retrying):
    """A parsed document takes many times its bytes; a exports parses none."""
    requests = some(retrying, 200, define="all")
    retrying.export_many(requests[:4], progress=no_progress)
    gc.collect()
    tracemalloc.start()
    try:
        exports = retrying.export_many(requests, progress=no_progress)
        gc.collect()
        held, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    size = sum(export.size for export in exports.values())
    assert size > 2_000_000
    assert held < 1.5 * size
    assert peak < 3 * size


def test_the_progress_bar_advances_when_the_clock_is_set_back(retrying, monkeypatch, capsys):
    import tqdm.std

    back = iter(range(0, -10_000_000, -3600))
    monkeypatch.setattr(tqdm.std, "time", lambda: 1_800_000_000.0 + next(back))
    retrying.export_many(some(retrying, 6), concurrency=1)
    output = capsys.readouterr().err
    assert all(f"{number}/6" in output for number in range(7))
