"""Table of operations against exports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from apig_nb.compare.comparison import Comparison
from apig_nb.compare.operations.matching import path_shape
from apig_nb.compare.options.options import CompareOptions, Ignore, read_options
from apig_nb.errors import ArgumentError
from apig_nb.export import Comparable, Export, as_export

if TYPE_CHECKING:
    from pandas import DataFrame

ABSENT, SAME, DIFFERS, BREAKING = "absent", "same", "differs", "breaking"

Marks = dict[tuple[str, str], dict[str, str]]
"""Method and shape of the path → label → mark; the first label is that of the first export that has the operation."""


def matrix(exports: Mapping[str, Comparable], *, ignore: Ignore = None) -> DataFrame:
    """Operations against exports, each compared with the first export that has the operation.

    Args:
        exports: label → export, or anything `load` takes; the first is what the others are held against.
        ignore: what is left out and mapped, as in `compare`.

    Returns:
        One row per operation, with method and path; one column per label: `absent`, `same`, `differs`, or `breaking`
        where a client of the first one can fail; all `str`.

    Raises:
        ArgumentError: there are no exports.
    """
    import pandas as pd

    known, options = _exports(exports), read_options(ignore, None)
    shown: dict[tuple[str, str], str] = {}  # the path as the first export that has it writes it
    marks: Marks = {}
    labels = list(known)
    for number, label in enumerate(labels):
        firsts = set()
        for operation in known[label].definition.operations:
            key = (operation.method, path_shape(options.map_path(operation.path)))
            if key not in marks:
                shown[key] = operation.path
                marks[key] = {label: SAME}
            firsts.add(next(iter(marks[key])))
        for earlier in labels[:number]:
            if earlier in firsts:
                _mark(marks, Comparison(known[earlier], known[label], options), options, earlier, label)
    rows = [
        (method, shown[method, shape], *(found.get(label, ABSENT) for label in labels))
        for (method, shape), found in sorted(marks.items(), key=lambda item: (item[0][1], item[0][0]))
    ]
    return pd.DataFrame(rows, columns=["method", "path", *labels], dtype="str")


def _mark(marks: Marks, comparison: Comparison, options: CompareOptions, earlier: str, label: str) -> None:
    """Note how operations of an export differ from those of an earlier one, where that one was their first."""
    operations = comparison.operations
    both = operations[operations["state"].isin(["changed", "unchanged"])]
    for method, path, state, breaking in both[["method", "path", "state", "breaking"]].itertuples(index=False):
        found = marks[method, path_shape(options.map_path(path))]
        if label not in found and next(iter(found)) == earlier:
            found[label] = SAME if state == "unchanged" else BREAKING if breaking else DIFFERS


def _exports(exports: Mapping[str, Comparable]) -> dict[str, Export]:
    if not exports:
        raise ArgumentError("exports", exports, "must hold at least one")
    return {str(label): as_export(given) for label, given in exports.items()}
