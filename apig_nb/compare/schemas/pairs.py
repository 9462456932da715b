"""Pairs of schemas, the differences between them, and the operations that use them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from apig_nb.compare.changes import Pointers
from apig_nb.compare.labels import joined_path, named_location
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.model.schema import SchemaSource


@dataclass(frozen=True, slots=True)
class SchemaDifference:
    """A difference between two schemas.

    Attributes:
        rule: id of the rule.
        at: pointers in the old and in the new document.
        location: the location in words.
        before: the old value.
        after: the new value.
        detail: distinguishes differences of one rule at one location.
    """

    rule: str
    at: Pointers
    location: str
    before: Any
    after: Any
    detail: str


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

    def location(self, at: Pointers, step: str = "") -> str:
        """Describe a location in words; inside a named schema independent of where that schema is used."""
        named = named_location(at.new) or named_location(at.old)
        if named is not None:
            return named
        path = joined_path(self.path, step)
        return f"{self.label}: {path}" if path else self.label

    def add(self, rule: str, at: Pointers, before: Any, after: Any, step: str = "", detail: str = "") -> None:
        """Add a difference at the pair itself or one step below."""
        location = self.location(at, step)
        location = f"{location}, {detail}" if detail else location
        self.differences.append(SchemaDifference(rule, at, location, before, after, detail))


def affected_operations(pairs: Sequence[SchemaPair]) -> Iterator[list[Operation]]:
    """Yield for each pair the operations that use it directly or through other pairs; none for pairs that are equal."""
    operations = {key: operation for pair in pairs for key, operation in pair.operations.items()}
    bits = {key: 1 << number for number, key in enumerate(operations)}
    # A set of operations as the bits of an integer: thousands of pairs times thousands of operations stay small.
    sets = [sum(bits[key] for key in pair.operations) for pair in pairs]
    grows = True
    # Parents mostly come before their children, so few rounds suffice.
    while grows:
        grows = False
        for pair in pairs:
            union = sets[pair.number]
            for parent in pair.parents:
                union |= sets[parent]
            if union != sets[pair.number]:
                sets[pair.number], grows = union, True
    in_order = list(operations.values())
    for pair in pairs:
        yield [in_order[number] for number in _set_bits(sets[pair.number])] if pair.differences else []


def _set_bits(number: int) -> Iterator[int]:
    """Yield the positions of the bits that are set."""
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest
