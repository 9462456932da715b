"""`TableQuery`: what a user searches, filters and sorts in a table, and the rows that match it."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from apig_nb.widgets.table.column import Column, Mask

TEXT_HINT: Final = "words the text contains; =text for exactly this text, = for no value, != for the opposite"
NUMBER_HINT: Final = "digits of the number; =5, !=5, >5, <=10, 1..5; = for no value, != for any"

MAX_INPUT: Final = 1_000
"""Characters of a search or a condition that count; the rest is cut off."""

_COMPARISON: Final = re.compile(r"(!=|<=|>=|=|<|>)(.*)", re.DOTALL)
_RANGE: Final = re.compile(r"([^.]*(?:\.\d+)?)\.\.(.*)", re.DOTALL)


@dataclass(frozen=True)
class TableQuery:
    """Columns, search, filters and order of a table. Columns are positions: two columns may have the same name.

    Attributes:
        columns: the visible columns in this order.
        search: words; each must be contained in a visible column.
        filters: condition by column.
        sort: columns, each with True for descending, the most important first; none for the order of the DataFrame.
    """

    columns: tuple[int, ...]
    search: str = ""
    filters: Mapping[int, str] = field(default_factory=dict)
    sort: tuple[tuple[int, bool], ...] = ()

    @classmethod
    def from_message(cls, message: dict[str, Any]) -> TableQuery:
        """Parse the query in a message of the page; parts of a wrong type are left out."""
        filters: dict[int, str] = {}
        for pair in message.get("filters") or ():
            match pair:
                case [int(column), str(text)]:
                    filters[column] = text[:MAX_INPUT]
        sort: list[tuple[int, bool]] = []
        for pair in message.get("sort") or ():
            match pair:
                case [int(column), bool(descending)]:
                    sort.append((column, descending))
        columns = tuple(n for n in message.get("columns") or () if isinstance(n, int))
        return cls(columns, str(message.get("search") or "")[:MAX_INPUT], filters, tuple(sort))

    def valid_for(self, count: int) -> TableQuery:
        """The parts of the query that are about the first `count` columns; only visible columns are filtered."""
        columns = tuple(dict.fromkeys(n for n in self.columns if 0 <= n < count))
        filters = {n: text for n, text in self.filters.items() if n in columns and text.strip()}
        sort = tuple({n: (n, descending) for n, descending in self.sort if 0 <= n < count}.values())
        return TableQuery(columns, self.search, filters, sort)


def rows_with_words(columns: Iterable[Column], search: str, count: int) -> Mask:
    """Rows that contain every word of a search, each in any of the columns, in upper or lower case."""
    found = np.ones(count, dtype=bool)
    searched = list(columns)
    for word in search.casefold().split():
        hits = np.zeros(count, dtype=bool)
        for column in searched:
            hits |= column.containing(word)
        found &= hits
    return found


def rows_that_meet(column: Column, condition: str) -> Mask:
    """Rows that meet the condition of a filter field.

    Raises:
        ValueError: a number is compared with something that is no number.
    """
    typed = condition.strip()
    comparison = _COMPARISON.fullmatch(typed)
    sign, operand = comparison.groups() if comparison else ("", typed)
    operand = operand.strip()
    if sign in ("=", "!=") and not operand:
        without = column.where(lambda text: not text, missing=True)
        return without if sign == "=" else ~without
    if column.is_number and sign:
        return _compare(column, sign, _number(operand))
    span = _RANGE.fullmatch(typed)
    if column.is_number and span:
        low, high = span.groups()
        least = _number(low) if low.strip() else -math.inf
        most = _number(high) if high.strip() else math.inf
        return column.where_number(lambda numbers: _mask((least <= numbers) & (numbers <= most)))
    if sign in ("=", "!="):
        exact = operand.casefold()
        same = column.where(lambda text: text == exact)
        return same if sign == "=" else ~same
    words = typed.casefold().split()
    return column.where(lambda text: all(word in text for word in words), missing=not words)


def _compare(column: Column, sign: str, operand: float) -> Mask:
    if sign == "!=":
        return ~column.where_number(lambda numbers: _mask(numbers == operand))
    compare = {"=": np.equal, ">": np.greater, ">=": np.greater_equal, "<": np.less, "<=": np.less_equal}[sign]
    return column.where_number(lambda numbers: _mask(compare(numbers, operand)))


def _mask(compared: NDArray[Any]) -> Mask:
    return np.asarray(compared, dtype=bool)


def _number(text: str) -> float:
    try:
        return int(text) if text.strip().lstrip("+-").isdecimal() else float(text)
    except ValueError:
        raise ValueError(f"“{text}” is not a number") from None
