"""`Comparison`: what differs between two exports, whom it hurts, and what door it opens."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from apig_nb.compare.changes import COLUMNS, Change, Changes, Pointers
from apig_nb.compare.equality import OperationEquality, SourceEquality
from apig_nb.compare.gateway.bindings import GatewayWalk
from apig_nb.compare.gateway.policies import PolicyWalk
from apig_nb.compare.operations.matching import Matches, match
from apig_nb.compare.operations.operations import OperationWalk
from apig_nb.compare.operations.security import compare_schemes, renamed_schemes
from apig_nb.compare.operations.servers import compare_servers
from apig_nb.compare.options.options import OFF, CompareOptions, IgnoreList, today
from apig_nb.compare.rules import BREAKING, CATEGORIES, SEVERITIES
from apig_nb.compare.schemas.comparison import SchemaComparison
from apig_nb.compare.scope import CommonParts, common_parts
from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.values import as_list, as_map, equal, json_text
from apig_nb.errors import ArgumentError
from apig_nb.export import Export
from apig_nb.files import clear_drafts, write_whole

if TYPE_CHECKING:
    from pandas import DataFrame

Ignore = str | os.PathLike[str] | Mapping[str, Any] | list[Any] | None

_TIMESTAMP: Final = re.compile(r"\d{4}-\d{2}-\d{2}-\d{2}:\d{2}:\d{2}")
"""How the gateway writes the time of an export into `info.version` (contract/document)."""

# The method and the path of the operation, where a change reaches only one, stand before where it is.
_BEFORE_KEYS: Final = ("severity", "category", "rule", "effect")
_CHANGE_COLUMNS: Final = (*_BEFORE_KEYS, "method", "path", *(name for name in COLUMNS if name not in _BEFORE_KEYS))


class Comparison:
    """What differs between two exports.

    Attributes:
        old: the export compared from.
        new: the export compared to.
    """

    def __init__(self, old: Export, new: Export, options: CompareOptions) -> None:
        self.old, self.new = old, new
        self._options = options
        before, after = old.definition, new.definition
        self._matches = match(before.operations, after.operations, options.map_path)
        every = _walked(before, after, self._matches, options, common_parts(old, new))
        self._changes, self._ignored = _judged(every, options)

    @cached_property
    def changes(self) -> DataFrame:
        """What differs: one row per root cause, the gravest first.

        Columns: severity (`breaking`, `warning`, `info`), category, rule, effect (`tightened`, `loosened`, `altered`,
        `added`, `removed`), method and path (of the operation where it reaches only one), location, pointer, before,
        after, message, operations (a tuple of `METHOD path`), fingerprint; all but operations `str`.
        """
        return _frame(self._changes)

    @property
    def breaking(self) -> DataFrame:
        """The changes by which a client that worked before can fail."""
        changes = self.changes
        return changes[changes["severity"] == BREAKING].reset_index(drop=True)

    @cached_property
    def ignored(self) -> DataFrame:
        """What differs and was left out, with the columns of `changes` and the reason given."""
        frame = _frame([change for change, _ in self._ignored])
        return frame.assign(reason=[reason for _, reason in self._ignored]).astype({"reason": "str"})

    def explode(self) -> DataFrame:
        """The changes with one row per operation they reach; the severity is that of the operation."""
        import pandas as pd

        rows = []
        for change in self._changes:
            row = _row(change)
            for (method, path), severity in change.operations.items() or [((None, None), change.severity)]:
                rows.append({**row, "severity": severity, "method": method, "path": path})
        frame = pd.DataFrame(rows, columns=list(_CHANGE_COLUMNS))
        return frame.drop(columns="operations").astype("str")

    @cached_property
    def operations(self) -> DataFrame:
        """Every operation of both exports.

        Columns: method (upper case, `ANY`), path, state (`added`, `removed`, `changed`, `unchanged`), breaking,
        warning, info (how many changes reach it, Int64).
        """
        import pandas as pd

        counts: dict[tuple[str, str], Counter[str]] = {}
        for change in self._changes:
            for reached, severity in change.operations.items():
                counts.setdefault(reached, Counter())[severity] += 1
        states: dict[tuple[str, str], str] = {}
        for operation in (*self._matches.added, *(new for _, new in self._matches.moved)):
            states[operation.method, operation.path] = "added"
        for operation in (*self._matches.removed, *(old for old, _ in self._matches.moved)):
            states.setdefault((operation.method, operation.path), "removed")
        for _, operation in self._matches.pairs:
            key = (operation.method, operation.path)
            states[key] = "changed" if key in counts else "unchanged"
        rows = [
            (method, path, state, *(counts.get((method, path), Counter())[severity] for severity in SEVERITIES))
            for (method, path), state in sorted(states.items(), key=lambda item: (item[0][1], item[0][0]))
        ]
        frame = pd.DataFrame(rows, columns=["method", "path", "state", *SEVERITIES])
        return frame.astype({"method": "str", "path": "str", "state": "str", **dict.fromkeys(SEVERITIES, "Int64")})

    @property
    def summary(self) -> DataFrame:
        """How many changes there are: one row per severity, one column per category, all Int64."""
        import pandas as pd

        counts = Counter((change.severity, change.rule.category) for change in self._changes)
        return pd.DataFrame(
            {name: [counts[severity, name] for severity in SEVERITIES] for name in CATEGORIES},
            index=pd.Index(SEVERITIES, name="severity"),
            dtype="Int64",
        )

    def __len__(self) -> int:
        return len(self._changes)

    def __bool__(self) -> bool:
        """A comparison is something even where nothing differs."""
        return True

    def __repr__(self) -> str:
        return f"<Comparison {self.counts_text()}>"

    def counts_text(self) -> str:
        """The numbers in words: `3 breaking, 4 warning, 11 info`, and what was ignored."""
        counts = Counter(change.severity for change in self._changes)
        found = ", ".join(f"{counts[severity]} {severity}" for severity in SEVERITIES if counts[severity])
        left_out = f", {len(self._ignored)} ignored" if self._ignored else ""
        return (found or "no difference") + left_out

    @property
    def found(self) -> tuple[Change, ...]:
        """The changes as objects, the gravest first."""
        return tuple(self._changes)

    def to_json(self) -> str:
        """The changes as JSON: the two exports, the counts, a list of changes."""
        from apig_nb.report.report import to_json

        return to_json(self)

    def to_markdown(self) -> str:
        """A report for a merge request."""
        from apig_nb.report.report import to_markdown

        return to_markdown(self)

    def to_html(self) -> str:
        """A report as one page that needs nothing else; fit to print, light and dark."""
        from apig_nb.report.report import to_html

        return to_html(self)

    def to_junit(self) -> str:
        """The changes as a JUnit report: breaking ones are failures."""
        from apig_nb.report.report import to_junit

        return to_junit(self)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write a report; the file's name decides: `.html`, `.md`, `.json`, `.xml` (JUnit) or `.csv`.

        Raises:
            ArgumentError: the name ends in something else.
            OSError: the file cannot be written; nothing is left behind.
        """
        target = Path(path)
        renderings = {
            ".html": self.to_html,
            ".md": self.to_markdown,
            ".json": self.to_json,
            ".xml": self.to_junit,
            ".csv": self._to_csv,
        }
        if target.suffix.lower() not in renderings:
            raise ArgumentError("path", str(path), "has no known ending", tuple(renderings))
        clear_drafts(target.parent)
        write_whole(target, renderings[target.suffix.lower()]().encode("utf-8"))
        return target

    def _to_csv(self) -> str:
        from apig_nb.report.report import to_csv

        return to_csv(self)

    def _repr_html_(self) -> str:
        from apig_nb.report.report import overview

        return overview(self)


