"""`Result`: changes as tables and as reports, of two exports or of two sets of exports."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Final

from apig_nb import report
from apig_nb.compare.changes import Change
from apig_nb.compare.pair import OperationKey
from apig_nb.compare.rules import CATEGORIES
from apig_nb.export_set import ExportKey
from apig_nb.lazy import cached_property
from apig_nb.report import BREAKING, SEVERITIES
from apig_nb.table_files import TableFiles

if TYPE_CHECKING:
    from pandas import DataFrame

# Method and path are given where a change affects exactly one operation.
_FIRST_COLUMNS: Final = ("severity", "security", "category", "rule", "effect", "side", "method", "path")
_COLUMNS: Final = (*_FIRST_COLUMNS, *(name for name in report.COLUMNS if name not in _FIRST_COLUMNS))
_DTYPES: Final = {name: "bool" if name == "security" else "str" for name in _COLUMNS if name != "operations"}

SECURITY: Final = "security"
COUNTS: Final = (*SEVERITIES, SECURITY)
"""Columns with numbers of changes: by severity, and of those that reduce protection."""


class Result(TableFiles):
    """The changes that a comparison found; a subclass for two exports, and one for two sets."""

    _KEPT: ClassVar[tuple[str, ...]] = ("old", "new", "_changes", "_ignored", "_compared", "_not_compared", "_states")
    """The attributes that a copy in another process has."""

    _key_columns: ClassVar[Sequence[str]] = ()

    _changes: list[Change]
    _ignored: list[tuple[Change, str]]
    _compared: Sequence[str]
    """Parts of the APIs that were compared."""
    _not_compared: dict[str, str]
    """Part that was not compared, in words → the reason."""
    _states: dict[OperationKey, str]
    """The state of every operation, sorted."""

    @property
    def changes(self) -> DataFrame:
        """The changes: one row per root cause, the most severe first.

        Columns: of sets, first the key columns project, gateway, environment, group; severity (`breaking`, `warning`,
        `info`), security (bool, it reduces protection), category, rule, effect (`tightened`, `loosened`, `altered`,
        `added`, `removed`), side (`sent` in what callers send, `received` in what they receive, `both`, `none` for
        neither, such as a backend), method and path (of the operation, where exactly one is affected), location,
        pointer, before, after, message (the change, why and remedy in words), why (reason of the severity), remedy
        (advice), operations (a tuple of `METHOD path`), fingerprint; all others `str`.
        """
        # A shallow copy, as of all tables that are kept: pandas copies what is changed.
        return self._changes_frame.copy(deep=False)

    @cached_property
    def _changes_frame(self) -> DataFrame:
        return self._frame(self._changes)

    @property
    def breaking(self) -> DataFrame:
        """The changes with which a caller that worked before can fail; columns as in `changes`."""
        changes = self.changes
        return changes[changes["severity"] == BREAKING].reset_index(drop=True)

    @property
    def ignored(self) -> DataFrame:
        """The changes that were left out: the columns of `changes`, and the reason (`str`)."""
        frame = self._frame([change for change, _ in self._ignored])
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
        frame = pd.DataFrame(rows, columns=[*self._key_columns, *_COLUMNS])
        return frame.drop(columns="operations").astype(self._dtypes)

    @property
    def operations(self) -> DataFrame:
        """Every operation of both exports: one row per method and path; of sets, those of exports that differ.

        Columns: of sets, first the key columns; method (upper case, `ANY`), path, state (`added`, `removed`, `changed`,
        `unchanged`); breaking, warning, info (number of changes that affect it, Int64), security (how many of them
        reduce protection, Int64).
        """
        return self._operations_frame.copy(deep=False)

    @cached_property
    def _operations_frame(self) -> DataFrame:
        import pandas as pd  # slow to import

        counts = self._counts_by_operation()
        rows = [
            (*(key or ()), method, path, state, *(counts[key, method, path][name] for name in COUNTS))
            for (key, method, path), state in self._states.items()
        ]
        texts = (*self._key_columns, "method", "path", "state")
        frame = pd.DataFrame(rows, columns=[*texts, *COUNTS])
        return frame.astype(dict.fromkeys(texts, "str") | dict.fromkeys(COUNTS, "Int64"))

    def _counts_by_operation(self) -> dict[OperationKey, Counter[str]]:
        counts: dict[OperationKey, Counter[str]] = defaultdict(Counter)
        for change in self._changes:
            for (method, path), severity in change.operations.items():
                own = counts[change.key, method, path]
                own[severity] += 1
                own[SECURITY] += change.rule.security
        return counts

    def __len__(self) -> int:
        return len(self._changes)

    def __getstate__(self) -> dict[str, Any]:
        # Without what was made of them, or another thread makes now.
        return {name: getattr(self, name) for name in self._KEPT}

    def __bool__(self) -> bool:
        """Return True, even if there are no changes."""
        return True

    def __repr__(self) -> str:
        parts = f"; not compared: {', '.join(self._not_compared)}" if self._not_compared else ""
        return f"<{type(self).__name__} {self.counts_text()}{parts}>"

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

    def verdict(self) -> tuple[str, str]:
        """Return the answer to that question in one sentence, and the reasons."""
        return self._report.verdict

    def compared_text(self) -> str:
        """Return what was compared."""
        return self._report.compared_text

    def not_compared_text(self) -> str:
        """Return the parts that were not compared, with the reasons; empty if all were."""
        return self._report.not_compared_text

    @property
    def compared(self) -> tuple[str, ...]:
        """The parts of the APIs that were compared, of sets in all groups: `front end`, `backends`, `policies`."""
        return tuple(self._compared)

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
        renderings = {
            ".html": self.to_html,
            ".md": self.to_markdown,
            ".json": self.to_json,
            ".xml": self.to_junit,
            ".csv": self.to_csv,
        }
        return report.save_report(path, renderings)

    def _repr_html_(self) -> str:
        return report.overview(self._report)

    @cached_property
    def _report(self) -> report.Report:
        old, new = self._sides()
        return report.Report(
            old=old,
            new=new,
            made=datetime.now(UTC),
            counts_text=self.counts_text(),
            compared=self._compared,
            not_compared=self._not_compared,
            categories=CATEGORIES,
            rows=[change.row() for change in self._changes],
            ignored=[(change.row(), reason) for change, reason in self._ignored],
            operations={_name(*operation): state for operation, state in self._states.items()},
            key_columns=self._key_columns,
        )

    def _frames(self) -> dict[str, DataFrame]:
        names = ("changes", "operations", "summary", "not_compared", "ignored")
        frames: dict[str, DataFrame] = {name: getattr(self, name) for name in names}
        if frames["summary"].index.name == "severity":
            frames["summary"] = frames["summary"].reset_index()
        return frames

    def _sides(self) -> tuple[report.Side, report.Side]:
        raise NotImplementedError

    @property
    def _dtypes(self) -> dict[str, str]:
        return dict.fromkeys(self._key_columns, "str") | _DTYPES

    def _frame(self, changes: list[Change]) -> DataFrame:
        import pandas as pd  # slow to import

        columns = [*self._key_columns, *_COLUMNS]
        return pd.DataFrame([_row(change) for change in changes], columns=columns, dtype="object").astype(self._dtypes)


def _row(change: Change) -> dict[str, Any]:
    method, path = next(iter(change.operations)) if len(change.operations) == 1 else (None, None)
    return {**change.row().as_dict(), "method": method, "path": path}


def _name(key: ExportKey | None, method: str, path: str) -> str:
    return " ".join(filter(None, (*(key or ())[1:], method, path)))
