"""Saves the comparison as a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ipywidgets

from apig_nb.widgets.background import Background
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.fields import TextField
from apig_nb.widgets.html import status

if TYPE_CHECKING:
    from pathlib import Path

    from apig_nb.compare.comparison import Comparison

DEFAULT_FILE: Final = "comparison.html"


class ReportBox:
    """A field for a file name and a button."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self._comparison: Comparison | None = None
        self._file = TextField(
            "Report",
            "the suffix decides the format: .html, .md, .json, .xml (JUnit), .csv",
            placeholder=DEFAULT_FILE,
        )
        self._file.widget.add_class("apig-grow")
        self._message = ipywidgets.HTML()
        save = ipywidgets.Button(description="Save report", layout={"width": "auto"})
        save.on_click(background.guarded(lambda _button: self._save()))
        row = ipywidgets.HBox([self._file.widget, save])
        for name in ("apig-row", "apig-top"):
            row.add_class(name)
        self.widget = ipywidgets.VBox([row, self._message])

    def show(self, comparison: Comparison) -> None:
        """Use this comparison."""
        self._comparison = comparison
        self._show_status("")

    def _save(self) -> None:
        comparison, file = self._comparison, self._file.value or DEFAULT_FILE
        if comparison is None:
            return
        self._show_status("saving…")
        self._background.run("report", lambda: comparison.save(file), self._saved_as, self._failed)

    def _saved_as(self, saved: Path) -> None:
        self._show_status(f"saved as {saved}")

    def _failed(self, error: Exception) -> None:
        self._show_status("")
        self._file.show_error(error_text(error))

    def _show_status(self, text: str) -> None:
        self._file.show_error("")
        self._message.value = status(text)
