"""An audit prepared for display. It takes time and uses no widgets, so it runs in a thread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pandas as pd

from apig_nb.audit.result import Audit
from apig_nb.engines import Progress
from apig_nb.report import FINDING_SEVERITIES, AuditReport, Finding
from apig_nb.text import pluralize, sentence
from apig_nb.widgets.table import ColumnStyle, counts_text, counts_texts

if TYPE_CHECKING:
    from apig_nb.audit.options import Ignore
    from apig_nb.export import Export
    from apig_nb.export_set import ExportSet

NEW, KNOWN, ACCEPTED = "new", "known", "accepted"
"""States of a finding: it counts, the baseline has it, it is ignored with a reason."""

COLUMNS: Final = ("severity", "export", "operation", "state", "finding", "remedy")
"""Columns of findings that are shown at first; `export` of a set and `state` beside a baseline only."""

STYLES: Final = {
    "severity": ColumnStyle("Severity", "severity"),
    "export": ColumnStyle("Export", gives_way=3),
    "operation": ColumnStyle("Operation", "operation"),
    "finding": ColumnStyle("Finding", "sentence"),
    "remedy": ColumnStyle("How to fix", "sentence", gives_way=1),
    "rule": ColumnStyle("Rule", "code"),
    "state": ColumnStyle("State", "state", gives_way=2),
    "reason": ColumnStyle("Reason"),
    "location": ColumnStyle("Location"),
    "evidence": ColumnStyle("Evidence", "code"),
    "pointer": ColumnStyle("Pointer", "code"),
    "fingerprint": ColumnStyle("Fingerprint", "code"),
}
SCORE_STYLES: Final = {
    "export": ColumnStyle("Export"),
    "clean": ColumnStyle("Clean operations", gives_way=2),
    "share": ColumnStyle("Share, %", "meter"),
    "findings": ColumnStyle("Findings", "counts"),
    "change": ColumnStyle("Since the baseline", gives_way=1),
    **{severity: ColumnStyle(severity.capitalize()) for severity in FINDING_SEVERITIES},
}
SCORE_COLUMNS: Final = ("export", "clean", "share", "findings", "change")
"""Columns of scores that are shown at first; clean are the operations without a critical or high finding."""


@dataclass(frozen=True)
class Prepared:
    """An audit with the tables that are shown of it.

    Attributes:
        audit: the audit.
        findings: all findings, those that the baseline has and accepted ones too, in the order of `table`.
        table: one row per finding.
        scores: one row per export.
    """

    audit: Audit
    findings: Sequence[Finding]
    table: pd.DataFrame
    scores: pd.DataFrame


def prepare(
    export: Export | ExportSet, baseline: Export | ExportSet | None, ignore: Ignore, progress: Progress
) -> Prepared:
    """Audit an export or a set.

    Raises:
        ApigError: a document, the baseline or the ignore file is not valid.
    """
    # Late: loading the checks takes as long as the other views together.
    from apig_nb.audit import audit as audit_exports

    audit = audit_exports(export, baseline=baseline, ignore=ignore, progress=progress)
    report = audit.report
    rows = [(finding, NEW, "") for finding in report.findings]
    rows += [(finding, KNOWN, "") for finding in report.known]
    rows += [(finding, ACCEPTED, reason) for finding, reason in report.ignored]
    rows.sort(key=lambda row: FINDING_SEVERITIES.index(row[0].severity))
    return Prepared(audit, [finding for finding, *_ in rows], _findings_table(report, rows), _scores_table(audit))


def _findings_table(report: AuditReport, rows: Sequence[tuple[Finding, str, str]]) -> pd.DataFrame:
    finds = {rule.id: sentence(rule.finds) for rule in report.rules}
    cells = [
        {
            "severity": finding.severity,
            "export": report.origin(finding.key) or None,
            "operation": _operation_text(finding),
            "finding": finds[finding.rule],
            "remedy": finding.remedy,
            "rule": finding.rule,
            "state": state,
            "reason": reason or None,
            "location": finding.location,
            "evidence": finding.evidence or None,
            "pointer": finding.pointer,
            "fingerprint": finding.fingerprint,
        }
        for finding, state, reason in rows
    ]
    return pd.DataFrame(cells, columns=list(STYLES), dtype="str")


def _operation_text(finding: Finding) -> str:
    if finding.method:
        return f"{finding.method} {finding.path}"
    return pluralize(len(finding.operations), "operation") if finding.operations else "document"


def _scores_table(audit: Audit) -> pd.DataFrame:
    scores = audit.scores
    names = [audit.report.origin(one.key) or one.name for one in audit.report.exports]
    clean = scores["clean"].astype(str) + " of " + scores["operations"].astype(str)
    numbers = scores[list(FINDING_SEVERITIES)]
    columns = {"export": names, "clean": clean, "share": scores["score"], "findings": counts_texts(numbers)}
    return pd.DataFrame(columns).join(_changes(audit)).join(numbers)


def _changes(audit: Audit) -> pd.Series[str]:
    """The numbers of new and fixed findings of each export, beside a baseline."""
    report = audit.report
    keys = {
        word: Counter(tuple(finding.key.values()) for finding in findings)
        for word, findings in (("new", report.findings), ("fixed", report.fixed))
    }
    counts = [{word: of_key[tuple(one.key.values())] for word, of_key in keys.items()} for one in report.exports]
    texts = [counts_text(own) or "as before" for own in counts if report.has_baseline]
    return pd.Series(texts, name="change", dtype="str")
