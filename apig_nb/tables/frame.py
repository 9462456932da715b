"""Build DataFrames whose columns and dtypes do not depend on the rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from apig_nb.definition.values import json_text
from apig_nb.errors import DocumentError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from pandas.api.extensions import ExtensionArray

    from apig_nb.definition import ApiDefinition

TEXT = "str"
"""Text, or NaN."""
LIST = "object"
"""A tuple of texts, empty if there are none; hashable, so that it can be grouped by and compared."""
WHOLE = "Int64"
"""Integers, or NA."""
NUMBER = "float64"
"""Numbers, or NaN."""
FLAG = "bool"
"""True or False, never missing."""
MAYBE = "boolean"
"""True, False, or NA."""

KEYS = {"method": TEXT, "path": TEXT}
"""The columns that join the tables."""

MAX_ROWS: Final = 500_000
"""The maximum number of rows that one document gives a table."""

Row: TypeAlias = tuple[object, ...]


class Table(NamedTuple):
    """A table of a definition.

    Attributes:
        columns: name → dtype.
        rows: the rows of a definition, with the values of the columns in their order.
    """

    columns: Mapping[str, str]
    rows: Callable[[ApiDefinition], Iterable[Row]]

    def values(self, definition: ApiDefinition) -> list[tuple[Any, ...]]:
        """Return the values of each column.

        Raises:
            DocumentError: there are more than `MAX_ROWS` rows.
        """
        rows = list(islice(self.rows(definition), MAX_ROWS + 1))
        if len(rows) > MAX_ROWS:
            raise DocumentError(f"this table would have more than {MAX_ROWS:,} rows; export fewer APIs at once")
        return list(zip(*rows, strict=True)) or [()] * len(self.columns)

    def frame(self, definition: ApiDefinition) -> pd.DataFrame:
        """Build the DataFrame of one definition; raises like `values`."""
        return frame(self.columns, self.values(definition))


def frame(columns: Mapping[str, str], values: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """Build a DataFrame from columns (name → dtype) and the values of each."""
    # Late: importing pandas takes longer than `import apig_nb` with everything else.
    import pandas as pd

    return pd.DataFrame(arrays(columns, values), index=pd.RangeIndex(len(values[0])), copy=False)


def arrays(
    columns: Mapping[str, str], values: Sequence[Sequence[Any] | np.ndarray]
) -> dict[str, ExtensionArray | np.ndarray]:
    """Return the array of each column."""
    return {name: _array(own, dtype) for (name, dtype), own in zip(columns.items(), values, strict=True)}


def _array(values: Sequence[Any] | np.ndarray, dtype: str) -> ExtensionArray | np.ndarray:
    # Late, as in `frame`.
    import numpy as np
    import pandas as pd

    if dtype == FLAG:
        return np.fromiter(values, bool, len(values))
    # As an array of objects, because pandas would infer a type from a list.
    objects = values if isinstance(values, np.ndarray) else np.fromiter(values, object, len(values))
    if dtype == LIST:
        return objects
    # Where pyarrow is installed, pandas would copy a text into each row; a hostile document repeats long ones.
    kept: Any = pd.StringDtype("python", na_value=np.nan) if dtype == TEXT else dtype
    array: ExtensionArray = pd.array(objects, dtype=kept, copy=False)
    return array


def rest(extensions: Mapping[str, Any]) -> str | None:
    """Return the extensions that no column shows as JSON; `None` if there are none."""
    return json_text(dict(extensions)) if extensions else None
