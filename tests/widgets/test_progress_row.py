"""The row of long work: how far it is, stopping and starting again, with a running event loop as in a notebook."""

import asyncio
import re
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import ipywidgets
import pytest

import apig_nb as apig
from apig_nb.archive.exports import StoredExport
from apig_nb.engines import Progress
from apig_nb.widgets.background import Background
from apig_nb.widgets.progress import AGAIN, STOP, ProgressRow, Show
from apig_nb.widgets.workbench.history import History
from tests.connected import no_progress

from .page import Page


def never(_: object) -> None:
    raise AssertionError("nobody asked for this")


def run(scene: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        async with asyncio.timeout(60):
            await scene()

    asyncio.run(main())


async def until(is_so: Callable[[], bool]) -> None:
    while not is_so():
        await asyncio.sleep(0.005)


class Row(Page):
    """A row, and work that does one step each time it may go on."""

    def __init__(self) -> None:
        self.background = Background(never)
        self.row = ProgressRow(self.background, "work")
        self.go_on, self.ended = Event(), Event()
        self.results: list[Any] = []
        super().__init__(SimpleNamespace(_box=self.row.widget))  # type: ignore[arg-type]

    def work(self, progress: Show) -> str:
        try:
            for done in range(1, 4):
                progress(done, 3, "the first" if done == 1 else "another")
                self.go_on.wait()
            return "whole"
        finally:
            self.ended.set()

    def start(self) -> None:
        stopped = lambda: self.results.append("stopped")  # noqa: E731
        self.row.run("working", self.work, self.results.append, never, unit="steps", stopped=stopped, again=self.start)


def test_the_row_says_how_far_the_work_is_and_hides_when_it_is_done():
    async def scene() -> None:
        page = Row()
        assert page.labels == []
        page.start()
        assert page.status == "working…"
        await until(lambda: STOP in page.labels)
        assert re.search(r"1 of 3 steps +working… +the first · \d s", " ".join(page.text.split()))
        assert "Nothing of it stays when you stop" in page.text
        assert '<progress value="1" max="3"' in page.markup
        page.go_on.set()
        await until(lambda: page.results == ["whole"])
        assert page.labels == []

    run(scene)


def test_stopped_work_ends_its_result_is_dropped_and_it_can_start_again():
    async def scene() -> None:
        page = Row()
        done = []
        page.background.on_long_done(lambda: done.append(True))
        page.start()
        await until(lambda: STOP in page.labels)
        page.press(STOP)
        assert (page.status, page.results) == ("working: stopped", ["stopped"])
        page.go_on.set()
        # At its next step, not at its end.
        await until(page.ended.is_set)
        assert not done
        page.press(AGAIN)
        await until(lambda: page.results == ["stopped", "whole"])
        assert (page.labels, done) == ([], [True])

    run(scene)


def test_stopped_work_may_return_what_it_has():
    async def scene() -> None:
        page = Row()

        def read(progress: Show) -> str:
            try:
                return page.work(progress)
            except Exception:  # noqa: BLE001 - as `suppress` does
                return "part"

        page.row.run("reading", read, page.results.append, never)
        await until(lambda: STOP in page.labels)
        page.press(STOP)
        assert (page.status, page.control(STOP).disabled) == ("reading: stopping…", True)
        page.go_on.set()
        await until(lambda: page.results == ["part"])
        assert page.labels == []

    run(scene)


def test_new_work_ends_the_work_before_and_shows_its_own_progress():
    async def scene() -> None:
        page = Row()
        page.start()
        await until(lambda: STOP in page.labels)
        others = Event()

        def other(progress: Progress) -> str:
            progress(7, 9)
            others.wait()
            return "other"

        page.row.run("reading", other, page.results.append, never)
        page.go_on.set()
        await until(page.ended.is_set)
        assert page.status == "reading…"
        await until(lambda: "7 of 9" in page.text)
        others.set()
        await until(lambda: page.results == ["other"])

    run(scene)


@pytest.fixture
def estate(client: apig.Client) -> apig.ExportSet:
    return client.export_many(client.requests(env="RELEASE", define="all"), progress=no_progress)


class Slow:
    """Sets of one export, which is read when it may be, as from a slow disk."""

    def __init__(self, estate: apig.ExportSet) -> None:
        self._key, self._export = next(iter(estate.items()))
        self.may_read, self.is_readable = Event(), True

    def read(self) -> bytes:
        self.may_read.wait()
        if not self.is_readable:
            raise OSError("the disk is full")
        return self._export.raw

    def exports(self) -> apig.ExportSet:
        return apig.ExportSet({self._key: StoredExport.unread(self.read, 1, "")})


VIEWS: dict[str, Callable[[apig.ExportSet, apig.ExportSet], apig.AuditView | apig.ComparisonView]] = {
    "audit": lambda _estate, slow: apig.AuditView(slow),
    "comparison": apig.ComparisonView,
}


@pytest.mark.parametrize("make", VIEWS.values(), ids=VIEWS)
def test_an_audit_and_a_comparison_can_be_stopped_and_started_again(estate, make):
    async def scene() -> None:
        slow = Slow(estate)
        view = make(estate, slow.exports())
        page = Page(view)
        # Displaying it does not wait for a set.
        assert "run the notebook to see it" in str(view._repr_mimebundle_()["text/html"])
        await until(lambda: STOP in page.labels)
        page.press(STOP)
        assert page.status.endswith(": stopped")
        assert (view.audit if isinstance(view, apig.AuditView) else view.comparison) is None
        slow.may_read.set()
        page.press(AGAIN)
        await until(lambda: page.status != "" and AGAIN not in page.labels and STOP not in page.labels)
        assert (view.audit if isinstance(view, apig.AuditView) else view.comparison) is not None
        view.close()

    run(scene)


def test_nothing_waits_for_a_view_that_is_closed_while_it_works():
    one = apig.load(b'{"swagger": "2.0", "info": {}, "paths": {"/a": {"get": {}}}}')

    async def scene() -> None:
        view = apig.AuditView(one)
        view.close()
        await asyncio.to_thread(lambda: view.audit)
        view.show(apig.ExportSet({apig.ExportKey(group="a"): one}))
        await asyncio.to_thread(lambda: view.audit)

    run(scene)


# Snapshots that are added to an archive


class Snapshots(Page):
    """The part of the workbench about an archive."""

    def __init__(self, archive: apig.Archive) -> None:
        self.archive, self.background = archive, Background(never)
        self.history = History(self.background, archive, never, lambda: None)  # type: ignore[arg-type]
        box = ipywidgets.VBox([self.history.adding, self.history.widget])
        super().__init__(SimpleNamespace(_box=box))  # type: ignore[arg-type]

    @classmethod
    async def of(cls, archive: apig.Archive) -> "Snapshots":
        page = cls(archive)
        await until(lambda: "No snapshot yet" in page.text)
        return page

    def count(self, word: str) -> int:
        return self.text.count(f"{word}: snapshot ")

    def close(self) -> None:
        self.background.close()
        self.history.close()


@pytest.fixture
def archive(tmp_path: Path) -> apig.Archive:
    pytest.importorskip("pyarrow")
    return apig.Archive(tmp_path / "archive")


def test_snapshots_are_added_one_after_the_other_and_each_is_told(estate, archive):
    async def scene() -> None:
        page, slow = await Snapshots.of(archive), Slow(estate)
        done = []
        page.background.on_long_done(lambda: done.append(True))
        page.history.add(slow.exports())
        page.history.add(estate)
        page.history.add(slow.exports())
        assert page.count("waiting") == 2
        await until(lambda: STOP in page.labels)
        assert "Nothing is added when you stop" in page.text
        slow.may_read.set()
        await until(lambda: page.count("added") == 3)
        await until(lambda: len(page.options("Snapshot")) == 3)
        assert archive.snapshots["groups"].tolist() == [1, len(estate), 1]
        assert len(done) >= 3
        page.close()

    run(scene)


def test_a_snapshot_that_is_stopped_or_fails_is_told_and_can_be_added_again(estate, archive):
    async def scene() -> None:
        page, slow, broken = await Snapshots.of(archive), Slow(estate), Slow(estate)
        page.history.add(slow.exports())
        page.history.add(broken.exports())
        await until(lambda: STOP in page.labels)
        page.press(STOP)
        assert page.status.endswith(": stopping…")
        broken.is_readable = False
        for one in (slow, broken):
            one.may_read.set()
        await until(lambda: page.count("not added") == 2)
        assert "1 group: stopped" in page.text
        assert "1 group: the disk is full" in page.text
        assert archive.snapshots.empty
        broken.is_readable = True
        page.press(AGAIN)
        await until(lambda: page.count(" added") == 2)
        assert archive.snapshots["groups"].tolist() == [1, 1]
        assert AGAIN not in page.labels
        page.close()

    run(scene)


def test_snapshots_are_added_although_the_view_is_closed(estate, archive):
    async def scene() -> None:
        page, slow = await Snapshots.of(archive), Slow(estate)
        page.history.add(slow.exports())
        page.history.add(estate)
        page.close()
        slow.may_read.set()
        await until(lambda: not any(thread.name == "apig-add" for thread in threading.enumerate()))
        assert archive.snapshots["groups"].tolist() == [1, len(estate)]

    run(scene)
