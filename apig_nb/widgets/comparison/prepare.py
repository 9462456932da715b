"""A comparison made ready to be shown: all that takes time, and that no widget is needed for."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from apig_nb.compare.comparison import Comparison
from apig_nb.compare.options.options import CompareOptions, read_options
from apig_nb.export import as_export
from apig_nb.widgets.comparison.change_table import change_table, ignored_table

if TYPE_CHECKING:
    import pandas as pd

    from apig_nb.compare.options.options import Ignore
    from apig_nb.export import Comparable

File = str | os.PathLike[str]


@dataclass(frozen=True)
class Made:
    """A comparison with what is shown of it."""

    comparison: Comparison
    changes: pd.DataFrame
    ignored: pd.DataFrame


def make(
    old: Comparable, new: Comparable, ignore: Ignore, severity: Mapping[str, str] | None, file: File | None
) -> Made:
    """Read and compare.

    Args:
        old: what is there now.
        new: what would take its place.
        ignore: as `compare` takes it.
        severity: as `compare` takes it.
        file: an ignore file that counts besides; `None` for no other.

    Raises:
        ApigError: something given is not right.
    """
    options = read_options(ignore, severity)
    if file is not None and file is not ignore:
        options = _both(options, read_options(file, None))
    comparison = Comparison(as_export(old), as_export(new), options)
    return Made(comparison, change_table(comparison.found), ignored_table(comparison.ignored))


def _both(first: CompareOptions, more: CompareOptions) -> CompareOptions:
    """Two policies as one; where they disagree the first one counts."""
    return replace(
        first,
        ignore=(*first.ignore, *more.ignore),
        severity={**more.severity, **first.severity},
        paths={**more.paths, **first.paths},
        addresses={**more.addresses, **first.addresses},
    )
