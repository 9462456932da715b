"""The changes as a table to read: in the order of the comparison, so that a row's number finds the change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

import pandas as pd

from apig_nb.report import SIGNS

if TYPE_CHECKING:
    from apig_nb.compare.changes import Change

COLUMNS: Final = ("severity", "rule", "operation", "what", "before", "after", "reaches")
"""The columns that are shown at first."""

IGNORED_COLUMNS: Final = ("rule", "operation", "what", "reason")
"""The columns that are shown of what is ignored."""

MAX_NAMED: Final = 10
"""Operations of a change that can be searched for in the table; the rest is counted."""

_MORE: Final = ("category", "effect", "pointer", "fingerprint")
_MORE_OF_IGNORED: Final = ("before", "after", "severity", *_MORE)
NO_IGNORED: Final = pd.DataFrame(columns=[*IGNORED_COLUMNS, *_MORE_OF_IGNORED], dtype="str")


def change_table(changes: Sequence[Change]) -> pd.DataFrame:
    """One row per change; columns: those shown, category, effect, pointer, fingerprint; reaches Int64, others `str`."""
    rows = [
        {
            "severity": f"{SIGNS[change.severity]} {change.severity}",
            "rule": change.rule.id,
            "operation": _operations(change),
            "what": change.location,
            "before": change.before,
            "after": change.after,
            "reaches": len(change.operations),
            "category": change.rule.category,
            "effect": change.rule.effect,
            "pointer": change.pointer,
            "fingerprint": change.fingerprint,
        }
        for change in changes
    ]
    names = (*COLUMNS, *_MORE)
    frame = pd.DataFrame(rows, columns=list(names), dtype="object")
    return frame.astype({name: "Int64" if name == "reaches" else "str" for name in names})


def ignored_table(ignored: pd.DataFrame) -> pd.DataFrame:
    """Of `Comparison.ignored`, what is shown first; all columns `str`."""
    operations = [_named(reached) for reached in ignored["operations"]]
    shown = ignored.assign(operation=pd.array(operations, dtype="str")).rename(columns={"location": "what"})
    return shown[[*IGNORED_COLUMNS, *_MORE_OF_IGNORED]]


def _operations(change: Change) -> str:
    return _named([f"{method} {path}" for method, path in change.operations])


def _named(operations: list[str] | tuple[str, ...]) -> str:
    more = f" and {len(operations) - MAX_NAMED} more" if len(operations) > MAX_NAMED else ""
    return ", ".join(operations[:MAX_NAMED]) + more or "document"
