"""`TableView`: a DataFrame as a table that is sorted, filtered, searched and read with mouse or keyboard.

Only the visible rows are on the page. The kernel holds the DataFrame, finds and orders the rows and sends those that
are scrolled to, so 8,000 rows open in half a second; a component that is sent all rows needs seconds. Cells are sent
as text and set as text, so a document cannot add markup to the page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.util import find_spec
from threading import RLock
from typing import TYPE_CHECKING, Any, Final

import anywidget
import numpy as np

# pandas sets its display options when it is imported. On a worker thread it would take the notebook for a terminal and
# cut every DataFrame that is shown later: so it is imported here, on the thread that creates the form.
import pandas as pd
import traitlets
from markupsafe import Markup

from apig_nb.files import legal_name
from apig_nb.report.formats import csv_text
from apig_nb.table_files import excel_bytes
from apig_nb.text import visible
from apig_nb.widgets.assets import read_module, read_static
from apig_nb.widgets.download_button import File
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.fields import close_tree
from apig_nb.widgets.html import render
from apig_nb.widgets.table.column import MAX_TEXT, ColumnStyle, Mask, without_lists
from apig_nb.widgets.table.query import NUMBER_HINT, TEXT_HINT, TableQuery
from apig_nb.widgets.table.rows import Rows
from apig_nb.widgets.view import View, mime_bundle, view_box

if TYPE_CHECKING:
    import ipywidgets

FIRST_ROWS: Final = 40
"""Rows sent with each query, and kept in a notebook that is saved with the state of its widgets."""

MAX_ROWS_SENT: Final = 500
"""Rows sent in one message."""

STATIC_ROWS: Final = 20
"""Rows shown where no kernel runs."""

Callback = Callable[[], None]


@dataclass
class _Choices:
    """Columns that the user chose, and their widths in pixels, by name."""

    columns: list[str] = field(default_factory=list)
    widths: dict[str, int] = field(default_factory=dict)


_choices: Final[dict[str, _Choices]] = {}
"""Label of a table → what the user chose, kept for the next table of that label in this session."""


def nonempty_columns(frame: pd.DataFrame, columns: Iterable[str] | None = None) -> list[str]:
    """The columns, all or of these names, that have a value in some row; all of them if none has."""
    names = list(frame.columns if columns is None else columns)
    return [name for name in names if without_lists(frame[name]).notna().any()] or names


class Grid(anywidget.AnyWidget):
    """The part of a table on the page.

    State for the page is in traits. Rows that are scrolled to and everything from the page are messages, so nothing
    that is typed is stored in a trait before it is checked.
    """

    _esm = read_module("grid.js")
    _css = read_static("grid.css")
    label = traitlets.Unicode().tag(sync=True)
    height = traitlets.Int().tag(sync=True)
    placeholder = traitlets.Unicode().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)
    selected = traitlets.Dict().tag(sync=True)
    ticked: traitlets.List[int] = traitlets.List().tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)
    formats: traitlets.List[str] = traitlets.List().tag(sync=True)


class TableView(View):
    """A table of a DataFrame, shown as the last line of a cell or as a part of a view.

        table = TableView(export.operations, label="operations", columns=["method", "path", "auth"])
        table

    The search finds rows that contain each word in some visible column. The field under a column's name takes words,
    `=` and `!=` with a text or alone for no value, and for numbers also `>5`, `<=10`, `1..5`. A click on a column's
    name, or Enter, sorts by it. A click on a row, or Enter, selects it. A column of the kind `tick` has boxes, by which
    several rows are chosen.

    Messages of the page may arrive on any thread, also while a cell runs: a table can be scrolled meanwhile.
    Callbacks are called on that thread.
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        *,
        label: str,
        columns: Sequence[str] | None = None,
        styles: Mapping[str, ColumnStyle] | None = None,
        key: Sequence[str] = (),
        actions: Mapping[str, Callable[[int], File | None]] | None = None,
        rows: int = 12,
        placeholder: str = "",
    ) -> None:
        """Create the table.

        Args:
            frame: the DataFrame; later changes to it are not seen.
            label: name of the rows in the plural, such as `operations`.
            columns: the columns shown at first, in this order, where the user did not choose others for tables of this
                label before; the others can be switched on.
            styles: name of a column → its looks.
            key: columns that identify a row, by which selection and ticks are kept in a new DataFrame; of these, the
                ones that both have.
            actions: text of a button in a cell of the kind `action` → called with the position of the row in `frame`;
                the browser downloads a file that it returns.
            rows: number of rows that are visible without scrolling.
            placeholder: shown in the empty search field.
        """
        self._lock = RLock()
        self._label = visible(label)
        self._key = list(key)
        self._actions = actions or {}
        self._rows = self._make_rows(frame, styles, columns)
        self._selected: int | None = None
        self._group: str | None = None
        # Requests for rows of an older version are ignored.
        self._version = 0
        self._frame_number = 0
        # The page, and the number of its last query that was applied.
        self._last_sequence: tuple[str, int] = ("", 0)
        self._select_callbacks: list[Callback] = []
        self._tick_callbacks: list[Callback] = []
        self._filter_callbacks: list[Callback] = []
        self._grid = Grid(
            label=self._label,
            height=rows,
            placeholder=placeholder or f"Search {self._label}",
            # The extra `excel` may not be installed.
            formats=["CSV", "Excel"] if find_spec("xlsxwriter") else ["CSV"],
        )
        self._grid.on_msg(self._handle_message)
        self._box: ipywidgets.VBox | None = None
        self._update()

    @property
    def widget(self) -> ipywidgets.DOMWidget:
        """The widget of the table."""
        return self._grid

    @property
    def frame(self) -> pd.DataFrame:
        """The whole DataFrame. A new one is searched, filtered and sorted like the one before.

        Restriction, conditions of columns that are gone, and a selection that is not found by its key are dropped.
        """
        return self._rows.frame.copy(deep=False)

    @frame.setter
    def frame(self, frame: pd.DataFrame) -> None:
        self.show(frame)

    def show(
        self,
        frame: pd.DataFrame,
        styles: Mapping[str, ColumnStyle] | None = None,
        columns: Sequence[str] | None = None,
    ) -> None:
        """Show another DataFrame; see `frame`.

        Args:
            frame: the DataFrame.
            styles: name of a column → its looks.
            columns: the columns shown where the user did not choose others; without them, those shown now.
        """
        with self._lock:
            rows = self._make_rows(frame, styles, columns)
            self._group_rows(rows)
            query = self._rows.query_for(rows)
            if columns or not query.columns:
                query = replace(query, columns=rows.query.columns).valid_for(len(rows.names))
            rows.apply(query)
            selected = self._position_in(rows, self._selected)
            were_ticked = self._grid.ticked
            ticked = [self._position_in(rows, position) for position in were_ticked]
            self._rows = rows
            self._frame_number += 1
            was_selected, self._selected = self._selected is not None, selected
            self._grid.ticked = sorted(position for position in ticked if position is not None)
            self._update()
        if was_selected:
            self._call(self._select_callbacks)
        if were_ticked:
            self._call(self._tick_callbacks)
        self._call(self._filter_callbacks)

    def _make_rows(
        self, frame: pd.DataFrame, styles: Mapping[str, ColumnStyle] | None, columns: Sequence[str] | None
    ) -> Rows:
        """The rows of a DataFrame with the columns that the user chose or else these."""
        chosen = _choices.setdefault(self._label, _Choices()).columns
        return Rows(frame, [name for name in chosen if name in frame.columns] or columns, styles)

    def _position_in(self, rows: Rows, position: int | None) -> int | None:
        """Position of one of the rows among other rows, found by its key."""
        key = [name for name in self._key if name in rows.frame.columns and name in self._rows.frame.columns]
        if position is None or not key:
            return None
        wanted = self._rows.frame[key].iloc[position]
        found = np.flatnonzero((rows.frame[key] == wanted).all(axis=1).to_numpy())
        return int(found[0]) if len(found) == 1 else None

    @property
    def filtered(self) -> pd.DataFrame:
        """The visible rows in their order, with all columns; a copy."""
        with self._lock:
            return self._rows.frame.iloc[self._rows.order].copy()

    @property
    def matching(self) -> pd.Series[bool]:
        """True for each row of `frame` that search and filters match, whatever the restriction."""
        with self._lock:
            return pd.Series(self._rows.matching, index=self._rows.frame.index)

    @property
    def selected(self) -> pd.DataFrame:
        """The selected row with all columns, or no row; a copy. It may be hidden by a filter."""
        with self._lock:
            positions = [] if self._selected is None else [self._selected]
            return self._rows.frame.iloc[positions].copy()

    @property
    def selected_position(self) -> int | None:
        """Position of the selected row in `frame`; `None` for no row."""
        return self._selected

    @property
    def ticked(self) -> pd.DataFrame:
        """The ticked rows in the order of `frame`, with all columns; a copy. A filter may hide some of them."""
        with self._lock:
            return self._rows.frame.iloc[self._grid.ticked].copy()

    def select(self, position: int | None) -> None:
        """Select a row and scroll to it.

        Args:
            position: its position in `frame`; `None` for no row.

        Raises:
            IndexError: there is no such row.
        """
        with self._lock:
            if position is not None and not 0 <= position < len(self._rows.frame):
                raise IndexError(f"there is no row {position} among {len(self._rows.frame)}")
            is_new = position != self._selected
            self._selected = position
            self._update_selected()
        if is_new:
            self._call(self._select_callbacks)

    def restrict(self, mask: pd.Series[bool] | None) -> None:
        """Show only some rows, whatever is searched for.

        Args:
            mask: a flag for each row of `frame`, in its order; `None` for all rows.

        Raises:
            ValueError: the number of flags is not the number of rows.
        """
        flags: Mask | None = None if mask is None else np.asarray(mask, dtype=bool)
        with self._lock:
            if flags is not None and len(flags) != len(self._rows.frame):
                raise ValueError(f"{len(flags)} flags for {len(self._rows.frame)} rows")
            self._rows.restrict(flags)
            self._update()
        self._call(self._filter_callbacks)

    def group_by(self, column: str | None) -> None:
        """Show rows with the same text in a column under that text, instead of the column; `None` for no groups."""
        with self._lock:
            self._group = column
            self._group_rows(self._rows)
            self._update()

    def _group_rows(self, rows: Rows) -> None:
        names = list(rows.frame.columns)
        rows.group_by(names.index(self._group) if self._group in names else None)

    @property
    def static(self) -> Markup:
        """The first visible rows as HTML for where no kernel runs."""
        rows = self._rows
        count, total = len(rows.order), len(rows.frame)
        first = f"the first {STATIC_ROWS} of " if count > STATIC_ROWS else ""
        found = f" found among {total:,}" if count < total else ""
        shown = [column for column in rows.visible_columns if not column.is_control]
        # JupyterLab aligns cells to the right, which is for numbers only.
        columns = [{"name": one.heading, "alignment": "right" if one.is_number else "left"} for one in shown]
        return render(
            "static_table.html",
            caption=f"{first}{self._count(count)}{found}. Run the notebook to search and sort.",
            columns=columns,
            rows=[[column.plain(row) for column in shown] for row in rows.order[:STATIC_ROWS].tolist()],
        )

    def on_select(self, callback: Callback) -> None:
        """Call when another row is selected, or none."""
        self._select_callbacks.append(callback)

    def on_tick(self, callback: Callback) -> None:
        """Call when other rows are ticked."""
        self._tick_callbacks.append(callback)

    def on_filter(self, callback: Callback) -> None:
        """Call when other rows are visible: after a search, a filter, a restriction, or with a new DataFrame."""
        self._filter_callbacks.append(callback)

    def close(self) -> None:
        """Remove the table from the page."""
        self._select_callbacks.clear()
        self._tick_callbacks.clear()
        self._filter_callbacks.clear()
        self._grid.layout.close()
        self._grid.close()
        if self._box is not None:
            close_tree(self._box)

    def __repr__(self) -> str:
        return f"<TableView of {len(self._rows.frame):,} {self._label}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        if self._box is None and self._grid.comm is not None:
            # Tokens and badges are part of the style of a view.
            self._box = view_box([self._grid])
        return mime_bundle(self, self._box or self._grid, self.static)

    def _count(self, number: int) -> str:
        """Number of rows with their label, which is a plural: a single one is `1 row`."""
        return "1 row" if number == 1 else f"{number:,} {self._label}"

    def _update(self) -> None:
        """Send the state of the table with its first rows."""
        with self._lock:
            self._version += 1
            rows, query = self._rows, self._rows.query
            count, total = len(rows.order), len(rows.frame)
            group = rows.group
            self._grid.state = {
                "version": self._version,
                "frame": self._frame_number,
                "last_sequence": list(self._last_sequence),
                "columns": [self._column_state(n) for n in range(len(rows.names))],
                "group": group.kind if group else "",
                "count": len(rows.lines),
                "total": total,
                "status": (f"{count:,} of " if count < total else "") + self._count(total),
                "empty": "" if count else f"no {self._label} found" if total else f"no {self._label}",
                "note": _note(rows),
                "filter_errors": [visible(f"{rows.names[n]}: {text}") for n, text in rows.filter_errors.items()],
                "invalid": list(rows.filter_errors),
                "query": {
                    "columns": list(query.columns),
                    "search": visible(query.search),
                    "filters": [[n, visible(text)] for n, text in query.filters.items()],
                    "sort": [list(pair) for pair in query.sort],
                },
                "rows": rows.window(0, FIRST_ROWS),
            }
            self._update_selected()

    def _update_selected(self) -> None:
        position = -1 if self._selected is None else self._selected
        self._grid.selected = {"position": position, "index": self._rows.index_of(position)}

    def _column_state(self, n: int) -> dict[str, object]:
        name = self._rows.names[n]
        if n not in self._rows.query.columns:
            return {"name": name, "heading": visible(self._rows.style(n).heading) or name}
        column = self._rows.column(n)
        return {
            "name": name,
            "heading": visible(column.heading),
            "kind": column.kind,
            "number": column.is_number,
            "gives_way": column.gives_way,
            "width": column.width,
            "pixels": _choices[self._label].widths.get(self._rows.labels[n], 0),
            "hint": NUMBER_HINT if column.is_number else TEXT_HINT,
        }

    def _handle_message(self, _widget: object, content: Any, _buffers: object) -> None:
        match content:
            case {"rows": [int(first), int(last)], "version": int(version)}:
                self._send_rows(first, last, version)
            case {"select": int(position), "frame": int(frame)} if frame == self._frame_number:
                if position < len(self._rows.frame):
                    self.select(position if position >= 0 else None)
            case {"tick": int(position), "on": bool(is_on), "frame": int(frame)} if frame == self._frame_number:
                if 0 <= position < len(self._rows.frame):
                    self._tick(position, is_on=is_on)
            case {"download": str(name), "view": str(view)} if name in self._grid.formats:
                self._call([lambda: self._send_file(view, _FORMATS[name](self._label, self._found))])
            case {"action": str(action), "position": int(position), "frame": int(frame), "view": str(view)}:
                if frame == self._frame_number and action in self._actions and position < len(self._rows.frame):
                    self._call([lambda: self._send_file(view, self._actions[action](position))])
            case {"widths": list(widths), "frame": int(frame)} if frame == self._frame_number:
                self._remember_widths(widths)
            case {"query": dict(query), "frame": int(frame), "sequence": [str(page), int(number)]}:
                self._apply(query, frame, (page, number))

    def _tick(self, position: int, *, is_on: bool) -> None:
        with self._lock:
            others = {*self._grid.ticked} - {position}
            self._grid.ticked = sorted(others | {position} if is_on else others)
        self._call(self._tick_callbacks)

    def _send_file(self, view: str, file: File | None) -> None:
        """Send a file to one view of the page, which downloads it."""
        if file is not None:
            name, content = file
            self._grid.send({"view": view, "name": name}, [content])

    @property
    def _found(self) -> pd.DataFrame:
        """The rows found, with the columns shown."""
        shown = [n for n in self._rows.query.columns if not self._rows.column(n).is_control]
        return self._rows.frame.iloc[self._rows.order, shown]

    def _remember_widths(self, widths: list[Any]) -> None:
        names = self._rows.labels
        for pair in widths:
            match pair:
                case [int(n), int(pixels)] if 0 <= n < len(names):
                    _choices[self._label].widths[names[n]] = pixels

    def _send_rows(self, first: int, last: int, version: int) -> None:
        with self._lock:
            if version == self._version:
                first = max(first, 0)
                rows = self._rows.window(first, min(last, first + MAX_ROWS_SENT))
                self._grid.send({"rows": rows, "first": first, "version": version})

    def _apply(self, message: dict[str, Any], frame: int, sequence: tuple[str, int]) -> None:
        with self._lock:
            # Two messages may arrive on two threads, the later one first.
            is_late = sequence[0] == self._last_sequence[0] and sequence[1] < self._last_sequence[1]
            if frame != self._frame_number or is_late:
                return
            self._last_sequence = sequence
            before, columns = self._rows.matching, self._rows.query.columns
            self._rows.apply(TableQuery.from_message(message).valid_for(len(self._rows.names)))
            if columns != self._rows.query.columns:
                _choices[self._label].columns = [self._rows.labels[n] for n in self._rows.query.columns]
            is_changed = not np.array_equal(before, self._rows.matching)
            self._update()
        if is_changed:
            self._call(self._filter_callbacks)

    def _call(self, callbacks: list[Callback]) -> None:
        """Call back; an error, which nothing else would show, is shown beside the table."""
        self._grid.error = ""
        for callback in list(callbacks):
            try:
                callback()
            except Exception as error:  # noqa: BLE001 - nothing else would show it
                self._grid.error = visible(error_text(error))


def _csv(label: str, frame: pd.DataFrame) -> File:
    filled = frame.astype("object").where(frame.notna(), None)
    text = csv_text(map(str, filled.columns), filled.itertuples(index=False, name=None))
    return legal_name(label, ".csv"), text.encode("utf-8")


def _excel(label: str, frame: pd.DataFrame) -> File:
    return legal_name(label, ".xlsx"), excel_bytes({"table": frame})


_FORMATS: Final = {"CSV": _csv, "Excel": _excel}
"""Name of a format → the file of a table; no cell is a formula."""


def _note(rows: Rows) -> str:
    """Explain what is not visible."""
    shown, every = len(rows.query.columns), len(rows.names)
    notes = [f"{shown} of {every} columns"] if shown < every else []
    if any(column.is_cut for column in rows.visible_columns):
        notes.append(f"text longer than {MAX_TEXT} characters is cut here, the DataFrame holds all of it")
    return "; ".join(notes)
