"""`ProgressRow`: the progress of long work, with a button that stops it, and what becomes of the work then."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import CancelledError
from functools import partial
from threading import Event
from typing import Final, Protocol, TypeVar

import ipywidgets
from markupsafe import Markup

from apig_nb.widgets.background import TICK_SECONDS, Background
from apig_nb.widgets.html import html_widget, joined, note, progress_bar, status

Result = TypeVar("Result")

STOP: Final = "Stop"
AGAIN: Final = "Start again"

NOTHING_STAYS: Final = "Nothing of it stays when you stop; it can start again."
READ_STAYS: Final = "What is read already stays when you stop."


class Show(Protocol):
    """Shows the progress, as `apig_nb.engines.Progress`, and optionally what is being worked on."""

    def __call__(self, done: int, total: int, at: str = "", /) -> None:
        """Show it."""


class ProgressRow:
    """A count, a status line with a bar, a button and a hint, shown while work runs in the background, one at a time.

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
        self._count, self._text, self._detail, self._bar, self._hint = (html_widget() for _ in range(5))
        self._done, self._total, self._at, self._unit = 0, 0, "", ""
        self._press: Callable[[], None] = lambda: None
        self._button = ipywidgets.Button(description=STOP)
        self._button.on_click(background.guarded(lambda _button: self._press()))
        row = ipywidgets.HBox([self._count, self._text, self._detail, self._button])
        row.add_class("apig-row")
        self.widget = ipywidgets.VBox([row, self._bar, self._hint])
        self.widget.add_class("apig-progress")
        self._end()

    def run(
        self,
        text: str,
        work: Callable[[Show], Result],
        then: Callable[[Result], None],
        failed: Callable[[Exception], None],
        *,
        unit: str = "",
        hint: str = NOTHING_STAYS,
        stopped: Callable[[], None] | None = None,
        again: Callable[[], None] | None = None,
        cancelled: Event | None = None,
    ) -> None:
        """Do work in the place of the one before, which is cancelled.

        Args:
            text: what is done.
            work: takes the function that shows the progress; it raises `CancelledError` when the work is not wanted any
                more.
            then: takes the result.
            failed: takes the error.
            unit: what is counted, a plural.
            hint: what becomes of the work when the user stops it.
            stopped: called when the user stops the work, whose result is then dropped. Without `stopped` and `again`,
                `then` and `failed` take what stopped work returns and raises.
            again: starts the work again after it was stopped.
            cancelled: is set when the work is not wanted any more.
        """
        stop_event = cancelled or Event()
        self._done, self._total, self._at, self._unit = 0, 0, "", unit

        def show(done: int, total: int, at: str = "", /) -> None:
            if stop_event.is_set():
                raise CancelledError
            self._done, self._total, self._at = done, total, at

        def stop() -> None:
            if again is None and stopped is None:
                stop_event.set()
                self._text.value, self._button.disabled = status(f"{text}: stopping…"), True
            elif self._background.cancel(self._name):
                if again is None:
                    self._end()
                else:
                    self._offer(f"{text}: stopped", AGAIN, again)
                if stopped is not None:
                    stopped()

        def handle(result: Result) -> None:
            self._end()
            then(result)

        def fail(error: Exception) -> None:
            self._end()
            failed(error)

        self._offer(f"{text}…", STOP, stop)
        # For a moment only the text: most work is done then.
        self._button.layout.display = self._hint.layout.display = "none"
        self._hint.value = note(hint)
        self._background.run(self._name, partial(work, show), handle, fail, self._tick, stop_event)

    def cancel(self) -> None:
        """Drop the result of the work, and hide the row."""
        self._background.cancel(self._name)
        self._end()

    def _offer(self, text: str, action: str, press: Callable[[], None]) -> None:
        self._text.value = status(text)
        self._detail.value = self._bar.value = self._hint.value = ""
        self._count.layout.display = "none"
        self._button.description, self._button.disabled, self._press = action, False, press
        self._button.layout.display = self.widget.layout.display = None

    def _tick(self, seconds: float) -> None:
        """Show how far the work is; outside the status line, so that screen readers do not announce every second."""
        if seconds < TICK_SECONDS:
            return
        self._button.layout.display = self._hint.layout.display = None
        self._count.layout.display = None if self._total else "none"
        self._count.value = Markup("<b>{}</b>").format(f"{self._done:,} of {self._total:,} {self._unit}".strip())
        self._detail.value = note(joined(*filter(None, [self._at]), f"{seconds:.0f} s"))
        self._bar.value = progress_bar(self._done, self._total, "progress") if self._total else ""

    def _end(self) -> None:
        self.widget.layout.display = "none"
