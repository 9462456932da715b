"""`TableView`: a DataFrame of any length as a table that is sorted, filtered, searched and read with mouse or keyboard.

Only the rows in sight are on the page. The kernel holds the DataFrame, finds and orders the rows, and sends those that
are looked at: tens of thousands of rows open as fast as ten, where a component that sends them all needs seconds and
megabytes for it (itables, 10,000 rows: a second and more; 100,000: half a minute). Cells are sent as text and put on
the page as text, so that no document can smuggle in markup.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import RLock
from typing import TYPE_CHECKING, Any, Final

import numpy as np

# Here, on the thread that makes a form, and not where it is first needed: pandas sets its display options on import,
# and takes a worker thread of ours for a terminal, which would cut every DataFrame that the user shows afterwards.
import pandas as pd

from apig_nb.text import visible
from apig_nb.widgets.display import View, bundle
from apig_nb.widgets.error_text import in_words
from apig_nb.widgets.pluralize import counted, rows_counted
from apig_nb.widgets.table.column import MAX_TEXT, Mask
from apig_nb.widgets.table.condition import NUMBER_HINT, TEXT_HINT
from apig_nb.widgets.table.grid import Grid
from apig_nb.widgets.table.rows import Rows, Wish
from apig_nb.widgets.table.static import static_table

if TYPE_CHECKING:
    import ipywidgets

FIRST_ROWS: Final = 40
"""Rows that are sent before they are asked for, and stand in a notebook saved with the state of its widgets."""

MOST_ROWS: Final = 500
"""Rows that are sent at once."""

MAX_TYPED: Final = 1_000
"""Characters of a search or a condition that are looked at."""

Callback = Callable[[], None]


class TableView(View):
    """A table of a DataFrame, shown as the last line of a cell or as a part of a view.

        table = TableView(export.operations, label="operations", columns=["method", "path", "auth"])
        table

    The search finds rows in which each word stands in some shown column; the field under a column's name takes words,
    `=` and `!=` with a text or alone for no value, and for numbers also `>5`, `<=10`, `1..5`. A click on a column's
    name, or Enter, sorts by it. A click on a row, or Enter, selects it.

    Messages of the page may come on any thread, also while a cell runs: so a long table can be scrolled meanwhile.
    Callbacks are called on that thread.
    """

    def __init__(
        self, frame: pd.DataFrame, *, label: str, columns: Sequence[str] | None = None, rows: int = 12
    ) -> None:
        """Make the table.

        Args:
            frame: what it shows; changes made to it later are not seen.
            label: what its rows are, in the plural, such as `operations`.
            columns: the columns that are shown at first and in what order; the others can be switched on.
            rows: how many rows are in sight; more are scrolled to.
        """
        self._lock = RLock()
        self._label = visible(label)
        self._rows = Rows(frame, columns)
        self._selected: int | None = None
        # Counts what is shown: an answer to an older question is for nobody any more.
        self._version = 0
        self._frames = 0
        self._heard: tuple[str, int] = ("", 0)
        self._select_callbacks: list[Callback] = []
        self._filter_callbacks: list[Callback] = []
        self._grid = Grid(label=self._label, height=rows)
        self._grid.on_msg(self._message)
        self._show()

    @property
    def widget(self) -> ipywidgets.DOMWidget:
        """What is shown."""
        return self._grid

    @property
    def frame(self) -> pd.DataFrame:
        """The whole DataFrame. A new one is searched, filtered and sorted as the one before.

        What is about columns that are no longer there is forgotten, and so are the selection and the restriction.
        """
        return self._rows.frame.copy(deep=False)

    @frame.setter
    def frame(self, frame: pd.DataFrame) -> None:
        with self._lock:
            rows = Rows(frame, None)
            wish = self._rows.wish_carried_to(rows)
            rows.look(wish if wish.shown else Wish(rows.wish.shown, wish.search))
            self._rows = rows
            self._frames += 1
            was_selected, self._selected = self._selected is not None, None
            self._show()
        if was_selected:
            self._call(self._select_callbacks)
        self._call(self._filter_callbacks)

    @property
    def filtered(self) -> pd.DataFrame:
        """The rows that are shown, in the order shown, with all columns; a copy."""
        with self._lock:
            return self._rows.frame.iloc[self._rows.order].copy()

    @property
    def matching(self) -> pd.Series[bool]:
        """Row by row of `frame`, whether search and filters find it, be it restricted away or not."""
        with self._lock:
            return pd.Series(self._rows.matching, index=self._rows.frame.index)

    @property
    def selected(self) -> pd.DataFrame:
        """The selected row with all columns, or no row; a copy. Also where a filter hides it."""
        with self._lock:
            positions = [] if self._selected is None else [self._selected]
            return self._rows.frame.iloc[positions].copy()

    @property
    def selected_position(self) -> int | None:
        """Position of the selected row in `frame`; `None` for no row."""
        return self._selected

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
            self._show_selected()
        if is_new:
            self._call(self._select_callbacks)

    def restrict(self, mask: pd.Series[bool] | None) -> None:
        """Show no rows but these, whatever is searched for.

        Args:
            mask: a flag for each row of `frame`, in its order; `None` for all rows.

        Raises:
            ValueError: there are more or fewer flags than rows.
        """
        flags: Mask | None = None if mask is None else np.asarray(mask, dtype=bool)
        with self._lock:
            if flags is not None and len(flags) != len(self._rows.frame):
                raise ValueError(f"{len(flags)} flags for {len(self._rows.frame)} rows")
            self._rows.restrict(flags)
            self._show()
        self._call(self._filter_callbacks)

    @property
    def static(self) -> str:
        """The first rows that are shown, as HTML for where no kernel runs."""
        return static_table(self._rows, self._label)

    def on_select(self, callback: Callback) -> None:
        """Call when another row is selected, or none."""
        self._select_callbacks.append(callback)

    def on_filter(self, callback: Callback) -> None:
        """Call when other rows are shown: something is searched for, filtered, restricted, or the DataFrame is new."""
        self._filter_callbacks.append(callback)

    def close(self) -> None:
        """Take the table off the page."""
        self._select_callbacks.clear()
        self._filter_callbacks.clear()
        self._grid.layout.close()
        self._grid.close()

    def __repr__(self) -> str:
        return f"<TableView of {len(self._rows.frame):,} {self._label}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        return bundle(self, self._grid, self.static)

    def _show(self) -> None:
        """Send what is to be seen at the top of the table."""
        with self._lock:
            self._version += 1
            rows, wish = self._rows, self._rows.wish
            shown, total = len(rows.order), len(rows.frame)
            self._grid.state = {
                "version": self._version,
                "frame": self._frames,
                "heard": list(self._heard),
                "columns": [self._column_facts(n) for n in range(len(rows.names))],
                "count": shown,
                "words": (f"{shown:,} of " if shown < total else "") + rows_counted(total, self._label),
                "empty": "" if shown else f"no {self._label} found" if total else f"no {self._label}",
                "note": _note(rows),
                "complaints": [visible(f"{rows.names[n]}: {words}") for n, words in rows.complaints.items()],
                "wrong": list(rows.complaints),
                "wish": {
                    "shown": list(wish.shown),
                    "search": visible(wish.search),
                    "filters": [[n, visible(text)] for n, text in wish.filters.items()],
                    "sort": list(wish.sort) if wish.sort else None,
                },
                "rows": rows.window(0, FIRST_ROWS),
            }
            self._show_selected()

    def _show_selected(self) -> None:
        position = -1 if self._selected is None else self._selected
        self._grid.selected = {"position": position, "index": self._rows.index_of(position)}

    def _column_facts(self, n: int) -> dict[str, object]:
        if n not in self._rows.wish.shown:
            return {"name": self._rows.names[n]}
        column = self._rows.column(n)
        hint = NUMBER_HINT if column.is_number else TEXT_HINT
        return {"name": column.name, "number": column.is_number, "width": column.width, "hint": hint}

    def _message(self, _widget: object, content: Any, _buffers: object) -> None:
        match content:
            case {"rows": [int(first), int(last)], "version": int(version)}:
                self._send_rows(first, last, version)
            case {"select": int(position), "frame": int(frame)} if frame == self._frames:
                if position < len(self._rows.frame):
                    self.select(position if position >= 0 else None)
            case {"wish": dict(wish), "frame": int(frame), "from": [str(view), int(number)]}:
                self._grant(wish, frame, (view, number))

    def _send_rows(self, first: int, last: int, version: int) -> None:
        with self._lock:
            if version == self._version:
                first = max(first, 0)
                rows = self._rows.window(first, min(last, first + MOST_ROWS))
                self._grid.send({"rows": rows, "first": first, "version": version})

    def _grant(self, wish: dict[str, Any], frame: int, heard: tuple[str, int]) -> None:
        with self._lock:
            # Two messages may come on two threads, the later one first.
            is_late = heard[0] == self._heard[0] and heard[1] < self._heard[1]
            if frame != self._frames or is_late:
                return
            self._heard = heard
            found = self._rows.matching
            self._rows.look(self._rows.legal(_read(wish)))
            is_other = not np.array_equal(found, self._rows.matching)
            self._show()
        if is_other:
            self._call(self._filter_callbacks)

    def _call(self, callbacks: list[Callback]) -> None:
        """Tell whoever listens; an error, which nobody else would ever see, is shown beside the table."""
        self._grid.trouble = ""
        for callback in list(callbacks):
            try:
                callback()
            except Exception as error:  # noqa: BLE001 - nobody else would ever see it
                self._grid.trouble = visible(in_words(error))


def _read(wish: dict[str, Any]) -> Wish:
    """What the page says is wished for, as far as it is what a page says."""
    filters: dict[int, str] = {}
    for pair in wish.get("filters") or ():
        match pair:
            case [int(column), str(text)]:
                filters[column] = text[:MAX_TYPED]
    sort: tuple[int, bool] | None = None
    match wish.get("sort"):
        case [int(column), bool(descending)]:
            sort = (column, descending)
    shown = tuple(n for n in wish.get("shown") or () if isinstance(n, int))
    return Wish(shown, str(wish.get("search") or "")[:MAX_TYPED], filters, sort)


def _note(rows: Rows) -> str:
    """What is not shown."""
    hidden = len(rows.names) - len(rows.wish.shown)
    parts = []
    if hidden:
        parts.append(f"{counted(hidden, 'more column')} under “Columns”")
    if any(column.is_cut for column in rows.shown_columns):
        parts.append(f"text longer than {MAX_TEXT} characters is cut here, the DataFrame holds all of it")
    return "; ".join(parts)
