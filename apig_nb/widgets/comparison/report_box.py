"""A row that saves the comparison as a report."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ipywidgets

from apig_nb.widgets.background import Background
from apig_nb.widgets.error_text import in_words
from apig_nb.widgets.fields import TextField
from apig_nb.widgets.html import status

if TYPE_CHECKING:
    from pathlib import Path

    from apig_nb.compare.comparison import Comparison

DEFAULT_FILE: Final = "comparison.html"


class ReportBox:
    """A file name and a button."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self._comparison: Comparison | None = None
        self._file = TextField(
            "Report", "the ending decides: .html, .md, .json, .xml (JUnit) or .csv", placeholder=DEFAULT_FILE
        )
        self._file.widget.add_class("apig-grow")
        self._saved = ipywidgets.HTML()
        save = ipywidgets.Button(description="Save report", layout={"width": "auto"})
        save.on_click(background.guarded(lambda _button: self._save()))
        row = ipywidgets.HBox([self._file.widget, save])
        for name in ("apig-row", "apig-top"):
            row.add_class(name)
        self.widget = ipywidgets.VBox([row, self._saved])

    def show(self, comparison: Comparison) -> None:
        """Take a comparison, to be saved when asked for."""
        self._comparison = comparison
        self._say("")

    def _save(self) -> None:
        comparison, file = self._comparison, self._file.value or DEFAULT_FILE
        if comparison is None:
            return
        self._say("saving…")
        self._background.run("report", lambda: comparison.save(file), self._done, self._failed)

    def _done(self, saved: Path) -> None:
        self._say(f"saved as {saved}")

    def _failed(self, error: Exception) -> None:
        self._say("")
        self._file.complain(in_words(error))

    def _say(self, text: str) -> None:
        self._file.complain("")
        self._saved.value = status(text)
