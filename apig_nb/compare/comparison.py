"""`Comparison`: the changes between two exports, as tables and as reports."""

from __future__ import annotations

import os
from collections import Counter
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from apig_nb import report
from apig_nb.compare.changes import Change, Changes
from apig_nb.compare.document import compare_documents
from apig_nb.compare.operations.matching import match
from apig_nb.compare.options.options import OFF, CompareOptions
from apig_nb.compare.rules import BACKEND, CATEGORIES, TRAFFIC
from apig_nb.compare.scope import common_parts
from apig_nb.errors import ArgumentError
from apig_nb.export import Export
from apig_nb.files import write_whole
from apig_nb.report import BREAKING, SEVERITIES
from apig_nb.request import BACKENDS, PARTS, POLICIES

if TYPE_CHECKING:
    from pandas import DataFrame

# Method and path are given where a change affects exactly one operation.
_FIRST_COLUMNS: Final = ("severity", "security", "category", "rule", "effect", "side", "method", "path")
_COLUMNS: Final = (*_FIRST_COLUMNS, *(name for name in report.COLUMNS if name not in _FIRST_COLUMNS))
_DTYPES: Final = {name: "bool" if name == "security" else "str" for name in _COLUMNS if name != "operations"}

_SECURITY: Final = "security"
_COUNTS: Final = (*SEVERITIES, _SECURITY)
_CATEGORY_OF_PART: Final = {BACKENDS: BACKEND, POLICIES: TRAFFIC}

OperationKey = tuple[str, str]
"""Method and path."""


