"""The table of exports: where each is from, and what changed since the one before."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from threading import Event
from typing import Final, NamedTuple
from weakref import WeakKeyDictionary

import pandas as pd

from apig_nb.compare import compare
from apig_nb.errors import ApigError, DocumentError
from apig_nb.export import Export
from apig_nb.export_set import ExportKey, key_of
from apig_nb.report import SEVERITIES
from apig_nb.request import find_scope
from apig_nb.text import visible
from apig_nb.widgets.explorer import forgetful
from apig_nb.widgets.failed_call import FailedCall
from apig_nb.widgets.table import ColumnStyle, counts_text

EXPLORE, COMPARE, DOWNLOAD, RETRY = "Explore", "Compare", "Download", "Retry"
"""Buttons of a row."""

TICK: Final = "tick"
"""Column of the tick boxes."""

FIRST: Final = "first of its kind"

FAILED: Final = "failed: "
"""Begins the reason of a failed call, in place of what changed."""

STYLES: Final = {
    TICK: ColumnStyle("Select", "tick"),
    **{name: ColumnStyle(name.capitalize()) for name in ("environment", "group")},
    "scope": ColumnStyle("Scope", gives_way=1),
    "operations": ColumnStyle("Operations", gives_way=2),
    "exported": ColumnStyle("Exported", "time", gives_way=4),
    "gateway": ColumnStyle("Gateway", gives_way=5),
    "since": ColumnStyle("Since previous", "counts"),
    "export": ColumnStyle("Export"),
    "standard": ColumnStyle("Standard"),
    "kB": ColumnStyle("Size, kB"),
    **{name: ColumnStyle(name, "action") for name in (EXPLORE, COMPARE)},
    DOWNLOAD: ColumnStyle(DOWNLOAD, "action", gives_way=3),
}

_COLUMNS: Final = (
    *(TICK, "gateway", "environment", "group", "scope", "exported", "operations", "since"),
    *(EXPLORE, COMPARE, DOWNLOAD),
)

Pair = tuple[Export, Export]
"""An export and the one before it, of the same group, environment and gateway; the older one first."""


class Facts(NamedTuple):
    """Facts of a document that a row shows.

    Attributes:
        standard: the standard.
        operations: the number of operations; `None` for a document that cannot be read.
        key: gateway, environment and group.
    """

    standard: str
    operations: int | None
    key: ExportKey


_facts: Final[WeakKeyDictionary[Export, Facts]] = WeakKeyDictionary()
"""Each document is read once for all rows, and is not kept."""


def read_facts(export: Export) -> Facts:
    """Read an export, or return what was read of it before."""
    if export not in _facts:
        one = forgetful(export)
        try:
            _facts[export] = Facts(one.definition.standard, len(one.definition.operations), key_of(one))
        except DocumentError:
            _facts[export] = Facts("cannot be read", None, ExportKey(group=export.group or export.source or ""))
    return _facts[export]


def keys_of(exports: Mapping[str, Export]) -> dict[str, ExportKey]:
    """The key of each export, with what only others of the session tell.

    A file does not say its project, so it takes that of another export of its group. An export by the id of a gateway
    takes the name that another export has for it.
    """
    requests = ((export.request, export.gateway) for export in exports.values())
    names = {request.instance_id: name for request, name in requests if request and name}
    own = {label: read_facts(export).key for label, export in exports.items()}
    keys = {label: key._replace(gateway=names.get(key.gateway, key.gateway)) for label, key in own.items()}
    projects = {key[1:]: key.project for key in keys.values() if key.project}
    return {
        label: key if key.project else key._replace(project=projects.get(key[1:], "")) for label, key in keys.items()
    }


def previous(exports: Mapping[str, Export]) -> dict[str, str]:
    """The label of the last export before each one that is of the same group, environment and gateway.

    Args:
        exports: the exports by label, oldest first.
    """
    return _previous(keys_of(exports))


def _previous(keys: Mapping[str, ExportKey]) -> dict[str, str]:
    last: dict[ExportKey, str] = {}
    found = {}
    for label, key in keys.items():
        if key in last:
            found[label] = last[key]
        last[key] = label
    return found


def count_changes(pairs: list[Pair], counts: dict[Pair, str], cancelled: Event) -> None:
    """Compare pairs of exports, and add the number of changes of each to the counts."""
    for old, new in pairs:
        if cancelled.is_set():
            return
        try:
            counts[old, new] = _changes(old, new)
        except ApigError as error:
            counts[old, new] = f"not compared: {error}"


def _changes(old: Export, new: Export) -> str:
    if old.canonical_hash == new.canonical_hash:
        return "no difference"
    comparison = compare(forgetful(old), forgetful(new))
    found = comparison.changes["severity"].tolist()
    counts = counts_text({severity: found.count(severity) for severity in SEVERITIES})
    no_change = "no difference" if comparison.not_compared.empty else "no difference in what both contain"
    return counts or no_change


def export_frame(
    exports: Mapping[str, Export], counts: Mapping[Pair, str], failed: Mapping[str, FailedCall]
) -> pd.DataFrame:
    """One row per export, newest first, and above them one per failed call.

    Args:
        exports: the exports by label, oldest first.
        counts: the numbers of changes.
        failed: the failed calls by label, oldest first.
    """
    keys = keys_of(exports)
    before = _previous(keys)
    rows = [
        {
            TICK: f"Select {label}",
            **_origin(export, keys[label]),
            "since": counts.get((exports[before[label]], export), "…") if label in before else FIRST,
            "export": label,
            "kB": round(export.size / 1000, 1),
            EXPLORE: EXPLORE,
            COMPARE: COMPARE if len(exports) > 1 else None,
            DOWNLOAD: DOWNLOAD,
        }
        for label, export in exports.items()
    ]
    rows += [
        {TICK: f"Select {label}", **_failed_cells(call), "export": label, EXPLORE: RETRY}
        for label, call in failed.items()
    ]
    dtypes = dict.fromkeys(STYLES, "str") | {"operations": "Int64", "kB": "float64"}
    return pd.DataFrame(rows[::-1], columns=list(STYLES)).astype(dtypes)


def first_columns(frame: pd.DataFrame) -> list[str]:
    """The columns that are shown at first: the gateway only if the exports differ in it."""
    has_gateways = frame["gateway"].nunique(dropna=False) > 1
    return [name for name in _COLUMNS if name != "gateway" or has_gateways]


def _failed_cells(call: FailedCall) -> dict[str, object]:
    return {
        **_names(call.key),
        "scope": _scope_words(call.request.define),
        "exported": _minute(call.time),
        "since": f"{FAILED}{call.reason}" if call.reason else "trying again…",
    }


def _origin(export: Export, key: ExportKey) -> dict[str, object]:
    facts = read_facts(export)
    return {
        **_names(key),
        "scope": _scope_words(export.scope),
        "exported": _minute(export.time) if export.time else f"file {visible(export.source or '')}",
        "operations": facts.operations,
        "standard": facts.standard,
    }


def _names(key: ExportKey) -> dict[str, object]:
    return {name: getattr(key, name) or None for name in ("gateway", "environment", "group")}


def _scope_words(name: str | None) -> str | None:
    scope = find_scope(name)
    return scope.label if scope else name


def _minute(time: datetime) -> str:
    return f"{time.astimezone():%Y-%m-%d %H:%M}"
