"""Which columns of a DataFrame are worth their room."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pandas import DataFrame


def telling(frame: DataFrame, columns: Iterable[str] | None = None) -> list[str]:
    """Of some columns, or all, those that say something in some row; the others only push them out of sight."""
    named = list(frame.columns if columns is None else columns)
    return [column for column in named if frame[column].notna().any()] or named