def _walked(
    before: ApiDefinition, after: ApiDefinition, matches: Matches, options: CompareOptions, both: CommonParts
) -> Changes:
    changes = Changes()
    equality = SourceEquality(before, after)
    schemas = SchemaComparison(before, after, equality)
    callers = OperationWalk(changes, schemas, equality)
    renamed = renamed_schemes(before, after)
    gateway = GatewayWalk(changes, renamed, options, both)
    _compare_presence(changes, matches)
    same_context = _is_same_around(before, after) and not options.paths and not options.addresses
    for old, new in (*matches.pairs, *matches.moved):
        pair_equality = OperationEquality(equality, old, new, same_context=same_context)
        callers.compare(old, new, pair_equality)
        if not pair_equality.same_gateway():
            gateway.compare(old, new)
    schemas.report(changes)
    compare_schemes(changes, before, after, renamed, both.policies)
    if both.policies:
        PolicyWalk(changes, before, after).compare()
    compare_servers(changes, before, after, matches.pairs, options)
    _compare_document(changes, before, after)
    return changes


def _compare_presence(changes: Changes, matches: Matches) -> None:
    for operation in matches.added:
        at = Pointers(None, operation.pointer)
        changes.add("operation-added", at, "operation", None, _title(operation), operations=(operation,))
    for operation in matches.removed:
        answering = matches.answering.get(operation)
        rule = "operation-removed" if answering is None else "operation-still-answered"
        if answering is None and operation.deprecated:
            rule = "deprecated-operation-removed"
        after = None if answering is None else f"answered by {_title(answering)}"
        at = Pointers(operation.pointer, None)
        changes.add(rule, at, "operation", _title(operation), after, operations=(operation,))
    for old, new in matches.moved:
        at = Pointers(old.pointer, new.pointer)
        changes.add("operation-moved", at, "operation", _title(old), _title(new), operations=(old, new))


