"""The rows of a DataFrame that a table shows, in their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from apig_nb.text import shorten, visible
from apig_nb.widgets.table.column import MAX_TEXT, Column, ColumnStyle, Mask, Positions
from apig_nb.widgets.table.query import TableQuery, rows_that_meet, rows_with_words

Cells = list[str | None]


class Rows:
    """A DataFrame under a query.

    Attributes:
        frame: the DataFrame; not to be changed.
        labels: the names of its columns; pandas takes longer for one of them than for all.
        names: the displayed names.
        query: the current query.
        filter_errors: message by column for each invalid condition; such a condition is ignored.
        matching: True for each row that search and filters match.
        order: positions of the visible rows in their order.
        lines: the same with a negative number before the rows of each group, its head.
    """

    def __init__(
        self, frame: pd.DataFrame, columns: Sequence[str] | None, styles: Mapping[str, ColumnStyle] | None = None
    ) -> None:
        """Show all rows of a DataFrame with the columns of these names, or all for `None`."""
        # A shallow copy shares the cells until one of the two is changed.
        self.frame = frame.copy(deep=False)
        self.labels = [str(name) for name in frame.columns]
        self.names = [visible(label) for label in self.labels]
        self._styles = [(styles or {}).get(label, ColumnStyle()) for label in self.labels]
        self._columns: dict[int, Column] = {}
        self._restriction: Mask | None = None
        # The column of the groups, the group of each row, the text of each group; no column for no groups.
        self._group: int | None = None
        self._group_of: Positions = np.empty(0, dtype=np.intp)
        self._group_texts: Sequence[str] = ()
        every = range(len(self.names))
        positions = every if columns is None else [n for name in columns for n in every if frame.columns[n] == name]
        self.apply(TableQuery(tuple(positions)))

    def apply(self, query: TableQuery) -> None:
        """Find and order the rows of a query."""
        self.query = query
        self.filter_errors: dict[int, str] = {}
        searched = (column for column in self.visible_columns if not column.is_control)
        self.matching = rows_with_words(searched, query.search, len(self.frame))
        for n, condition in query.filters.items():
            try:
                self.matching &= rows_that_meet(self.column(n), condition)
            except ValueError as error:
                self.filter_errors[n] = str(error)
        self._order()

    def restrict(self, mask: Mask | None) -> None:
        """Show only these rows, whatever the query; `None` for no restriction."""
        self._restriction = mask
        self._order()

    def group_by(self, n: int | None) -> None:
        """Put rows with the same text in a column after each other, and its text above them instead of in a cell."""
        columns = [other for other in self.query.columns if other not in (n, self._group)]
        if self._group not in (n, None):
            columns.insert(sum(other < self._group for other in columns), self._group)
        self._group = n
        if n is not None:
            self._group_of, texts = pd.factorize(np.array(self.column(n).texts, dtype=object))
            self._group_texts = list(texts)
        self.apply(replace(self.query, columns=tuple(columns)))

    @property
    def group(self) -> Column | None:
        """The column whose texts stand above the rows."""
        return None if self._group is None else self.column(self._group)

    def column(self, n: int) -> Column:
        """A column by position, prepared when it is first used."""
        if n not in self._columns:
            self._columns[n] = Column(self.frame.iloc[:, n], self.names[n], self.style(n))
        return self._columns[n]

    def style(self, n: int) -> ColumnStyle:
        """The style of a column by position."""
        return self._styles[n]

    @property
    def visible_columns(self) -> list[Column]:
        """The visible columns."""
        return [self.column(n) for n in self.query.columns]

    def window(self, first: int, last: int) -> list[tuple[int, Cells]]:
        """Lines from `first` to before `last`: position in the DataFrame and visible cells.

        The head of a group has a negative position, and as cells its text and the number of its rows.
        """
        return [(line, self.cells(line)) for line in self.lines[first:last].tolist()]

    def cells(self, line: int) -> Cells:
        """The visible cells of a line."""
        if line >= 0:
            return [column.display(line) for column in self.visible_columns]
        text = self._group_texts[-1 - line]
        return [visible(shorten(text, MAX_TEXT)), str(self._group_sizes[-1 - line])]

    def index_of(self, position: int) -> int:
        """Index among the lines of a row of the DataFrame; -1 if it is not visible."""
        found = np.flatnonzero(self.lines == position)
        return int(found[0]) if len(found) else -1

    def query_for(self, other: Rows) -> TableQuery:
        """This query for another DataFrame, whose columns of the same names may have other positions."""
        positions = {name: n for n, name in enumerate(_numbered(other.frame.columns))}
        new = {n: positions.get(name, -1) for n, name in enumerate(_numbered(self.frame.columns))}
        query = self.query
        carried = TableQuery(
            tuple(new[n] for n in query.columns),
            query.search,
            {new[n]: text for n, text in query.filters.items()},
            tuple((new[n], descending) for n, descending in query.sort),
        )
        return carried.valid_for(len(other.names))

    def _order(self) -> None:
        found = self.matching if self._restriction is None else self.matching & self._restriction
        self.order: Positions
        if not self.query.sort:
            self.order = np.flatnonzero(found)
        else:
            # numpy sorts by the last key first.
            keys = [key for n, descending in self.query.sort for key in self.column(n).sort_keys(descending=descending)]
            in_order = np.lexsort(keys[::-1])
            self.order = in_order[found[in_order]]
        self.lines = self.order if self._group is None else self._grouped()

    def _grouped(self) -> Positions:
        """Order the rows by group, in the order in which the groups begin, and return the lines."""
        _, first, inverse = np.unique(self._group_of[self.order], return_index=True, return_inverse=True)
        self.order = self.order[np.argsort(first[inverse], kind="stable")]
        groups = self._group_of[self.order]
        self._group_sizes = np.bincount(groups)
        starts = np.flatnonzero(np.diff(groups, prepend=-1))
        return np.insert(self.order, starts, -1 - groups[starts])


def _numbered(names: Iterable[Any]) -> list[tuple[Any, int]]:
    """Each name with the number of earlier columns of that name."""
    seen: Counter[Any] = Counter()
    numbered = []
    for name in names:
        numbered.append((name, seen[name]))
        seen[name] += 1
    return numbered
