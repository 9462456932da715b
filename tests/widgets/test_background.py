"""`Background` with a running event loop, as in a notebook."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any

import pytest

from apig_nb.widgets.background import Background, wait, with_future


class Recorder:
    """Records calls and their threads; `until` waits for a number of calls."""

    def __init__(self) -> None:
        self.values: list[Any] = []
        self.threads: set[int] = set()

    def __call__(self, what: Any = None) -> None:
        self.values.append(what)
        self.threads.add(threading.get_ident())

    async def until(self, count: int) -> None:
        async with asyncio.timeout(60):
            while len(self.values) < count:
                await asyncio.sleep(0.005)


@pytest.fixture
def notes() -> Recorder:
    return Recorder()


def never(_: object) -> None:
    raise AssertionError("nobody asked for this")


def fail() -> None:
    raise ValueError("no")


def run(scene: Callable[[Background], Any], report: Callable[[Exception], None] = never) -> None:
    async def main() -> None:
        await asyncio.wait_for(scene(Background(report)), 100)

    asyncio.run(main())


def test_work_runs_in_a_thread_and_its_result_is_handled_on_the_loop(notes):
    async def scene(background: Background) -> None:
        background.run("call", threading.get_ident, notes)
        assert background.is_running("call")
        await notes.until(1)
        assert notes.values[0] not in notes.threads
        assert notes.threads == {threading.get_ident()}
        assert not background.is_running("call")

    run(scene)


def test_the_loop_stays_free_and_elapsed_seconds_are_reported(notes, monkeypatch):
    monkeypatch.setattr("apig_nb.widgets.background.TICK_SECONDS", 0.01)
    ready, ticks = threading.Event(), Recorder()

    async def scene(background: Background) -> None:
        background.run("call", lambda: ready.wait(60), notes, tick=ticks)
        await ticks.until(3)
        assert notes.values == []
        ready.set()
        await notes.until(1)
        count = len(ticks.values)
        await asyncio.sleep(0.05)
        assert len(ticks.values) == count
        assert ticks.values == sorted(ticks.values)

    run(scene)


def test_a_callback_from_another_thread_runs_on_the_loop(notes):
    async def scene(background: Background) -> None:
        thread = threading.Thread(target=background.guarded(notes), args=("pressed",))
        thread.start()
        await notes.until(1)
        thread.join()
        assert (notes.values, notes.threads) == (["pressed"], {threading.get_ident()})

    run(scene)


def test_a_callback_from_another_thread_can_start_calls(notes):
    async def scene(background: Background) -> None:
        pressed = background.guarded(lambda: background.run("call", lambda: 1, notes, tick=lambda _: None))
        await asyncio.to_thread(pressed)
        await notes.until(1)
        assert notes.threads == {threading.get_ident()}

    run(scene)


def test_the_result_of_a_cancelled_call_is_dropped(notes):
    ready = threading.Event()

    async def scene(background: Background) -> None:
        background.run("call", lambda: ready.wait(60), notes)
        assert background.cancel("call")
        assert not background.cancel("call")
        assert not background.is_running("call")
        ready.set()
        await asyncio.sleep(0.05)
        assert notes.values == []

    run(scene)


def test_a_newer_call_of_a_name_replaces_the_older_one(notes):
    older = threading.Event()

    async def scene(background: Background) -> None:
        background.run("call", lambda: older.wait(60) and "older", notes)
        background.run("other", lambda: "other", notes)
        background.run("call", lambda: "newer", notes)
        await notes.until(2)
        older.set()
        await asyncio.sleep(0.05)
        assert sorted(notes.values) == ["newer", "other"]

    run(scene)


def test_work_is_notified_when_it_is_cancelled():
    async def scene(background: Background) -> None:
        cancelled, replaced, closed, done = (threading.Event() for _ in range(4))
        background.run("cancelled", lambda: cancelled.wait(60), never, cancelled=cancelled)
        background.run("call", lambda: replaced.wait(60), never, cancelled=replaced)
        background.run("quick", lambda: 1, lambda _: None, cancelled=done)
        background.cancel("cancelled")
        background.run("call", lambda: closed.wait(60), never, cancelled=closed)
        assert (cancelled.is_set(), replaced.is_set(), closed.is_set()) == (True, True, False)
        while background.is_running("quick"):
            await asyncio.sleep(0.005)
        background.close()
        assert (closed.is_set(), done.is_set()) == (True, False)

    run(scene)


def test_errors_go_to_their_handler_or_are_reported(notes):
    reported = Recorder()

    async def scene(background: Background) -> None:
        background.run("call", fail, never, notes)
        background.run("other", fail, never)
        background.run("taking in", lambda: 1, lambda _: fail(), notes)
        background.guarded(fail)()
        await notes.until(2)
        await reported.until(2)
        assert [str(error) for error in notes.values + reported.values] == ["no"] * 4

    run(scene, reported)


def test_nothing_is_handled_after_close(notes):
    ready = threading.Event()

    async def scene(background: Background) -> None:
        background.run("call", lambda: ready.wait(60), notes)
        pressed = background.guarded(notes)
        thread = threading.Thread(target=pressed)  # handled on the loop, later
        thread.start()
        thread.join()
        background.close()
        background.run("late", lambda: 1, notes)
        pressed()
        ready.set()
        await asyncio.sleep(0.05)
        assert notes.values == []

    run(scene)


def test_the_end_of_a_call_that_shows_its_progress_is_announced_and_no_other(notes):
    announced = Recorder()

    async def scene(background: Background) -> None:
        background.on_long_done(lambda: announced(len(notes.values)))
        background.run("short", lambda: 1, notes)
        await notes.until(1)
        background.run("long", lambda: 1, notes, tick=lambda _seconds: None)
        background.run("failing", fail, never, notes, tick=lambda _seconds: None)
        await notes.until(3)
        await announced.until(2)
        # After the result is handled.
        assert min(announced.values) >= 2

    run(scene)


def test_a_view_may_outlive_the_loop(notes):
    ready, made = threading.Event(), []

    async def scene(background: Background) -> None:
        made.append(background)
        background.run("call", lambda: ready.wait(60) and "late", notes)

    run(scene)
    ready.set()
    for thread in threading.enumerate():
        if thread.name == "apig-call":
            thread.join(60)
    (background,) = made
    background.guarded(notes)("pressed")
    background.run("next", lambda: "next", notes, tick=never)
    assert notes.values == ["late", "pressed", "next"]
    assert not background.is_running("call")


def test_waiting_for_stopped_work_gives_nothing():
    def stopped() -> None:
        raise CancelledError

    work, future = with_future(stopped)
    with pytest.raises(CancelledError):
        work()
    assert wait(future) is wait(None) is None


def test_without_a_loop_work_is_done_at_once(notes):
    background = Background(notes)
    background.run("call", lambda: "done", notes)
    background.run("call", fail, never)
    background.guarded(fail)()
    assert notes.values[0] == "done"
    assert [str(error) for error in notes.values[1:]] == ["no", "no"]
    assert not background.is_running("call")
    assert not background.cancel("call")
