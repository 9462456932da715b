"""Reports in SARIF 2.1.0, which code scanning and editors read.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/sarif-v2.1.0-os.html
"""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Any, Final
from urllib.parse import quote

from apig_nb.report.findings import CRITICAL, HIGH, INFO, LOW, MEDIUM, AuditedExport, AuditReport, Finding
from apig_nb.text import escape_json

_LEVELS: Final = {CRITICAL: "error", HIGH: "error", MEDIUM: "warning", LOW: "note", INFO: "note"}
_SCORES: Final = {CRITICAL: "9.5", HIGH: "8.0", MEDIUM: "5.5", LOW: "3.0", INFO: "0.0"}
"""Severity → the number by which GitHub sorts:
https://docs.github.com/en/code-security/code-scanning/integrating-with-code-scanning/sarif-support-for-code-scanning"""
_SCHEMA: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def to_sarif(report: AuditReport) -> str:
    """Return the findings as SARIF; ignored ones are suppressed, and with a baseline each has its state."""
    index = {rule.id: number for number, rule in enumerate(report.rules)}
    exports = {tuple(one.key.values()): one for one in report.exports}

    def result(finding: Finding, state: str) -> dict[str, Any]:
        made = _result(finding, exports.get(tuple(finding.key.values())))
        if finding.rule in index:
            made["ruleIndex"] = index[finding.rule]
        return made | ({"baselineState": state} if report.has_baseline else {})

    results = [
        *(result(finding, "new") for finding in report.findings),
        *(result(finding, "unchanged") for finding in report.known),
        *(result(finding, "absent") for finding in report.fixed),
        *(
            result(finding, "unchanged") | {"suppressions": [{"kind": "external", "justification": reason}]}
            for finding, reason in report.ignored
        ),
    ]
    driver = {
        "name": "apig_nb",
        "version": version("apig_nb"),
        "rules": [
            {
                "id": rule.id,
                "shortDescription": {"text": rule.finds},
                "fullDescription": {"text": f"{rule.finds}: {rule.why}"},
                "help": {"text": rule.fix},
                "helpUri": rule.source,
                "defaultConfiguration": {"level": _LEVELS[rule.severity]},
                "properties": {
                    "security-severity": _SCORES[rule.severity],
                    "tags": ["security", *([f"OWASP-{rule.owasp}:2023"] if rule.owasp else [])],
                },
            }
            for rule in report.rules
        ],
    }
    notifications = [
        {"descriptor": {"id": one.rule}, "message": {"text": f"{one.rule} was not checked: {one.reason}"}}
        for one in report.not_checked
    ]
    run = {
        "tool": {"driver": driver},
        "invocations": [{"executionSuccessful": True, "toolConfigurationNotifications": notifications}],
        "columnKind": "unicodeCodePoints",
        "results": results,
    }
    document = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return escape_json(json.dumps(document, ensure_ascii=False, indent=1)) + "\n"


def _result(finding: Finding, export: AuditedExport | None) -> dict[str, Any]:
    logical = {"fullyQualifiedName": finding.pointer, "kind": "member"}
    if finding.operations:
        logical["name"] = ", ".join(finding.operations)
    location: dict[str, Any] = {"logicalLocations": [logical]}
    if export is not None and export.source:
        location["physicalLocation"] = {"artifactLocation": {"uri": quote(export.source)}}
    return {
        "ruleId": finding.rule,
        "level": _LEVELS[finding.severity],
        "message": {"text": f"{finding.message} {finding.remedy}"},
        "locations": [location],
        "partialFingerprints": {"apigFinding/v1": finding.fingerprint},
        "properties": {"severity": finding.severity, "evidence": finding.evidence, **finding.key},
    }
