"""Build DataFrames whose columns and dtypes do not depend on the rows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
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
    arrays = {name: _array(column, dtype) for (name, dtype), column in zip(columns.items(), values, strict=True)}
    return pd.DataFrame(arrays, index=pd.RangeIndex(len(shown)), copy=False)


def _array(values: tuple[Any, ...], dtype: Any) -> ExtensionArray | np.ndarray:
    # Late, as in `frame`.
    import numpy as np
    import pandas as pd

    if dtype == FLAG:
        return np.fromiter(values, bool, len(values))
    # As an array of objects, because pandas would infer a type from a list.
    array: ExtensionArray = pd.array(np.fromiter(values, object, len(values)), dtype=dtype, copy=False)
    return array


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
