"""Build DataFrames whose columns and dtypes do not depend on the rows."""

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
"""Text, or NaN."""
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
"""The maximum number of rows of a table."""


def frame(columns: Mapping[str, str], rows: Iterable[Sequence[Any]]) -> pd.DataFrame:
    """Build a DataFrame from rows of scalars, in the order of `columns` (name → dtype).

    Raises:
        DocumentError: there are more than `MAX_ROWS`.
    """
    # Late: importing pandas takes longer than `import apig_nb` with everything else.
    import pandas as pd

    shown = list(islice(rows, MAX_ROWS + 1))
    if len(shown) > MAX_ROWS:
        raise DocumentError(f"this table would have more than {MAX_ROWS:,} rows; export fewer APIs at once")
    values = list(zip(*shown, strict=True)) or [()] * len(columns)
    # Most columns of most documents are empty: built once per dtype and copied.
    blank = cache(lambda dtype: _array((None,) * len(shown), dtype))
    arrays = {
        name: blank(dtype).copy() if _is_blank(column) else _array(column, dtype)
        for (name, dtype), column in zip(columns.items(), values, strict=True)
    }
    return pd.DataFrame(arrays, index=pd.RangeIndex(len(shown)), copy=False)


def _is_blank(values: tuple[Any, ...]) -> bool:
    return not values or (values[0] is None and values.count(None) == len(values))


def _array(values: tuple[Any, ...], dtype: str) -> ExtensionArray | np.ndarray:
    # Slow to import.
    import numpy as np
    import pandas as pd

    if dtype == FLAG:
        return np.fromiter(values, bool, len(values))
    written = np.fromiter(values, object, len(values))
    if dtype not in (WHOLE, MAYBE):
        array: ExtensionArray = pd.array(written, dtype=_dtype(dtype), copy=False)
        return array
    # pandas takes twice as long to infer the types of mixed values.
    missing = pd.isna(written)
    written[missing] = 0
    if dtype == WHOLE:
        return pd.arrays.IntegerArray(written.astype("int64"), missing)
    return pd.arrays.BooleanArray(written.astype("bool"), missing)


@cache
def _dtype(name: str) -> Any:
    """Return a dtype by name; pandas searches all dtypes for it."""
    from pandas.api.types import pandas_dtype  # slow to import

    return pandas_dtype(name)


def joined(items: Collection[object]) -> str | None:
    """Join values for one cell; `None` if there are none."""
    if not items:
        return None
    try:
        return ", ".join(items) or None  # type: ignore[arg-type]
    except TypeError:  # not all of them are text
        return ", ".join(["null" if item is None else as_text(item) or "" for item in items]) or None


def rest(extensions: Mapping[str, Any]) -> str | None:
    """Return the extensions that no column shows as JSON; `None` if there are none."""
    return json_text(dict(extensions)) if extensions else None
