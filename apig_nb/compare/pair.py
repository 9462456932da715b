"""Compare two exports, and apply the options of the user."""

from __future__ import annotations

from typing import NamedTuple

from apig_nb.compare.changes import Change, Changes
from apig_nb.compare.document import compare_documents
from apig_nb.compare.operations.matching import Matches, match
from apig_nb.compare.options.options import OFF, CompareOptions
from apig_nb.compare.scope import common_parts
from apig_nb.engines import Progress, no_progress
from apig_nb.export import Export
from apig_nb.export_set import ExportKey
from apig_nb.request import PARTS

OperationKey = tuple[ExportKey | None, str, str]
"""Key of the export in a set, method and path."""


class Found(NamedTuple):
    """The differences of two exports.

    Attributes:
        changes: the changes, the most severe first.
        ignored: changes that were left out, each with the reason.
        states: method and path → the state of the operation, sorted by path and method.
        compared: the parts of the APIs that were compared.
        not_compared: part that was not compared → the reason.
    """

    changes: list[Change]
    ignored: list[tuple[Change, str]]
    states: dict[tuple[str, str], str]
    compared: tuple[str, ...]
    not_compared: dict[str, str]


def compare_pair(old: Export, new: Export, options: CompareOptions, progress: Progress = no_progress) -> Found:
    """Return the differences of two exports.

    Args:
        old: the export compared from.
        new: the export compared to.
        options: the options.
        progress: called with the number of operations; an exception of it ends the call.

    Raises:
        DocumentError: one of them is not an API definition, or the changes affect too many operations.
    """
    before = old.definition
    progress(0, 0)  # their number is not known before both are read
    after = new.definition
    progress(0, 0)
    matches = match(before.operations, after.operations, options.map_path)
    common = common_parts(old, new)
    # A document of another origin has no such parts.
    not_compared = {part: why for part, why in common.missing.items() if part in old.omits | new.omits}
    compared = tuple(part for part in PARTS if part not in common.missing)
    changes, ignored = apply_options(compare_documents(before, after, matches, options, common, progress), options)
    return Found(changes, ignored, _states(matches, changes), compared, not_compared)


def apply_options(changes: Changes, options: CompareOptions) -> tuple[list[Change], list[tuple[Change, str]]]:
    """Set the severities the user chose; return the remaining changes, and the ignored ones with their reasons."""
    kept, ignored = [], []
    for change in changes.sorted():
        severity = options.severity_of(change)
        if severity is not None:
            change.severity, change.is_chosen = severity, True
            change.operations = dict.fromkeys(change.operations, severity)
        entry = options.ignored_by(change)
        if severity == OFF:
            ignored.append((change, "the rule is off"))
        elif entry is not None:
            ignored.append((change, entry.reason))
        else:
            kept.append(change)
    return sorted(kept, key=lambda change: change.rank), ignored


def _states(matches: Matches, changes: list[Change]) -> dict[tuple[str, str], str]:
    changed = {operation for change in changes for operation in change.operations}
    states: dict[tuple[str, str], str] = {}
    for operation in (*matches.added, *(new for _, new in matches.moved)):
        states[operation.method, operation.path] = "added"
    for operation in (*matches.removed, *(old for old, _ in matches.moved)):
        states.setdefault((operation.method, operation.path), "removed")
    for _, operation in matches.pairs:
        key = (operation.method, operation.path)
        states[key] = "changed" if key in changed else "unchanged"
    return dict(sorted(states.items(), key=lambda item: (item[0][1], item[0][0])))
