"""Options of an audit: findings to ignore, severities and thresholds of rules."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from apig_nb.audit.rules import RULES, AuditRule
from apig_nb.compare.options.options import (
    OFF,
    Ignore,
    IgnoreEntry,
    chosen_severity,
    matching_entry,
    read_entries,
    read_fields,
    read_severities,
)
from apig_nb.errors import ArgumentError
from apig_nb.report import FINDING_SEVERITIES, Finding

__all__ = ["AuditOptions", "Ignore", "read_options"]


@dataclass(frozen=True)
class AuditOptions:
    """Options of an audit.

    Attributes:
        ignore: entries of findings to ignore.
        severities: rule → severity, without the rules that are off.
        thresholds: rule → name → value, of all rules that have some.
    """

    ignore: tuple[IgnoreEntry, ...]
    severities: Mapping[str, str]
    thresholds: Mapping[str, Mapping[str, Any]]

    def ignored_by(self, finding: Finding) -> IgnoreEntry | None:
        """Return the first entry that matches a finding and has not expired."""
        paths = {operation.partition(" ")[2] for operation in finding.operations}
        return matching_entry(self.ignore, finding.rule, None, finding.fingerprint, paths)


def read_options(
    ignore: Ignore, severity: Mapping[str, str] | None, rules: Mapping[str, Mapping[str, Any]] | None
) -> AuditOptions:
    """Read the arguments `ignore`, `severity` and `rules` of `audit`.

    Raises:
        ArgumentError: a file cannot be read, or an entry, rule, severity or threshold is unknown.
    """
    given = read_fields(ignore)
    chosen = read_severities(given, severity, RULES, FINDING_SEVERITIES)
    severities = {name: chosen_severity(name, chosen) or rule.severity for name, rule in RULES.items()}
    return AuditOptions(
        ignore=read_entries(given),
        severities={name: level for name, level in severities.items() if level != OFF},
        thresholds=_thresholds(rules or {}),
    )


def _thresholds(given: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, Any]]:
    thresholds = {name: dict(rule.thresholds) for name, rule in RULES.items() if rule.thresholds}
    if not isinstance(given, Mapping):
        raise ArgumentError("rules", given, "must be a mapping of rules to their thresholds")
    for name, values in given.items():
        if name not in thresholds:
            raise ArgumentError("rules", name, "is not a rule with thresholds", tuple(thresholds))
        if not isinstance(values, Mapping):
            raise ArgumentError("rules", values, f"must be a mapping of thresholds to values, for {name}")
        for threshold, value in values.items():
            thresholds[name][threshold] = _value(RULES[name], threshold, value)
    return thresholds


def _value(rule: AuditRule, threshold: str, value: Any) -> Any:
    if threshold not in rule.thresholds:
        raise ArgumentError("rules", threshold, f"is not a threshold of {rule.id}", tuple(rule.thresholds))
    if isinstance(rule.thresholds[threshold], tuple):
        if isinstance(value, str) or not all(isinstance(word, str) for word in value):
            raise ArgumentError("rules", value, f"must be a list of words, for {threshold} of {rule.id}")
        return tuple(word.lower() for word in value)
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise ArgumentError("rules", value, f"must be a number, for {threshold} of {rule.id}")
    return value
