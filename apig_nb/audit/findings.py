"""Run the checks, and make findings of the faults that they find."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Final

from apig_nb.audit.checks import CHECKS, SET_CHECKS
from apig_nb.audit.doors import Door, doors_of
from apig_nb.audit.options import AuditOptions
from apig_nb.audit.rules import RULES, AuditRule
from apig_nb.audit.subject import Found, Origin, Subject
from apig_nb.errors import DocumentError
from apig_nb.report import FINDING_SEVERITIES, AuditedExport, Finding, NotChecked
from apig_nb.request import BACKENDS
from apig_nb.text import sentence, shorten

MAX_EVIDENCE: Final = 300
"""Characters of evidence that a finding keeps."""

MAX_AFFECTED: Final = 2_000_000
"""Bound for the operations of all findings together."""

_WHY: Final = {rule.id: sentence(rule.why) for rule in RULES.values()}
_FIX: Final = {rule.id: sentence(rule.fix) for rule in RULES.values()}


class AuditRun:
    """Audits exports one after the other, and then all together; keeps plain data only.

    Attributes:
        exports: what was audited; the number of clean operations is not known yet.
        not_checked: the rules that could not be checked.
    """

    def __init__(self, options: AuditOptions, progress: Callable[[int], object]) -> None:
        """Begin without exports.

        Args:
            options: the options.
            progress: called with the number of audited exports after each rule, as an export may have very many
                operations; an exception of it ends the audit.
        """
        self.exports: list[AuditedExport] = []
        self.not_checked: list[NotChecked] = []
        self._options, self._progress = options, progress
        self._findings: dict[object, Finding] = {}
        self._doors: list[Door] = []
        self._affected = 0

    def audit(self, subjects: Iterable[Subject]) -> list[Finding]:
        """Return the findings of some exports, the most severe first."""
        for subject in subjects:
            self._audit(subject)
            self._progress(len(self.exports))
        for name, check in SET_CHECKS.items():
            if name in self._options.severities:
                for origin, found in check(self._doors):
                    self._add(origin, found, RULES[name])
        order = {tuple(one.key.values()): number for number, one in enumerate(self.exports)}

        def rank(finding: Finding) -> tuple[object, ...]:
            severity, place = FINDING_SEVERITIES.index(finding.severity), order[tuple(finding.key.values())]
            first = next(iter(finding.operations), "")
            return severity, place, finding.rule, first.partition(" ")[2], first

        return sorted(self._findings.values(), key=rank)

    def _audit(self, subject: Subject) -> None:
        export = subject.export
        self.exports.append(
            AuditedExport(
                key=subject.origin.key,
                title=subject.origin.title,
                standard=subject.definition.standard,
                environment=export.environment,
                source=export.source,
                sha256=export.sha256,
                operations=tuple(api.name for api in subject.apis),
                clean=0,
            )
        )
        for name in self._options.severities:
            self._progress(len(self.exports) - 1)
            rule = RULES[name]
            if missing := [part for part in rule.needs if part not in export.contains]:
                reason = f"the export contains no {' and no '.join(missing)}"
                self.not_checked.append(NotChecked(subject.origin.key, name, reason))
            elif name in CHECKS:
                for found in CHECKS[name](subject, **self._options.thresholds.get(name, {})):
                    self._add(subject.origin, found, rule)
        if BACKENDS in export.contains:
            self._doors += doors_of(subject)

    def _add(self, origin: Origin, found: Found, rule: AuditRule) -> None:
        finding = _finding(origin, found, rule, self._options.severities[rule.id])
        self._affected += 1 + len(finding.operations)
        if self._affected > MAX_AFFECTED:
            raise DocumentError(
                f"the findings concern more than {MAX_AFFECTED:,} operations, each counted once per finding; audit"
                " fewer APIs at once"
            )
        # One thing may be written twice, such as two server groups of one name.
        self._findings.setdefault(finding.identity, finding)


def with_clean(exports: Iterable[AuditedExport], failing: set[tuple[tuple[str, ...], str]]) -> list[AuditedExport]:
    """Return exports with the number of operations that are not among the failing ones."""
    return [
        replace(one, clean=sum((tuple(one.key.values()), name) not in failing for name in one.operations))
        for one in exports
    ]


def _finding(origin: Origin, found: Found, rule: AuditRule, severity: str) -> Finding:
    operations = found.affected if found.operation is None else (found.operation,)
    method, _, path = operations[0].partition(" ") if len(operations) == 1 else (None, "", None)
    location, evidence = found.location, shorten(found.evidence, MAX_EVIDENCE)
    # Without pointer and evidence: the same thing has other pointers in other standards, and stays the same finding
    # when a number in its evidence changes.
    parts = (rule.id, origin.title, found.operation or "", location)
    return Finding(
        key=origin.key,
        severity=severity,
        rule=rule.id,
        method=method,
        path=path,
        location=location,
        pointer=found.pointer,
        evidence=evidence,
        message=f"{location}: {rule.finds}{evidence and f' ({evidence})'}. {_WHY[rule.id]}",
        remedy=_FIX[rule.id],
        operations=operations,
        fingerprint=hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:12],
    )
