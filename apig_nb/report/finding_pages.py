"""Reports of an audit to read: a page, an overview for a notebook, Markdown. The texts are in `templates/`."""

from __future__ import annotations

from typing import Final

from apig_nb.report.findings import FINDING_SEVERITIES, FINDING_SIGNS, INFO, AuditReport, Finding
from apig_nb.report.pages import MAX_OPERATIONS, OVERVIEW_ROWS, render, shortened

_COLOURS: Final = {"critical": "breaking", "high": "breaking", "medium": "warning"}
"""Severity → the class of the style sheet with its colour, where it has one."""


def to_html(report: AuditReport) -> str:
    """Render the whole report as one page without scripts."""
    return _render("audit.html", report)


def overview(report: AuditReport) -> str:
    """Render the counts and the most severe findings as HTML for a notebook."""
    return _render("audit_overview.html", report)


def to_markdown(report: AuditReport) -> str:
    """Render a report for a merge request."""
    return _render("audit.md", report)


def _render(template: str, report: AuditReport) -> str:
    return render(
        template,
        report=report,
        tiles=[severity for severity in FINDING_SEVERITIES if severity != INFO],
        SIGNS=FINDING_SIGNS,
        COLOURS=_COLOURS,
        OVERVIEW_ROWS=OVERVIEW_ROWS,
        MAX_OPERATIONS=MAX_OPERATIONS,
        places=_places,
        fixed=[(finding, finding.severity) for finding in report.fixed],
    )


def _places(finding: Finding) -> list[str]:
    """Return the operations that a finding concerns; its export and location where there are none."""
    names = [shortened(name) for name in finding.operations[:MAX_OPERATIONS]]
    more = len(finding.operations) - MAX_OPERATIONS
    return [*names, f"and {more} more"] if more > 0 else names or [shortened(finding.location)]
