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
from apig_nb.widgets.html import error_note, progress_bar, status
from apig_nb.widgets.table import TableView, nonempty_columns

if TYPE_CHECKING:
    from apig_nb.client.batch import ExportBatch
    from apig_nb.client.client import Client
    from apig_nb.export import Export
    from apig_nb.request import ExportRequest

_FORM_FIELDS: Final = ("define", "type", "oas_version", "version")
"""Fields of the form that are used for every group."""


class AllGroups:
    """A button that exports all groups, with progress and errors."""

    def __init__(self, background: Background, form: ExportForm, add: Callable[[Export], None]) -> None:
        """Create the button.

        Args:
            background: runs the calls.
            form: the client, gateway, environment and scope to use.
            add: takes each export.
        """
        self._background, self._form, self._add = background, form, add
        self._batch: ExportBatch | None = None
        # Labels of the exports of that batch that were added.
        self._added: set[str] = set()
        self._button = ipywidgets.Button(description="Export all groups", layout={"width": "auto"})
        self._retry = ipywidgets.Button(description="Retry the others", layout={"width": "auto", "display": "none"})
        self._cancel = ipywidgets.Button(description="Cancel", layout={"display": "none"})
        self._message = ipywidgets.HTML()
        self._message.add_class("apig-grow")
        self._failed_box = ipywidgets.VBox()
        self._table: TableView | None = None
        self._error = ipywidgets.HTML()
        self._bar = ipywidgets.HTML()
        row = ipywidgets.HBox([self._button, self._retry, self._cancel, self._bar, self._message])
        row.add_class("apig-row")
        self.widget = ipywidgets.VBox([row, self._failed_box, self._error])
        self._button.on_click(background.guarded(lambda _button: self._start_all()))
        self._retry.on_click(background.guarded(lambda _button: self._start_missing()))
        self._cancel.on_click(background.guarded(lambda _button: self._stop()))

    def close(self) -> None:
        """Remove the table from the page."""
        self._clear_missing()

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
            self._show_missing()

        self._message.value = status("looking for groups…")
        self._clear_missing()
        self._background.run("all groups", export, done, self._failed, cancelled=cancelled)
        self._show_buttons()

    def _stop(self) -> None:
        if self._background.cancel("all groups"):
            progress = f": {_progress(self._batch)}; these are kept" if self._batch else ""
            self._message.value = status(f"cancelled{progress}")
        self._show_missing()

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
        self._bar.layout.display = None if is_running else "none"
        self._button.disabled = is_running
        self._cancel.layout.display = None if is_running else "none"
        self._retry.layout.display = None if self._missing and not is_running else "none"

    def _show_missing(self) -> None:
        """List the groups without an export, with their errors."""
        self._clear_missing()
        self._show_buttons()
        if self._batch is None or not self._missing:
            return
        rows = self._batch.table
        rows = rows[rows["label"].isin(list(self._missing))].reset_index(drop=True)
        columns = ["group", "state", "error"]
        self._table = TableView(rows, label="groups not exported", columns=nonempty_columns(rows, columns), rows=4)
        self._table.on_select(self._background.guarded(self._show_row_error))
        self._failed_box.children = (self._table.widget,)

    def _show_row_error(self) -> None:
        """Show the whole error of the selected row; the table shows its beginning."""
        if self._table is not None:
            self._error.value = error_note("".join(self._table.selected["error"].dropna()))

    def _clear_missing(self) -> None:
        before, self._table = self._table, None
        self._failed_box.children = ()
        self._error.value = ""
        if before is not None:
            before.close()


def _progress(batch: ExportBatch) -> str:
    failed = len(batch.failures)
    return f"{len(batch.exports)} of {len(batch)} groups exported" + (f", {failed} failed" if failed else "")
