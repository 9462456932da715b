"""`History`: the snapshots of an archive, to be explored, and the changes of its groups over time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, tzinfo
from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import ipywidgets
import pandas as pd
from markupsafe import Markup

from apig_nb.engines import Progress
from apig_nb.export_set import ExportSet
from apig_nb.text import pluralize, visible
from apig_nb.widgets.background import Background
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.html import error_note, html_widget, note, status, title
from apig_nb.widgets.progress import ProgressRow
from apig_nb.widgets.table import ColumnStyle, TableView

if TYPE_CHECKING:
    from apig_nb.archive import Archive

Result = TypeVar("Result")

ALL_GROUPS: Final = "all groups"

_STYLES: Final = {
    "day": ColumnStyle("Seen at", "time"),
    "severity": ColumnStyle("Severity", "severity"),
    **{name: ColumnStyle(name.capitalize()) for name in ("gateway", "environment", "group", "rule", "location")},
    "message": ColumnStyle("Change", "sentence"),
    "before": ColumnStyle("Before", "code"),
    "after": ColumnStyle("After", "code"),
    "operations": ColumnStyle("Operation", "operation"),
}
_COLUMNS: Final = ("day", "severity", "gateway", "environment", "group", "operations", "message")
_KEY: Final = ("gateway", "environment", "group")
"""Columns that are shown only if the changes differ in them."""


class _Known(NamedTuple):
    """The snapshots of an archive, newest first, as label and time, and the names of its groups."""

    snapshots: list[tuple[str, pd.Timestamp]]
    groups: list[str]


class History:
    """The part of the workbench about an archive."""

    def __init__(
        self,
        background: Background,
        archive: Archive,
        explore: Callable[[str, ExportSet], None],
        changed: Callable[[], None],
    ) -> None:
        """Create the part, and read the list of snapshots.

        Args:
            background: reads the archive.
            archive: the archive.
            explore: called with the name and the exports of a snapshot.
            changed: called when other changes are shown.
        """
        self._background, self._archive, self._explore, self._changed = background, archive, explore, changed
        guarded = background.guarded
        self._snapshot = ipywidgets.Dropdown(description="Snapshot", tooltip="", options=[("none yet", None)])
        self._group = ipywidgets.Dropdown(description="Changes of", tooltip="", options=[ALL_GROUPS])
        for field in (self._snapshot, self._group):
            field.add_class("apig-field")
        self._open = ipywidgets.Button(description="Explore the snapshot", disabled=True)
        self._open.on_click(guarded(lambda _button: self._read_snapshot()))
        self._changes = ipywidgets.Button(description="Show over time", disabled=True)
        self._changes.on_click(guarded(lambda _button: self._read_changes()))
        self._message = html_widget()
        self._progress = ProgressRow(background, "archive")
        self._table: TableView | None = None
        self._table_box = ipywidgets.VBox()
        row = ipywidgets.HBox([self._snapshot, self._open, self._group, self._changes])
        row.add_class("apig-row")
        row.layout.align_items = "flex-end"
        head = html_widget(title(visible(repr(archive)[1:-1]), 3))
        self.widget = ipywidgets.VBox([head, row, self._progress.widget, self._message, self._table_box])
        self._run("reading the list of snapshots", lambda _progress: _known(archive), self._show_known)

    def add(self, exports: ExportSet) -> None:
        """Add all groups of a gateway, which were exported together, as a snapshot."""

        def add() -> _Known:
            self._archive.add(exports)
            return _known(self._archive)

        self._message.value = status("adding a snapshot…")
        self._background.run("adding a snapshot", add, self._show_known, self._failed)

    @property
    def static(self) -> Markup:
        """The first changes as HTML for where no kernel runs; nothing while none are shown."""
        return self._table.static if self._table is not None else Markup()

    def close(self) -> None:
        """Remove the table from the page."""
        if self._table is not None:
            self._table.close()

    def _run(self, what: str, work: Callable[[Progress], Result], then: Callable[[Result], None]) -> None:
        self._message.value = ""
        self._progress.run(what, work, then, self._failed, again=partial(self._run, what, work, then))

    def _failed(self, error: Exception) -> None:
        self._message.value = error_note(error_text(error))

    def _show_known(self, known: _Known) -> None:
        self._message.value = ""
        self._snapshot.options = known.snapshots or [("none yet", None)]
        # The page shows no choice after new options until it changes.
        self._snapshot.index = None
        self._snapshot.index = 0
        self._group.options = [ALL_GROUPS, *known.groups]
        self._open.disabled = self._changes.disabled = not known.snapshots
        if not known.snapshots:
            self._message.value = note("No snapshot yet. Exporting all groups of a gateway adds one.")

    def _read_snapshot(self) -> None:
        label, time = self._snapshot.label, self._snapshot.value
        then = partial(self._explore, f"snapshot {label}")
        self._run("opening the snapshot", lambda _progress: self._archive.at(time), then)

    def _read_changes(self) -> None:
        group = None if self._group.value == ALL_GROUPS else self._group.value
        self._run(
            "comparing the snapshots",
            lambda progress: self._archive.timeline(group=group, progress=progress),
            self._show_changes,
        )

    def _show_changes(self, timeline: pd.DataFrame) -> None:
        days = timeline["time"].dt.tz_convert(_local()).dt.strftime("%Y-%m-%d %H:%M")
        # The newest snapshot first, and of its changes the most severe.
        frame = timeline.assign(day=days).sort_values("time", ascending=False, kind="stable", ignore_index=True)
        columns = [name for name in _COLUMNS if name not in _KEY or frame[name].nunique() > 1]
        if self._table is None:
            hint = "Search, such as a day"
            self._table = TableView(
                frame, label="changes over time", columns=columns, styles=_STYLES, rows=12, placeholder=hint
            )
            self._table_box.children = (self._table.widget,)
        else:
            self._table.show(frame, _STYLES, columns)
        self._changed()


def _known(archive: Archive) -> _Known:
    groups = archive.snapshots.groupby("time")["groups"].sum().sort_index(ascending=False)
    times = pd.DatetimeIndex(groups.index)
    labels = [
        f"{time} · {pluralize(int(count), 'group')}"
        for time, count in zip(times.tz_convert(_local()).strftime("%Y-%m-%d %H:%M"), groups, strict=True)
    ]
    return _Known(list(zip(labels, times, strict=True)), sorted({*archive.history()["group"]}))


def _local() -> tzinfo | None:
    return datetime.now().astimezone().tzinfo
