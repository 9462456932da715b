"""Nothing is lost and nothing counts twice: kill -9 at any point, writers at once, a full disk, damaged files."""

from __future__ import annotations

import gzip
import multiprocessing
import shutil
import subprocess
import sys
import tracemalloc
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

import apig_nb as apig
from apig_nb.archive.observations import MAX_SMALL_FILES
from apig_nb.definition.read.decoding import MAX_BYTES
from tests.archive.making import bytes_of, day, document, estate, usual
from tests.small_disk import mounted, room_for

ROOT = Path(__file__).parents[2]
SPAWN = multiprocessing.get_context("spawn")


def is_whole(archive: apig.Archive, days: set[int]) -> bool:
    """Test that an archive has the usual estates of some days, each once, and no others."""
    snapshots = archive.snapshots
    return (
        archive.verify().empty
        and snapshots["time"].tolist() == [day(number) for number in sorted(days)]
        and set(snapshots["groups"]) == {3}
        and all(bytes_of(archive.at(day(number))) == bytes_of(usual(number)) for number in (min(days), max(days)))
    )


def add_days(folder: Path, numbers: range) -> None:
    for number in numbers:
        apig.Archive(folder).add(usual(number), day(number))


def rewrite(folder: Path, **values: object) -> None:
    """Write values in place of those of all observations."""
    (file,) = observation_files(folder)
    rows = parquet.read_table(file)
    for name, value in values.items():
        column = pa.array([value] * len(rows), rows.schema.field(name).type)
        rows = rows.set_column(rows.schema.get_field_index(name), name, column)
    parquet.write_table(rows, file)


def observation_files(folder: Path) -> list[Path]:
    return sorted((folder / "observations").glob("*.parquet"))


@pytest.fixture(scope="module")
def before_merging(tmp_path_factory) -> Path:
    """Return an archive whose observations are merged by the next snapshot."""
    folder: Path = tmp_path_factory.mktemp("archives") / "archive"
    for number in range(MAX_SMALL_FILES + 1):
        apig.Archive(folder).add(usual(number), day(number))
    return folder


class TestMerging:
    def test_a_long_time_is_few_files_with_all_observations(self, tmp_path, before_merging):
        folder = tmp_path / "archive"
        shutil.copytree(before_merging, folder)
        assert len(observation_files(folder)) == MAX_SMALL_FILES + 1
        archive = apig.Archive(folder)
        archive.add(usual(31), day(31))
        assert len(observation_files(folder)) == 2
        assert is_whole(archive, set(range(32)))

    def test_large_files_are_not_written_again(self, tmp_path, before_merging, monkeypatch):
        folder = tmp_path / "archive"
        shutil.copytree(before_merging, folder)
        monkeypatch.setattr("apig_nb.archive.observations.SMALL_BYTES", 1)
        before = observation_files(folder)
        apig.Archive(folder).add(usual(31), day(31))
        assert set(before) < set(observation_files(folder))


@pytest.mark.slow
def test_a_process_can_be_killed_at_any_point(tmp_path):
    # Few files, because each is a step.
    number, first, copies = 4, tmp_path / "archive", tmp_path / "copies"
    add_days(first, range(number))
    before = set(range(number))
    command = [sys.executable, "-m", "tests.archive.killed_adds", str(first), str(copies), str(number)]
    subprocess.run(command, cwd=ROOT, check=True)
    *killed, finished = sorted(copies.iterdir())
    assert len(killed) > 2 * number
    assert len(observation_files(finished)) == 2
    assert is_whole(apig.Archive(finished), before | {number})
    added = 0
    for folder in killed:
        archive = apig.Archive(folder)
        is_added = len(archive.snapshots) > number
        assert is_whole(archive, before | {number} if is_added else before)
        added += is_added
        archive.add(usual(number), day(number))
        assert is_whole(archive, before | {number})
    assert added < len(killed)  # the observations are written last


@pytest.mark.slow
def test_several_processes_add_at_once_while_another_reads(tmp_path):
    days, writers = 2 * MAX_SMALL_FILES, 3
    with ProcessPoolExecutor(writers, mp_context=SPAWN) as pool:
        # The last one adds the same days as the one before.
        starts = (0, days, days)
        writing = [pool.submit(add_days, tmp_path, range(start, start + days)) for start in starts]
        archive, seen = apig.Archive(tmp_path), 0
        while not all(one.done() for one in writing):
            now = len(archive.snapshots)
            assert now >= seen
            seen = now
        for one in writing:
            one.result()
    assert is_whole(archive, set(range(2 * days)))
    assert len(observation_files(tmp_path)) < days


class TestAFullDisk:
    # The documents are smaller than the second, the observations larger.
    @pytest.mark.parametrize("size", [100, 2000])
    def test_a_set_that_does_not_fit_is_not_added(self, tmp_path, size):
        archive = apig.Archive(tmp_path)
        archive.add(usual(0), day(0))
        changed = estate({name: document(name, 1, tags=[{"name": "new"}]) for name in "abc"}, 1)
        with room_for(size), pytest.raises(OSError, match="File too large"):
            archive.add(changed, day(1))
        assert is_whole(archive, {0})
        archive.add(changed, day(1))
        assert bytes_of(archive.at(day(1))) == bytes_of(changed)

    @pytest.mark.slow
    def test_adding_until_the_disk_is_full_keeps_what_was_added(self, tmp_path):
        with mounted(tmp_path, "size=200k"):
            archive, number = apig.Archive(tmp_path), 0
            with pytest.raises(OSError, match="No space left on device"):
                while True:
                    archive.add(usual(number), day(number))
                    number += 1
            assert 0 < number < MAX_SMALL_FILES  # a merge makes room
            assert is_whole(archive, set(range(number)))


