"""Every group of the chosen gateway exported, a few at a time, with what failed in a table."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import ipywidgets

from apig_nb.errors import FieldError
from apig_nb.widgets.background import Background
from apig_nb.widgets.blame import in_words
from apig_nb.widgets.form import ExportForm
from apig_nb.widgets.html import error_note, progress_bar, status
from apig_nb.widgets.table import TableView

if TYPE_CHECKING:
    from apig_nb.batch import ExportBatch
    from apig_nb.client import Client
    from apig_nb.export import Export
    from apig_nb.request import ExportRequest

_OF_FORM: Final = ("define", "type", "oas_version", "version")
"""Fields of the form that count for every group."""


class AllGroups:
    """A button that exports all groups, and what came of it."""

    def __init__(self, background: Background, form: ExportForm, came: Callable[[Export], None]) -> None:
        """Make the button.

        Args:
            background: runs the calls.
            form: says which client, gateway, environment and scope.
            came: takes each export.
        """
        self._background, self._form, self._came = background, form, came
        self._missing: list[ExportRequest] = []
        self._button = ipywidgets.Button(description="Export all groups", layout={"width": "auto"})
        self._again = ipywidgets.Button(description="Try the rest again", layout={"width": "auto", "display": "none"})
        self._cancel = ipywidgets.Button(description="Cancel", layout={"display": "none"})
        self._words = ipywidgets.HTML()
        self._words.add_class("apig-grow")
        self._failures = ipywidgets.VBox()
        self._table: TableView | None = None
        self._bar = ipywidgets.HTML()
        row = ipywidgets.HBox([self._button, self._again, self._cancel, self._bar, self._words])
        row.add_class("apig-row")
        self.widget = ipywidgets.VBox([row, self._failures])
        self._button.on_click(background.guarded(lambda _button: self._start(self._requests)))
        self._again.on_click(background.guarded(lambda _button: self._start(lambda _client: self._missing)))
        self._cancel.on_click(background.guarded(lambda _button: self._stop()))

    def close(self) -> None:
        """Take it off the page."""
        self._show_failures(None)

    def _requests(self, client: Client) -> list[ExportRequest]:
        chosen = self._form.chosen
        if "env_id" not in chosen:
            raise FieldError("env_id", None, "choose an environment first")
        fields = {name: chosen[name] for name in _OF_FORM if name in chosen}
        return client.requests(env=chosen["env_id"], gateway=chosen.get("instance_id"), **fields)

    def _start(self, requests: Callable[[Client], list[ExportRequest]]) -> None:
        client = self._form.client
        if client is None:
            self._words.value = error_note("connect first")
            return
        cancelled = threading.Event()
        told: set[str] = set()

        def tell(batch: ExportBatch) -> None:
            if not cancelled.is_set():
                self._show_progress(batch, told)

        progress = self._background.guarded(tell)

        def export() -> ExportBatch:
            return client.export_many(requests(client), progress=progress, cancelled=cancelled)

        def done(batch: ExportBatch) -> None:
            self._show_progress(batch, told)
            self._done(batch)

        self._words.value = status("looking for groups…")
        self._show_failures(None)
        self._background.run("all groups", export, done, self._failed, cancelled=cancelled)
        self._show_buttons()

    def _stop(self) -> None:
        if self._background.cancel("all groups"):
            self._words.value = status("cancelled; what came so far is kept")
        self._show_buttons()

    def _show_progress(self, batch: ExportBatch, told: set[str]) -> None:
        """Say how far it is, and hand on what came since."""
        for label, export in batch.exports.items():
            if label not in told:
                told.add(label)
                self._came(export)
        made, failed = len(batch.exports), len(batch.failures)
        words = f"{made} of {len(batch)} groups exported" + (f", {failed} failed" if failed else "")
        self._words.value = status(words)
        self._bar.value = progress_bar(made + failed, len(batch), "groups")

    def _done(self, batch: ExportBatch) -> None:
        self._missing = batch.missing
        self._show_failures(batch)
        self._show_buttons()

    def _failed(self, error: Exception) -> None:
        self._words.value = error_note(in_words(error))
        self._show_buttons()

    def _show_buttons(self) -> None:
        is_running = self._background.is_running("all groups")
        self._bar.layout.display = None if is_running else "none"
        self._button.disabled = is_running
        self._cancel.layout.display = None if is_running else "none"
        self._again.layout.display = None if self._missing and not is_running else "none"

    def _show_failures(self, batch: ExportBatch | None) -> None:
        before, self._table = self._table, None
        self._failures.children = ()
        if before is not None:
            before.close()
        if batch is not None and batch.missing:
            table = batch.table
            missing = table[table["state"] != "made"].reset_index(drop=True)
            self._table = TableView(missing, label="groups not exported", columns=["group", "state", "error"], rows=4)
            self._failures.children = (self._table.widget,)
