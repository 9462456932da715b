"""Saving a file under faults: it is written whole or not at all, and no other file changes."""

import errno
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import apig_nb as apig
from apig_nb.compare.options.ignore_file import add_ignored
from tests.small_disk import mounted, room_for

pytestmark = pytest.mark.slow

IS_ROOT = os.geteuid() == 0
NOBODY = 65534
DOCUMENT = b'{"swagger": "2.0", "info": {"title": "orders", "version": "1"}, "paths": {"/a": {"get": {}}}}'
OTHER = DOCUMENT.replace(b'"/a"', b'"/b"')
KILLS = 30


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def as_nobody(folder: Path, code: str) -> str:
    """Run code in a folder as a user who owns nothing there; return its output."""
    if not IS_ROOT:
        pytest.skip("needs root, to become somebody else")
    # Everything is imported before: the interpreter may lie where nobody else can look.
    drop = f"import os\nimport apig_nb as apig, apig_nb.files\nos.setgroups([])\nos.setresgid(*[{NOBODY}] * 3)\n"
    drop += f"os.setresuid(*[{NOBODY}] * 3)\nexport = apig.Export(raw={DOCUMENT!r}, group='orders')\n"
    done = subprocess.run([sys.executable, "-c", drop + code], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


# Kill -9

SAVING = """
import itertools, sys
from pathlib import Path
import apig_nb as apig
target, *sources = map(Path, sys.argv[1:])
exports = [apig.load(source) for source in sources]
print("ready", flush=True)
for export in itertools.cycle(exports):
    print(export.save(target), flush=True)
"""


@pytest.fixture(scope="module")
def large(tmp_path_factory) -> list[Path]:
    """Return two documents that are large enough for a kill during the write."""
    folder = tmp_path_factory.mktemp("large")
    documents = [folder / f"{sign}.json" for sign in "ab"]
    for document in documents:
        text = document.stem * 4_000_000
        document.write_bytes(DOCUMENT.replace(b'"orders"', f'"orders", "description": "{text}"'.encode()))
    return documents


def kill_at_some_moment(target: Path, sources: list[Path]) -> None:
    """Let a process save both documents in turn, and kill it at a random time."""
    command = [sys.executable, "-c", SAVING, *map(str, (target, *sources))]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as saving:
        assert saving.stdout is not None
        assert saving.stdout.readline() == b"ready\n"
        for _ in range(random.randrange(3)):
            saving.stdout.readline()
        # As long as one time takes where disks are fast, or not so fast.
        time.sleep(random.uniform(0, random.choice([0.01, 0.05])))
        saving.kill()
    assert saving.returncode == -signal.SIGKILL


def temporary_in(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.name.startswith(".apig_nb-") and path.suffix == ".tmp"]


def test_a_file_is_the_old_or_the_new_one_after_a_kill(tmp_path, large):
    target = tmp_path / "orders.json"
    shutil.copyfile(large[0], target)
    whole = [source.read_bytes() for source in large]
    for _ in range(KILLS):
        kill_at_some_moment(target, large)
        assert target.read_bytes() in whole
        assert set(names_in(tmp_path)) == {target.name, *(path.name for path in temporary_in(tmp_path))}
    apig.load(large[0]).save(target)
    assert target.read_bytes() == whole[0]
    assert len(temporary_in(tmp_path)) <= KILLS


def test_a_file_of_a_default_name_is_whole_or_missing_after_a_kill(tmp_path, large):
    for _ in range(KILLS):
        kill_at_some_moment(tmp_path, large)
    whole = [source.read_bytes() for source in large]
    saved = set(tmp_path.iterdir()) - set(temporary_in(tmp_path))
    assert saved
    assert all(path.read_bytes() in whole for path in saved)
    assert len(temporary_in(tmp_path)) <= KILLS
    assert {path.name for path in saved} == {"orders-1.json", *(f"orders-1-{n + 1}.json" for n in range(1, len(saved)))}


def test_without_hard_links_no_default_name_is_used_twice(tmp_path, monkeypatch):
    def refused(*_: object) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refused)
    saved = [apig.load(document).save(tmp_path) for document in (DOCUMENT, OTHER)]
    assert [path.name for path in saved] == ["orders-1.json", "orders-1-2.json"]
    assert [path.read_bytes() for path in saved] == [DOCUMENT, OTHER]
    assert names_in(tmp_path) == ["orders-1-2.json", "orders-1.json"]


