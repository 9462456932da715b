"""Pairs of schemas, the differences between them, and the operations that use them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from apig_nb.compare.changes import Pointers
from apig_nb.compare.labels import joined_path, named_location
from apig_nb.compare.rules import ADDED, ALTERED, LOOSENED, REMOVED, RULES, TIGHTENED
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.model.schema import SchemaSource


@dataclass(slots=True)
class SchemaDifference:
    """A difference between two schemas.

    Attributes:
        rule: id of the rule.
        at: pointers in the old and in the new document.
        location: the location in words.
        before: the old value.
        after: the new value.
        detail: distinguishes differences of one rule at one location.
        is_restriction: True if it concerns the set of accepted values.
    """

    rule: str
    at: Pointers
    location: str
    before: Any
    after: Any
    detail: str
    is_restriction: bool = True

    @property
    def effect(self) -> str | None:
        """Its effect on the set of accepted values: tightened, loosened or altered; `None` if it has none."""
        effect = RULES[self.rule].effect
        return _AS_RESTRICTION.get(effect, effect) if self.is_restriction else None


_AS_RESTRICTION: Final = {REMOVED: TIGHTENED, ADDED: LOOSENED}
"""Effect of a property that is removed or added on the values that are described."""


@dataclass(slots=True, eq=False)
class SchemaPair:
    """Two schemas that are compared.

    Attributes:
        number: position in the list of all pairs.
        old: the old schema.
        new: the new schema.
        side: `SENT` or `RECEIVED`.
        label: the part of the operation in which the pair was found first, such as `request body`.
        path: the path from that part to the pair.
        is_text: True if values are sent as text.
        differences: the differences found.
        parents: numbers of the pairs that contain this one or refer to it.
        operations: the operations that use it directly, by id.
        is_in_webhook: True if it is used directly where there is no operation of the API.
        absorbed: effects that no difference below has on the values of the whole, whatever it looks like there.
    """

    number: int
    old: SchemaSource
    new: SchemaSource
    side: str
    label: str
    path: str
    is_text: bool
    differences: list[SchemaDifference] = field(default_factory=list)
    parents: set[int] = field(default_factory=set)
    operations: dict[int, Operation] = field(default_factory=dict)
    is_in_webhook: bool = False
    absorbed: frozenset[str] = frozenset()

    def absorbs(self, effect: str | None) -> bool:
        """Return True if differences with this effect, here or below, do not count."""
        return effect in self.absorbed or (effect == ALTERED and bool(self.absorbed))

    @property
    def only_effect(self) -> str | None:
        """The effect of all differences on the whole, if it is known to be one and the same."""
        if len(self.absorbed) != 1:
            return None
        return LOOSENED if TIGHTENED in self.absorbed else TIGHTENED

    def location(self, at: Pointers, step: str = "") -> str:
        """Describe a location in words; inside a named schema independent of where that schema is used."""
        named = named_location(at.new) or named_location(at.old)
        if named is not None:
            return named
        path = joined_path(self.path, step)
        return f"{self.label}: {path}" if path else self.label

    def add(
        self,
        rule: str,
        at: Pointers,
        before: Any,
        after: Any,
        step: str = "",
        detail: str = "",
        *,
        is_restriction: bool = True,
    ) -> None:
        """Add a difference at the pair itself or one step below."""
        location = self.location(at, step)
        location = f"{location}, {detail}" if detail else location
        self.differences.append(SchemaDifference(rule, at, location, before, after, detail, is_restriction))
