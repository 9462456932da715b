"""`matrix`: a table of the operations of several exports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from apig_nb.compare.comparison import Comparison
from apig_nb.compare.options.options import CompareOptions, Ignore, read_options
from apig_nb.definition.model.operation import path_shape
from apig_nb.errors import ArgumentError
from apig_nb.export import Comparable, Export, as_export
from apig_nb.export_set import ExportSet

if TYPE_CHECKING:
    from pandas import DataFrame

ABSENT, SAME, DIFFERS, BREAKING = "absent", "same", "differs", "breaking"

Marks = dict[tuple[str, str], dict[str, str]]
"""(method, shape of the path) → label → mark; the first label is the first export that has the operation."""


def matrix(exports: Mapping[str, Comparable] | ExportSet, *, ignore: Ignore = None) -> DataFrame:
    """Compare the operations of several exports, each with the first export that has the operation.

    Args:
        exports: label → export, or anything `load` accepts; or a set, whose environments and gateways are the labels.
        ignore: as in `compare`.

    Returns:
        One row per operation: the group, of a set; method, path, and one column per label with `absent`, `same`,
        `differs`, or `breaking` if a caller of the first export can fail; all `str`.

    Raises:
        ArgumentError: `exports` is empty, or `ignore` is invalid.
        DocumentError: one of them cannot be read.
    """
    import pandas as pd  # slow to import

    if not exports:
        raise ArgumentError("exports", exports, "must contain at least one export")
    options = read_options(ignore, None)
    if not isinstance(exports, ExportSet):
        known = {str(label): as_export(given) for label, given in exports.items()}
        rows = _rows(known, list(known), options)
        return pd.DataFrame(rows, columns=["method", "path", *known], dtype="str")
    groups: dict[str, dict[str, Export]] = {}
    for key, export in exports.items():
        groups.setdefault(key.group, {})[str(key._replace(group=""))] = export.copy()
    labels = list(dict.fromkeys(label for known in groups.values() for label in known))
    rows = [(group, *row) for group, known in groups.items() for row in _rows(known, labels, options)]
    return pd.DataFrame(rows, columns=["group", "method", "path", *labels], dtype="str")


def _rows(known: Mapping[str, Export], every: Sequence[str], options: CompareOptions) -> list[tuple[str, ...]]:
    """Return method, path and the marks of each operation, with a mark for every label."""
    shown: dict[tuple[str, str], str] = {}  # path in the first export that has the operation
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
    return [
        (method, shown[method, shape], *(found.get(label, ABSENT) for label in every))
        for (method, shape), found in sorted(marks.items(), key=lambda item: (item[0][1], item[0][0]))
    ]


def _mark(marks: Marks, comparison: Comparison, options: CompareOptions, earlier: str, label: str) -> None:
    """Mark the operations of an export whose first export is `earlier`."""
    operations = comparison.operations
    both = operations[operations["state"].isin(["changed", "unchanged"])]
    for method, path, state, breaking in both[["method", "path", "state", "breaking"]].itertuples(index=False):
        found = marks[method, path_shape(options.map_path(path))]
        if label not in found and next(iter(found)) == earlier:
            found[label] = SAME if state == "unchanged" else BREAKING if breaking else DIFFERS
