"""Progress of work over many exports: it counts up to all of them, and an exception of it ends the work."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import apig_nb as apig
from apig_nb.engines import Progress
from tests.archive.making import day, document, estate, usual

GROUPS = "abc"
DAYS = 4

Work = Callable[[Path, Progress], Any]


def archive(folder: Path) -> apig.Archive:
    """An archive in which one group is new each day."""
    made = apig.Archive(folder)
    for number in range(DAYS):
        made.add(
            estate({group: document(group, number) for group in GROUPS[:number]} | {"x": document("x", 0)}), day(number)
        )
    return made


WORK: dict[str, tuple[Work, int]] = {
    "audit": (lambda _, progress: apig.audit(usual(0), progress=progress), len(GROUPS)),
    "audit with a baseline": (
        lambda _, progress: apig.audit(usual(1), baseline=usual(0), progress=progress),
        2 * len(GROUPS),
    ),
    "audit of one export": (
        lambda _, progress: apig.audit(document("a", 0), baseline=document("a", 1), progress=progress),
        2,
    ),
    "compare": (lambda _, progress: apig.compare(usual(0), usual(1), progress=progress), len(GROUPS)),
    "compare two exports": (
        lambda _, progress: apig.compare(document("a", 0), document("a", 1), progress=progress),
        2,
    ),
    "tables": (lambda _, progress: usual(0).tables("operations", progress=progress), len(GROUPS)),
    "add": (lambda folder, progress: apig.Archive(folder).add(usual(0), progress=progress), len(GROUPS)),
    "at": (lambda folder, progress: archive(folder).at(day(1), progress=progress), DAYS),
    "history": (lambda folder, progress: archive(folder).history(progress=progress), DAYS),
    "timeline": (lambda folder, progress: archive(folder).timeline(progress=progress), DAYS - 1),
    "drift": (lambda folder, progress: archive(folder).drift(progress=progress), DAYS - 1),
}
each_work = pytest.mark.parametrize(("work", "total"), WORK.values(), ids=WORK)


@each_work
def test_progress_counts_up_to_all(tmp_path, monkeypatch, work, total):
    monkeypatch.setattr("apig_nb.engines.CHUNK", 1)
    seen: list[tuple[int, int]] = []
    work(tmp_path, lambda done, of: seen.append((done, of)))
    assert sorted(seen) == seen
    assert {done for done, _ in seen} >= {*range(1, total + 1)}
    assert {of for _, of in seen} - {0} == {total}


@each_work
def test_an_exception_of_progress_ends_the_work(tmp_path, monkeypatch, work, total):
    monkeypatch.setattr("apig_nb.engines.CHUNK", 1)
    calls = []

    def stop(done: int, of: int) -> None:
        calls.append(done)
        raise KeyError(done)

    with pytest.raises(KeyError):
        work(tmp_path, stop)
    assert len(calls) == 1


def test_stopped_adding_adds_nothing(tmp_path):
    def stop(done: int, total: int) -> None:
        if done == total:
            raise KeyError(done)

    with pytest.raises(KeyError):
        apig.Archive(tmp_path).add(usual(0), progress=stop)
    assert [*tmp_path.rglob("*")] == []


def test_one_export_takes_steps_of_its_rules(tmp_path):
    """So that the audit of a very large export can be stopped, too."""
    calls = []
    apig.audit(document("a", 0), progress=lambda done, total: calls.append(done))
    assert calls.count(0) > 50
