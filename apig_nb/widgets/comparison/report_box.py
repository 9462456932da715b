"""Saves the comparison as a report."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import ipywidgets

from apig_nb.errors import ArgumentError
from apig_nb.widgets.background import Background
from apig_nb.widgets.download_button import DownloadButton, File
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.fields import ChoiceField, TextField
from apig_nb.widgets.html import html_widget, status

if TYPE_CHECKING:
    from pathlib import Path

    from apig_nb.compare.comparison import Comparison

DEFAULT_FILE: Final = "comparison.html"

_FORMATS: Final[dict[str, tuple[str, Callable[[Comparison], str]]]] = {
    "HTML": (".html", lambda comparison: comparison.to_html()),
    "Markdown": (".md", lambda comparison: comparison.to_markdown()),
    "JSON": (".json", lambda comparison: comparison.to_json()),
    "JUnit": (".xml", lambda comparison: comparison.to_junit()),
    "CSV": (".csv", lambda comparison: comparison.to_csv()),
}
"""Name of a format → suffix of its files, and the function that writes it."""


class ReportBox:
    """A field for a file name and a button."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self._comparison: Comparison | None = None
        self._file = TextField(
            "Save on the machine of the kernel",
            "the suffix decides the format: .html, .md, .json, .xml (JUnit), .csv",
            placeholder=DEFAULT_FILE,
        )
        self._file.widget.add_class("apig-grow")
        self._format = ChoiceField("Format", "", [(name, name) for name in _FORMATS])
        self._download = DownloadButton("Download report", self._made, self._failed)
        self._message = html_widget()
        save = ipywidgets.Button(description="Save report", layout={"width": "auto"})
        save.on_click(background.guarded(lambda _button: self._save()))
        row = ipywidgets.HBox([self._format.widget, self._download, self._file.widget, save])
        for name in ("apig-row", "apig-report"):
            row.add_class(name)
        self.widget = ipywidgets.VBox([row, self._message])

    def show(self, comparison: Comparison) -> None:
        """Use this comparison."""
        self._comparison = comparison
        self._show_status("")

    def _made(self) -> File:
        if self._comparison is None:
            raise ArgumentError("report", None, "there is no comparison yet")
        suffix, render = _FORMATS[self._format.value]
        return f"comparison{suffix}", render(self._comparison).encode("utf-8")

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
