"""The exports of a session: exports made with the form and loaded files."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

import ipywidgets
import pandas as pd
from markupsafe import Markup

from apig_nb.definition.read.decoding import MAX_BYTES
from apig_nb.errors import DocumentError
from apig_nb.export import load
from apig_nb.text import visible
from apig_nb.widgets.background import Background
from apig_nb.widgets.download_button import DownloadButton, File
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.html import error_note, html_widget, status
from apig_nb.widgets.table import ColumnStyle, TableView
from apig_nb.widgets.workbench.files_field import FilesField

if TYPE_CHECKING:
    from apig_nb.export import Export


_STYLES: Final = {
    "export": ColumnStyle("Export"),
    "standard": ColumnStyle("Standard"),
    "operations": ColumnStyle("Operations"),
    "kB": ColumnStyle("Size, kB"),
    "received": ColumnStyle("Received"),
}


class ExportList:
    """A table of exports, and a field that loads files.

    Attributes:
        exports: the exports by label, oldest first.
        files: the field that loads files, which may be shown in several places.
        message: the files that were not loaded.
    """

    def __init__(
        self,
        background: Background,
        changed: Callable[[], None],
        explore: Callable[[Export], None],
        loaded: Callable[[Export], None],
    ) -> None:
        """Create an empty list.

        Args:
            background: reads the files.
            changed: called when an export is added or removed.
            explore: called to explore an export.
            loaded: called with each loaded file.
        """
        self._call_loaded = loaded
        self.exports: dict[str, Export] = {}
        self._background, self._changed = background, changed
        self._file_numbers = itertools.count()
        # Name of a file → why it was not loaded; for the files that were chosen together.
        self._failures: dict[str, str] = {}
        self._loading = 0
        self.message = html_widget()
        self.files = FilesField(
            background.guarded(self._load),
            background.guarded(self._refuse),
            label="Load files…",
            hint="or drop them here: Swagger 2.0 or OpenAPI 3 as JSON or YAML, such as a download from the console",
            limit=MAX_BYTES,
        )
        self._table = TableView(_frame(self.exports), label="exports", styles=_STYLES, rows=6)
        self._explore_button = ipywidgets.Button(description="Explore", button_style="primary", disabled=True)
        self._explore_button.on_click(background.guarded(lambda _button: self._explore_selected(explore)))
        self._download = DownloadButton(
            "Download", self._file, self._show_error, hint="The document as received", disabled=True
        )
        self._download_all = DownloadButton(
            "Download all", self._archive, self._show_error, hint="A zip file of all documents", disabled=True
        )
        self._remove_button = ipywidgets.Button(description="Remove from the list", disabled=True)
        self._remove_button.on_click(background.guarded(lambda _button: self._remove_selected()))
        self._table.on_select(background.guarded(self._show_buttons))
        row = ipywidgets.HBox([self._explore_button, self._download, self._download_all, self._remove_button])
        row.add_class("apig-row")
        self.widget = ipywidgets.VBox([self.files, self.message, self._table.widget, row])

    def add(self, export: Export) -> None:
        """Add an export under a unique label."""
        self.exports[_label(export, self.exports)] = export
        self._show()

    def close(self) -> None:
        """Remove the table from the page."""
        self._table.close()

    def _load(self, name: str, content: bytes) -> None:
        if not self._loading:
            self._failures.clear()
        self._loading += 1
        self.message.value = status(f"reading {visible(name)}…")
        file = io.BytesIO(content)
        file.name = name
        # A unique name, because several files are read at once.
        number = next(self._file_numbers)
        self._background.run(f"file {number}", partial(_read, file), self._loaded, partial(self._not_loaded, name))

    def _loaded(self, export: Export) -> None:
        self._loading -= 1
        self._show_failures()
        self.add(export)
        self._call_loaded(export)

    def _not_loaded(self, name: str, error: Exception) -> None:
        self._loading -= 1
        self._failures[name] = error_text(error)
        self._show_failures()

    def _refuse(self, name: str, size: int) -> None:
        limit = MAX_BYTES // 2**20
        self._failures[name] = f"it has {size / 2**20:,.0f} MiB, the limit is {limit} MiB"
        self._show_failures()

    def _show_failures(self) -> None:
        """List every file that was not loaded, by name."""
        lines = (f"{visible(name)} was not loaded: {text}" for name, text in self._failures.items())
        self.message.value = Markup().join(map(error_note, lines))

    def _show_error(self, error: Exception) -> None:
        self.message.value = error_note(error_text(error))

    def _selected(self) -> list[Export]:
        return [self.exports[label] for label in self._table.selected["export"]]

    def _explore_selected(self, explore: Callable[[Export], None]) -> None:
        for export in self._selected():
            explore(export)

    def _file(self) -> File:
        (export,) = self._selected()
        return export.file_name, export.raw

    def _archive(self) -> File:
        sink, taken = io.BytesIO(), set[str]()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
            for export in self.exports.values():
                stem, dot, suffix = export.file_name.rpartition(".")
                names = (f"{stem}{f'-{n}' if n > 1 else ''}{dot}{suffix}" for n in itertools.count(1))
                name = next(name for name in names if name not in taken)
                taken.add(name)
                archive.writestr(name, export.raw)
        return "exports.zip", sink.getvalue()

    def _remove_selected(self) -> None:
        for label in self._table.selected["export"]:
            del self.exports[label]
        self._show()

    def _show(self) -> None:
        self._table.show(_frame(self.exports), _STYLES)
        self._show_buttons()
        self._changed()

    def _show_buttons(self) -> None:
        is_empty = self._table.selected.empty
        self._explore_button.disabled = self._remove_button.disabled = self._download.disabled = is_empty
        self._download_all.disabled = not self.exports


def _read(file: io.BytesIO) -> Export:
    export = load(file)
    # Errors that occur only when the operations are read, such as too many of them, are reported here.
    _ = export.definition.operations
    return export


def _label(export: Export, taken: dict[str, Export]) -> str:
    known = " ".join(part for part in (export.group, export.environment, export.scope) if part)
    label = visible(known or export.source or _title(export) or "export")
    labels = itertools.chain([label], (f"{label} ({number})" for number in itertools.count(2)))
    return next(label for label in labels if label not in taken)


def _title(export: Export) -> str:
    try:
        return export.definition.title
    except DocumentError:
        return ""


def _frame(exports: dict[str, Export]) -> pd.DataFrame:
    """One row per export, newest first."""
    rows = [
        (label, *read_facts(export), round(export.size / 1000, 1), _received(export))
        for label, export in exports.items()
    ]
    columns = ["export", "standard", "operations", "kB", "received"]
    dtypes = {"export": "str", "standard": "str", "operations": "Int64", "kB": "float64", "received": "str"}
    return pd.DataFrame(rows[::-1], columns=columns).astype(dtypes)


def read_facts(export: Export) -> tuple[str, int | None]:
    """The standard and the number of operations; `None` for a document that cannot be read."""
    try:
        return export.definition.standard, len(export.definition.operations)
    except DocumentError:
        return "cannot be read", None


def _received(export: Export) -> str:
    return f"{export.time.astimezone():%Y-%m-%d %H:%M:%S}" if export.time else f"file {visible(export.source or '')}"
