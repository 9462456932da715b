"""`History`: the snapshots of an archive, to be explored, and the changes of its groups over time."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from functools import partial
from threading import Thread
from typing import TYPE_CHECKING, Final, NamedTuple, TypeVar

import ipywidgets
import pandas as pd
from markupsafe import Markup

from apig_nb.engines import Progress
from apig_nb.export_set import ExportSet
from apig_nb.text import pluralize, visible
from apig_nb.widgets.background import Background
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.html import error_note, html_widget, note, status, title, warning_note
from apig_nb.widgets.progress import AGAIN, ProgressRow
from apig_nb.widgets.table import ColumnStyle, TableView

if TYPE_CHECKING:
    from apig_nb.archive import Archive

Result = TypeVar("Result")

ALL_GROUPS: Final = "all groups"

_MAX_ADDED: Final = 3
"""Added snapshots that are named."""

_STYLES: Final = {
    "day": ColumnStyle("Seen at", "time"),
    "severity": ColumnStyle("Severity", "severity"),
    **{name: ColumnStyle(name.capitalize()) for name in ("rule", "location")},
    "gateway": ColumnStyle("Gateway", gives_way=4),
    "environment": ColumnStyle("Environment", gives_way=3),
    "group": ColumnStyle("Group", gives_way=2),
    "message": ColumnStyle("Change", "sentence"),
    "before": ColumnStyle("Before", "code"),
    "after": ColumnStyle("After", "code"),
    "operations": ColumnStyle("Operation", "operation", gives_way=1),
}
_COLUMNS: Final = ("day", "severity", "gateway", "environment", "group", "operations", "message")
_KEY: Final = ("gateway", "environment", "group")
"""Columns that are shown only if the changes differ in them."""


class _Known(NamedTuple):
    """The snapshots of an archive, newest first, as label and time, and the names of its groups."""

    snapshots: list[tuple[str, pd.Timestamp]]
    groups: list[str]


class _New(NamedTuple):
    """Exports that are to be a snapshot; the time is fixed, so that they can be added again without harm."""

    exports: ExportSet
    time: datetime

    def __str__(self) -> str:
        return f"snapshot {self.time.astimezone():%Y-%m-%d %H:%M:%S} · {pluralize(len(self.exports), 'group')}"


class History:
    """The part of the workbench about an archive.

    Attributes:
        widget: the snapshots and changes of the archive.
        adding: the progress of additions, and what was not added; empty without one.
    """

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
        # Of its own, as the list is read again after an addition, whatever else is read then.
        self._list_progress = ProgressRow(background, "snapshots")
        # Snapshots are added one after the other; the first one is being added.
        self._waiting: deque[_New] = deque()
        self._added: deque[_New] = deque(maxlen=_MAX_ADDED)
        # With the reasons.
        self._not_added: list[tuple[_New, str]] = []
        self._add_progress = ProgressRow(background, "add")
        self._add_message, self._not_added_message = html_widget(), html_widget()
        self._add_again = ipywidgets.Button(description=AGAIN, layout={"display": "none"})
        self._add_again.on_click(guarded(lambda _button: self._add_left()))
        self._table: TableView | None = None
        self._table_box = ipywidgets.VBox()
        row = ipywidgets.HBox([self._snapshot, self._open, self._group, self._changes])
        row.add_class("apig-row")
        row.layout.align_items = "flex-end"
        head = html_widget(title(visible(repr(archive)[1:-1]), 3))
        self.adding = ipywidgets.VBox([self._add_progress.widget, self._not_added_message, self._add_again])
        progress = self._progress.widget
        self.adding.add_class("apig-adding")
        self.widget = ipywidgets.VBox(
            [head, self._add_message, self._list_progress.widget, row, progress, self._message, self._table_box]
        )
        self._show_added()
        self._read_known()

    def add(self, exports: ExportSet) -> None:
        """Add all groups of a gateway, which were exported together, as a snapshot."""
        self._queue(_New(exports, datetime.now(UTC)))

    @property
    def static(self) -> Markup:
        """The first changes as HTML for where no kernel runs; nothing while none are shown."""
        return self._table.static if self._table is not None else Markup()

    def close(self) -> None:
        """Remove the table from the page; snapshots that are not added yet are added."""
        if self._table is not None:
            self._table.close()
        waiting = [*self._waiting]

        def add() -> None:
            for new in waiting:
                with suppress(Exception):  # nothing shows it any more
                    self._archive.add(*new)

        if waiting:
            # Running the cell again closes the view, and must not lose them.
            Thread(target=add, name="apig-add", daemon=True).start()

    def _queue(self, *new: _New) -> None:
        is_adding = bool(self._waiting)
        self._waiting.extend(new)
        self._show_added()
        if not is_adding:
            self._add_next()

    def _add_next(self) -> None:
        if self._waiting:
            new = self._waiting[0]
            # A stop is answered by the archive, as a snapshot that is being written is added nevertheless.
            self._add_progress.run(
                f"adding {new}",
                lambda progress: self._archive.add(*new, progress=progress),
                lambda _time: self._end_add(),
                self._end_add,
                unit="groups",
                hint="Nothing is added when you stop; it can start again.",
            )

    def _end_add(self, error: Exception | None = None) -> None:
        new = self._waiting.popleft()
        if error is None:
            self._added.append(new)
            self._read_known()
        else:
            self._not_added.append((new, "stopped" if isinstance(error, CancelledError) else error_text(error)))
        self._show_added()
        self._add_next()

    def _add_left(self) -> None:
        left, self._not_added = self._not_added, []
        self._queue(*(new for new, _ in left))

    def _show_added(self) -> None:
        waiting = [note(f"waiting: {new}") for new in list(self._waiting)[1:]]
        failed = [warning_note(f"not added: {new}: {reason}") for new, reason in self._not_added]
        added = [status(f"added: {new}") for new in self._added]
        self._add_message.value = Markup().join([*added, *waiting])
        self._not_added_message.value = Markup().join(failed)
        self._add_again.layout.display = None if self._not_added else "none"
        self.adding.layout.display = None if self._waiting or self._not_added else "none"

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
        group = self._group.value
        self._group.options = [ALL_GROUPS, *known.groups]
        self._group.value = group if group in known.groups else ALL_GROUPS
        self._open.disabled = self._changes.disabled = not known.snapshots
        if not known.snapshots:
            self._message.value = note("No snapshot yet. Exporting all groups of a gateway adds one.")

    def _read_known(self) -> None:
        what, work = "reading the list of snapshots", partial(_known, self._archive)
        self._list_progress.run(what, work, self._show_known, self._failed, again=self._read_known)

    def _read_snapshot(self) -> None:
        label, time = self._snapshot.label, self._snapshot.value
        then = partial(self._explore, f"snapshot {label}")
        self._run("opening the snapshot", lambda progress: self._archive.at(time, progress=progress), then)

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


def _known(archive: Archive, progress: Progress) -> _Known:
    names = sorted({*archive.history(progress=progress)["group"]})
    groups = archive.snapshots.groupby("time")["groups"].sum().sort_index(ascending=False)
    times = pd.DatetimeIndex(groups.index)
    labels = [
        f"{time} · {pluralize(int(count), 'group')}"
        for time, count in zip(times.tz_convert(_local()).strftime("%Y-%m-%d %H:%M"), groups, strict=True)
    ]
    return _Known(list(zip(labels, times, strict=True)), names)


def _local() -> tzinfo | None:
    return datetime.now().astimezone().tzinfo
