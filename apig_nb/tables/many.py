"""Tables of many definitions, each built as one frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from apig_nb.tables.frame import TEXT, arrays

if TYPE_CHECKING:
    import numpy as np
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

    def packed(self) -> PackedColumns:
        """Return the same columns as arrays.

        In lists, the garbage collector would look at all values again and again: a tenth of the time of 2,000 exports.
        """
        import numpy as np  # late, as in `keyed_frame`

        return PackedColumns(self.counts, [np.fromiter(values, object, len(values)) for values in self.values])


class PackedColumns(NamedTuple):
    """`Columns` as arrays of objects."""

    counts: list[int]
    values: list[np.ndarray]


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
        read[name].counts.append(len(values[0]))
        for own, more in zip(read[name].values, values, strict=True):
            own.extend(more)


def keyed_frame(
    key_columns: Mapping[str, Sequence[str]], columns: Mapping[str, str], parts: Sequence[PackedColumns]
) -> pd.DataFrame:
    """Build a DataFrame with key columns in front, whose values are given for each definition."""
    # Late: importing pandas takes longer than `import apig_nb` with everything else.
    import numpy as np
    import pandas as pd

    counts = [count for part in parts for count in part.counts]
    of_row = np.repeat(np.arange(len(counts)), counts)
    keys = arrays(dict.fromkeys(key_columns, TEXT), list(key_columns.values()))
    of_rows = {name: values.take(of_row) for name, values in keys.items()}
    values = [np.concatenate(own) for own in zip(*(part.values for part in parts), strict=True)]
    return pd.DataFrame({**of_rows, **arrays(columns, values)}, index=pd.RangeIndex(len(of_row)), copy=False)
