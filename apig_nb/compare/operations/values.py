"""Comparison of single values outside a body, in parameters and headers: their serialisation and their schema."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.equality import SourceEquality
from apig_nb.compare.rules import SENT
from apig_nb.compare.schemas.comparison import Schemas
from apig_nb.definition.model.elements import Header, Parameter
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.model.schema import SchemaSource
from apig_nb.definition.model.schema_reader import SchemaReader
from apig_nb.definition.values import as_number

_SEPARATED: Final = ("commas", "blanks", "bars", "tabs")

_OF_THE_LIST: Final = ("nullable", "default", "deprecated")
"""Keywords of a list that concern a value as a whole."""


class ValueComparison:
    """Compares the values of pairs of parameters or headers and adds the changes."""

    def __init__(self, changes: Changes, schemas: Schemas, equality: SourceEquality) -> None:
        self._changes, self._schemas, self._equality = changes, schemas, equality

    def compare_ignored(
        self,
        old: Parameter | Header | None,
        new: Parameter | Header | None,
        side: str,
        label: str,
        operations: tuple[Operation, Operation],
    ) -> None:
        """Add a change of a header that the standard tells to ignore, without its details: no call depends on them."""
        if old is not None and new is not None:
            standards = {operation.document.standard for operation in operations}
            if len(standards) > 1 or self._equality.same(old.source, new.source):
                return
        pointers = Pointers(old and old.pointer, new and new.pointer)
        self._changes.add("ignored-header-altered", pointers, label, operations=operations[1:], side=side)

    def compare(
        self, old: Parameter | Header, new: Parameter | Header, side: str, label: str, operation: Operation
    ) -> None:
        """Compare two values; in what callers send, those that are sent as text are compared as texts.

        Clients convert what they receive to the described type, so that another type is another value for them.
        """
        before, after = self._schemas.old.types(old.schema_source), self._schemas.new.types(new.schema_source)
        # Properties of an object in a parameter are left with their types, as objects have many forms there.
        is_text = side == SENT and old.is_text and new.is_text and "object" not in before | after
        if is_text and _is_one_with_many(old, before, new, after):
            self._compare_one_with_many(old, before, new, after, label, operation)
            return
        ways = old.serialisation(before), new.serialisation(after)
        if None in ways:
            # The type says that there is no list or object on one side; for single values there are fewer ways.
            ways = old.serialisation(()), new.serialisation(())
        if ways[0] != ways[1]:
            pointers, shown = Pointers(old.pointer, new.pointer), [way or "as it is" for way in ways]
            self._add("serialisation-altered", pointers, label, shown, side, operation)
        self._schemas.compare(old.schema_source, new.schema_source, side, label, operation, is_text=is_text)

    def compare_undeclared(
        self, declared: Parameter, at: str, label: str, operation: Operation, *, is_declared: bool
    ) -> None:
        """Compare a parameter in the path with one that is not declared, which accepts any text.

        Args:
            declared: the parameter on the side that declares it.
            at: pointer to the operation on the other side.
            label: the parameter in words.
            operation: the operation in the new document.
            is_declared: True if the new side declares it.
        """
        pair = SchemaSource({}, at), declared.schema_source
        old, new = pair if is_declared else reversed(pair)
        self._schemas.compare(old, new, SENT, label, operation, is_text=declared.is_text)

    def _compare_one_with_many(
        self,
        old: Parameter | Header,
        before: frozenset[str],
        new: Parameter | Header,
        after: frozenset[str],
        label: str,
        operation: Operation,
    ) -> None:
        """Compare a value with a list, of which one value alone is written the same."""
        pointers = Pointers(old.schema_source.pointer, new.schema_source.pointer)
        effect, stem = ("loosened", "tightened") if "array" in after else ("tightened", "loosened")
        self._add(
            f"type-{effect}", pointers, label, [" | ".join(sorted(kinds)) for kinds in (before, after)], SENT, operation
        )
        sizes = [_least(self._schemas.old, old.schema_source), _least(self._schemas.new, new.schema_source)]
        if any(sizes):
            self._add(f"min-items-{stem}", pointers, label, sizes, SENT, operation)
        sources = _one_of(self._schemas.old, old.schema_source), _one_of(self._schemas.new, new.schema_source)
        self._schemas.compare(*sources, SENT, label, operation, is_text=True)

    def _add(
        self, rule: str, pointers: Pointers, label: str, values: Sequence[object], side: str, operation: Operation
    ) -> None:
        self._changes.add(rule, pointers, label, *values, operations=(operation,), side=side)


def _is_one_with_many(
    old: Parameter | Header, before: frozenset[str], new: Parameter | Header, after: frozenset[str]
) -> bool:
    """Return True if one of two values is a list, and the other is written like a list of one."""
    (many, kinds), (one, types) = ((old, before), (new, after)) if "array" in before else ((new, after), (old, before))
    if kinds != {"array"} or not types or not {"array", "object"}.isdisjoint(types):
        return False
    list_way, way = many.serialisation(kinds) or "", one.serialisation(types)
    if way is not None:
        return list_way.startswith(way)
    # A text with the separator in it would be several values; in a path or header, lists have no other way.
    is_safe = "string" not in types or many.location in ("path", "header")
    return list_way == "repetition" or (list_way in _SEPARATED and is_safe)


def _least(reader: SchemaReader, source: SchemaSource) -> object:
    """Return the smallest number of items of a list if a single value is too few."""
    size = reader.read(source).keywords.get("minItems")
    return size if (as_number(size) or 0) > 1 else None


def _one_of(reader: SchemaReader, source: SchemaSource) -> SchemaSource:
    """Return the schema of one item of a list, with what is said of the list as a whole; else the schema itself."""
    schema = reader.read(source)
    if schema.items is None:
        return source
    whole: dict[str, Any] = {key: schema.keywords[key] for key in _OF_THE_LIST if key in schema.keywords}
    if isinstance(whole.get("default"), list) and len(whole["default"]) == 1:
        (whole["default"],) = whole["default"]
    node = {**schema.unknown_keywords, **schema.annotations, **whole}
    return SchemaSource(node, schema.pointer, schema.items.parts)