def _title(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


_AROUND: Final = ("security", "consumes", "produces", "host", "basePath", "schemes", "servers")


def _is_same_around(before: ApiDefinition, after: ApiDefinition) -> bool:
    """Whether what operations take from the document is the same, so that equal operations mean the same."""
    return before.standard == after.standard and all(before.tree.get(key) == after.tree.get(key) for key in _AROUND)


def _compare_document(changes: Changes, before: ApiDefinition, after: ApiDefinition) -> None:
    for name in ("title", "description", "version"):
        values = getattr(before, name), getattr(after, name)
        if name == "version" and all(_TIMESTAMP.fullmatch(value) for value in values):
            continue
        if values[0] != values[1]:
            place = f"/info/{name}"
            changes.add("document-altered", Pointers(place, place), name, values[0] or None, values[1] or None)
    for name, (holder, key) in _DOCUMENT_REST.items():
        values = (_telling(before, holder, key), _telling(after, holder, key))
        if not equal(*values):
            place = f"/{holder}/{key}" if holder else f"/{key}"
            changes.add("document-altered", Pointers(place, place), name, *values)


_DOCUMENT_REST: Final = {
    "tags": ("", "tags"),
    "external documentation": ("", "externalDocs"),
    "contact": ("info", "contact"),
    "licence": ("info", "license"),
    "terms of service": ("info", "termsOfService"),
    "webhooks": ("", "webhooks"),
}
"""What a document says of itself besides its name: key by the words for it."""


def _telling(definition: ApiDefinition, holder: str, key: str) -> Any:
    """A part of the document, `None` where it says nothing; tags have no order."""
    value = as_map(definition.tree.get(holder) if holder else definition.tree).get(key) or None
    if key == "tags":
        value = sorted((tag for tag in as_list(value) if isinstance(tag, dict)), key=json_text) or None
    return value


def _judged(changes: Changes, options: CompareOptions) -> tuple[list[Change], list[tuple[Change, str]]]:
    """Give each change the severity the user wants, and leave out what is ignored."""
    from fnmatch import fnmatchcase

    kept, ignored = [], []
    ignore_list = IgnoreList(options.ignore, today())
    for change in changes.sorted():
        for pattern, severity in options.severity.items():
            if fnmatchcase(change.rule.id, pattern):
                change.severity = severity
                change.operations = dict.fromkeys(change.operations, severity)
        entry = ignore_list.entry_for(change)
        if change.severity == OFF:
            ignored.append((change, "the rule is off"))
        elif entry is not None:
            ignored.append((change, entry.reason))
        else:
            kept.append(change)
    order = {severity: number for number, severity in enumerate(SEVERITIES)}
    return sorted(kept, key=lambda change: order[change.severity]), ignored


def _row(change: Change) -> dict[str, Any]:
    method, path = next(iter(change.operations)) if len(change.operations) == 1 else (None, None)
    return {"method": method, "path": path} | {name: told(change) for name, told in COLUMNS.items()}


def _frame(changes: list[Change]) -> DataFrame:
    import pandas as pd

    frame = pd.DataFrame([_row(change) for change in changes], columns=list(_CHANGE_COLUMNS), dtype="object")
    return frame.astype({name: "str" for name in _CHANGE_COLUMNS if name != "operations"})
