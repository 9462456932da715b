"""A column of a DataFrame prepared for display, sorting, filtering and searching."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apig_nb.lazy import cached_property
from apig_nb.text import shorten, visible

Positions = NDArray[np.intp]
Mask = NDArray[np.bool_]

MAX_TEXT: Final = 200
"""Characters of a cell that are sent to the page; the DataFrame holds all of them."""

_MIN_WIDTH, _FULL_WIDTH, _MAX_WIDTH = 7, 24, 40
"""Widths in digits: the smallest, the width up to which the longest cell is shown whole, the largest."""
_MEASURED_ROWS: Final = 2_000


KINDS: Final = (
    "text",
    "time",
    "sentence",
    "code",
    "method",
    "path",
    "operation",
    "authentication",
    "severity",
    "backend",
    "tags",
    "state",
    "counts",
    "meter",
    "action",
    "tick",
)
"""The ways in which the page draws the cells of a column."""

_CONTROLS: Final = ("action", "tick")


def counts_text(counts: Mapping[Any, int]) -> str:
    """The text of a cell of the kind `counts`: the words with their numbers, without those that are 0."""
    return ", ".join(f"{number} {word}" for word, number in counts.items() if number)


def counts_texts(numbers: pd.DataFrame) -> pd.Series[str]:
    """The cells of a column of the kind `counts`: of each row, the numbers by the names of their columns."""
    texts = [counts_text(row) or "none" for row in numbers.to_dict("records")]
    return pd.Series(texts, index=numbers.index, dtype="str")


@dataclass(frozen=True)
class ColumnStyle:
    """The looks of a column.

    Attributes:
        heading: the words at its head; without them, the name of the column.
        kind: one of `KINDS`.
        texts: the texts to display, search and sort in place of the values, one for each row.
        gives_way: its place in the order in which columns are left out where there is no room for all; 0 if it stays.
    """

    heading: str = ""
    kind: str = "text"
    texts: Sequence[str | None] | None = None
    gives_way: int = 0


class Column:
    """The cells of a column as text, and as numbers where they are numbers.

    Attributes:
        name: the displayed name.
        heading: the words at its head.
        kind: one of `KINDS`.
        gives_way: that of the style.
        is_number: True if values are compared as numbers.
        texts: the text of each row, complete; empty for a missing value.
        missing: True for each row without a value.
    """

    def __init__(self, values: pd.Series[Any], name: str, style: ColumnStyle) -> None:
        """Prepare a column of any dtype; other cells than lists and scalars become their `str`."""
        self.name, self.heading, self.kind = name, style.heading or name, style.kind
        self.gives_way = style.gives_way
        if style.texts is not None:
            values = pd.Series(style.texts, dtype="str")
        values = without_lists(values)
        self.is_number = values.dtype.kind in "iuf"
        self.missing: Mask = values.isna().to_numpy(dtype=bool)
        if self.is_number:
            dtype = getattr(values.dtype, "numpy_dtype", None)
            self._numbers = values.fillna(0).to_numpy(dtype=dtype)
            texts = [_number_text(number) for number in self._numbers.tolist()]
        else:
            texts = [value if isinstance(value, str) else str(value) for value in values.to_numpy(dtype=object)]
        self.texts = ["" if missing else text for text, missing in zip(texts, self.missing.tolist(), strict=True)]

    def display(self, row: int) -> str | None:
        """Text of a cell, shortened and with control characters made visible; `None` for a missing value."""
        return None if self.missing[row] else visible(shorten(self.texts[row], MAX_TEXT))

    def plain(self, row: int) -> str | None:
        """The same without the signs for drawing."""
        text = self.display(row)
        return re.sub(r"(?m)^\w+:", "", text).replace("\n", ", ") if text and self.kind == "tags" else text

    @property
    def is_control(self) -> bool:
        """True for buttons and tick boxes, whose texts are only labels."""
        return self.kind in _CONTROLS

    @cached_property
    def is_cut(self) -> bool:
        """True if the display of some cell is shortened."""
        return any(len(text) > MAX_TEXT for text in self.texts)

    @cached_property
    def width(self) -> int:
        """Best width in digits: most of the cells and the name fit, within limits."""
        texts, missing = self.texts[:_MEASURED_ROWS], self.missing[:_MEASURED_ROWS]
        widths = [_width(text) for text, is_missing in zip(texts, missing, strict=True) if not is_missing] or [0]
        usual = max(np.percentile(widths, 95), min(_FULL_WIDTH, max(widths)))
        return int(min(_MAX_WIDTH, max(_MIN_WIDTH, usual, _width(self.heading) + 2))) + 3

    @cached_property
    def casefolded(self) -> list[str]:
        """The texts without differences of case."""
        return [text.casefold() for text in self.texts]

    def containing(self, word: str) -> Mask:
        """Rows whose case-folded text contains a word; of thousands of rows in less than half the time of `where`."""
        return np.array([word in text for text in self.casefolded], dtype=bool)

    def where(self, test: Callable[[str], bool], *, missing: bool = False) -> Mask:
        """Rows whose case-folded text passes a test; `missing` is the result for rows without a value."""
        passed = np.fromiter(map(test, self.casefolded), dtype=bool, count=len(self.texts))
        return np.where(self.missing, missing, passed)

    def where_number(self, test: Callable[[NDArray[Any]], Mask]) -> Mask:
        """Rows whose number passes a test; only for a column of numbers."""
        return test(self._numbers) & ~self.missing

    def sort_keys(self, *, descending: bool) -> tuple[Mask, Positions]:
        """Keys to sort by, the most important first: missing values come last."""
        return self.missing, -self._ranks if descending else self._ranks

    @cached_property
    def _ranks(self) -> Positions:
        if self.is_number:
            return np.unique(self._numbers, return_inverse=True)[1]
        # What is equal without case is ordered with it.
        distinct = sorted(set(self.texts), key=lambda text: (text.casefold(), text))
        ranks = {text: rank for rank, text in enumerate(distinct)}
        return np.fromiter((ranks[text] for text in self.texts), dtype=np.intp, count=len(self.texts))


def without_lists(values: pd.Series[Any]) -> pd.Series[Any]:
    """Join the values of lists; an empty one is a missing value."""
    if values.dtype != object:
        return values
    shown = [(", ".join(map(str, value)) or None) if isinstance(value, tuple) else value for value in values]
    # Not `map`, which infers a type of text that cannot hold half a surrogate pair.
    return pd.Series(shown, index=values.index, dtype=object)


def _number_text(number: float) -> str:
    if isinstance(number, float):
        return f"{number:.0f}" if number.is_integer() and abs(number) < 1e15 else f"{number:.12g}"
    return str(number)


def _width(text: str) -> int:
    """Width of a text in digits; a Chinese character is as wide as two."""
    start = text[:_MAX_WIDTH]
    return len(start) + (0 if start.isascii() else sum(unicodedata.east_asian_width(char) in "WF" for char in start))
