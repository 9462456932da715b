"""Rows → a DataFrame with the same columns and dtypes whether there are rows or not."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from apig_nb.definition.values import as_text, json_text
from apig_nb.errors import DocumentError

if TYPE_CHECKING:
    import numpy as np
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
    # Imported here: pandas is half of the start-up time, and only a table needs it.
    import pandas as pd

    shown = list(islice(rows, MAX_ROWS + 1))
    if len(shown) > MAX_ROWS:
        raise DocumentError(f"this table would have more than {MAX_ROWS:,} rows; export fewer APIs at once")
    values = list(zip(*shown, strict=True)) or [()] * len(columns)
    # Most columns of most documents have nothing in them: made once, copied for each.
    blank = cache(lambda dtype: _array((None,) * len(shown), dtype))
    arrays = {
        name: blank(dtype).copy() if _is_blank(column) else _array(column, dtype)
        for (name, dtype), column in zip(columns.items(), values, strict=True)
    }
    return pd.DataFrame(arrays, index=pd.RangeIndex(len(shown)), copy=False)


def _is_blank(values: tuple[Any, ...]) -> bool:
    return not values or (values[0] is None and values.count(None) == len(values))


def _array(values: tuple[Any, ...], dtype: str) -> ExtensionArray | np.ndarray:
    import numpy as np
    import pandas as pd

    if dtype == FLAG:
        return np.fromiter(values, bool, len(values))
    written = np.fromiter(values, object, len(values))
    if dtype not in (WHOLE, MAYBE):
        array: ExtensionArray = pd.array(written, dtype=_dtype(dtype), copy=False)
        return array
    # Left to itself, pandas takes twice as long to find out what mixed values are.
    missing = pd.isna(written)
    written[missing] = 0
    if dtype == WHOLE:
        return pd.arrays.IntegerArray(written.astype("int64"), missing)
    return pd.arrays.BooleanArray(written.astype("bool"), missing)


@cache
def _dtype(name: str) -> Any:
    """The dtype of that name, which pandas looks up among all there are."""
    from pandas.api.types import pandas_dtype

    return pandas_dtype(name)


def joined(items: Collection[object]) -> str | None:
    """Several values in one cell, `None` for no value at all."""
    if not items:
        return None
    try:
        return ", ".join(items) or None  # type: ignore[arg-type]
    except TypeError:  # not all of them are text
        return ", ".join(["null" if item is None else as_text(item) or "" for item in items]) or None


def rest(extensions: Mapping[str, Any]) -> str | None:
    """What no column shows, as JSON; `None` where there is nothing."""
    return json_text(dict(extensions)) if extensions else None
