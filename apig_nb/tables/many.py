"""Tables of many definitions, each built as one frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from apig_nb.tables.frame import TEXT, arrays

if TYPE_CHECKING:
    import pandas as pd

    from apig_nb.definition import ApiDefinition
    from apig_nb.tables.frame import Table


class Columns(NamedTuple):
    """The columns of a table of many definitions.

    Attributes:
        counts: the number of rows of each definition.
        values: the values of each column.
    """

    counts: list[int]
    values: list[list[Any]]

    def extend(self, counts: Sequence[int], values: Sequence[Sequence[Any]]) -> None:
        """Add the rows of further definitions."""
        self.counts.extend(counts)
        for own, more in zip(self.values, values, strict=True):
            own.extend(more)


def no_rows(tables: Mapping[str, Table]) -> dict[str, Columns]:
    """Return the columns of some tables, of no definition yet."""
    return {name: Columns([], [[] for _ in table.columns]) for name, table in tables.items()}


def add_rows(read: Mapping[str, Columns], tables: Mapping[str, Table], definition: ApiDefinition) -> None:
    """Add the rows of a definition, which is then not needed any more.

    Raises:
        DocumentError: a table has too many rows.
    """
    for name, table in tables.items():
        values = table.values(definition)
        read[name].extend([len(values[0])], values)


def keyed_frame(key_columns: Mapping[str, Sequence[str]], columns: Mapping[str, str], read: Columns) -> pd.DataFrame:
    """Build a DataFrame with key columns in front, whose values are given for each definition."""
    # Late: importing pandas takes longer than `import apig_nb` with everything else.
    import numpy as np
    import pandas as pd

    of_row = np.repeat(np.arange(len(read.counts)), read.counts)
    keys = arrays(dict.fromkeys(key_columns, TEXT), list(key_columns.values()))
    of_rows = {name: values.take(of_row) for name, values in keys.items()}
    return pd.DataFrame({**of_rows, **arrays(columns, read.values)}, index=pd.RangeIndex(len(of_row)), copy=False)
