"""Reports of an audit for programs: JSON, JUnit, CSV."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Any, Final

from apig_nb.report.findings import (
    CRITICAL,
    FINDING_COLUMNS,
    FINDING_SEVERITIES,
    HIGH,
    AuditedExport,
    AuditReport,
    Finding,
)
from apig_nb.report.formats import Case, csv_text, junit_text
from apig_nb.text import escape_json

FAILING: Final = frozenset((CRITICAL, HIGH))
"""Severities with which a test case of a JUnit report fails."""


def to_json(report: AuditReport) -> str:
    """Return the exports, the counts and every list of findings as JSON."""
    others = {"known": len(report.known), "fixed": len(report.fixed), "ignored": len(report.ignored)}
    document = {
        "exports": [_export(one) for one in report.exports],
        "counts": {severity: report.counts[severity] for severity in FINDING_SEVERITIES} | others,
        "not_checked": [{**one.key, "rule": one.rule, "reason": one.reason} for one in report.not_checked],
        "findings": _rows(report.findings),
        "known": _rows(report.known),
        "fixed": _rows(report.fixed),
        "ignored": [finding.as_dict() | {"reason": reason} for finding, reason in report.ignored],
    }
    return escape_json(json.dumps(document, ensure_ascii=False, indent=1)) + "\n"


def _export(one: AuditedExport) -> dict[str, Any]:
    names = ("title", "standard", "environment", "source", "sha256")
    facts = {name: getattr(one, name) for name in names}
    return {**one.key, **facts, "operations": len(one.operations), "clean": one.clean}


def _rows(findings: Sequence[Finding]) -> list[dict[str, object]]:
    return [finding.as_dict() for finding in findings]


def to_junit(report: AuditReport) -> str:
    """Return each operation as a JUnit test case, which fails where it has a critical or high finding that counts.

    Findings that concern no operation are in a case named `document`. Rules that were not checked are skipped cases.
    """
    by_case: dict[tuple[tuple[str, ...], str], list[Finding]] = {}
    for export in report.exports:
        key = tuple(export.key.values())
        by_case |= {(key, operation): [] for operation in export.operations}
    for finding in report.findings:
        for operation in finding.operations or ("document",):
            by_case.setdefault((tuple(finding.key.values()), operation), []).append(finding)
    skipped: dict[str, list[str]] = defaultdict(list)
    for one in report.not_checked:
        skipped[" ".join((*one.key.values(), "not checked:", one.rule))].append(one.reason)
    cases = [
        *(Case(name, skipped=", ".join(reasons)) for name, reasons in skipped.items()),
        *(
            Case(
                " ".join((*key, operation)),
                failures=[(one.severity, one.rule, one.message) for one in found if one.severity in FAILING],
                others=[(one.severity, one.rule, one.message) for one in found if one.severity not in FAILING],
            )
            for (key, operation), found in by_case.items()
        ),
    ]
    return junit_text("API audit", "audit", cases)


def to_csv(report: AuditReport) -> str:
    """Return the findings that count as a table for a spreadsheet, in which no cell is a formula."""
    keys = list(report.exports[0].key) if report.exports else []
    columns = (*keys, *FINDING_COLUMNS)
    rows = [
        {**one.key, "severity": "not checked", "rule": one.rule, "message": one.reason} for one in report.not_checked
    ]
    others = ([row.get(name, "") for name in columns] for row in rows)
    return csv_text(columns, [*others, *(finding.as_dict().values() for finding in report.findings)])
