"""What a user wants left out or seen otherwise: ignore lists, own severities, and what is mapped before comparing."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from fnmatch import fnmatchcase
from heapq import merge
from pathlib import Path
from typing import Any, Final

import yaml

from apig_nb.compare.changes import Change
from apig_nb.compare.rules import CATEGORIES, RULES, Rule
from apig_nb.errors import ArgumentError
from apig_nb.report import SEVERITIES
from apig_nb.text import visible

Ignore = str | os.PathLike[str] | Mapping[str, Any] | list[Any] | None
"""A file, the content of such a file, or a list of entries."""

OFF: Final = "off"
"""The severity that leaves a rule out."""

NO_YAML: Final = (yaml.YAMLError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What PyYAML raises over a text that it cannot read: besides its own errors those over the day 2026-13-01, `!!bool x`,
`!!timestamp x`, an escape beyond Unicode, `[` very often; and over what is no UTF-8."""

_FIELDS: Final = ("rule", "path", "category", "fingerprint", "reason", "expires")


@dataclass(frozen=True, slots=True)
class IgnoreEntry:
    """One entry of an ignore list: a change is left out where every condition that is given fits.

    Attributes:
        rule: a rule's id, or a pattern such as `description-*`.
        path: a pattern that every path the change reaches fits, such as `/internal/*`.
        category: contract, access, traffic, backend or documentation.
        fingerprint: of one single change.
        reason: why it is accepted.
        expires: the last day on which the entry counts.
    """

    rule: str | None = None
    path: str | None = None
    category: str | None = None
    fingerprint: str | None = None
    reason: str = ""
    expires: date | None = None

    def counts_on(self, day: date) -> bool:
        """Whether the entry has not expired."""
        return self.expires is None or day <= self.expires

    def is_about(self, rule: Rule) -> bool:
        """Whether it leaves out changes of a rule."""
        return (self.rule is None or fnmatchcase(rule.id, self.rule)) and self.category in (None, rule.category)

    def holds(self, paths: Collection[str]) -> bool:
        """Whether all paths that a change reaches fit."""
        return self.path is None or (bool(paths) and all(fnmatchcase(path, self.path) for path in paths))


Numbered = list[tuple[int, IgnoreEntry]]
"""Entries with their place in the list: of several that leave a change out, the first gives the reason."""


class IgnoreList:
    """The entries that count on a day, laid out so that a change meets only those that may be about it."""

    def __init__(self, entries: Iterable[IgnoreEntry], day: date) -> None:
        self._by_fingerprint: defaultdict[str | None, Numbered] = defaultdict(list)
        self._by_rule: dict[str, Numbered] = {}
        for number, entry in enumerate(entries):
            if entry.counts_on(day):
                self._by_fingerprint[entry.fingerprint].append((number, entry))

    def entry_for(self, change: Change) -> IgnoreEntry | None:
        """The entry that leaves a change out."""
        if not self._by_fingerprint:
            return None
        paths = {path for _, path in change.operations}
        entries = merge(self._of_any(change.rule), self._of(change.fingerprint, change.rule))
        return next((entry for _, entry in entries if entry.holds(paths)), None)

    def _of_any(self, rule: Rule) -> Numbered:
        if rule.id not in self._by_rule:
            self._by_rule[rule.id] = self._of(None, rule)
        return self._by_rule[rule.id]

    def _of(self, fingerprint: str | None, rule: Rule) -> Numbered:
        return [numbered for numbered in self._by_fingerprint.get(fingerprint, ()) if numbered[1].is_about(rule)]


