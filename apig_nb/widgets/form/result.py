"""The result of an export: status line, tables, source, and a button that saves the document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import ipywidgets
from markupsafe import Markup

from apig_nb.errors import ApigError, DocumentError
from apig_nb.text import pluralize
from apig_nb.widgets.background import Background
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.fields import TextField, close_tree
from apig_nb.widgets.html import code, error_note, identifier, note, status, warning_note
from apig_nb.widgets.table import TableView, nonempty_columns

if TYPE_CHECKING:
    from pandas import DataFrame

    from apig_nb.client.tasks import Progress
    from apig_nb.export import Export

PREVIEW_TEXT: Final = 20_000
"""Characters of the document that are shown."""

PREVIEWS: Final = {
    "operations": "operations",
    "paths": "paths",
    "parameters": "parameters",
    "backends": "backends",
    "ratelimits": "throttling policies",
    "access_controls": "access control policies",
    "problems": "problems",
}
"""The tables that are shown, with the label of their rows."""

_FIRST: Final = ("method", "path", "operation_id", "auth", "backend_type", "backend", "ratelimit", "access_control")
"""Columns of operations that are shown at first; the others can be switched on."""


@dataclass(frozen=True)
class Result:
    """An export prepared for display.

    Attributes:
        export: the export.
        summary: the export in one line, and a line for each of its warnings, as HTML.
        tables: the tables with rows, by the label of their rows.
        columns: by the same labels, the columns to show of each at first.
        source: the beginning of the document, as HTML.
    """

    export: Export
    summary: Markup
    tables: Mapping[str, DataFrame]
    columns: Mapping[str, list[str]]
    source: Markup


def read_result(export: Export) -> Result:
    """Read the document; one that cannot be read is a result, too, as it can be saved. Takes time; uses no widgets."""
    warnings, source = Markup().join(map(warning_note, export.warnings)), _source(export)
    try:
        tables = {label: getattr(export, name) for name, label in PREVIEWS.items()}
        summary = _summary(export)
    except DocumentError as error:
        tables, summary = {}, error_note(f"the document was received, but cannot be read: {error}")
    filled = {label: frame for label, frame in tables.items() if len(frame)}
    columns = {
        label: nonempty_columns(frame, _FIRST if label == "operations" else None) for label, frame in filled.items()
    }
    return Result(export, summary + warnings, filled, columns, source)


def _summary(export: Export) -> Markup:
    name = " ".join(part for part in (export.group, export.environment, export.scope) if part)
    problems = len(export.problems)
    seconds = export.duration or 0
    duration = f"{seconds * 1000:,.0f} ms" if seconds < 1 else f"{seconds:,.1f} s"
    return status(
        f"{name}: {_operations(export)}",
        *([pluralize(problems, "problem")] if problems else []),
        f"{export.size / 1000:,.1f} kB in {duration}",
        *([Markup("request {}").format(identifier(export.request_id))] if export.request_id else []),
    )


def _operations(export: Export) -> str:
    if export.operations.empty:
        return "nothing is published here, so there are no operations"
    return f"{pluralize(len(export.operations), 'operation')} on {pluralize(len(export.paths), 'path')}"


def _source(export: Export) -> Markup:
    try:
        text = export.text
    except DocumentError as error:
        return error_note(str(error))
    more = f"\n… the first {PREVIEW_TEXT:,} of {len(text):,} characters" if len(text) > PREVIEW_TEXT else ""
    return code(text[:PREVIEW_TEXT] + more, "source")


class ResultView:
    """The lower part of the form: progress while an export runs, then its result."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self._export: Export | None = None
        self._tables: dict[int, TableView] = {}
        self._status = ipywidgets.HTML()
        self._elapsed = ipywidgets.HTML()
        self._views = ipywidgets.VBox()
        self._file = TextField(
            "Save as", "a file, replaced if it exists, or a folder; default: the file name given by the service"
        )
        self._file.widget.add_class("apig-grow")
        self._saved = ipywidgets.HTML()
        save = ipywidgets.Button(description="Save", layout={"width": "auto"})
        save.on_click(background.guarded(lambda _button: self._save()))
        row = ipywidgets.HBox([self._file.widget, save])
        row.add_class("apig-top")
        self._save_box = ipywidgets.VBox([row, self._saved], layout={"display": "none"})
        head = ipywidgets.HBox([self._status, self._elapsed])
        for box in (row, head):
            box.add_class("apig-row")
        self.widget = ipywidgets.VBox([head, self._views, self._save_box])

    def show_status(self, text: str) -> None:
        """Show a status."""
        self._status.value, self._elapsed.value = status(text), ""

    def show_progress(self, progress: Progress) -> None:
        """Show the state of a task."""
        task = Markup("task {}").format(identifier(progress.task_id))
        self._status.value = status(f"exporting as a task: {progress.status}", task)

    def show_elapsed(self, seconds: float) -> None:
        """Show the elapsed time; outside the status line, so that screen readers do not announce every second."""
        self._elapsed.value = note(f"{seconds:.0f} s")

    def show_error(self, text: str) -> None:
        """Show an error."""
        self._status.value, self._elapsed.value = error_note(text), ""

    def clear(self) -> None:
        """Remove the result of the last export."""
        self._show_tables(None)
        self._save_box.layout.display = "none"
        self._saved.value = ""
        self._file.show_error("")

    def show(self, result: Result) -> None:
        """Show a result."""
        self.clear()
        self._export = result.export
        self._status.value, self._elapsed.value = result.summary, ""
        self._save_box.layout.display = None
        self._show_tables(result)

    def close(self) -> None:
        """Remove the tables from the page."""
        self._show_tables(None)

    def _show_tables(self, result: Result | None) -> None:
        old, self._views.children = self._views.children, ()
        for table in self._tables.values():
            table.close()
        self._tables.clear()
        for view in old:
            close_tree(view)
        if result is None:
            return
        titles = [f"{label} ({len(frame):,})" for label, frame in result.tables.items()]
        boxes = [ipywidgets.VBox() for _ in titles]
        tabs = ipywidgets.Tab([*boxes, ipywidgets.HTML(result.source)], titles=[*titles, "source"])

        def open_table() -> None:
            """Create the table of the open tab when it is first opened."""
            index = tabs.selected_index or 0
            if index >= len(boxes) or index in self._tables:
                return
            label = list(result.tables)[index]
            self._tables[index] = TableView(result.tables[label], label=label, columns=result.columns[label])
            boxes[index].children = (self._tables[index].widget,)

        open_table()
        tabs.observe(self._background.guarded(lambda _change: open_table()), names="selected_index")
        self._views.children = (tabs,)

    def _save(self) -> None:
        if self._export is None:
            return
        self._saved.value = ""
        try:
            saved = self._export.save(self._file.value or None)
        except (ApigError, OSError, ValueError) as error:
            self._file.show_error(error_text(error))
            return
        self._file.show_error("")
        self._saved.value = status(f"saved as {saved}")
