"""Sets of values as the proofs of `inclusion` take them apart: a schema narrowed to alternatives, types or a value."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any, Final, Protocol

from apig_nb.definition.model.schema import Schema, SchemaSource
from apig_nb.definition.model.schema_reader import SchemaReader
from apig_nb.definition.values import as_exact, json_text

ANY_VALUE: Final = object()
"""Stands for all values of a set."""

MAX_NULL_DEPTH: Final = 3
"""Maximum number of alternatives inside each other that are looked at for null."""

_ALL_TYPES: Final = frozenset(("string", "number", "boolean", "array", "object"))


@dataclass(frozen=True, slots=True)
class ValueSet:
    """The values other than null that match a schema, narrowed further.

    Attributes:
        source: the schema, with the alternatives that the set is narrowed to in `also`.
        schema: its content.
        types: the types of the values; `number` includes `integer`.
        value: the only value, or `ANY_VALUE`.
        chosen: the choices of which an alternative is part of the source, as pointer and keyword.
        excluded: alternatives that no value matches, as exactly one of `oneOf` may match.
        described: properties that are described beside the alternative that is to accept the values.
    """

    source: SchemaSource
    schema: Schema
    types: frozenset[str]
    value: Any = ANY_VALUE
    chosen: frozenset[tuple[str, str]] = frozenset()
    excluded: tuple[SchemaSource, ...] = ()
    described: frozenset[str] = frozenset()

    @classmethod
    def of(cls, source: SchemaSource, schema: Schema) -> ValueSet:
        """Return the values that match a schema."""
        return cls(source, schema, types_of(schema))

    @property
    def key(self) -> tuple[object, ...]:
        """Identity within its document."""
        value = None if self.value is ANY_VALUE else json_text(self.value)
        return (self.source.key, self.types, value, self.chosen, self.described)

    @property
    def single_values(self) -> list[ValueSet] | None:
        """One set for each value that a list of values allows; `None` if there is no list."""
        values = self.schema.keywords.get("enum")
        if self.value is not ANY_VALUE or not isinstance(values, list):
            return None
        sets = [replace(self, types=frozenset((type_of(value),)), value=value) for value in values]
        return [one for one in sets if is_type_in(one.types, self.types)]

    @property
    def has_alternatives(self) -> bool:
        """True if there is a choice that is not taken apart yet."""
        return any((choice.pointer, choice.keyword) not in self.chosen for choice in self.schema.choices)

    def split(self, reader: SchemaReader) -> Iterator[ValueSet]:
        """Yield one set for each alternative of a choice that is not taken apart yet; there must be one."""
        choice = next(each for each in self.schema.choices if (each.pointer, each.keyword) not in self.chosen)
        chosen = self.chosen | {(choice.pointer, choice.keyword)}
        for member in choice.members:
            others = () if choice.keyword == "anyOf" else tuple(each for each in choice.members if each is not member)
            source = SchemaSource(self.source.node, self.source.pointer, (*self.source.also, member))
            schema = reader.read(source)
            types = frozenset(name for name in types_of(schema) if is_type_in(frozenset((name,)), self.types))
            if "integer" in self.types and "number" in types_of(schema):
                types |= {"integer"}
            excluded = (*self.excluded, *others)
            yield ValueSet(source, schema, types, self.value, chosen, excluded, self.described)


class Proof(Protocol):
    """The part of a proof that the tests of single keywords use; see `Inclusion`."""

    inner: SchemaReader
    outer: SchemaReader

    @property
    def is_strict(self) -> bool:
        """True while objects may have properties that they do not describe."""

    def includes(self, inner: SchemaSource, outer: SchemaSource) -> bool:
        """Return True if every value of an inner schema is one of an outer schema."""

    def includes_set(self, values: ValueSet, outer: SchemaSource) -> bool:
        """Return True if every value of a set is one of an outer schema."""

    def is_disjoint(self, values: ValueSet, outer: SchemaSource, *, is_open: bool) -> bool:
        """Return True if no value of a set is one of an outer schema."""

    def is_included_in(self, outer: SchemaSource, inner: SchemaSource) -> bool:
        """Return True if every value of an outer schema is one of an inner schema."""

    def is_used(self, reader: SchemaReader, schema: Schema, name: str) -> bool:
        """Return False for a property that is never sent or never received on the side in question."""


def types_of(schema: Schema) -> frozenset[str]:
    """Return the types that a schema allows; `number` includes `integer`, and with a whole step it is one."""
    types: frozenset[str] = schema.keywords.get("type", _ALL_TYPES)
    if schema.properties:
        # Authors who describe properties of another type mean an object.
        types |= {"object"}
    if "number" not in types:
        return types
    step = as_exact(schema.keywords.get("multipleOf"))
    return types - {"number"} | {"integer"} if step and step.denominator == 1 else types - {"integer"}


def type_of(value: Any) -> str:
    """Return the type of a value as JSON Schema names it."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "integer" if value == value // 1 else "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object" if isinstance(value, dict) else "null"


def is_type_in(types: frozenset[str], others: frozenset[str]) -> bool:
    """Return True if all types are among others."""
    return types <= others or ("number" in others and types - {"integer"} <= others)


def accepts_null(reader: SchemaReader, schema: Schema, depth: int = 0) -> bool:
    """Return True if null matches a schema; alternatives deep inside others are not looked at."""
    if schema.keywords.get("nullable") is True or schema.accepts_any_type:
        return True
    if not schema.keywords.keys().isdisjoint(("type", "enum")) or depth > MAX_NULL_DEPTH:
        return False
    return all(
        any(accepts_null(reader, reader.read(member), depth + 1) for member in choice.members)
        for choice in schema.choices
    )


def is_one_of(value: Any, values: Any) -> bool:
    """Return True if a value is in a list; 1 and 1.0 are one number, 1 and true are not."""
    number = None if isinstance(value, bool | str) else as_exact(value)
    return isinstance(values, list) and any(_is_same(value, number, other) for other in values)


def _is_same(value: Any, number: Fraction | None, other: Any) -> bool:
    if number is not None:
        return not isinstance(other, bool | str) and as_exact(other) == number
    return type(value) is type(other) and bool(value == other)
