"""`AuditReport`: the content of a report of an audit as plain data, independent of the format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from apig_nb.lazy import cached_property
from apig_nb.report.report import BREAKING, WARNING
from apig_nb.text import MAX_LABEL, pluralize, shorten

CRITICAL, HIGH, MEDIUM, LOW = "critical", "high", "medium", "low"
INFO: Final = "info"
FINDING_SEVERITIES: Final = (CRITICAL, HIGH, MEDIUM, LOW, INFO)
"""The most severe first.

- critical: anybody can change something, or calls are neither authenticated nor limited at all.
- high: a protection is missing or does not work.
- medium: a protection is weaker than it looks, or calls fail or go astray.
- low: a limit or a rule of good order is missing.
- info: good to know.
"""

FINDING_SIGNS: Final = dict(zip(FINDING_SEVERITIES, "◆●▲△○", strict=True))
"""A shape for each severity, so that none is shown by colour alone."""


@dataclass(frozen=True)
class Finding:
    """A fault of one rule in one export.

    Attributes:
        key: values of the key columns of a set; empty for a single export.
        severity: critical, high, medium, low or info.
        rule: id of the rule.
        method: method of the operation, where it concerns exactly one.
        path: path of the operation, where it concerns exactly one.
        location: where it is, in words.
        pointer: JSON pointer to it.
        evidence: what shows it; never a secret's value.
        message: the fault and its consequence, in two sentences.
        remedy: how to mend it in the gateway.
        operations: the operations that it concerns as `METHOD path`.
        fingerprint: short hash of rule, group, operation and location, equal for all standards and formats.
    """

    key: Mapping[str, str]
    severity: str
    rule: str
    method: str | None
    path: str | None
    location: str
    pointer: str
    evidence: str
    message: str
    remedy: str
    operations: tuple[str, ...]
    fingerprint: str

    @property
    def identity(self) -> tuple[tuple[str, ...], str]:
        """Key and fingerprint, which are equal for the same finding of another audit."""
        return tuple(self.key.values()), self.fingerprint

    def as_dict(self) -> dict[str, object]:
        """Return the key columns and the values of `FINDING_COLUMNS` by name."""
        return {**self.key, **{name: getattr(self, name) for name in FINDING_COLUMNS}}


FINDING_COLUMNS: Final = tuple(field.name for field in fields(Finding) if field.name != "key")
"""Columns of a table of findings, after the key columns of a set."""


@dataclass(frozen=True)
class RuleText:
    """A rule as reports describe it.

    Attributes:
        id: its name in reports and ignore files.
        severity: critical, high, medium, low or info, unless a user chooses another one.
        owasp: class of the OWASP API Security Top 10 of 2023, such as `API2`; empty where none fits.
        finds: the fault in words, as it stands in a message.
        why: consequence of the fault.
        fix: remedy in the gateway.
        source: URL of the page that the rule rests on.
    """

    id: str
    severity: str
    owasp: str
    finds: str
    why: str
    fix: str
    source: str


@dataclass(frozen=True)
class AuditedExport:
    """An export that was audited.

    Attributes:
        key: values of the key columns of a set; empty for a single export.
        title: title of the API definition.
        standard: standard it is written in, such as `OpenAPI 3.0.3`.
        environment: environment it was exported from; `None` where it is not known.
        source: file it was loaded from.
        sha256: hash of its bytes.
        operations: its operations as `METHOD path`.
        clean: number of operations without a critical or high finding, ignored ones aside.
    """

    key: Mapping[str, str]
    title: str
    standard: str
    environment: str | None
    source: str | None
    sha256: str
    operations: tuple[str, ...]
    clean: int

    @property
    def name(self) -> str:
        """Title and environment, shortened."""
        name = " ".join(part for part in (self.title, self.environment) if part) or self.source or "document"
        return shorten(name, MAX_LABEL)


@dataclass(frozen=True)
class NotChecked:
    """A rule that was not checked in an export."""

    key: Mapping[str, str]
    rule: str
    reason: str


@dataclass(frozen=True)
class AuditReport:
    """The content of a report.

    Attributes:
        exports: what was audited.
        made: when it was made, UTC.
        rules: the rules that are not off.
        findings: the findings that count, the most severe first; with a baseline, the new ones.
        known: findings that the baseline has, too.
        fixed: findings of the baseline that are no longer there.
        ignored: findings that were left out, each with the reason.
        not_checked: rules that could not be checked.
        has_baseline: True if there was a baseline.
    """

    exports: Sequence[AuditedExport]
    made: datetime
    rules: Sequence[RuleText]
    findings: Sequence[Finding]
    known: Sequence[Finding] = ()
    fixed: Sequence[Finding] = ()
    ignored: Sequence[tuple[Finding, str]] = ()
    not_checked: Sequence[NotChecked] = ()
    has_baseline: bool = False

    def __getstate__(self) -> dict[str, Any]:
        # Without what was made of them, or another thread makes now.
        return {field.name: getattr(self, field.name) for field in fields(self)}

    @property
    def title(self) -> str:
        """The name of the export, or the number of exports."""
        return self.exports[0].name if len(self.exports) == 1 else pluralize(len(self.exports), "export")

    def origin(self, key: Mapping[str, str]) -> str:
        """Return the group of a key, after the columns in which the exports differ; empty for a single export."""
        return " ".join(value for name, value in key.items() if value and (name in self._differing or name == "group"))

    @cached_property
    def _differing(self) -> frozenset[str]:
        """The key columns in which the exports differ."""
        return frozenset(
            name for one in self.exports for name, value in one.key.items() if value != self.exports[0].key[name]
        )

    @property
    def counts(self) -> Counter[str]:
        """The number of findings that count by severity."""
        return Counter(finding.severity for finding in self.findings)

    @property
    def counts_text(self) -> str:
        """The number of findings in words, such as `1 critical, 9 high, 2 ignored`."""
        counts, new = self.counts, " new" if self.has_baseline else ""
        found = [f"{counts[severity]} {severity}{new}" for severity in FINDING_SEVERITIES if counts[severity]]
        others = {"known": self.known, "fixed": self.fixed, "ignored": self.ignored}
        return ", ".join(
            [*(found or [f"no{new} finding"]), *(f"{len(rows)} {name}" for name, rows in others.items() if rows)]
        )

    @property
    def verdict(self) -> tuple[str, str]:
        """Severity of a comparison that is as bad, for its colour, and what to do, in one sentence."""
        counts, new = self.counts, "new " if self.has_baseline else ""
        if severe := counts[CRITICAL] + counts[HIGH]:
            return BREAKING, f"Mend first: {pluralize(severe, f'critical or high {new}finding')}."
        if counts[MEDIUM]:
            return WARNING, f"No critical or high {new}finding; {pluralize(counts[MEDIUM], 'medium one')}."
        return "", f"No {new}finding above low severity{' in what was checked' if self.not_checked else ''}."

    @property
    def score_text(self) -> str:
        """The operations without a critical or high finding, in words."""
        clean, total = sum(one.clean for one in self.exports), sum(len(one.operations) for one in self.exports)
        return f"{clean:,} of {pluralize(total, 'operation')} without a critical or high finding"

    @property
    def not_checked_text(self) -> str:
        """The number of rules that could not be checked, with the reasons; empty if there are none."""
        by_reason: dict[str, set[str]] = {}
        for one in self.not_checked:
            by_reason.setdefault(one.reason, set()).add(one.rule)
        shown = "; ".join(f"{pluralize(len(rules), 'rule')} ({reason})" for reason, rules in by_reason.items())
        return f"Not checked: {shown}" if shown else ""

    @property
    def sections(self) -> list[tuple[str, list[tuple[RuleText, list[Finding]]]]]:
        """The findings that count by severity and rule, the most severe first, without empty sections."""
        by_severity: dict[str, dict[str, list[Finding]]] = {severity: {} for severity in FINDING_SEVERITIES}
        for finding in self.findings:
            by_severity[finding.severity].setdefault(finding.rule, []).append(finding)
        rules = {rule.id: rule for rule in self.rules}
        return [
            (severity, [(rules[rule], found) for rule, found in by_rule.items()])
            for severity, by_rule in by_severity.items()
            if by_rule
        ]