# A full disk

WRITERS: dict[str, Callable[[Path], object]] = {
    "an export": lambda folder: apig.Export(raw=DOCUMENT * 100).save(folder / "mine.json"),
    "a report": lambda folder: apig.compare(apig.load(DOCUMENT), apig.load(OTHER)).save(folder / "mine.json"),
    "an ignore file": lambda folder: add_ignored(folder / "mine.json", rule="operation-*", reason="as planned"),
}
BEFORE = b'{"ignore": []}\n'


@pytest.mark.parametrize("kind", WRITERS)
def test_on_a_full_disk_the_old_file_stays(tmp_path, kind):
    target = tmp_path / "mine.json"
    target.write_bytes(BEFORE)
    with room_for(32), pytest.raises(OSError, match=r"File too large: '.*/mine\.json'") as caught:
        WRITERS[kind](tmp_path)
    assert caught.value.errno == errno.EFBIG
    assert names_in(tmp_path) == ["mine.json"]
    assert target.read_bytes() == BEFORE
    WRITERS[kind](tmp_path)
    assert target.read_bytes() != BEFORE


@pytest.mark.parametrize("kind", WRITERS)
def test_a_real_full_disk(tmp_path, kind):
    with mounted(tmp_path, "size=16k"):
        (tmp_path / "mine.json").write_bytes(BEFORE)
        filler = tmp_path / "filler"
        with pytest.raises(OSError, match="No space"), filler.open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        with pytest.raises(OSError, match=r"No space left on device: '.*/mine\.json'"):
            WRITERS[kind](tmp_path)
        assert names_in(tmp_path) == ["filler", "mine.json"]
        assert (tmp_path / "mine.json").read_bytes() == BEFORE


def test_a_full_disk_leaves_no_file_of_a_default_name(tmp_path):
    with room_for(32), pytest.raises(OSError, match="File too large") as caught:
        apig.Export(raw=DOCUMENT).save(tmp_path)
    assert caught.value.filename == str(tmp_path)
    assert names_in(tmp_path) == []


def test_a_full_device_is_an_error_and_stays_a_device(tmp_path):
    full = tmp_path / "full"
    try:
        os.mknod(full, stat.S_IFCHR | 0o666, Path("/dev/full").stat().st_rdev)
        full.open("wb").close()
    except OSError:
        pytest.skip("needs the right to make a device")
    with pytest.raises(OSError, match=r"No space left on device: '.*/full'"):
        apig.Export(raw=DOCUMENT).save(full)
    assert full.is_char_device()
    assert names_in(tmp_path) == ["full"]


# What must not be written to


def test_a_read_only_folder(tmp_path):
    (tmp_path / "mine.json").write_bytes(BEFORE)
    said = as_nobody(
        tmp_path,
        "for target in ('mine.json', 'new.json', '.', None):\n"
        "    try: export.save(target)\n"
        "    except PermissionError as error: print(error)\n",
    )
    assert said == "".join(f"[Errno 13] Permission denied: '{name}'\n" for name in ("mine.json", "new.json", ".", "."))
    assert names_in(tmp_path) == ["mine.json"]
    assert (tmp_path / "mine.json").read_bytes() == BEFORE


def test_a_read_only_file_system(tmp_path):
    with mounted(tmp_path, "size=64k"):
        target = tmp_path / "mine.json"
        target.write_bytes(BEFORE)
        subprocess.run(["mount", "-o", "remount,ro", str(tmp_path)], check=True)
        for path in (target, tmp_path / "new.json", tmp_path):
            with pytest.raises(OSError, match="Read-only file system"):
                apig.Export(raw=DOCUMENT).save(path)
        assert names_in(tmp_path) == ["mine.json"]
        assert target.read_bytes() == BEFORE


def test_a_read_only_file_is_not_replaced(tmp_path):
    tmp_path.chmod(0o777)
    baseline = tmp_path / "baseline.json"
    baseline.write_bytes(BEFORE)
    baseline.chmod(0o444)
    said = as_nobody(
        tmp_path,
        "try: export.save('baseline.json')\n"
        "except PermissionError as error: print(error)\n"
        "print(export.save('beside.json'))\n",
    )
    assert said == "[Errno 13] Permission denied: 'baseline.json'\nbeside.json\n"
    assert baseline.read_bytes() == BEFORE
    assert names_in(tmp_path) == ["baseline.json", "beside.json"]


