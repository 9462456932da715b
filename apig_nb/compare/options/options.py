"""Options of a comparison: changes to ignore, severities of rules, paths and addresses to map."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, Final

from apig_nb.compare.changes import Change
from apig_nb.compare.rules import CATEGORIES, RULES
from apig_nb.errors import ArgumentError
from apig_nb.report import SEVERITIES
from apig_nb.text import parse_yaml, visible

Ignore = str | os.PathLike[str] | Mapping[str, Any] | list[Any] | None
"""A file, the content of such a file, or a list of entries."""

OFF: Final = "off"
"""The severity that turns a rule off."""

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

    def _matches(self, change: Change, fingerprint: str, paths: Collection[str]) -> bool:
        return (
            self.fingerprint in (None, fingerprint)
            and self.category in (None, change.rule.category)
            and (self.rule is None or fnmatchcase(change.rule.id, self.rule))
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
        chosen = None
        for pattern, severity in self.severity.items():
            if fnmatchcase(change.rule.id, pattern):
                chosen = severity
        return chosen

    def ignored_by(self, change: Change) -> IgnoreEntry | None:
        """Return the first entry that matches a change and has not expired."""
        if not self.ignore:
            return None
        fingerprint, paths, day = change.fingerprint, {path for _, path in change.operations}, today()
        for entry in self.ignore:
            if (entry.expires is None or day <= entry.expires) and entry._matches(change, fingerprint, paths):
                return entry
        return None

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
    severities = {**_texts("severity", given.get("severity")), **_texts("severity", severity)}
    for rule, level in severities.items():
        if not _is_rule(rule):
            raise ArgumentError("severity", rule, "is not a rule; apig_nb.rules() lists them")
        if level not in (*SEVERITIES, OFF):
            raise ArgumentError("severity", level, f"is not a severity, for {rule}", (*SEVERITIES, OFF))
    return CompareOptions(
        ignore=tuple(_read_entry(item) for item in _list(given.get("ignore"))),
        severity=severities,
        paths=_texts("paths", given.get("paths")),
        addresses=_texts("addresses", given.get("addresses")),
    )


def _load(path: str | os.PathLike[str]) -> Any:
    try:
        return parse_yaml(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ArgumentError("ignore", os.fspath(path), f"cannot be read ({error.strerror})") from error
    # ValueError: not YAML, not UTF-8, or a NUL in the name.
    except ValueError as error:
        problem = "is not text in UTF-8" if isinstance(error, UnicodeError) else f"cannot be read ({error})"
        raise ArgumentError("ignore", os.fspath(path), problem) from error


def _is_rule(pattern: str) -> bool:
    return any(fnmatchcase(known, pattern) for known in RULES)


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
        raise ArgumentError("ignore", rule, "is not a rule; apig_nb.rules() lists them")
    texts = {name: visible(str(item[name])) for name in (*_CONDITIONS, "reason") if item.get(name) is not None}
    return IgnoreEntry(**texts, expires=_day(item.get("expires")))


def _day(value: Any) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise ArgumentError("ignore", value, "is not a day such as 2026-12-31, for expires") from error
