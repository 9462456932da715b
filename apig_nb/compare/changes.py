"""`Change`: one root cause of a difference, and the collection of them while two documents are walked."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from apig_nb.compare.rules import BREAKING, RULES, SENT, SEVERITIES, WARNING, Rule
from apig_nb.definition.operation import Operation
from apig_nb.definition.values import json_text

LIFECYCLE: Final = ("x-sunset", "x-stability-level", "x-beta-api")
"""Extension keys that say how long or how firmly something is promised."""

MAX_VALUE: Final = 2000
"""Characters of a value that a change keeps."""


@dataclass(slots=True)
class Change:
    """One root cause.

    Attributes:
        rule: what it is.
        severity: the gravest of the sides it stands on.
        pointer: where it is written: in the new document, in the old one for what is gone.
        location: the same in words.
        before: the old value as text, `None` where there was none.
        after: the new value as text, `None` where there is none.
        operations: the operations it reaches, each with its severity there.
    """

    rule: Rule
    severity: str
    pointer: str
    location: str
    before: str | None
    after: str | None
    operations: dict[tuple[str, str], str] = field(default_factory=dict)

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
        """A short hash of what it is and where, in no way of the words it is told in.

        Values are part of it: a limit lowered once more is another change.
        """
        reached = sorted(f"{method} {path}" for method, path in self.operations)
        where = self.location if len(reached) != 1 else f"{reached[0]} {self.location}"
        parts = (self.rule.id, where, self.before or "", self.after or "")
        return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:12]


class Changes:
    """Gathers changes; the same cause met again only reaches more operations."""

    def __init__(self) -> None:
        self._found: dict[tuple[object, ...], Change] = {}

    def add(
        self,
        rule: str,
        pointer: str,
        location: str,
        before: Any = None,
        after: Any = None,
        *,
        operations: Iterable[Operation] = (),
        side: str = SENT,
    ) -> None:
        """Add a change, or another side or more operations of one that is known."""
        kind = RULES[rule]
        severity = kind.severity(side)
        old_text, new_text = value_text(before), value_text(after)
        key = (rule, pointer, location, old_text, new_text)
        change = self._found.get(key)
        if change is None:
            change = self._found[key] = Change(kind, severity, pointer, location, old_text, new_text)
        for operation in operations:
            reached = (operation.method, operation.path)
            severity = kind.severity(side)
            if severity == BREAKING and not is_promised(operation):
                severity = WARNING
            known = change.operations.get(reached)
            change.operations[reached] = severity if known is None else gravest((known, severity))
        every = (*change.operations.values(),) or (change.severity, severity)
        change.severity = gravest(every)

    def sorted(self) -> list[Change]:
        """The gravest first, then by where they are."""
        order = {severity: number for number, severity in enumerate(SEVERITIES)}

        def key(change: Change) -> tuple[object, ...]:
            first = min(((path, method) for method, path in change.operations), default=("", ""))
            return (
                order[change.severity],
                first,
                change.location,
                change.rule.id,
                change.before or "",
                change.after or "",
            )

        return sorted(self._found.values(), key=key)


def is_promised(operation: Operation) -> bool:
    """Whether callers may rely on an operation: one marked as beta, alpha or draft is still to change."""
    stability = operation.raw.get("x-stability-level")
    return not (operation.raw.get("x-beta-api") is True or stability in ("draft", "alpha"))


def gravest(severities: Iterable[str]) -> str:
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
