"""The row of long work: how far it is, stopping and starting again, with a running event loop as in a notebook."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from threading import Event
from types import SimpleNamespace
from typing import Any

import pytest

import apig_nb as apig
from apig_nb.engines import Progress
from apig_nb.widgets.background import Background
from apig_nb.widgets.progress import AGAIN, STOP, ProgressRow
from tests.connected import quiet

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

    def work(self, progress: Progress) -> str:
        try:
            for done in range(1, 4):
                progress(done, 3)
                self.go_on.wait()
            return "whole"
        finally:
            self.ended.set()

    def start(self) -> None:
        stopped = lambda: self.results.append("stopped")  # noqa: E731
        self.row.run("working", self.work, self.results.append, never, stopped, again=self.start)


def test_the_row_says_how_far_the_work_is_and_hides_when_it_is_done():
    async def scene() -> None:
        page = Row()
        assert page.labels == []
        page.start()
        assert page.status == "working…"
        await until(lambda: STOP in page.labels)
        assert "1 of 3 · " in page.text
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

        def read(progress: Progress) -> str:
            try:
                return page.work(progress)
            except Exception:  # noqa: BLE001 - as `suppress` does
                return "part"

        page.row.run("reading", read, page.results.append, never)
        await until(lambda: STOP in page.labels)
        page.press(STOP)
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
        await until(lambda: "7 of 9 · " in page.text)
        others.set()
        await until(lambda: page.results == ["other"])

    run(scene)


@pytest.fixture
def estate(client: apig.Client) -> apig.ExportSet:
    return client.export_many(client.requests(env="RELEASE", define="all"), progress=quiet)


@pytest.fixture
def pipe(tmp_path: Path) -> Path:
    """An ignore file that is read only when somebody writes into it."""
    os.mkfifo(tmp_path / "ignore.yaml")
    return tmp_path / "ignore.yaml"


VIEWS: dict[str, Callable[[apig.ExportSet, Path], apig.AuditView | apig.ComparisonView]] = {
    "audit": lambda estate, ignore: apig.AuditView(estate, ignore=ignore),
    "comparison": lambda estate, ignore: apig.ComparisonView(estate, estate, ignore=ignore),
}


@pytest.mark.parametrize("make", VIEWS.values(), ids=VIEWS)
def test_an_audit_and_a_comparison_can_be_stopped_and_started_again(estate, pipe, make):
    async def scene() -> None:
        view = make(estate, pipe)
        page = Page(view)
        # Displaying it does not wait for a set.
        assert "run the notebook to see it" in str(view._repr_mimebundle_()["text/html"])
        await until(lambda: STOP in page.labels)
        page.press(STOP)
        assert page.status.endswith(": stopped")
        assert (view.audit if isinstance(view, apig.AuditView) else view.comparison) is None
        pipe.write_text("[]")
        pipe.unlink()
        pipe.write_text("[]")
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
