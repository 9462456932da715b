"""Tables of several exports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from apig_nb.errors import ArgumentError
from apig_nb.export import Comparable, Export, as_export
from apig_nb.tables import TABLES

if TYPE_CHECKING:
    from pandas import DataFrame


def concat(exports: Mapping[str, Comparable], table: str = "operations") -> DataFrame:
    """Stack one table of several exports.

        apig.concat({"RELEASE": live, "TEST": test})
        apig.concat({"RELEASE": live, "TEST": test}, "backends")

    Args:
        exports: label → export, or anything that `load` accepts.
        table: name of the table.

    Returns:
        A column `export` (`str`) with the label, followed by the columns of the table.

    Raises:
        ArgumentError: there is no such table, or `exports` is empty.
        DocumentError: one of them cannot be read.
    """
    import pandas as pd  # slow to import

    if table not in TABLES:
        raise ArgumentError("table", table, "is not a table", tuple(TABLES))
    frames: list[DataFrame] = [getattr(export, table) for export in labelled_exports(exports).values()]
    stacked = pd.concat(frames, ignore_index=True)
    labels = [label for label, frame in zip(exports, frames, strict=True) for _ in range(len(frame))]
    stacked.insert(0, "export", pd.Series(labels, dtype="str"))
    return stacked


def labelled_exports(exports: Mapping[str, Comparable]) -> dict[str, Export]:
    """Load every export that is not loaded yet.

    Raises:
        ArgumentError: there are none.
        DocumentError: one of them cannot be read.
    """
    if not exports:
        raise ArgumentError("exports", exports, "must contain at least one export")
    return {str(label): as_export(given) for label, given in exports.items()}
