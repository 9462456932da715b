"""Exports all groups of the chosen gateway, and lists those that failed."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import ipywidgets

from apig_nb.errors import ArgumentError
from apig_nb.widgets.background import Background
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.form import ExportForm
from apig_nb.widgets.html import error_note, html_widget, progress_bar, status
from apig_nb.widgets.table import ColumnStyle, TableView, nonempty_columns

if TYPE_CHECKING:
    from apig_nb.client.batch import ExportBatch
    from apig_nb.client.client import Client
    from apig_nb.export import Export
    from apig_nb.request import ExportRequest

_STYLES: Final = {
    name: ColumnStyle(name.capitalize())
    for name in ("group", "state", "bytes", "seconds", "error", "label", "environment", "scope", "file")
}

_FORM_FIELDS: Final = ("define", "type", "oas_version", "version")
"""Fields of the form that are used for every group."""


class AllGroups:
    """A button that exports all groups, with progress and errors."""

    def __init__(
        self,
        background: Background,
        form: ExportForm,
        add: Callable[[Export], None],
        explore: Callable[[Export], None],
    ) -> None:
        """Create the button.

        Args:
            background: runs the calls.
            form: the client, gateway, environment and scope to use.
            add: takes each export.
            explore: called with the export whose row is chosen.
        """
        self._background, self._form, self._add, self._explore = background, form, add, explore
        self._batch: ExportBatch | None = None
        # Labels of the exports of that batch that were added.
        self._added: set[str] = set()
        self.button = ipywidgets.Button(description="Export all groups", disabled=True)
        self._retry = ipywidgets.Button(description="Retry the others", layout={"display": "none"})
        self._cancel = ipywidgets.Button(description="Stop", layout={"display": "none"})
        self._message = html_widget()
        self._table_box = ipywidgets.VBox()
        self._table: TableView | None = None
        self._error = html_widget()
        self._bar = html_widget()
        row = ipywidgets.HBox([self._message, self._retry, self._cancel])
        row.add_class("apig-row")
        self.widget = ipywidgets.VBox([row, self._bar, self._table_box, self._error])
        self.button.on_click(background.guarded(lambda _button: self._start_all()))
        self._retry.on_click(background.guarded(lambda _button: self._start_missing()))
        self._cancel.on_click(background.guarded(lambda _button: self._stop()))
        form.on_choice(self._show_buttons)

    def close(self) -> None:
        """Remove the table from the page."""
        self._clear_table()

    @property
    def _missing(self) -> dict[str, ExportRequest]:
        """Requests without an export, by label."""
        every = self._batch.requests if self._batch else {}
        return {label: request for label, request in every.items() if label not in self._added}

    def _requests(self, client: Client) -> list[ExportRequest]:
        chosen = self._form.chosen
        if "env_id" not in chosen:
            raise ArgumentError("env_id", None, "choose an environment first")
        fields = {name: chosen[name] for name in _FORM_FIELDS if name in chosen}
        return client.requests(env=chosen["env_id"], gateway=chosen.get("instance_id"), **fields)

    def _start_all(self) -> None:
        self._batch = None
        self._start(self._requests)

    def _start_missing(self) -> None:
        rest = list(self._missing.values())
        self._start(lambda _client: rest)

    def _start(self, requests: Callable[[Client], list[ExportRequest]]) -> None:
        client = self._form.client
        if client is None:
            self._message.value = error_note("connect first")
            return
        cancelled = threading.Event()
        added: set[str] = set()

        def show_progress(batch: ExportBatch) -> None:
            if not cancelled.is_set():
                self._show_progress(batch, added)

        progress = self._background.guarded(show_progress)

        def export() -> ExportBatch:
            return client.export_many(requests(client), progress=progress, cancelled=cancelled)

        def done(batch: ExportBatch) -> None:
            self._show_progress(batch, added)
            self._show_table()

        self._message.value = status("looking for groups…")
        self._clear_table()
        self._background.run("all groups", export, done, self._failed, cancelled=cancelled)
        self._show_buttons()

    def _stop(self) -> None:
        if self._background.cancel("all groups"):
            progress = f": {_progress(self._batch)}; these are kept" if self._batch else ""
            self._message.value = status(f"cancelled{progress}")
        self._show_table()

    def _show_progress(self, batch: ExportBatch, added: set[str]) -> None:
        """Show the progress and add the new exports."""
        self._batch, self._added = batch, added
        for label, export in batch.exports.items():
            if label not in added:
                added.add(label)
                self._add(export)
        self._message.value = status(_progress(batch))
        self._bar.value = progress_bar(len(batch.exports) + len(batch.failures), len(batch), "groups")

    def _failed(self, error: Exception) -> None:
        self._message.value = error_note(error_text(error))
        self._show_buttons()

    def _show_buttons(self) -> None:
        is_running = self._background.is_running("all groups")
        where, groups = self._form.where, self._form.group_count
        number = f"all {groups:,} groups" if groups else "all groups"
        self.button.description = f"Export {number} of {where}" if where else "Export all groups"
        self.button.tooltip = f"Scope: {self._form.scope}"
        self.button.disabled = is_running or not where
        self._bar.layout.display = None if is_running else "none"
        self._cancel.layout.display = None if is_running else "none"
        self._retry.layout.display = None if self._missing and not is_running else "none"

    def _show_table(self) -> None:
        """List the groups with what was exported, or why not."""
        self._clear_table()
        self._show_buttons()
        if self._batch is None:
            return
        rows = self._batch.table.round({"seconds": 2})
        columns = ["group", "state", "bytes", "seconds", "error"]
        self._table = TableView(rows, label="groups", columns=nonempty_columns(rows, columns), styles=_STYLES, rows=8)
        self._table.on_select(self._background.guarded(self._open_selected))
        self._table_box.children = (self._table.widget,)

    def _open_selected(self) -> None:
        """Explore the export of the selected group, or show the whole error; the table shows its beginning."""
        if self._table is None or self._batch is None:
            return
        selected = self._table.selected
        self._error.value = error_note("".join(selected["error"].dropna()))
        for label in selected["label"]:
            if label in self._batch.exports:
                self._explore(self._batch.exports[label])

    def _clear_table(self) -> None:
        before, self._table = self._table, None
        self._table_box.children = ()
        self._error.value = ""
        if before is not None:
            before.close()


def _progress(batch: ExportBatch) -> str:
    failed = len(batch.failures)
    return f"{len(batch.exports)} of {len(batch)} groups exported" + (f", {failed} failed" if failed else "")
