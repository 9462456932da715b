"""Which rows of a DataFrame a table shows and in what order: all of it but the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from apig_nb.text import visible
from apig_nb.widgets.table.column import Column, Mask, Positions
from apig_nb.widgets.table.condition import rows_that_meet, rows_with_words

Cells = list[str | None]


@dataclass(frozen=True)
class Wish:
    """What a reader wants to see. A column is known by its position: a DataFrame may have two of one name.

    Attributes:
        shown: the columns that are shown, in this order.
        search: words, each of which stands in some shown column.
        filters: condition by column.
        sort: the column sorted by and whether the highest comes first; `None` for the order of the DataFrame.
    """

    shown: tuple[int, ...]
    search: str = ""
    filters: Mapping[int, str] = field(default_factory=dict)
    sort: tuple[int, bool] | None = None


class Rows:
    """A DataFrame, looked at as somebody wishes.

    Attributes:
        frame: the DataFrame; not to be changed.
        names: the columns' names as they are shown.
        wish: what is wished for.
        complaints: what is wrong with a condition, by column; such a condition is left out.
        matching: row by row, whether it is found by search and filters.
        order: positions of the rows that are shown, in the order shown.
    """

    def __init__(self, frame: pd.DataFrame, columns: Sequence[str] | None) -> None:
        """Look at a DataFrame as it is; `columns` names those that are shown first, all for `None`."""
        # A copy that shares the cells until one of the two is changed.
        self.frame = frame.copy(deep=False)
        self.names = [visible(str(name)) for name in frame.columns]
        self._columns: dict[int, Column] = {}
        self._restriction: Mask | None = None
        every = range(len(self.names))
        named = every if columns is None else [n for name in columns for n in every if frame.columns[n] == name]
        self.look(Wish(tuple(named)))

    def look(self, wish: Wish) -> None:
        """Find and order the rows anew."""
        self.wish = wish
        self.complaints: dict[int, str] = {}
        self.matching = rows_with_words(self.shown_columns, wish.search, len(self.frame))
        for n, condition in wish.filters.items():
            try:
                self.matching &= rows_that_meet(self.column(n), condition)
            except ValueError as error:
                self.complaints[n] = str(error)
        self._order()

    def restrict(self, mask: Mask | None) -> None:
        """Show no others than these, whatever is searched for."""
        self._restriction = mask
        self._order()

    def column(self, n: int) -> Column:
        """A column by position, made ready when first needed."""
        if n not in self._columns:
            self._columns[n] = Column(self.frame.iloc[:, n], self.names[n])
        return self._columns[n]

    @property
    def shown_columns(self) -> list[Column]:
        """The columns that are shown."""
        return [self.column(n) for n in self.wish.shown]

    def window(self, first: int, last: int) -> list[tuple[int, Cells]]:
        """Rows of what is shown, `last` not among them: position in the DataFrame, and the cells that are shown."""
        columns = self.shown_columns
        return [(row, [column.shown(row) for column in columns]) for row in self.order[first:last].tolist()]

    def index_of(self, position: int) -> int:
        """Where a row of the DataFrame is shown; -1 where it is not."""
        found = np.flatnonzero(self.order == position)
        return int(found[0]) if len(found) else -1

    def legal(self, wish: Wish) -> Wish:
        """A wish as far as it is about columns that are there."""
        count = len(self.names)
        shown = tuple(dict.fromkeys(n for n in wish.shown if 0 <= n < count))
        return replace(
            wish,
            shown=shown,
            # A condition that nobody sees would be a riddle.
            filters={n: text for n, text in wish.filters.items() if n in shown and text.strip()},
            sort=wish.sort if wish.sort and 0 <= wish.sort[0] < count else None,
        )

    def wish_carried_to(self, other: Rows) -> Wish:
        """What was wished for here, for a DataFrame whose columns of the same name may stand elsewhere."""
        there = {told: n for n, told in enumerate(_told_apart(other.frame.columns))}
        new = {n: there.get(told, -1) for n, told in enumerate(_told_apart(self.frame.columns))}
        carried = Wish(
            tuple(new[n] for n in self.wish.shown),
            self.wish.search,
            {new[n]: text for n, text in self.wish.filters.items()},
            (new[self.wish.sort[0]], self.wish.sort[1]) if self.wish.sort else None,
        )
        return other.legal(carried)

    def _order(self) -> None:
        found = self.matching if self._restriction is None else self.matching & self._restriction
        self.order: Positions
        if self.wish.sort is None:
            self.order = np.flatnonzero(found)
        else:
            column, descending = self.wish.sort
            in_order = self.column(column).sorted(descending=descending)
            self.order = in_order[found[in_order]]


def _told_apart(names: Iterable[Any]) -> list[tuple[Any, int]]:
    """Names that may stand more than once, each with how often it was there before."""
    seen: Counter[Any] = Counter()
    told = []
    for name in names:
        told.append((name, seen[name]))
        seen[name] += 1
    return told