@dataclass(frozen=True)
class CompareOptions:
    """How a comparison is made: what is left out, how grave rules are, what is mapped.

    Attributes:
        ignore: entries of changes to leave out.
        severity: rule → severity, `off` to leave it out.
        paths: beginnings of paths, one → the other that counts as the same.
        addresses: hosts and addresses of backends, one → the other that counts as the same.
    """

    ignore: tuple[IgnoreEntry, ...] = ()
    severity: Mapping[str, str] = field(default_factory=dict)
    paths: Mapping[str, str] = field(default_factory=dict)
    addresses: Mapping[str, str] = field(default_factory=dict)

    def map_path(self, path: str) -> str:
        """A path as it is known in the comparison."""
        for prefix, replacement in self.paths.items():
            if replacement.startswith(prefix) and _is_below(path, replacement):
                return path
            if _is_below(path, prefix):
                return f"{replacement.rstrip('/')}{path[len(prefix.rstrip('/')) :]}" or "/"
        return path

    def map_address(self, address: str | None) -> str | None:
        """An address as it is known in the comparison."""
        if address is None or address in self.addresses:
            return address if address is None else self.addresses[address]
        host, colon, port = address.partition(":")
        return f"{self.addresses.get(host, host)}{colon}{port}"


def _is_below(path: str, prefix: str) -> bool:
    return path == prefix or path.startswith(f"{prefix.rstrip('/')}/")


def read_options(ignore: Any, severity: Mapping[str, str] | None) -> CompareOptions:
    """Read what a user gave as `ignore` and `severity`.

    Args:
        ignore: the path of a YAML file, or what would be in it: a list of entries, or a mapping with `ignore` (such a
            list), `severity` (rule → severity), `paths` and `addresses` (one →
            the other that counts as the same).
        severity: rule → severity; counts before what the file says.

    Raises:
        ArgumentError: a file, entry, rule or severity that is not known.
    """
    given = _loaded(ignore) if isinstance(ignore, str | os.PathLike) else ignore
    if given is None:
        given = {}
    if isinstance(given, Sequence):
        given = {"ignore": given}
    if not isinstance(given, Mapping):
        raise ArgumentError("ignore", ignore, "must be a file, a list of entries or a mapping")
    for name in given:
        if name not in ("ignore", "severity", "paths", "addresses"):
            raise ArgumentError(
                "ignore", name, "is no part of an ignore file", ("ignore", "severity", "paths", "addresses")
            )
    severities = {**_texts("severity", given.get("severity")), **_texts("severity", severity)}
    for rule, level in severities.items():
        if not any(fnmatchcase(known, rule) for known in RULES):
            raise ArgumentError("severity", rule, "is no rule; apig_nb.rules() lists them")
        if level not in (*SEVERITIES, OFF):
            raise ArgumentError("severity", level, f"is no severity, for {rule}", (*SEVERITIES, OFF))
    entries = tuple(_entry(item) for item in _listed(given.get("ignore")))
    return CompareOptions(
        entries, severities, _texts("paths", given.get("paths")), _texts("addresses", given.get("addresses"))
    )


def today() -> date:
    """The day that decides whether an entry has expired."""
    return datetime.now(UTC).date()


def _loaded(path: str | os.PathLike[str]) -> Any:
    try:
        return yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ArgumentError("ignore", os.fspath(path), f"cannot be read ({error.strerror})") from error
    except NO_YAML as error:
        raise ArgumentError("ignore", os.fspath(path), "is no YAML") from error


def _listed(items: Any) -> Iterable[Any]:
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


def _entry(item: Any) -> IgnoreEntry:
    if not isinstance(item, Mapping) or not set(item) & set(_FIELDS[:4]):
        raise ArgumentError("ignore", item, "must name a rule, path, category or fingerprint")
    for name in item:
        if name not in _FIELDS:
            raise ArgumentError("ignore", name, "is no part of an entry", _FIELDS)
    category = item.get("category")
    if category is not None and category not in CATEGORIES:
        raise ArgumentError("ignore", category, "is no category", CATEGORIES)
    rule = item.get("rule")
    if rule is not None and not any(fnmatchcase(known, str(rule)) for known in RULES):
        raise ArgumentError("ignore", rule, "is no rule; apig_nb.rules() lists them")
    texts = {name: visible(str(item[name])) for name in _FIELDS[:5] if item.get(name) is not None}
    return IgnoreEntry(**texts, expires=_day(item.get("expires")))


def _day(value: Any) -> date | None:
    if value is None or (isinstance(value, date) and not isinstance(value, datetime)):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError as error:
        raise ArgumentError("ignore", value, "is no day such as 2026-12-31, for expires") from error
