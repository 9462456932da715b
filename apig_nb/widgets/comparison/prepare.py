"""A comparison prepared for display. It takes time and uses no widgets, so it runs in a thread."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import pandas as pd

from apig_nb.compare import compare_with
from apig_nb.compare.comparison import Comparison
from apig_nb.compare.options.options import CompareOptions, read_options
from apig_nb.compare.result import COUNTS
from apig_nb.compare.set_comparison import UNCHANGED, SetComparison
from apig_nb.engines import Progress
from apig_nb.export_set import KEY_COLUMNS, ExportKey
from apig_nb.report import SEVERITIES, SIDES
from apig_nb.text import shorten
from apig_nb.widgets.table import ColumnStyle, counts_texts

if TYPE_CHECKING:
    from apig_nb.compare.changes import Change
    from apig_nb.compare.options.options import Ignore
    from apig_nb.widgets.comparison.export_pickers import Side

COLUMNS: Final = ("severity", "group", "operation", "change", "values")
"""Columns of changes that are shown at first; `group` of sets only."""

IGNORED_COLUMNS: Final = ("rule", "operation", "location", "reason")
"""Columns of ignored changes that are shown at first."""

MAX_VALUE: Final = 80
"""Characters of a value in the column of both values."""

MAX_NAMED: Final = 10
"""Operations of a change that are in the table and can be searched; the others are counted."""

STYLES: Final = {
    "severity": ColumnStyle("Severity", "severity"),
    "group": ColumnStyle("API group"),
    "operation": ColumnStyle("Operation", "operation"),
    "change": ColumnStyle("Change", "sentence"),
    "values": ColumnStyle("Before → after", "code", gives_way=1),
    "security": ColumnStyle("Security", "severity"),
    "rule": ColumnStyle("Rule", "code"),
    "location": ColumnStyle("Location"),
    "before": ColumnStyle("Before", "code"),
    "after": ColumnStyle("After", "code"),
    "affects": ColumnStyle("Operations affected"),
    "category": ColumnStyle("Category"),
    "effect": ColumnStyle("Effect"),
    "side": ColumnStyle("Side"),
    "pointer": ColumnStyle("Pointer", "code"),
    "fingerprint": ColumnStyle("Fingerprint", "code"),
    "reason": ColumnStyle("Reason"),
}
"""Looks of the columns of both tables."""

_OTHER_COLUMNS: Final = (
    *("rule", "security", "location", "before", "after", "affects"),
    *("category", "effect", "side", "pointer", "fingerprint"),
)
_OTHER_IGNORED_COLUMNS: Final = (
    *("before", "after", "severity", "category", "effect", "side", "security", "pointer", "fingerprint"),
)
GROUP_STYLES: Final = {
    "group": ColumnStyle("API group"),
    "state": ColumnStyle("State"),
    "changes": ColumnStyle("Changes", "counts"),
    **{name: ColumnStyle(name.capitalize()) for name in COUNTS},
}
"""Looks of the columns of the groups of two sets."""

GROUP_COLUMNS: Final = ("group", "state", "changes")
"""Columns of the groups that are shown at first."""

NO_GROUPS: Final = pd.DataFrame(columns=list(GROUP_STYLES), dtype="str")
NO_IGNORED: Final = pd.DataFrame(columns=[*IGNORED_COLUMNS, *_OTHER_IGNORED_COLUMNS], dtype="str")

File = str | os.PathLike[str]
Compared = Comparison | SetComparison


@dataclass(frozen=True)
class Prepared:
    """A comparison with the tables that are shown of it; `groups` is empty for two exports."""

    comparison: Compared
    changes: pd.DataFrame
    ignored: pd.DataFrame
    groups: pd.DataFrame


def prepare(
    old: Side,
    new: Side,
    ignore: Ignore,
    severity: Mapping[str, str] | None,
    file: File | None,
    progress: Progress,
) -> Prepared:
    """Read and compare two exports or two sets.

    Args:
        old: the current export.
        new: the export that would replace it.
        ignore: as for `compare`.
        severity: as for `compare`.
        file: one more ignore file; `None` for no other.
        progress: as for `compare`.

    Raises:
        ApigError: a document or an argument is not valid.
    """
    options = read_options(ignore, severity)
    if file is not None and file is not ignore:
        options = _merged(options, read_options(file, None))
    comparison = compare_with(old, new, options, progress=progress)
    names, groups = {}, NO_GROUPS
    if isinstance(comparison, SetComparison):
        names = _names_of_groups(comparison)
        groups = _group_table(comparison.summary, names)
    return Prepared(comparison, change_table(comparison.found, names), _ignored_table(comparison.ignored), groups)


def _merged(first: CompareOptions, more: CompareOptions) -> CompareOptions:
    """Two sets of options as one; the first one takes precedence."""
    return replace(
        first,
        ignore=(*first.ignore, *more.ignore),
        severity={**more.severity, **first.severity},
        paths={**more.paths, **first.paths},
        addresses={**more.addresses, **first.addresses},
    )


def change_table(changes: Sequence[Change], names: Mapping[ExportKey, str]) -> pd.DataFrame:
    """One row per change in the order of the comparison; `affects` is Int64, the other columns are `str`.

    Args:
        changes: the changes.
        names: the names of the groups of two sets.
    """
    rows = [
        {
            "severity": f"{change.severity}{' security' if change.rule.security else ''}",
            "rule": change.rule.id,
            "group": change.key and names[change.key],
            "operation": _operations_text([f"{method} {path}" for method, path in change.operations]),
            "change": f"{change.location}: {change.summary}",
            "values": _values_text(change),
            "location": change.location,
            "before": change.before,
            "after": change.after,
            "affects": len(change.operations),
            "category": change.rule.category,
            "effect": change.rule.effect,
            "side": SIDES[change.side] or None,
            "security": "security" if change.rule.security else None,
            "pointer": change.pointer,
            "fingerprint": change.fingerprint,
        }
        for change in changes
    ]
    columns = [*COLUMNS, *_OTHER_COLUMNS]
    frame = pd.DataFrame(rows, columns=columns, dtype="object")
    return frame.astype({name: "Int64" if name == "affects" else "str" for name in columns})


def _names_of_groups(comparison: SetComparison) -> dict[ExportKey, str]:
    """The names of the groups of two sets, with gateway and environment where a set has several of them."""
    sides = (comparison.old, comparison.new)
    same = {
        name: ""
        for name in ("gateway", "environment")
        if all(len({getattr(key, name) for key in side}) <= 1 for side in sides)
    }
    keys = (ExportKey(*key) for key in comparison.summary[list(KEY_COLUMNS)].itertuples(index=False))
    return {key: str(key._replace(**same)) for key in keys}


def _group_table(summary: pd.DataFrame, names: Mapping[ExportKey, str]) -> pd.DataFrame:
    """One row per group of two sets: its name, state and numbers of changes; the most severe first."""
    table = summary.assign(
        group=pd.array(list(names.values()), dtype="str"),
        changes=counts_texts(summary[list(COUNTS)]),
        differs=summary["state"] != UNCHANGED,
    )
    ordered = table.sort_values(["differs", *SEVERITIES], ascending=False, kind="stable", ignore_index=True)
    return ordered[list(GROUP_STYLES)]


def _ignored_table(ignored: pd.DataFrame) -> pd.DataFrame:
    """The columns of `Comparison.ignored` that are shown; all are `str`."""
    operations = [_operations_text(affected) for affected in ignored["operations"]]
    table = ignored.assign(operation=pd.array(operations, dtype="str"))
    return table[[*IGNORED_COLUMNS, *_OTHER_IGNORED_COLUMNS]]


def _values_text(change: Change) -> str | None:
    """Both values in one line; a value that is not there is a dash."""
    if change.before is None and change.after is None:
        return None
    return " → ".join("–" if value is None else shorten(value, MAX_VALUE) for value in (change.before, change.after))


def _operations_text(operations: Sequence[str]) -> str:
    more = f" and {len(operations) - MAX_NAMED} more" if len(operations) > MAX_NAMED else ""
    return ", ".join(operations[:MAX_NAMED]) + more or "document"
