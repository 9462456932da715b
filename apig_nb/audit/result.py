"""`Audit`: the findings of an audit, as tables and as reports."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from apig_nb.audit.findings import AuditRun, with_clean
from apig_nb.audit.options import AuditOptions
from apig_nb.audit.rules import RULES
from apig_nb.audit.subject import Subject
from apig_nb.errors import ArgumentError
from apig_nb.report import (
    FINDING_COLUMNS,
    FINDING_SEVERITIES,
    AuditReport,
    Finding,
    finding_formats,
    finding_pages,
    sarif,
    save_report,
)
from apig_nb.text import visible

if TYPE_CHECKING:
    from pandas import DataFrame

_COUNTS: Final = ("findings", "operations", "rules")


class Audit:
    """The findings of an audit of one export or of a set."""

    def __init__(self, subjects: Iterable[Subject], options: AuditOptions, progress: Callable[[int], object]) -> None:
        """Audit some exports; users call `audit`."""
        run = AuditRun(options, progress)
        kept, ignored = [], []
        for finding in run.audit(subjects):
            entry = options.ignored_by(finding)
            if entry is None:
                kept.append(finding)
            else:
                ignored.append((finding, entry.reason))
        severe = [one for one in kept if one.severity in finding_formats.FAILING]
        # Plain data only, so that an audit can be pickled and does not hold the documents.
        self._report = AuditReport(
            exports=with_clean(run.exports, {(one.identity[0], name) for one in severe for name in one.operations}),
            made=datetime.now(UTC),
            rules=[replace(RULES[name], severity=severity) for name, severity in options.severities.items()],
            findings=kept,
            ignored=ignored,
            not_checked=run.not_checked,
        )

    def since(self, baseline: Sequence[Finding]) -> Audit:
        """Return the same audit in which findings of a baseline do not count; users call `audit(…, baseline=…)`.

        Raises:
            ArgumentError: one of them is of a set, and the other one of a single export.
        """
        exports = {tuple(one.key.values()) for one in self._report.exports}
        if any(bool(one.key) != bool(self._key_columns) for one in baseline):
            kinds = ("a set", "one export") if not self._key_columns else ("one export", "a set")
            raise ArgumentError("baseline", None, "is of {}, and the audit of {}; audit both alike".format(*kinds))
        before = {finding.identity for finding in baseline}
        new = [finding for finding in self._report.findings if finding.identity not in before]
        known = [finding for finding in self._report.findings if finding.identity in before]
        there = {finding.identity for finding in (*self.all_findings, *(one for one, _ in self._report.ignored))}
        checked = {(key, rule.id) for key in exports for rule in self._report.rules}
        checked -= {(tuple(one.key.values()), one.rule) for one in self._report.not_checked}
        fixed = [
            finding
            for finding in baseline
            if finding.identity not in there and (finding.identity[0], finding.rule) in checked
        ]
        audit = Audit.__new__(Audit)
        audit._report = replace(self._report, findings=new, known=known, fixed=fixed, has_baseline=True)
        return audit

    @property
    def findings(self) -> DataFrame:
        """The findings that count, the most severe first: one row each; with a baseline, those that are new.

        Columns: of a set, first the key columns project, gateway, environment, group; severity (`critical`, `high`,
        `medium`, `low`, `info`), rule, method and path (of the operation, where it concerns exactly one), location,
        pointer, evidence, message (the fault and its consequence in words), remedy, operations (a tuple of
        `METHOD path`), fingerprint (equal for all standards and formats of a group); all others `str`.
        """
        return self._frame(self._report.findings)

    @property
    def known(self) -> DataFrame:
        """The findings that the baseline has, too; columns as in `findings`."""
        return self._frame(self._report.known)

    @property
    def fixed(self) -> DataFrame:
        """The findings of the baseline that are no longer there, of the exports and rules that were audited."""
        return self._frame(self._report.fixed)

    @property
    def ignored(self) -> DataFrame:
        """The findings that were left out: the columns of `findings`, and the reason (`str`)."""
        frame = self._frame([finding for finding, _ in self._report.ignored])
        return frame.assign(reason=[reason for _, reason in self._report.ignored]).astype({"reason": "str"})

    @property
    def summary(self) -> DataFrame:
        """The findings that count: one row per severity, with the number of findings, operations and rules; Int64."""
        import pandas as pd  # slow to import

        rows = []
        for severity in FINDING_SEVERITIES:
            found = [finding for finding in self._report.findings if finding.severity == severity]
            operations = {(one.identity[0], operation) for one in found for operation in one.operations}
            rows.append((len(found), len(operations), len({one.rule for one in found})))
        index = pd.Index(FINDING_SEVERITIES, name="severity")
        return pd.DataFrame(rows, columns=list(_COUNTS), index=index, dtype="Int64")

    @property
    def scores(self) -> DataFrame:
        """The score of each export, and its findings by severity: one row each.

        The score is the share of its operations without a critical or high finding, in per cent: 100 × clean /
        operations. Ignored findings do not count; those that a baseline has do. A finding of something shared, such as
        a policy, counts for every operation that uses it.

        Columns: of a set, first the key columns project, gateway, environment, group; title (`str`), operations, clean
        (Int64), score (`float64`, NaN without operations), critical, high, medium, low, info (Int64).
        """
        import pandas as pd  # slow to import

        counts = Counter(
            (tuple(finding.key.values()), finding.severity) for finding in (*self._report.findings, *self._report.known)
        )
        rows = []
        for one in self._report.exports:
            total = len(one.operations)
            score = round(100 * one.clean / total, 1) if total else None
            severities = (counts[tuple(one.key.values()), severity] for severity in FINDING_SEVERITIES)
            rows.append((*one.key.values(), one.title, total, one.clean, score, *severities))
        columns = (*self._key_columns, "title", "operations", "clean", "score", *FINDING_SEVERITIES)
        texts = dict.fromkeys((*self._key_columns, "title"), "str")
        whole = dict.fromkeys(("operations", "clean", *FINDING_SEVERITIES), "Int64")
        return pd.DataFrame(rows, columns=list(columns)).astype({**texts, "score": "float64", **whole})

    @property
    def not_checked(self) -> DataFrame:
        """The rules that could not be checked, as an export does not contain a part that they need.

        Columns: of a set, first the key columns project, gateway, environment, group; rule, reason; all `str`.
        """
        import pandas as pd  # slow to import

        rows = [(*one.key.values(), one.rule, one.reason) for one in self._report.not_checked]
        return pd.DataFrame(rows, columns=[*self._key_columns, "rule", "reason"], dtype="str")

    @property
    def _key_columns(self) -> tuple[str, ...]:
        return tuple(self._report.exports[0].key) if self._report.exports else ()

    def _frame(self, findings: Sequence[Finding]) -> DataFrame:
        import pandas as pd  # slow to import

        columns = (*self._key_columns, *FINDING_COLUMNS)
        frame = pd.DataFrame([finding.as_dict() for finding in findings], columns=list(columns), dtype="object")
        return frame.astype({name: "str" for name in columns if name != "operations"})

    @property
    def all_findings(self) -> list[Finding]:
        """The findings as objects, known ones included and ignored ones left out."""
        return [*self._report.findings, *self._report.known]

    @property
    def report(self) -> AuditReport:
        """The content of its reports as plain data, for views."""
        return self._report

    @property
    def found(self) -> tuple[Finding, ...]:
        """The findings that count as objects, the most severe first."""
        return tuple(self._report.findings)

    def __len__(self) -> int:
        return len(self._report.findings)

    def __bool__(self) -> bool:
        """Return True, even if there are no findings."""
        return True

    def __repr__(self) -> str:
        return f"<Audit of {visible(self._report.title)}: {self.counts_text()}>"

    def counts_text(self) -> str:
        """Return the number of findings in words, such as `1 critical, 9 high, 2 ignored`."""
        return self._report.counts_text

    def to_json(self) -> str:
        """Return a report as JSON, which can be the baseline of a later audit."""
        return finding_formats.to_json(self._report)

    def to_markdown(self) -> str:
        """Return a report in Markdown, for a merge request."""
        return finding_pages.to_markdown(self._report)

    def to_html(self) -> str:
        """Return a report as one HTML page without scripts or links, for screen (light and dark) and print."""
        return finding_pages.to_html(self._report)

    def to_junit(self) -> str:
        """Return a JUnit report: one test case per operation, which fails where a finding is critical or high.

        Rules that were not checked are skipped cases.
        """
        return finding_formats.to_junit(self._report)

    def to_sarif(self) -> str:
        """Return a report in SARIF 2.1.0, for code scanning.

        Ignored findings are suppressed. With a baseline, each has its state: new, unchanged or absent.
        """
        return sarif.to_sarif(self._report)

    def to_csv(self) -> str:
        """Return the findings as CSV, in which no cell is a formula; rules that were not checked come first."""
        return finding_formats.to_csv(self._report)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write a report; the ending chooses `.html`, `.md`, `.json`, `.xml` (JUnit), `.sarif` or `.csv`.

        Raises:
            ArgumentError: the name has another ending.
            OSError: the file cannot be written; an existing file is unchanged.
        """
        renderings = {
            ".html": self.to_html,
            ".md": self.to_markdown,
            ".json": self.to_json,
            ".xml": self.to_junit,
            ".sarif": self.to_sarif,
            ".csv": self.to_csv,
        }
        return save_report(path, renderings)

    def _repr_html_(self) -> str:
        return finding_pages.overview(self._report)
