"""What can be typed to find rows: words for all columns, and a condition for each column."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from apig_nb.widgets.table.column import Column, Mask

TEXT_HINT: Final = "words that stand in it; =text for exactly that, = for no value, != for the opposite"
NUMBER_HINT: Final = "a number's digits; =5, !=5, >5, <=10, 1..5; = for no value, != for any"

_COMPARED: Final = re.compile(r"(!=|<=|>=|=|<|>)(.*)", re.DOTALL)
_RANGE: Final = re.compile(r"([^.]*(?:\.\d+)?)\.\.(.*)", re.DOTALL)


def rows_with_words(columns: Iterable[Column], search: str, count: int) -> Mask:
    """The rows that hold every word of a search, each in any of the columns, in whatever case."""
    found = np.ones(count, dtype=bool)
    every = list(columns)
    for word in search.casefold().split():
        of_word = np.zeros(count, dtype=bool)
        for column in every:
            of_word |= column.where(lambda text, word=word: word in text)  # type: ignore[misc]  # a default binds it
        found &= of_word
    return found


def rows_that_meet(column: Column, condition: str) -> Mask:
    """The rows that meet what is typed for a column.

    Raises:
        ValueError: a number is compared with what is none; the message says which.
    """
    typed = condition.strip()
    compared = _COMPARED.fullmatch(typed)
    sign, operand = compared.groups() if compared else ("", typed)
    operand = operand.strip()
    if sign in ("=", "!=") and not operand:
        without = column.where(lambda text: not text, missing=True)
        return without if sign == "=" else ~without
    if column.is_number and sign:
        return _rows_compared(column, sign, _number(operand))
    span = _RANGE.fullmatch(typed)
    if column.is_number and span:
        return _rows_between(column, *span.groups())
    if sign in ("=", "!="):
        exact = operand.casefold()
        same = column.where(lambda text: text == exact)
        return same if sign == "=" else ~same
    words = typed.casefold().split()
    return column.where(lambda text: all(word in text for word in words), missing=not words)


def _rows_compared(column: Column, sign: str, operand: float) -> Mask:
    if sign == "!=":
        return ~column.where_number(lambda numbers: _mask(numbers == operand))
    compare = {"=": np.equal, ">": np.greater, ">=": np.greater_equal, "<": np.less, "<=": np.less_equal}[sign]
    return column.where_number(lambda numbers: _mask(compare(numbers, operand)))


def _rows_between(column: Column, least: str, most: str) -> Mask:
    low = _number(least) if least.strip() else -math.inf
    high = _number(most) if most.strip() else math.inf
    return column.where_number(lambda numbers: _mask((low <= numbers) & (numbers <= high)))


def _mask(compared: NDArray[Any]) -> Mask:
    return np.asarray(compared, dtype=bool)


def _number(text: str) -> float:
    try:
        return int(text) if text.strip().lstrip("+-").isdecimal() else float(text)
    except ValueError:
        raise ValueError(f"“{text}” is no number") from None
