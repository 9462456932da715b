"""`ReportBox`: downloads or saves a comparison or an audit as a report."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final, Protocol

import ipywidgets

from apig_nb.errors import ArgumentError
from apig_nb.widgets.background import Background
from apig_nb.widgets.download_button import DownloadButton, File
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.fields import ChoiceField, TextField
from apig_nb.widgets.html import html_widget, status


class Reported(Protocol):
    """A comparison or an audit, which also has a method `to_…` for each format."""

    def save(self, path: str) -> Path:
        """Write a report."""


_SUFFIXES: Final = {
    "HTML": ".html",
    "Markdown": ".md",
    "JSON": ".json",
    "JUnit": ".xml",
    "SARIF": ".sarif",
    "CSV": ".csv",
}
"""Name of a format → suffix of its files."""


class ReportBox:
    """A field for a file name and a button."""

    def __init__(self, background: Background, kind: type[Reported], name: str) -> None:
        """Create the box.

        Args:
            background: runs the saving.
            kind: what is reported.
            name: the name of a file without its suffix.
        """
        self._background, self._name = background, name
        self._reported: Any = None
        self._default_file = f"{name}.html"
        formats = [one for one in _SUFFIXES if hasattr(kind, f"to_{one.lower()}")]
        *others, last = (_SUFFIXES[one] for one in formats)
        self._file = TextField(
            "Save on the machine of the kernel",
            f"the suffix decides the format: {', '.join(others)} or {last}; .xml is JUnit",
            placeholder=self._default_file,
        )
        self._file.widget.add_class("apig-grow")
        self._format = ChoiceField("Format", "", [(one, one) for one in formats])
        self._download = DownloadButton("Download report", self._made, self._failed)
        self._message = html_widget()
        save = ipywidgets.Button(description="Save report", layout={"width": "auto"})
        save.on_click(background.guarded(lambda _button: self._save()))
        row = ipywidgets.HBox([self._format.widget, self._download, self._file.widget, save])
        for name in ("apig-row", "apig-report"):
            row.add_class(name)
        self.widget = ipywidgets.VBox([row, self._message])

    def show(self, reported: Reported) -> None:
        """Report this comparison or audit."""
        self._reported = reported
        self._show_status("")

    def _made(self) -> File:
        if self._reported is None:
            raise ArgumentError("report", None, f"there is no {self._name} yet")
        chosen = self._format.value
        text: str = getattr(self._reported, f"to_{chosen.lower()}")()
        return f"{self._name}{_SUFFIXES[chosen]}", text.encode("utf-8")

    def _save(self) -> None:
        reported, file = self._reported, self._file.value or self._default_file
        if reported is None:
            return
        self._show_status("saving…")
        self._background.run("report", lambda: reported.save(file), self._saved_as, self._failed)

    def _saved_as(self, saved: Path) -> None:
        self._show_status(f"saved as {saved}")

    def _failed(self, error: Exception) -> None:
        self._show_status("")
        self._file.show_error(error_text(error))

    def _show_status(self, text: str) -> None:
        self._file.show_error("")
        self._message.value = status(text)
