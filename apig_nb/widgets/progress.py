"""`ProgressRow`: the progress of long work, with a button that stops it."""

from __future__ import annotations

from collections.abc import Callable

import ipywidgets

from apig_nb.widgets.background import Background
from apig_nb.widgets.html import html_widget, progress_bar, status


class ProgressRow:
    """A status line with a bar and a button, shown while work runs.

    Attributes:
        widget: the row.
    """

    def __init__(self, background: Background) -> None:
        """Create the row, hidden."""
        self._text, self._bar = html_widget(), html_widget()
        self._done = self._total = 0
        self._cancel: Callable[[], None] = lambda: None
        stop = ipywidgets.Button(description="Stop")
        stop.on_click(background.guarded(lambda _button: self._cancel()))
        row = ipywidgets.HBox([self._text, stop])
        row.add_class("apig-row")
        self.widget = ipywidgets.VBox([row, self._bar])
        self.end()

    def start(self, text: str, total: int, cancel: Callable[[], None]) -> None:
        """Show that work begins.

        Args:
            text: what is done.
            total: the number of steps.
            cancel: called when the user stops it.
        """
        self._done, self._total, self._cancel = 0, total, cancel
        self._text.value = status(f"{text}…")
        self.tick(0)
        self.widget.layout.display = None

    def advance(self, done: int) -> None:
        """Take the number of steps that are done, on any thread; `tick` shows it."""
        self._done = done

    def tick(self, _seconds: float) -> None:
        """Show how far the work is."""
        self._bar.value = progress_bar(self._done, self._total, "progress")

    def end(self) -> None:
        """Hide the row."""
        self.widget.layout.display = "none"