def test_a_folder_is_not_replaced_by_a_file(tmp_path):
    (tmp_path / "report.html").mkdir()
    diff = apig.compare(apig.load(DOCUMENT), apig.load(OTHER))
    with pytest.raises(IsADirectoryError, match=r"report\.html"):
        diff.save(tmp_path / "report.html")
    assert names_in(tmp_path) == ["report.html"]
    assert names_in(tmp_path / "report.html") == []


def test_a_device_is_written_to_and_not_replaced(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    # Opened for both ends, so that nobody waits.
    both_ends = os.open(pipe, os.O_RDWR | os.O_NONBLOCK)
    try:
        assert apig.Export(raw=DOCUMENT).save(pipe) == pipe
        assert os.read(both_ends, len(DOCUMENT)) == DOCUMENT
    finally:
        os.close(both_ends)
    assert pipe.is_fifo()
    assert names_in(tmp_path) == ["pipe"]


# What a file was stays what it is


def test_a_link_stays_a_link_and_its_target_is_replaced(tmp_path):
    (tmp_path / "shelf").mkdir()
    target, link = tmp_path / "shelf" / "orders.json", tmp_path / "latest.json"
    target.write_bytes(BEFORE)
    link.symlink_to("shelf/orders.json")
    assert apig.Export(raw=DOCUMENT).save(link) == link
    assert link.readlink() == Path("shelf/orders.json")
    assert target.read_bytes() == DOCUMENT
    assert names_in(tmp_path / "shelf") == ["orders.json"]


def test_a_link_to_a_missing_file_creates_the_file(tmp_path):
    link = tmp_path / "latest.json"
    link.symlink_to("orders.json")
    apig.Export(raw=DOCUMENT).save(link)
    assert link.is_symlink()
    assert (tmp_path / "orders.json").read_bytes() == DOCUMENT


@pytest.mark.parametrize("mode", [0o600, 0o640, 0o664, 0o755])
def test_permissions_are_kept(tmp_path, mode):
    target = tmp_path / "orders.json"
    target.write_bytes(BEFORE)
    target.chmod(mode)
    apig.Export(raw=DOCUMENT).save(target)
    assert stat.S_IMODE(target.stat().st_mode) == mode
    assert target.read_bytes() == DOCUMENT


def test_the_owner_is_kept(tmp_path):
    if not IS_ROOT:
        pytest.skip("needs root, to give a file away")
    target = tmp_path / "orders.json"
    target.write_bytes(BEFORE)
    os.chown(target, NOBODY, NOBODY)
    target.chmod(0o640)
    apig.Export(raw=DOCUMENT).save(target)
    known = target.stat()
    assert (known.st_uid, known.st_gid, stat.S_IMODE(known.st_mode)) == (NOBODY, NOBODY, 0o640)


@pytest.mark.parametrize(("mode", "then"), [(0o660, 0o600), (0o664, 0o644), (0o666, 0o666)])
def test_another_group_gains_no_permission(tmp_path, mode, then):
    """A user who can write a file but not keep its group must not open it to another group."""
    tmp_path.chmod(0o777)
    target = tmp_path / "orders.json"
    target.write_bytes(BEFORE)
    target.chmod(mode)
    if IS_ROOT:
        os.chown(target, NOBODY, 0)
    as_nobody(tmp_path, "export.save('orders.json')")
    known = target.stat()
    assert (known.st_gid, stat.S_IMODE(known.st_mode)) == (NOBODY, then)
    assert target.read_bytes() == DOCUMENT


# A clock that jumps


def test_a_clock_set_back_overwrites_no_file(tmp_path):
    from datetime import UTC, datetime

    times = [datetime(2026, 10, 25, 2, 30, tzinfo=UTC), datetime(2026, 10, 25, 1, 30, tzinfo=UTC)] * 2
    exports = [
        apig.Export(raw=DOCUMENT + b" " * number, group="orders", time=time) for number, time in enumerate(times)
    ]
    saved = [export.save(tmp_path) for export in exports]
    assert len(set(saved)) == len(saved)
    assert [path.read_bytes() for path in saved] == [export.raw for export in exports]
