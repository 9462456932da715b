"""Options of a comparison: changes to ignore, severities of rules, paths and addresses to map."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from apig_nb.audit.rules import RULES as AUDIT_RULES
from apig_nb.compare.changes import Change
from apig_nb.compare.rules import CATEGORIES, RULES
from apig_nb.errors import ArgumentError
from apig_nb.files import MAX_SETTINGS, read_file
from apig_nb.report import FINDING_SEVERITIES, SEVERITIES
from apig_nb.text import parse_yaml, visible

Ignore = str | os.PathLike[str] | Mapping[str, Any] | list[Any] | None
"""A file, the content of such a file, or a list of entries."""

OFF: Final = "off"
"""The severity that turns a rule off."""

_LISTS: Final = "apig_nb.rules() and apig_nb.audit_rules() list them"
_FILE_FIELDS: Final = ("ignore", "severity", "paths", "addresses")
_CONDITIONS: Final = ("rule", "path", "category", "fingerprint")
_ENTRY_FIELDS: Final = (*_CONDITIONS, "reason", "expires", "note")  # a note is for people


@dataclass(frozen=True, slots=True)
class IgnoreEntry:
    """One entry of an ignore list: a change is ignored if it matches every condition that is given.

    Attributes:
        rule: id of a rule, or a pattern such as `description-*`.
        path: pattern that the path of every affected operation must match, such as `/internal/*`.
        category: contract, access, traffic, backend or documentation.
        fingerprint: fingerprint of a single change.
        reason: why the change is accepted.
        expires: last day on which the entry applies.
    """

    rule: str | None = None
    path: str | None = None
    category: str | None = None
    fingerprint: str | None = None
    reason: str = ""
    expires: date | None = None

    def _matches(self, rule: str, category: str | None, fingerprint: str, paths: Collection[str]) -> bool:
        return (
            self.fingerprint in (None, fingerprint)
            and self.category in (None, category)
            and (self.rule is None or fnmatchcase(rule, self.rule))
            and (self.path is None or (bool(paths) and all(fnmatchcase(path, self.path) for path in paths)))
        )


@dataclass(frozen=True)
class CompareOptions:
    """Options of a comparison.

    Attributes:
        ignore: entries of changes to ignore.
        severity: id or pattern of a rule → severity; `off` turns the rule off.
        paths: prefix of a path → the prefix that counts as the same.
        addresses: host or address → the one that counts as the same.
    """

    ignore: tuple[IgnoreEntry, ...] = ()
    severity: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)

    def severity_of(self, change: Change) -> str | None:
        """Return the severity the user chose for the rule of a change; the last pattern that matches counts."""
        return chosen_severity(change.rule.id, self.severity)

    def ignored_by(self, change: Change) -> IgnoreEntry | None:
        """Return the first entry that matches a change and has not expired."""
        if not self.ignore:
            return None
        paths = {path for _, path in change.operations}
        return matching_entry(self.ignore, change.rule.id, change.rule.category, change.fingerprint, paths)

    def map_path(self, path: str) -> str:
        """Return the path under which a path is compared."""
        for prefix, replacement in self.paths.items():
            if replacement.startswith(prefix) and _is_below(path, replacement):
                return path
            if _is_below(path, prefix):
                return f"{replacement.rstrip('/')}{path[len(prefix.rstrip('/')) :]}" or "/"
        return path

    def map_address(self, address: str | None) -> str | None:
        """Return the address under which an address is compared; a mapped host keeps its port."""
        if address is None or address in self.addresses:
            return address if address is None else self.addresses[address]
        host, colon, port = address.partition(":")
        return f"{self.addresses.get(host, host)}{colon}{port}"


def matching_entry(
    entries: Iterable[IgnoreEntry], rule: str, category: str | None, fingerprint: str, paths: Collection[str]
) -> IgnoreEntry | None:
    """Return the first entry that matches a change or a finding and has not expired."""
    day = today()
    for entry in entries:
        if (entry.expires is None or day <= entry.expires) and entry._matches(rule, category, fingerprint, paths):
            return entry
    return None


def chosen_severity(rule: str, severities: Mapping[str, str]) -> str | None:
    """Return the severity of the last pattern that matches a rule."""
    chosen = None
    for pattern, severity in severities.items():
        if fnmatchcase(rule, pattern):
            chosen = severity
    return chosen


def _is_below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix.rstrip('/')}/")


def today() -> date:
    """Return the day in UTC, which decides whether an entry has expired."""
    return datetime.now(UTC).date()


def read_options(ignore: Any, severity: Mapping[str, str] | None) -> CompareOptions:
    """Read the arguments `ignore` and `severity` of `compare`.

    Args:
        ignore: path of a YAML or JSON file, or its content: a list of entries, or a mapping with `ignore` (such a
            list), `severity` (rule → severity), `paths` and `addresses` (value → the value that counts as the same).
        severity: rule → severity; takes precedence over the file.

    Raises:
        ArgumentError: a file cannot be read, or an entry, rule or severity is unknown.
    """
    given = read_fields(ignore)
    return CompareOptions(
        ignore=read_entries(given),
        severity=read_severities(given, severity, RULES, SEVERITIES),
        paths=_texts("paths", given.get("paths")),
        addresses=_texts("addresses", given.get("addresses")),
    )


def read_fields(ignore: Any) -> Mapping[str, Any]:
    """Return the fields of an ignore file, or of what was given in place of one.

    Raises:
        ArgumentError: a file cannot be read, or has other fields.
    """
    given = _load(ignore) if isinstance(ignore, str | os.PathLike) else ignore
    if given is None:
        given = {}
    if isinstance(given, Sequence):
        given = {"ignore": given}
    if not isinstance(given, Mapping):
        raise ArgumentError("ignore", ignore, "must be a file, a list of entries or a mapping")
    for name in given:
        if name not in _FILE_FIELDS:
            raise ArgumentError("ignore", name, "is not a field of an ignore file", _FILE_FIELDS)
    return given


def read_entries(given: Mapping[str, Any]) -> tuple[IgnoreEntry, ...]:
    """Read the entries of an ignore file, which may be of changes and of findings.

    Raises:
        ArgumentError: one of them is invalid.
    """
    return tuple(_read_entry(item) for item in _list(given.get("ignore")))


def read_severities(
    given: Mapping[str, Any], severity: Any, rules: Collection[str], severities: Collection[str]
) -> dict[str, str]:
    """Read the chosen severities of some rules: those of an ignore file, where others may stand too, and an argument.

    Args:
        given: the fields of an ignore file.
        severity: rule or pattern → severity; takes precedence over the file.
        rules: the rules that can be chosen.
        severities: the severities that they can have.

    Raises:
        ArgumentError: a rule or a severity is unknown.
    """
    of_file = _texts("severity", given.get("severity"))
    for pattern in of_file:
        if not _is_rule(pattern):
            raise ArgumentError("severity", pattern, f"is not a rule; {_LISTS}")
    # A pattern of the file can match rules of both kinds, and its severity can be one of the other kind only.
    own = {
        pattern: level
        for pattern, level in of_file.items()
        if _matches_any(pattern, rules)
        and (level in (*severities, OFF) or level not in (*SEVERITIES, *FINDING_SEVERITIES))
    }
    chosen = {**own, **_texts("severity", severity)}
    for pattern, level in chosen.items():
        if not _matches_any(pattern, rules):
            raise ArgumentError("severity", pattern, f"is not a rule; {_LISTS}")
        if level not in (*severities, OFF):
            raise ArgumentError("severity", level, f"is not a severity, for {pattern}", (*severities, OFF))
    return chosen


def _load(path: str | os.PathLike[str]) -> Any:
    try:
        return parse_yaml(read_file(Path(path), MAX_SETTINGS).decode("utf-8"))
    except OSError as error:
        raise ArgumentError("ignore", os.fspath(path), f"cannot be read ({error.strerror})") from error
    # ValueError: not YAML, not UTF-8, or a NUL in the name.
    except ValueError as error:
        problem = "is not text in UTF-8" if isinstance(error, UnicodeError) else f"cannot be read ({error})"
        raise ArgumentError("ignore", os.fspath(path), problem) from error


def _is_rule(pattern: str) -> bool:
    """Return True if a pattern matches a rule of comparisons or of audits, which share their ignore files."""
    return _matches_any(pattern, RULES) or _matches_any(pattern, AUDIT_RULES)


def _matches_any(pattern: str, rules: Collection[str]) -> bool:
    return any(fnmatchcase(known, pattern) for known in rules)


def _list(items: Any) -> Iterable[Any]:
    if items is None:
        return ()
    if not isinstance(items, Sequence) or isinstance(items, str):
        raise ArgumentError("ignore", items, "must be a list of entries")
    return items


def _texts(name: str, mapping: Any) -> dict[str, str]:
    if mapping is None:
        return {}
    if not isinstance(mapping, Mapping):
        raise ArgumentError(name, mapping, "must be a mapping")
    # YAML reads an unquoted `off` as false.
    return {str(key): OFF if value is False else str(value or "") for key, value in mapping.items()}


def _read_entry(item: Any) -> IgnoreEntry:
    if not isinstance(item, Mapping) or not set(item) & set(_CONDITIONS):
        raise ArgumentError("ignore", item, "must name a rule, path, category or fingerprint")
    for name in item:
        if name not in _ENTRY_FIELDS:
            raise ArgumentError("ignore", name, "is not a field of an entry", _ENTRY_FIELDS)
    category = item.get("category")
    if category is not None and category not in CATEGORIES:
        raise ArgumentError("ignore", category, "is not a category", CATEGORIES)
    rule = item.get("rule")
    if rule is not None and not _is_rule(str(rule)):
        raise ArgumentError("ignore", rule, f"is not a rule; {_LISTS}")
    texts = {name: visible(str(item[name])) for name in (*_CONDITIONS, "reason") if item.get(name) is not None}
    return IgnoreEntry(**texts, expires=_day(item.get("expires")))


def _day(value: Any) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise ArgumentError("ignore", value, "is not a day such as 2026-12-31, for expires") from error
