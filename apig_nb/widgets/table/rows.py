"""The rows of a DataFrame that a table shows, in their order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from apig_nb.text import visible
from apig_nb.widgets.table.column import Column, ColumnStyle, Mask, Positions
from apig_nb.widgets.table.query import TableQuery, rows_that_meet, rows_with_words

Cells = list[str | None]


class Rows:
    """A DataFrame under a query.

    Attributes:
        frame: the DataFrame; not to be changed.
        names: the displayed names of its columns.
        query: the current query.
        filter_errors: message by column for each invalid condition; such a condition is ignored.
        matching: True for each row that search and filters match.
        order: positions of the visible rows in their order.
    """

    def __init__(
        self, frame: pd.DataFrame, columns: Sequence[str] | None, styles: Mapping[str, ColumnStyle] | None = None
    ) -> None:
        """Show all rows of a DataFrame with the columns of these names, or all for `None`."""
        self._styles = styles or {}
        # A shallow copy shares the cells until one of the two is changed.
        self.frame = frame.copy(deep=False)
        self.names = [visible(str(name)) for name in frame.columns]
        self._columns: dict[int, Column] = {}
        self._restriction: Mask | None = None
        every = range(len(self.names))
        positions = every if columns is None else [n for name in columns for n in every if frame.columns[n] == name]
        self.apply(TableQuery(tuple(positions)))

    def apply(self, query: TableQuery) -> None:
        """Find and order the rows of a query."""
        self.query = query
        self.filter_errors: dict[int, str] = {}
        self.matching = rows_with_words(self.visible_columns, query.search, len(self.frame))
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

    def column(self, n: int) -> Column:
        """A column by position, prepared when it is first used."""
        if n not in self._columns:
            self._columns[n] = Column(self.frame.iloc[:, n], self.names[n], self.style(n))
        return self._columns[n]

    def style(self, n: int) -> ColumnStyle:
        """The style of a column by position."""
        return self._styles.get(str(self.frame.columns[n]), ColumnStyle())

    @property
    def visible_columns(self) -> list[Column]:
        """The visible columns."""
        return [self.column(n) for n in self.query.columns]

    def window(self, first: int, last: int) -> list[tuple[int, Cells]]:
        """Visible rows from `first` to before `last`: position in the DataFrame and visible cells."""
        columns = self.visible_columns
        return [(row, [column.display(row) for column in columns]) for row in self.order[first:last].tolist()]

    def index_of(self, position: int) -> int:
        """Index among the visible rows of a row of the DataFrame; -1 if it is not visible."""
        found = np.flatnonzero(self.order == position)
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


def _numbered(names: Iterable[Any]) -> list[tuple[Any, int]]:
    """Each name with the number of earlier columns of that name."""
    seen: Counter[Any] = Counter()
    numbered = []
    for name in names:
        numbered.append((name, seen[name]))
        seen[name] += 1
    return numbered
