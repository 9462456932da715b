"""`Change`: one root cause of a difference; `Changes` collects them while two documents are compared."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields
from typing import Any, Final, NamedTuple

from apig_nb.compare.labels import named_location
from apig_nb.compare.rules import ALTERED, BOTH, LOOSENED, NONE, OTHER_SIDE, RULES, TIGHTENED, Rule, Verdict
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.values import deep_equal, equal, json_text
from apig_nb.errors import DocumentError
from apig_nb.export_set import ExportKey
from apig_nb.report import BREAKING, SEVERITIES, WARNING, Row
from apig_nb.text import sentence, shorten, visible

LIFECYCLE: Final = ("x-sunset", "x-stability-level", "x-beta-api")
"""Extension keys for the lifecycle of an operation: when it ends and how stable it is."""

MAX_VALUE: Final = 2000
"""Characters of a value that a change keeps."""

MAX_VALUE_IN_MESSAGE: Final = 200
"""Characters of a value in a message."""

MAX_AFFECTED: Final = 2_000_000
"""Bound for the affected operations of all changes together."""


class Pointers(NamedTuple):
    """JSON pointers to the same thing in the old and in the new document; `None` where it does not exist."""

    old: str | None
    new: str | None

    @property
    def pointer(self) -> str:
        """The pointer into the new document; into the old one for what was removed."""
        return self.new if self.new is not None else self.old or ""


@dataclass(slots=True)
class Change:
    """One root cause of a difference.

    Attributes:
        rule: kind of change.
        severity: the most severe one among the affected operations.
        side: sent, received, both or none.
        pointers: where it is in the old and in the new document.
        location: the same in words.
        before: old value as text; `None` where there was none.
        after: new value as text; `None` where there is none.
        operations: affected operations as (method, path), each with the severity for it.
        is_chosen: the user chose the severity of the rule.
        key: the key of the export in a set, where sets are compared.
    """

    rule: Rule
    severity: str
    side: str
    pointers: Pointers
    location: str
    before: str | None
    after: str | None
    operations: dict[tuple[str, str], str] = field(default_factory=dict)
    is_chosen: bool = False
    key: ExportKey | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        # The oldest protocols of pickle do not know slots.
        return Change, tuple(getattr(self, one.name) for one in fields(self))

    @property
    def pointer(self) -> str:
        """JSON pointer into the new document; into the old one for what was removed."""
        return self.pointers.pointer

    @property
    def rank(self) -> tuple[int, bool]:
        """Sort key: the most severe first, and within a severity those that reduce protection."""
        return SEVERITIES.index(self.severity), not self.rule.security

    @property
    def affected(self) -> tuple[str, ...]:
        """The affected operations as `METHOD path`."""
        return tuple(f"{method} {path}" for method, path in self.operations)

    @property
    def summary(self) -> str:
        """The kind of change in words."""
        looser = {TIGHTENED: self.before, LOOSENED: self.after}.get(self.rule.effect, "")
        return (looser is None and self.rule.unset_summary) or self.rule.summary

    @property
    def message(self) -> str:
        """The change, the reason of its severity and advice, in two sentences."""
        values = self._values_text()
        return visible(f"{self.location}: {self.summary}{values and f': {values}'}. {sentence(*self.verdict[1:])}")

    def _values_text(self) -> str:
        """Return the values in words, where the rest of the message does not have them."""
        before, after = (value and shorten(value, MAX_VALUE_IN_MESSAGE) for value in (self.before, self.after))
        is_directed = self.rule.effect != ALTERED
        if before is not None and after is not None:
            return "" if is_directed and {before, after} <= {"false", "true"} else f"{before} → {after}"
        value = after if before is None else before
        if value is None or value in self.location.replace(":", " ").split():
            return ""
        return value if is_directed else f"{'now' if before is None else 'was'} {value}"

    @property
    def verdict(self) -> Verdict:
        """The severity with its reason and advice."""
        usual = self.rule.verdict(self.side)
        if self.severity == usual.severity:
            return usual
        if self.is_chosen:
            return Verdict(self.severity, "the severity of this rule was chosen for this comparison", usual.remedy)
        return Verdict(self.severity, "the affected operations are not announced as stable", usual.remedy)

    @property
    def fingerprint(self) -> str:
        """A short hash of rule, location and values, stable when messages are reworded.

        The values are part of it: a limit that is lowered again is another change. A change in a shared component is
        identified by the component, so that it stays the same change when more operations use the component.
        """
        where = self.location
        if self.operations and self.pointer.startswith("/paths/"):
            method, path = min(self.operations)
            where = f"{method} {path} {where}" if len(self.operations) == 1 else f"{path} {where}"
        else:
            shared = dict.fromkeys(
                named_location(pointer) or pointer for pointer in self.pointers if pointer is not None
            )
            where = " ".join((where, *shared))
        parts = (self.rule.id, where, self.before or "", self.after or "")
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:12]

    def row(self) -> Row:
        """Return the change as a row of a report."""
        verdict = self.verdict
        return Row(
            severity=self.severity,
            security=self.rule.security,
            category=self.rule.category,
            rule=self.rule.id,
            effect=self.rule.effect,
            side=self.side,
            location=self.location,
            pointer=self.pointer,
            before=self.before,
            after=self.after,
            message=self.message,
            why=verdict.why,
            remedy=verdict.remedy,
            operations={f"{method} {path}": severity for (method, path), severity in self.operations.items()},
            fingerprint=self.fingerprint,
            summary=self.summary,
            key=self.key._asdict() if self.key else {},
        )


class Changes:
    """Collects changes; the same root cause found again adds its operations to the known change."""

    def __init__(self) -> None:
        self._found: dict[tuple[object, ...], Change] = {}
        self._affected = 0

    def add(
        self,
        rule: str,
        pointers: Pointers,
        location: str,
        before: Any = None,
        after: Any = None,
        *,
        operations: Iterable[Operation] = (),
        side: str = NONE,
        detail: str | None = None,
    ) -> None:
        """Add a change, or the other side or more operations of a known one.

        Args:
            rule: id of a rule.
            pointers: where it is in the old and in the new document.
            location: the same in words.
            before: old value.
            after: new value.
            operations: affected operations.
            side: sent, received, or none for a change that is in neither.
            detail: distinguishes it from other changes at the same pointers, where the location does not.

        Raises:
            DocumentError: all changes together affect more than `MAX_AFFECTED` operations.
        """
        kind = RULES[rule]
        severity = kind.verdict(side).severity
        old_text, new_text = value_text(before), value_text(after)
        if old_text == new_text and isinstance(before, dict | list | float) and deep_equal(before, after):
            return
        key = (rule, pointers, location if detail is None else detail, old_text, new_text)
        change = self._found.get(key)
        severities = set()
        if change is None:
            change = self._found[key] = Change(kind, severity, side, pointers, location, old_text, new_text)
        else:
            severities.add(change.severity)
        change.side = side if side == change.side else BOTH
        change.location = min(change.location, location)
        known_operations, has_operations = len(change.operations), False
        for operation in operations:
            name = (operation.method, operation.path)
            own = WARNING if severity == BREAKING and not operation.is_stable else severity
            known = change.operations.get(name)
            change.operations[name] = own if known is None else most_severe((known, own))
            severities.add(own)
            has_operations = True
        if not has_operations:
            severities.add(severity)
        change.severity = most_severe(severities)
        self._affected += len(change.operations) - known_operations
        if self._affected > MAX_AFFECTED:
            raise DocumentError(
                f"the changes affect more than {MAX_AFFECTED:,} operations, each counted once per change; compare"
                " fewer APIs at once"
            )

    def add_fields(
        self,
        fields: Iterable[tuple[str, str, Any, Any]],
        pointers: Pointers,
        label: str,
        operations: Iterable[Operation],
        side: str = NONE,
    ) -> None:
        """Add a change for each field whose values differ; an empty value is the same as none.

        Args:
            fields: rule, name, old value and new value of each.
            pointers: pointers to the object that has the fields.
            label: the object in words; empty for an operation, whose fields are named alone.
            operations: affected operations.
            side: as for `add`.
        """
        for rule, name, before, after in fields:
            values = before or None, after or None
            if not equal(*values):
                location = f"{label}, {name}" if label else name
                self.add(rule, pointers, location, *values, operations=operations, side=side)

    def sorted(self) -> list[Change]:
        """Return the changes, the most severe first, then those that reduce protection, by operation and location."""
        for change in self._found.values():
            by_path = sorted(change.operations.items(), key=lambda item: (item[0][1], item[0][0]))
            change.operations = dict(by_path)

        def key(change: Change) -> tuple[object, ...]:
            first = next(((path, method) for method, path in change.operations), ("", ""))
            return (
                *change.rank,
                first,
                change.location,
                change.rule.id,
                change.before or "",
                change.after or "",
            )

        return sorted(self._found.values(), key=key)


class ChangesFor(Changes):
    """Passes changes on to others, reported for other operations than those that are compared.

    Attributes:
        operations: the affected operations.
        label: put before each location.
        is_reversed: True if callers send what the operations receive and the other way round, as in a callback.
        is_left_out: True for rules whose changes are not passed on, on a side.
    """

    def __init__(self, changes: Changes) -> None:
        super().__init__()
        self._changes = changes
        self.operations: tuple[Operation, ...] = ()
        self.label = ""
        self.is_reversed = False
        self.is_left_out: Callable[[Rule, str], bool] = lambda rule, side: False

    def add(
        self,
        rule: str,
        pointers: Pointers,
        location: str,
        before: Any = None,
        after: Any = None,
        *,
        operations: Iterable[Operation] = (),
        side: str = NONE,
        detail: str | None = None,
    ) -> None:
        """Pass a change on, unless its rule is left out."""
        side = OTHER_SIDE[side] if self.is_reversed else side
        if not self.is_left_out(RULES[rule], side):
            location = f"{self.label}, {location}" if location else self.label
            self._changes.add(
                rule, pointers, location, before, after, operations=self.operations, side=side, detail=detail
            )


def most_severe(severities: Iterable[str]) -> str:
    """Return the most severe of some severities."""
    return min(severities, key=SEVERITIES.index)


def value_text(value: Any) -> str | None:
    """Return a value as text for a report: text unchanged, anything else as JSON, `None` for no value."""
    if value is None:
        return None
    if isinstance(value, frozenset | set):
        value = ", ".join(sorted(map(str, value)))
    return shorten(value if isinstance(value, str) else json_text(value), MAX_VALUE)