class Comparison:
    """The changes between two exports.

    Attributes:
        old: the export compared from.
        new: the export compared to.
    """

    def __init__(self, old: Export, new: Export, options: CompareOptions) -> None:
        """Compare two exports; users call `compare`."""
        self.old, self.new = old, new
        before, after = old.definition, new.definition
        self._matches = match(before.operations, after.operations, options.map_path)
        common = common_parts(old, new)
        # A document of another origin has no such parts.
        self._not_compared = {part: why for part, why in common.missing.items() if part in old.omits | new.omits}
        self._compared = tuple(part for part in PARTS if part not in common.missing)
        changes = compare_documents(before, after, self._matches, options, common)
        self._changes, self._ignored = _apply_options(changes, options)

    @cached_property
    def changes(self) -> DataFrame:
        """The changes: one row per root cause, the most severe first.

        Columns: severity (`breaking`, `warning`, `info`), security (bool, it reduces protection), category, rule,
        effect (`tightened`, `loosened`, `altered`, `added`, `removed`), side (`sent` in what callers send, `received`
        in what they receive, `both`, `none` for neither, such as a backend), method and path (of the operation, where
        exactly one is affected), location, pointer, before, after, message (the change, why and remedy in words), why
        (reason of the severity), remedy (advice), operations (a tuple of `METHOD path`), fingerprint; all others
        `str`.
        """
        return _frame(self._changes)

    @property
    def breaking(self) -> DataFrame:
        """The changes with which a caller that worked before can fail; columns as in `changes`."""
        changes = self.changes
        return changes[changes["severity"] == BREAKING].reset_index(drop=True)

    @cached_property
    def ignored(self) -> DataFrame:
        """The changes that were left out: the columns of `changes`, and the reason (`str`)."""
        frame = _frame([change for change, _ in self._ignored])
        return frame.assign(reason=[reason for _, reason in self._ignored]).astype({"reason": "str"})

    def explode(self) -> DataFrame:
        """Return one row per change and affected operation, with the severity for that operation.

        Columns as in `changes` without operations.
        """
        import pandas as pd  # slow to import

        rows = []
        for change in self._changes:
            row = _row(change)
            for (method, path), severity in change.operations.items() or [((None, None), change.severity)]:
                rows.append({**row, "severity": severity, "method": method, "path": path})
        frame = pd.DataFrame(rows, columns=list(_COLUMNS))
        return frame.drop(columns="operations").astype(_DTYPES)

    @cached_property
    def operations(self) -> DataFrame:
        """Every operation of both exports: one row per method and path.

        Columns: method (upper case, `ANY`), path, state (`added`, `removed`, `changed`, `unchanged`); breaking,
        warning, info (number of changes that affect it, Int64), security (how many of them reduce protection, Int64).
        """
        import pandas as pd  # slow to import

        counts = self._counts_by_operation()
        rows = [
            (method, path, state, *(counts.get((method, path), Counter())[name] for name in _COUNTS))
            for (method, path), state in self._operation_states.items()
        ]
        frame = pd.DataFrame(rows, columns=["method", "path", "state", *_COUNTS])
        return frame.astype({"method": "str", "path": "str", "state": "str", **dict.fromkeys(_COUNTS, "Int64")})

    def _counts_by_operation(self) -> dict[OperationKey, Counter[str]]:
        counts: dict[OperationKey, Counter[str]] = {}
        for change in self._changes:
            for operation, severity in change.operations.items():
                own = counts.setdefault(operation, Counter())
                own[severity] += 1
                own[_SECURITY] += change.rule.security
        return counts

    @cached_property
    def _operation_states(self) -> dict[OperationKey, str]:
        """The state of every operation, sorted by path and method."""
        changed = {operation for change in self._changes for operation in change.operations}
        states: dict[OperationKey, str] = {}
        for operation in (*self._matches.added, *(new for _, new in self._matches.moved)):
            states[operation.method, operation.path] = "added"
        for operation in (*self._matches.removed, *(old for old, _ in self._matches.moved)):
            states.setdefault((operation.method, operation.path), "removed")
        for _, operation in self._matches.pairs:
            key = (operation.method, operation.path)
            states[key] = "changed" if key in changed else "unchanged"
        return dict(sorted(states.items(), key=lambda item: (item[0][1], item[0][0])))

    @property
    def summary(self) -> DataFrame:
        """The number of changes: one row per severity, one column per category; all Int64.

        The column `security` counts those of all categories that reduce protection. A category that was not compared
        has NA; `not_compared` has the reason.
        """
        import pandas as pd  # slow to import

        counts = Counter((change.severity, change.rule.category) for change in self._changes)
        counts.update((change.severity, _SECURITY) for change in self._changes if change.rule.security)
        frame = pd.DataFrame(
            {name: [counts[severity, name] for severity in SEVERITIES] for name in (*CATEGORIES, _SECURITY)},
            index=pd.Index(SEVERITIES, name="severity"),
            dtype="Int64",
        )
        for part in self._not_compared:
            name = _CATEGORY_OF_PART[part]
            if not frame[name].any():
                frame[name] = pd.NA
        return frame

    @property
    def not_compared(self) -> DataFrame:
        """The parts of the APIs that were not compared, as an export does not contain them.

        Columns: part (`backends`, `policies`), reason; both `str`. A document that is no export of API Gateway has no
        such parts.
        """
        import pandas as pd  # slow to import

        return pd.DataFrame(self._not_compared.items(), columns=["part", "reason"], dtype="str")

    def __len__(self) -> int:
        return len(self._changes)

    def __getstate__(self) -> dict[str, Any]:
        # Without what was made of them, and without the matches, which hold both documents as they were read.
        names = ("old", "new", "_changes", "_ignored", "_compared", "_not_compared", "_operation_states")
        return {name: getattr(self, name) for name in names}

    def __bool__(self) -> bool:
        """Return True, even if there are no changes."""
        return True

    def __repr__(self) -> str:
        parts = f"; not compared: {', '.join(self._not_compared)}" if self._not_compared else ""
        return f"<Comparison {self.counts_text()}{parts}>"

    def counts_text(self) -> str:
        """Return the number of changes in words, such as `3 breaking, 11 info, 2 ignored; 1 reduces protection`."""
        counts = Counter(change.severity for change in self._changes)
        found = [f"{counts[severity]} {severity}" for severity in SEVERITIES if counts[severity]]
        if not found:
            found = ["no difference in what was compared" if self._not_compared else "no difference"]
        if self._ignored:
            found.append(f"{len(self._ignored)} ignored")
        security = sum(change.rule.security for change in self._changes)
        protection = f"; {security} {'reduces' if security == 1 else 'reduce'} protection" if security else ""
        return ", ".join(found) + protection

    def headline(self) -> str:
        """Return the question that the comparison answers."""
        return self._report.headline

    def compared_text(self) -> str:
        """Return what was compared."""
        return self._report.compared_text

    def not_compared_text(self) -> str:
        """Return the parts that were not compared, with the reasons; empty if all were."""
        return self._report.not_compared_text

    @property
    def found(self) -> tuple[Change, ...]:
        """The changes as objects, the most severe first."""
        return tuple(self._changes)

    def to_json(self) -> str:
        """Return a report as JSON: the two exports, the parts not compared, the counts, a list of changes."""
        return report.to_json(self._report)

    def to_markdown(self) -> str:
        """Return a report in Markdown, for a merge request."""
        return report.to_markdown(self._report)

    def to_html(self) -> str:
        """Return a report as one HTML page without scripts or links, for screen (light and dark) and print."""
        return report.to_html(self._report)

    def to_junit(self) -> str:
        """Return a JUnit report: one test case per operation, which fails where a change is breaking for it.

        Parts that were not compared are skipped cases.
        """
        return report.to_junit(self._report)

    def to_csv(self) -> str:
        """Return the changes as CSV, in which no cell is a formula; parts that were not compared come first."""
        return report.to_csv(self._report)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write a report; the ending of the name chooses `.html`, `.md`, `.json`, `.xml` (JUnit) or `.csv`.

        Raises:
            ArgumentError: the name has another ending.
            OSError: the file cannot be written; an existing file is unchanged.
        """
        target = Path(path)
        renderings = {
            ".html": self.to_html,
            ".md": self.to_markdown,
            ".json": self.to_json,
            ".xml": self.to_junit,
            ".csv": self.to_csv,
        }
        if target.suffix.lower() not in renderings:
            raise ArgumentError("path", str(path), "has an unknown ending", tuple(renderings))
        write_whole(target, renderings[target.suffix.lower()]().encode("utf-8"))
        return target

    def _repr_html_(self) -> str:
        return report.overview(self._report)

    @cached_property
    def _report(self) -> report.Report:
        return report.Report(
            old=_side(self.old),
            new=_side(self.new),
            made=datetime.now(UTC),
            counts_text=self.counts_text(),
            compared=self._compared,
            not_compared=self._not_compared,
            categories=CATEGORIES,
            rows=[change.row() for change in self._changes],
            ignored=[(change.row(), reason) for change, reason in self._ignored],
            operations={f"{method} {path}": state for (method, path), state in self._operation_states.items()},
        )


def _side(export: Export) -> report.Side:
    definition = export.definition
    return report.Side(
        title=definition.title,
        version=definition.version,
        standard=definition.standard,
        group=export.group,
        environment=export.environment,
        gateway=export.request.instance_id if export.request else None,
        scope=export.scope,
        time=export.time,
        source=export.source,
        sha256=export.sha256,
        operations=len(definition.operations),
    )


def _apply_options(changes: Changes, options: CompareOptions) -> tuple[list[Change], list[tuple[Change, str]]]:
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


def _row(change: Change) -> dict[str, Any]:
    method, path = next(iter(change.operations)) if len(change.operations) == 1 else (None, None)
    return {**change.row().as_dict(), "method": method, "path": path}


def _frame(changes: list[Change]) -> DataFrame:
    import pandas as pd  # slow to import

    frame = pd.DataFrame([_row(change) for change in changes], columns=list(_COLUMNS), dtype="object")
    return frame.astype(_DTYPES)
