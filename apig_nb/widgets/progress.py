"""`ProgressRow`: the progress of long work, with a button that stops it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError
from functools import partial
from threading import Event
from typing import Final, TypeVar

import ipywidgets

from apig_nb.engines import Progress
from apig_nb.widgets.background import TICK_SECONDS, Background
from apig_nb.widgets.html import html_widget, note, progress_bar, status

Result = TypeVar("Result")

STOP: Final = "Stop"
AGAIN: Final = "Start again"


class ProgressRow:
    """A status line with a bar and a button, shown while work runs in the background, one at a time.

    Attributes:
        widget: the row.
    """

    def __init__(self, background: Background, name: str) -> None:
        """Create the row, hidden.

        Args:
            background: runs the work.
            name: name of its calls.
        """
        self._background, self._name = background, name
        self._text, self._count, self._bar = html_widget(), html_widget(), html_widget()
        self._done = self._total = 0
        self._press: Callable[[], None] = lambda: None
        self._button = ipywidgets.Button(description=STOP)
        self._button.on_click(background.guarded(lambda _button: self._press()))
        row = ipywidgets.HBox([self._text, self._count, self._button])
        row.add_class("apig-row")
        self.widget = ipywidgets.VBox([row, self._bar])
        self._end()

    def run(
        self,
        text: str,
        work: Callable[[Progress], Result],
        then: Callable[[Result], None],
        failed: Callable[[Exception], None],
        stopped: Callable[[], None] = lambda: None,
        again: Callable[[], None] | None = None,
    ) -> None:
        """Do work in the place of the one before, which is cancelled.

        Args:
            text: what is done.
            work: takes the function that shows the progress; it raises `CancelledError` when the work is not wanted any
                more.
            then: takes the result.
            failed: takes the error.
            stopped: called when the user stops the work, whose result is then dropped.
            again: starts the work again after it was stopped; without it, `then` takes what stopped work returns.
        """
        cancelled = Event()
        self._done = self._total = 0

        def show(done: int, total: int) -> None:
            if cancelled.is_set():
                raise CancelledError
            self._done, self._total = done, total

        def stop() -> None:
            if again is None:
                cancelled.set()
            elif self._background.cancel(self._name):
                self._offer(f"{text}: stopped", AGAIN, again)
                stopped()

        def handle(result: Result) -> None:
            self._end()
            then(result)

        def fail(error: Exception) -> None:
            self._end()
            failed(error)

        self._offer(f"{text}…", STOP, stop)
        # For a moment only the text: most work is done then.
        self._button.layout.display = "none"
        self._background.run(self._name, partial(work, show), handle, fail, self._tick, cancelled)

    def cancel(self) -> None:
        """Drop the result of the work, and hide the row."""
        self._background.cancel(self._name)
        self._end()

    def _offer(self, text: str, action: str, press: Callable[[], None]) -> None:
        self._text.value, self._count.value, self._bar.value = status(text), "", ""
        self._button.description, self._press = action, press
        self._button.layout.display = self.widget.layout.display = None

    def _tick(self, seconds: float) -> None:
        """Show how far the work is; outside the status line, so that screen readers do not announce every second."""
        if seconds < TICK_SECONDS:
            return
        self._button.layout.display = None
        count = f"{self._done:,} of {self._total:,} · " if self._total else ""
        self._count.value = note(f"{count}{seconds:.0f} s")
        self._bar.value = progress_bar(self._done, self._total, "progress") if self._total else ""

    def _end(self) -> None:
        self.widget.layout.display = "none"
