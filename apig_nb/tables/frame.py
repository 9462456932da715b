"""Rows → a DataFrame with the same columns and dtypes whether there are rows or not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from apig_nb.definition.garbage import collected_later
from apig_nb.definition.values import as_text, json_text
from apig_nb.errors import DocumentError

if TYPE_CHECKING:
    import pandas as pd
    from pandas.api.extensions import ExtensionArray

TEXT = "str"
"""Text; NaN where nothing is written."""
WHOLE = "Int64"
"""Whole numbers; NA where nothing is written."""
NUMBER = "float64"
"""Numbers; NaN where nothing is written."""
FLAG = "bool"
"""True or False, always known."""
MAYBE = "boolean"
"""True, False, or NA where nothing is written."""

KEYS = {"method": TEXT, "path": TEXT}
"""What joins the tables: the method in upper case (`ANY` for the gateway's any-method) and the path as written."""


MAX_ROWS: Final = 500_000
"""How many rows a table may have."""


def frame(columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """Build a DataFrame from rows of scalars, in the order of `columns` (name → dtype).

    Raises:
        DocumentError: there are more than `MAX_ROWS`.
    """
    with collected_later():
        # Imported here: pandas is half of the start-up time, and only a table needs it.
        import pandas as pd

        shown = list(islice(rows, MAX_ROWS + 1))
        if len(shown) > MAX_ROWS:
            raise DocumentError(f"this table would have more than {MAX_ROWS:,} rows; export fewer APIs at once")
        values = list(zip(*shown, strict=True)) or [()] * len(columns)
        named = zip(columns.items(), values, strict=True)
        arrays = {name: _array(column, dtype) for (name, dtype), column in named}
        return pd.DataFrame(arrays, index=pd.RangeIndex(len(shown)), copy=False)


def _array(values: tuple[Any, ...], dtype: Any) -> ExtensionArray:
    import numpy as np
    import pandas as pd

    array: ExtensionArray
    written = np.fromiter(values, object, len(values))
    if not values or (values[0] is None and values.count(None) == len(values)):
        # Said for all rows at once, as nothing is written in most columns of most documents.
        array = pd.Series(None, dtype=dtype, index=range(len(values))).array
    elif dtype in (WHOLE, MAYBE):
        # Left to itself, pandas takes twice as long to find out what mixed values are.
        missing = pd.isna(written)
        written[missing] = 0
        array = (
            pd.arrays.IntegerArray(written.astype("int64"), missing)
            if dtype == WHOLE
            else pd.arrays.BooleanArray(written.astype("bool"), missing)
        )
    else:
        array = pd.array(written, dtype=dtype, copy=False)
    return array


def joined(items: Collection[object]) -> str | None:
    """Several values in one cell, `None` for no value at all."""
    try:
        return ", ".join(items) or None  # type: ignore[arg-type]
    except TypeError:  # not all of them are text
        return ", ".join(["null" if item is None else as_text(item) or "" for item in items]) or None


def rest(extensions: Mapping[str, Any]) -> str | None:
    """What no column shows, as JSON; `None` where there is nothing."""
    return json_text(dict(extensions)) if extensions else None
