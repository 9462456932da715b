"""Every group of the chosen gateway exported, a few at a time, with what failed in a table."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import ipywidgets

from apig_nb.errors import ArgumentError
from apig_nb.widgets.background import Background
from apig_nb.widgets.error_text import in_words
from apig_nb.widgets.form import ExportForm
from apig_nb.widgets.html import error_note, progress_bar, status
from apig_nb.widgets.table import TableView, telling

if TYPE_CHECKING:
    from apig_nb.client.batch import ExportBatch
    from apig_nb.client.client import Client
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
        self._batch: ExportBatch | None = None
        # Of that batch, what was handed on, by label.
        self._told: set[str] = set()
        self._button = ipywidgets.Button(description="Export all groups", layout={"width": "auto"})
        self._again = ipywidgets.Button(description="Try the rest again", layout={"width": "auto", "display": "none"})
        self._cancel = ipywidgets.Button(description="Cancel", layout={"display": "none"})
        self._words = ipywidgets.HTML()
        self._words.add_class("apig-grow")
        self._rest = ipywidgets.VBox()
        self._table: TableView | None = None
        self._why = ipywidgets.HTML()
        self._bar = ipywidgets.HTML()
        row = ipywidgets.HBox([self._button, self._again, self._cancel, self._bar, self._words])
        row.add_class("apig-row")
        self.widget = ipywidgets.VBox([row, self._rest, self._why])
        self._button.on_click(background.guarded(lambda _button: self._start_all()))
        self._again.on_click(background.guarded(lambda _button: self._start_rest()))
        self._cancel.on_click(background.guarded(lambda _button: self._stop()))

    def close(self) -> None:
        """Take it off the page."""
        self._clear_rest()

    @property
    def _missing(self) -> dict[str, ExportRequest]:
        """What was asked for and not handed on, by label."""
        every = self._batch.requests if self._batch else {}
        return {label: request for label, request in every.items() if label not in self._told}

    def _requests(self, client: Client) -> list[ExportRequest]:
        chosen = self._form.chosen
        if "env_id" not in chosen:
            raise ArgumentError("env_id", None, "choose an environment first")
        fields = {name: chosen[name] for name in _OF_FORM if name in chosen}
        return client.requests(env=chosen["env_id"], gateway=chosen.get("instance_id"), **fields)

    def _start_all(self) -> None:
        self._batch = None
        self._start(self._requests)

    def _start_rest(self) -> None:
        rest = list(self._missing.values())
        self._start(lambda _client: rest)

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
            self._show_rest()

        self._words.value = status("looking for groups…")
        self._clear_rest()
        self._background.run("all groups", export, done, self._failed, cancelled=cancelled)
        self._show_buttons()

    def _stop(self) -> None:
        if self._background.cancel("all groups"):
            how_far = f": {_how_far(self._batch)}; what came is kept" if self._batch else ""
            self._words.value = status(f"cancelled{how_far}")
        self._show_rest()

    def _show_progress(self, batch: ExportBatch, told: set[str]) -> None:
        """Say how far it is, and hand on what came since."""
        self._batch, self._told = batch, told
        for label, export in batch.exports.items():
            if label not in told:
                told.add(label)
                self._came(export)
        self._words.value = status(_how_far(batch))
        self._bar.value = progress_bar(len(batch.exports) + len(batch.failures), len(batch), "groups")

    def _failed(self, error: Exception) -> None:
        self._words.value = error_note(in_words(error))
        self._show_buttons()

    def _show_buttons(self) -> None:
        is_running = self._background.is_running("all groups")
        self._bar.layout.display = None if is_running else "none"
        self._button.disabled = is_running
        self._cancel.layout.display = None if is_running else "none"
        self._again.layout.display = None if self._missing and not is_running else "none"

    def _show_rest(self) -> None:
        """Name what is missing, each with what went wrong where something did."""
        self._clear_rest()
        self._show_buttons()
        if self._batch is None or not self._missing:
            return
        rows = self._batch.table
        rows = rows[rows["label"].isin(list(self._missing))].reset_index(drop=True)
        columns = ["group", "state", "error"]
        self._table = TableView(rows, label="groups not exported", columns=telling(rows, columns), rows=4)
        self._table.on_select(self._background.guarded(self._show_why))
        self._rest.children = (self._table.widget,)

    def _show_why(self) -> None:
        """The error of the selected row, all of it: a cell has room for its beginning."""
        if self._table is not None:
            self._why.value = error_note("".join(self._table.selected["error"].dropna()))

    def _clear_rest(self) -> None:
        before, self._table = self._table, None
        self._rest.children = ()
        self._why.value = ""
        if before is not None:
            before.close()


def _how_far(batch: ExportBatch) -> str:
    failed = len(batch.failures)
    return f"{len(batch.exports)} of {len(batch)} groups exported" + (f", {failed} failed" if failed else "")
