"""Exports all groups of the chosen gateway, and lists those that failed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from threading import Event
from typing import TYPE_CHECKING, Final

import ipywidgets
import pandas as pd

from apig_nb.errors import ArgumentError
from apig_nb.export_set import ExportSet
from apig_nb.text import pluralize
from apig_nb.widgets.background import Background
from apig_nb.widgets.download_button import File
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.failed_call import FailedCall
from apig_nb.widgets.form import ExportForm
from apig_nb.widgets.html import display_text, error_note, html_widget, status
from apig_nb.widgets.progress import ProgressRow, Show
from apig_nb.widgets.table import ColumnStyle, TableView, nonempty_columns
from apig_nb.widgets.workbench.export_rows import DOWNLOAD, EXPLORE, read_facts

if TYPE_CHECKING:
    from apig_nb.client.client import Client
    from apig_nb.export import Export
    from apig_nb.export_set import ExportKey
    from apig_nb.request import ExportRequest

_STYLES: Final = {
    **{name: ColumnStyle(name.capitalize()) for name in ("group", "error")},
    "operations": ColumnStyle("Operations", gives_way=2),
    "state": ColumnStyle("State", "state"),
    "kB": ColumnStyle("Size, kB", gives_way=1),
    EXPLORE: ColumnStyle(EXPLORE, "action"),
    DOWNLOAD: ColumnStyle(DOWNLOAD, "action"),
}

_AT_ONCE: Final = 4
"""Groups that are exported at the same time."""

_MAX_NAME: Final = 40
"""Characters of the name of a group that is being exported."""

_FORM_FIELDS: Final = ("define", "type", "oas_version", "version")
"""Fields of the form that are used for every group."""


class AllGroups:
    """A button that exports all groups, with progress and errors."""

    def __init__(
        self,
        background: Background,
        form: ExportForm,
        add: Callable[..., None],
        explore: Callable[[Export], None],
        explore_set: Callable[[ExportSet], None],
        exported: Callable[[ExportSet], None],
        failed: Callable[[Sequence[FailedCall]], None],
    ) -> None:
        """Create the button.

        Args:
            background: runs the calls.
            form: the client, gateway, environment and scope to use.
            add: takes new exports.
            explore: called to explore an export.
            explore_set: called to explore all exports.
            exported: called with the exports of all groups, those that failed included.
            failed: takes the calls that were refused or failed.
        """
        self._exported, self._list_failed = exported, failed
        self._background, self._form, self._add, self._explore = background, form, add, explore
        # Of the last try, and with those of the tries before it.
        self._exports: ExportSet | None = None
        self._every = ExportSet({})
        # Keys of those that were added to the list.
        self._added: set[ExportKey] = set()
        # Gateway, environment and scope of these exports.
        self._what = ""
        self.button = ipywidgets.Button(description="Export all groups", disabled=True)
        self._retry = ipywidgets.Button(description="Retry the others", layout={"display": "none"})
        self._explore_all = ipywidgets.Button(button_style="primary", layout={"display": "none"})
        self._message = html_widget()
        self._table_box = ipywidgets.VBox()
        self._table: TableView | None = None
        self._error = html_widget()
        self._progress = ProgressRow(background, "all groups")
        row = ipywidgets.HBox([self._message, self._explore_all, self._retry])
        row.add_class("apig-row")
        self.widget = ipywidgets.VBox([self._progress.widget, row, self._table_box, self._error])
        self.button.on_click(background.guarded(lambda _button: self._start_all()))
        self._retry.on_click(background.guarded(lambda _button: self._start_missing()))
        self._explore_all.on_click(background.guarded(lambda _button: explore_set(self._every)))
        form.on_choice(self._show_buttons)
        self._show_buttons()

    def close(self) -> None:
        """Remove the table from the page."""
        self._clear_table()

    @property
    def _missing(self) -> list[ExportRequest]:
        """Requests without an export in the list."""
        if self._exports is None:
            return []
        left = [export.request for key, export in self._exports.items() if key not in self._added]
        return [*filter(None, left), *self._exports.missing]

    def _requests(self, client: Client) -> list[ExportRequest]:
        chosen = self._form.chosen
        if "env_id" not in chosen:
            raise ArgumentError("env_id", None, "choose an environment first")
        fields = {name: chosen[name] for name in _FORM_FIELDS if name in chosen}
        return client.requests(env=chosen["env_id"], gateways=chosen.get("instance_id"), **fields)

    def _start_all(self) -> None:
        self._exports, self._every = None, ExportSet({})
        self._what = f"{self._form.where} · {self._form.scope}"
        self._start(self._requests)

    def _start_missing(self) -> None:
        rest = self._missing
        self._start(lambda _client: rest)

    def _start(self, requests: Callable[[Client], list[ExportRequest]]) -> None:
        client = self._form.client
        if client is None:
            self._message.value = error_note("connect first")
            return
        cancelled = Event()
        added: set[ExportKey] = set()
        before = self._every

        def add(exports: ExportSet) -> None:
            if not cancelled.is_set():
                self._add_new(exports, added, before)

        add_on_loop = self._background.guarded(add)

        names = self._form.group_names

        def export(show: Show) -> ExportSet:
            def progress(exports: ExportSet) -> None:
                add_on_loop(exports)
                waiting = [key.group for key in exports.lacking if key not in exports.failures]
                show(len(exports) + len(exports.failures), len(exports) + len(exports.missing), _first(waiting))

            wanted = requests(client)
            show(0, len(wanted), _first([names.get(one.group_id, one.group_id) for one in wanted]))
            return client.export_many(wanted, progress=progress, cancelled=cancelled, concurrency=_AT_ONCE)

        def done(exports: ExportSet) -> None:
            self._add_new(exports, added, before)
            self._list_failed(_failed_calls(exports))
            self._message.value = status(_progress(exports), self._what)
            self._show_table()
            self._exported(self._every)

        self._message.value = ""
        self._clear_table()
        self._progress.run(
            f"exporting all groups of {self._what}",
            export,
            done,
            self._failed,
            unit="groups",
            hint="What is exported already stays when you stop.",
            stopped=self._stopped,
            cancelled=cancelled,
        )
        self._show_buttons()

    def _stopped(self) -> None:
        progress = f": {_progress(self._exports)}; these are kept" if self._exports is not None else ""
        self._message.value = status(f"stopped{progress}")
        if self._exports is not None:
            self._list_failed(_failed_calls(self._exports))
        self._show_table()

    def _add_new(self, exports: ExportSet, added: set[ExportKey], before: ExportSet) -> None:
        """Add the new exports to the list."""
        self._exports, self._added, self._every = exports, added, before | exports
        new = {key: export for key, export in exports.items() if key not in added}
        added.update(new)
        if new:
            self._add(*new.values())

    def _failed(self, error: Exception) -> None:
        self._message.value = error_note(error_text(error))
        self._show_buttons()

    def _show_buttons(self) -> None:
        is_running = self._background.is_running("all groups")
        where, groups = self._form.where, len(self._form.group_names)
        number = f"all {groups:,} groups" if groups else "all groups"
        self.button.description = f"Export {number} of {where}" if where else "Export all groups"
        self.button.tooltip = f"Scope: {self._form.scope}"
        self.button.disabled = is_running or not where
        self._retry.layout.display = None if self._missing and not is_running else "none"
        every = "" if self._every.missing else "all "
        self._explore_all.description = f"Explore {every}{pluralize(len(self._every), 'group')}"
        self._explore_all.layout.display = None if len(self._every) > 1 and not is_running else "none"

    def _show_table(self) -> None:
        """List the groups with what was exported, or why not."""
        self._clear_table()
        self._show_buttons()
        if self._exports is None:
            return
        rows = _frame(self._exports)
        self._table = TableView(
            rows,
            label="groups",
            columns=nonempty_columns(rows),
            styles=_STYLES,
            actions={EXPLORE: self._background.guarded(self._explore_row), DOWNLOAD: self._file_of_row},
            rows=8,
        )
        self._table.on_select(self._background.guarded(self._show_whole_error))
        self._table_box.children = (self._table.widget,)

    def _explore_row(self, position: int) -> None:
        self._explore(self._export_of_row(position))

    def _file_of_row(self, position: int) -> File:
        export = self._export_of_row(position)
        return export.file_name, export.raw

    def _export_of_row(self, position: int) -> Export:
        # The rows with exports come first.
        return list((self._exports or {}).values())[position]

    def _show_whole_error(self) -> None:
        """Show the error of the selected group, of which the table shows the beginning."""
        if self._table is not None:
            self._error.value = error_note("".join(self._table.selected["error"].dropna()))

    def _clear_table(self) -> None:
        before, self._table = self._table, None
        self._table_box.children = ()
        self._error.value = ""
        if before is not None:
            before.close()


def _frame(exports: ExportSet) -> pd.DataFrame:
    """One row per request: its state and size, the error, and the words of the buttons where there is an export."""
    summary = exports.summary
    operations = [read_facts(export).operations for export in exports.values()]
    others = [None] * (len(summary) - len(operations))
    columns = {
        "group": summary["group"],
        "state": ["nothing published" if count == 0 else "exported" for count in operations]
        + summary["state"].iloc[len(operations) :].tolist(),
        "operations": pd.array([*operations, *others], dtype="Int64"),
        "kB": (summary["bytes"] / 1000).round(1),
        "error": summary["error"],
        EXPLORE: pd.Series([EXPLORE] * len(operations) + others, dtype="str"),
        DOWNLOAD: pd.Series([DOWNLOAD] * len(operations) + others, dtype="str"),
    }
    return pd.DataFrame(columns)


def _failed_calls(exports: ExportSet) -> list[FailedCall]:
    # The first keys are those of the missing exports.
    missing = zip(exports.lacking, exports.missing, strict=False)
    return [
        FailedCall(request, "direct", key, error_text(exports.failures[key]), datetime.now(UTC))
        for key, request in missing
        if key in exports.failures
    ]


def _first(groups: Sequence[str]) -> str:
    """The names of the groups that are exported at once: calls begin in the order of the requests."""
    return ", ".join(display_text(name, _MAX_NAME) for name in groups[:_AT_ONCE])


def _progress(exports: ExportSet) -> str:
    failed = len(exports.failures)
    every = len(exports) + len(exports.missing)
    return f"{len(exports)} of {every} groups exported" + (f", {failed} failed" if failed else "")
