"""The exports of a session: exports made with the form and loaded files."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import ipywidgets
import pandas as pd

from apig_nb.definition.read.decoding import MAX_BYTES
from apig_nb.errors import DocumentError
from apig_nb.export import load
from apig_nb.text import visible
from apig_nb.widgets.background import Background
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.html import error_note, status
from apig_nb.widgets.table import TableView
from apig_nb.widgets.workbench.files_field import FilesField

if TYPE_CHECKING:
    from apig_nb.export import Export


class ExportList:
    """A table of exports, and a field that loads files.

    Attributes:
        exports: the exports by label, oldest first.
    """

    def __init__(self, background: Background, changed: Callable[[], None]) -> None:
        """Create an empty list.

        Args:
            background: reads the files.
            changed: called when an export is added or removed.
        """
        self.exports: dict[str, Export] = {}
        self._background, self._changed = background, changed
        self._file_numbers = itertools.count()
        self._message = ipywidgets.HTML()
        self._files = FilesField(
            background.guarded(self._load),
            background.guarded(self._refuse),
            label="Load files…",
            hint="or drop them here: Swagger 2.0 or OpenAPI 3 as JSON or YAML, such as a download from the console",
            limit=MAX_BYTES,
        )
        self._table = TableView(_frame(self.exports), label="exports", rows=6)
        self._remove_button = ipywidgets.Button(
            description="Remove from the list", disabled=True, layout={"width": "auto", "align_self": "flex-start"}
        )
        self._remove_button.on_click(background.guarded(lambda _button: self._remove_selected()))
        self._table.on_select(background.guarded(self._show_button))
        self.widget = ipywidgets.VBox([self._files, self._message, self._table.widget, self._remove_button])

    def add(self, export: Export) -> None:
        """Add an export under a unique label."""
        self.exports[_label(export, self.exports)] = export
        self._show()

    def close(self) -> None:
        """Remove the table from the page."""
        self._table.close()

    def _load(self, name: str, content: bytes) -> None:
        self._message.value = status(f"reading {visible(name)}…")
        file = io.BytesIO(content)
        file.name = name
        # A unique name, because several files are read at once.
        number = next(self._file_numbers)
        self._background.run(f"file {number}", partial(_read, file), self._loaded, partial(self._not_loaded, name))

    def _loaded(self, export: Export) -> None:
        self._message.value = ""
        self.add(export)

    def _not_loaded(self, name: str, error: Exception) -> None:
        self._message.value = error_note(f"{visible(name)} was not loaded: {error_text(error)}")

    def _refuse(self, name: str, size: int) -> None:
        limit = MAX_BYTES // 2**20
        self._message.value = error_note(
            f"{visible(name)} was not loaded: it has {size / 2**20:,.0f} MiB, the limit is {limit} MiB"
        )

    def _remove_selected(self) -> None:
        for label in self._table.selected["export"]:
            del self.exports[label]
        self._show()

    def _show(self) -> None:
        self._table.frame = _frame(self.exports)
        self._changed()

    def _show_button(self) -> None:
        self._remove_button.disabled = self._table.selected.empty


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
        (label, *_document(export), round(export.size / 1000, 1), _received(export))
        for label, export in exports.items()
    ]
    columns = ["export", "standard", "operations", "kB", "received"]
    dtypes = {"export": "str", "standard": "str", "operations": "Int64", "kB": "float64", "received": "str"}
    return pd.DataFrame(rows[::-1], columns=columns).astype(dtypes)


def _document(export: Export) -> tuple[str, int | None]:
    """The standard and the number of operations; `None` for a document that cannot be read."""
    try:
        return export.definition.standard, len(export.definition.operations)
    except DocumentError:
        return "cannot be read", None


def _received(export: Export) -> str:
    return f"{export.time.astimezone():%Y-%m-%d %H:%M:%S}" if export.time else f"file {visible(export.source or '')}"