class TestDamage:
    def test_an_object_that_was_written_in_part_is_replaced(self, tmp_path):
        """A process was killed before it wrote its observations, on a file system that shows files half written."""
        whole, archive = apig.Archive(tmp_path / "whole"), apig.Archive(tmp_path / "archive")
        whole.add(usual(0), day(0))
        for path in (tmp_path / "whole" / "objects").rglob("*.gz"):
            half = tmp_path / "archive" / path.relative_to(tmp_path / "whole")
            half.parent.mkdir(parents=True, exist_ok=True)
            half.write_bytes(path.read_bytes()[:50])
        archive.add(usual(0), day(0))
        assert is_whole(archive, {0})

    @pytest.mark.parametrize(
        ("damage", "problem"),
        [
            (lambda path: path.unlink(), "missing"),
            (lambda path: path.write_bytes(b""), "damaged"),
            (lambda path: path.write_bytes(path.read_bytes()[:50]), "damaged"),
            (lambda path: path.write_bytes(b"{}"), "damaged"),
        ],
        ids=["removed", "emptied", "cut", "replaced"],
    )
    def test_a_lost_object_is_found_and_named(self, tmp_path, damage, problem):
        archive = apig.Archive(tmp_path)
        for number in range(2):
            archive.add(usual(number), day(number))
        first = min((tmp_path / "objects").rglob("*.gz"))
        damage(first)
        name = first.relative_to(tmp_path).as_posix()
        assert archive.verify().values.tolist() == [[name, problem, 2]]
        with pytest.raises(apig.DocumentError, match=f"{name} is {problem}"):
            bytes_of(archive.at(day(1)))

    def test_an_object_with_another_document_is_found(self, tmp_path):
        archive = apig.Archive(tmp_path)
        archive.add(usual(0), day(0))
        one, other, _ = sorted((tmp_path / "objects").rglob("*.gz"))
        shutil.copyfile(one, other)
        assert archive.verify()["problem"].tolist() == ["damaged"]

    def test_an_object_that_expands_to_more_than_a_document_may_have_is_damaged(self, tmp_path):
        archive = apig.Archive(tmp_path)
        archive.add(usual(0), day(0))
        rewrite(tmp_path, bytes=2**40)
        bomb = gzip.compress(bytes(8 * MAX_BYTES), 1)
        min((tmp_path / "objects").rglob("*.gz")).write_bytes(bomb)
        tracemalloc.start()
        assert archive.verify()["problem"].tolist() == ["damaged"]
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert most < 4 * MAX_BYTES

    @pytest.mark.parametrize("size", [-1, -5, None])
    def test_a_size_that_no_document_has_is_no_reason_to_fail(self, tmp_path, size):
        archive = apig.Archive(tmp_path)
        archive.add(usual(0), day(0))
        rewrite(tmp_path, bytes=size)
        assert archive.verify().empty
        assert bytes_of(archive.at(day(0))) == bytes_of(usual(0))

    def test_no_observation_leads_out_of_the_archive(self, tmp_path):
        folder = tmp_path / "archive"
        archive = apig.Archive(folder)
        archive.add(usual(0), day(0))
        rewrite(folder, hash="../elsewhere")
        for path in (folder / "objects").rglob("*.gz"):
            (tmp_path / f"elsewhere-{path.name.partition('-')[2]}").write_bytes(path.read_bytes())
        assert set(archive.verify()["problem"]) == {"missing"}
        with pytest.raises(apig.DocumentError, match="is missing"):
            bytes_of(archive.at(day(0)))

    def test_other_files_in_the_folder_of_observations_are_left_alone(self, tmp_path):
        archive = apig.Archive(tmp_path)
        for name in ("desktop.ini", "notes.txt"):
            (tmp_path / "observations").mkdir(exist_ok=True)
            (tmp_path / "observations" / name).write_text("mine")
        archive.add(usual(0), day(0))
        assert is_whole(archive, {0})
        assert (tmp_path / "observations" / "notes.txt").read_text() == "mine"

    def test_damaged_observations_are_found_and_never_left_out_in_silence(self, tmp_path):
        archive = apig.Archive(tmp_path)
        for number in range(2):
            archive.add(usual(number), day(number))
        first, _ = observation_files(tmp_path)
        first.write_bytes(first.read_bytes()[:-10])
        assert archive.verify()[["file", "problem"]].values.tolist() == [[f"observations/{first.name}", "damaged"]]
        for use in (lambda: archive.snapshots, lambda: archive.at(day(1)), lambda: archive.add(usual(2), day(2))):
            with pytest.raises(apig.DocumentError, match=f"observations/{first.name} is damaged"):
                use()
