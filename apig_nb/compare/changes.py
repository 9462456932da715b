"""`Change`: one root cause of a difference, and the collection of them while two documents are walked."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from apig_nb.compare.labels import named_location
from apig_nb.compare.rules import BREAKING, RULES, SENT, SEVERITIES, WARNING, Rule
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.values import deep_equal, json_text
from apig_nb.errors import DocumentError

LIFECYCLE: Final = ("x-sunset", "x-stability-level", "x-beta-api")
"""Extension keys that say how long or how firmly something is promised."""

MAX_VALUE: Final = 2000
"""Characters of a value that a change keeps."""

MAX_AFFECTED: Final = 2_000_000
"""How many operations all changes may reach, each counted for each change."""


class Pointers(NamedTuple):
    """Where something is written in the old and in the new document; `None` where it is not there."""

    old: str | None
    new: str | None

    @property
    def pointer(self) -> str:
        """Where a reader looks: in the new document, in the old one for what is gone."""
        return self.new if self.new is not None else self.old or ""


@dataclass(slots=True)
class Change:
    """One root cause.

    Attributes:
        rule: what it is.
        severity: the gravest of the sides it stands on.
        pointers: where it is written in the old and the new document.
        location: the same in words.
        before: the old value as text, `None` where there was none.
        after: the new value as text, `None` where there is none.
        operations: the operations it reaches, each with its severity there.
    """

    rule: Rule
    severity: str
    pointers: Pointers
    location: str
    before: str | None
    after: str | None
    operations: dict[tuple[str, str], str] = field(default_factory=dict)

    @property
    def pointer(self) -> str:
        """Where it is written: in the new document, in the old one for what is gone."""
        return self.pointers.pointer

    @property
    def affected(self) -> tuple[str, ...]:
        """The operations it reaches, as `METHOD path`."""
        return tuple(f"{method} {path}" for method, path in self.operations)

    @property
    def message(self) -> str:
        """What it says, in a sentence."""
        if self.before is None and self.after is None:
            values = ""
        elif self.before is None:
            values = f": {self.after}"
        elif self.after is None:
            values = f": was {self.before}"
        else:
            values = f": {self.before} → {self.after}"
        return f"{self.location}: {self.rule.summary}{values}"

    @property
    def fingerprint(self) -> str:
        """A short hash of what it is and where, in no way of the sentence it is told in.

        Values are part of it: a limit lowered once more is another change. What is shared is known by its own place;
        who else comes to use it makes it no other change.
        """
        where = self.location
        if self.operations and self.pointer.startswith("/paths/"):
            method, path = min(self.operations)
            where = f"{method} {path} {where}" if len(self.operations) == 1 else f"{path} {where}"
        else:
            shared = dict.fromkeys(named_location(place) or place for place in self.pointers if place is not None)
            where = " ".join((where, *shared))
        parts = (self.rule.id, where, self.before or "", self.after or "")
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:12]


COLUMNS: Final[Mapping[str, Callable[[Change], Any]]] = {
    "severity": lambda change: change.severity,
    "category": lambda change: change.rule.category,
    "rule": lambda change: change.rule.id,
    "effect": lambda change: change.rule.effect,
    "location": lambda change: change.location,
    "pointer": lambda change: change.pointer,
    "before": lambda change: change.before,
    "after": lambda change: change.after,
    "message": lambda change: change.message,
    "operations": lambda change: change.affected,
    "fingerprint": lambda change: change.fingerprint,
}
"""What a row tells of a change; all text but for the operations."""


class Changes:
    """Gathers changes; the same cause met again only reaches more operations."""

    def __init__(self) -> None:
        self._found: dict[tuple[object, ...], Change] = {}
        self._reached = 0

    def add(
        self,
        rule: str,
        pointers: Pointers,
        location: str,
        before: Any = None,
        after: Any = None,
        *,
        operations: Iterable[Operation] = (),
        side: str = SENT,
        detail: str | None = None,
    ) -> None:
        """Add a change, or another side or more operations of one that is known.

        Args:
            rule: a rule's id.
            pointers: where it is written in the old and the new document.
            location: the same in words.
            before: the old value.
            after: the new value.
            operations: the operations it reaches.
            side: sent or received.
            detail: what tells it from others at its place, where the location does not.

        Raises:
            DocumentError: all changes reach more than `MAX_AFFECTED` operations.
        """
        kind = RULES[rule]
        severity = kind.severity(side)
        old_text, new_text = value_text(before), value_text(after)
        if old_text == new_text and isinstance(before, dict | list | float) and deep_equal(before, after):
            return
        key = (rule, pointers, location if detail is None else detail, old_text, new_text)
        change = self._found.get(key)
        if change is None:
            change = self._found[key] = Change(kind, severity, pointers, location, old_text, new_text)
        change.location = min(change.location, location)
        reached_before = len(change.operations)
        severities = {change.severity} if reached_before else set()
        for operation in operations:
            reached = (operation.method, operation.path)
            there = WARNING if severity == BREAKING and not is_stable(operation) else severity
            known = change.operations.get(reached)
            change.operations[reached] = there if known is None else most_severe((known, there))
            severities.add(there)
        change.severity = most_severe(severities or (change.severity, severity))
        self._reached += len(change.operations) - reached_before
        if self._reached > MAX_AFFECTED:
            raise DocumentError(
                f"the changes reach more than {MAX_AFFECTED:,} operations, each counted for each change; compare fewer"
                " APIs at once"
            )

    def sorted(self) -> list[Change]:
        """The gravest first, then by where they are; the operations of each by path and method."""
        for change in self._found.values():
            by_path = sorted(change.operations.items(), key=lambda item: (item[0][1], item[0][0]))
            change.operations = dict(by_path)
        order = {severity: number for number, severity in enumerate(SEVERITIES)}

        def key(change: Change) -> tuple[object, ...]:
            first = next(((path, method) for method, path in change.operations), ("", ""))
            return (
                order[change.severity],
                first,
                change.location,
                change.rule.id,
                change.before or "",
                change.after or "",
            )

        return sorted(self._found.values(), key=key)


def is_stable(operation: Operation) -> bool:
    """Whether callers may rely on an operation: one marked as beta, alpha or draft is still to change."""
    stability = operation.raw.get("x-stability-level")
    return not (operation.raw.get("x-beta-api") is True or stability in ("draft", "alpha"))


def most_severe(severities: Iterable[str]) -> str:
    """The gravest of some severities."""
    return min(severities, key=SEVERITIES.index)


def value_text(value: Any) -> str | None:
    """A value for a report: text as it is, anything else as JSON, nothing as `None`."""
    if value is None or isinstance(value, str):
        text = value
    elif isinstance(value, frozenset | set):
        text = ", ".join(sorted(map(str, value)))
    else:
        text = json_text(value)
    return text if text is None or len(text) <= MAX_VALUE else f"{text[: MAX_VALUE - 1]}…"
