"""Run the checks, and make findings of the faults that they find."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from apig_nb.audit.checks import CHECKS, SET_CHECKS
from apig_nb.audit.rules import RULES, AuditRule
from apig_nb.audit.subject import Found, Subject
from apig_nb.report import FINDING_SEVERITIES, Finding
from apig_nb.text import sentence, shorten

MAX_EVIDENCE: Final = 300
"""Characters of evidence that a finding keeps."""

_WHY: Final = {rule.id: sentence(rule.why) for rule in RULES.values()}
_FIX: Final = {rule.id: sentence(rule.fix) for rule in RULES.values()}


def find(
    subjects: Sequence[Subject], severities: Mapping[str, str], thresholds: Mapping[str, Mapping[str, Any]]
) -> list[Finding]:
    """Return the findings of the rules in `severities`, the most severe first.

    Args:
        subjects: the exports.
        severities: rule → severity; other rules are not checked.
        thresholds: rule → name → value, of all rules that have some.
    """
    findings: dict[tuple[object, ...], Finding] = {}
    for subject, found, rule in _faults(subjects, severities, thresholds):
        finding = _finding(subject, found, rule, severities[rule.id])
        # One thing may be written twice, such as two server groups of one name.
        findings.setdefault(finding.identity, finding)
    order = {tuple(subject.key.values()): number for number, subject in enumerate(subjects)}

    def rank(finding: Finding) -> tuple[object, ...]:
        first = next(iter(finding.operations), "")
        place = order[tuple(finding.key.values())]
        return FINDING_SEVERITIES.index(finding.severity), place, finding.rule, first.partition(" ")[2], first

    return sorted(findings.values(), key=rank)


def _faults(
    subjects: Sequence[Subject], severities: Mapping[str, str], thresholds: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[Subject, Found, AuditRule]]:
    for name in severities:
        rule = RULES[name]
        able = [subject for subject in subjects if is_checkable(subject, rule)]
        if name in SET_CHECKS:
            yield from ((subject, found, rule) for subject, found in SET_CHECKS[name](able))
            continue
        check, values = CHECKS[name], thresholds.get(name, {})
        for subject in able:
            yield from ((subject, found, rule) for found in check(subject, **values))


def is_checkable(subject: Subject, rule: AuditRule) -> bool:
    """Return True if an export contains the parts that a rule needs."""
    return subject.export.contains.issuperset(rule.needs)


def _finding(subject: Subject, found: Found, rule: AuditRule, severity: str) -> Finding:
    own = found.operation
    operations = (own,) if own is not None else found.affected
    only = operations[0] if len(operations) == 1 else None
    location, evidence = found.location, shorten(found.evidence, MAX_EVIDENCE)
    where = f"{own.method} {own.path}" if own is not None else ""
    # Without pointer and evidence: the same thing has other pointers in other standards, and stays the same finding
    # when a number in its evidence changes.
    parts = (rule.id, subject.definition.title, where, found.location)
    return Finding(
        key=subject.key,
        severity=severity,
        rule=rule.id,
        method=only.method if only else None,
        path=only.path if only else None,
        location=location,
        pointer=found.pointer,
        evidence=evidence,
        message=f"{location}: {rule.finds}{evidence and f' ({evidence})'}. {_WHY[rule.id]}",
        remedy=_FIX[rule.id],
        operations=tuple(f"{operation.method} {operation.path}" for operation in operations),
        fingerprint=hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:12],
    )
