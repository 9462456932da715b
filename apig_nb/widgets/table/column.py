"""A column of a DataFrame made ready for what a table does: show, sort, filter and search it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from apig_nb.text import visible

Positions = NDArray[np.intp]
Mask = NDArray[np.bool_]

MAX_TEXT: Final = 200
"""Characters of a cell that are sent to the page; the DataFrame holds all of them."""

_WIDTHS: Final = (7, 24, 40)
"""The least a column takes, what its longest cell may take, and the most that its usual ones take, in digits."""
_LOOKED_AT: Final = 2_000


class Column:
    """The distinct values of a column as text, and which row holds which.

    Each distinct text is searched, compared and folded once, however many rows hold it.

    Attributes:
        name: its name as it is shown.
        is_number: whether its values are compared as numbers.
        texts: the distinct values as text; all of it, for searching.
    """

    def __init__(self, values: pd.Series[Any], name: str) -> None:
        """Make it of a column of any dtype; cells that are no scalars are taken by what `str` says of them."""
        self.name = name
        self.is_number = values.dtype.kind in "iuf"
        self._numbers: NDArray[Any] | None = None
        self.texts: list[str]
        if self.is_number:
            codes, distinct = pd.factorize(values)
            # Of a dtype with missing values, the numbers themselves.
            self._numbers = distinct.to_numpy(dtype=getattr(distinct.dtype, "numpy_dtype", None))
            self.texts = [_number_text(number) for number in self._numbers.tolist()]
        else:
            objects = values.to_numpy(dtype=object)
            texts = np.array([None] * len(objects), dtype=object)
            there = ~values.isna().to_numpy(dtype=bool)
            # What is equal in Python, as 1 and True, may look different: so the texts are told apart, not the values.
            texts[there] = [value if isinstance(value, str) else str(value) for value in objects[there]]
            codes, known = pd.factorize(texts)
            self.texts = known.tolist()
        self._codes = codes.astype(np.int32)

    def shown(self, row: int) -> str | None:
        """The text of a cell, cut where it is long and with control characters made visible; `None` for no value."""
        code = self._codes[row]
        if code < 0:
            return None
        text = self.texts[code]
        return visible(text if len(text) <= MAX_TEXT else f"{text[: MAX_TEXT - 1]}…")

    @cached_property
    def is_cut(self) -> bool:
        """Whether some cell is longer than what is shown of it."""
        return any(len(text) > MAX_TEXT for text in self.texts)

    @cached_property
    def width(self) -> int:
        """How wide the column is best shown, in digits: most of its cells and its name fit, within limits."""
        codes = self._codes[:_LOOKED_AT]
        codes = codes[codes >= 0].tolist()
        known = {code: _digits(self.texts[code]) for code in set(codes)}
        widths = [known[code] for code in codes] or [0]
        least, some, most = _WIDTHS
        usual = max(np.percentile(widths, 95), min(some, max(widths)))
        return int(min(most, max(least, usual, _digits(self.name) + 2))) + 3

    @cached_property
    def folded(self) -> list[str]:
        """The distinct texts without differences of case."""
        return [text.casefold() for text in self.texts]

    def where(self, holds: Callable[[str], bool], *, missing: bool = False) -> Mask:
        """The rows whose folded text is as asked for; `missing` says whether rows without a value are, too."""
        return self._spread([holds(text) for text in self.folded], missing=missing)

    def where_number(self, holds: Callable[[NDArray[Any]], Mask]) -> Mask:
        """The rows whose number is as asked for; of a column of numbers only."""
        if self._numbers is None:
            raise TypeError(f"{self.name} holds no numbers")
        return self._spread(holds(self._numbers).tolist(), missing=False)

    def sorted(self, *, descending: bool) -> Positions:
        """Positions of all rows in order; equal ones stay as they are, those without a value come last."""
        missing = len(self.texts)
        ranks = np.append(missing - 1 - self._ranks if descending else self._ranks, missing)
        return np.argsort(ranks[self._codes], kind="stable")

    @cached_property
    def _ranks(self) -> Positions:
        if self._numbers is not None:
            order = np.argsort(self._numbers, kind="stable")
        else:
            folded, texts = self.folded, self.texts
            order = np.array(sorted(range(len(texts)), key=lambda n: (folded[n], texts[n])), dtype=np.intp)
        ranks = np.empty(len(order), dtype=np.intp)
        ranks[order] = np.arange(len(order))
        return ranks

    def _spread(self, hits: Sequence[bool], *, missing: bool) -> Mask:
        # The code of no value is -1, which is the last one of these.
        return np.array([*hits, missing], dtype=bool)[self._codes]


def _number_text(number: float) -> str:
    if isinstance(number, float):
        return f"{number:.0f}" if number.is_integer() and abs(number) < 1e15 else f"{number:.12g}"
    return str(number)


def _digits(text: str) -> int:
    """Room a text takes; Chinese signs take that of two digits."""
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in text[: _WIDTHS[-1]])
