"""Comparison of schemas: each pair once, however many operations use it; equal pairs are skipped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Protocol

from apig_nb.compare.changes import LIFECYCLE, Changes, ChangesFor, Pointers
from apig_nb.compare.equality import SourceEquality
from apig_nb.compare.labels import joined_path
from apig_nb.compare.rules import OTHER_SIDE, SENT
from apig_nb.compare.schemas.alternatives import AlternativeMatcher
from apig_nb.compare.schemas.keywords import keyword_differences
from apig_nb.compare.schemas.pairs import SchemaDifference, SchemaPair, affected_operations
from apig_nb.compare.schemas.texts import type_differences
from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.model.schema import Condition, Schema, SchemaSource
from apig_nb.definition.model.schema_reader import SchemaReader
from apig_nb.definition.values import equal

_SUBSCHEMA_KEYWORDS: Final = (
    "additionalProperties",
    "additionalItems",
    "unevaluatedProperties",
    "unevaluatedItems",
    "contains",
    "propertyNames",
    "contentSchema",
    "not",
)
"""Keywords whose value is a schema, compared as such where both sides have one."""

_Alternatives = Mapping[str, list[SchemaSource]]


class Schemas(Protocol):
    """Compares the schemas that operations use: `SchemaComparison`, or `SchemasFor` other operations.

    Attributes:
        old: reads the schemas of the old document.
        new: reads those of the new document.
    """

    old: SchemaReader
    new: SchemaReader

    def compare(
        self,
        old: SchemaSource,
        new: SchemaSource,
        side: str,
        label: str,
        operation: Operation | None,
        *,
        is_text: bool = False,
    ) -> None:
        """Compare two schemas."""


class SchemasFor:
    """Passes schemas on to a comparison, told for other operations than those that are compared (`ChangesFor`)."""

    def __init__(self, schemas: Schemas, changes: ChangesFor) -> None:
        self._schemas, self._changes = schemas, changes
        self.old, self.new = schemas.old, schemas.new

    def compare(
        self,
        old: SchemaSource,
        new: SchemaSource,
        side: str,
        label: str,
        operation: Operation | None,
        *,
        is_text: bool = False,
    ) -> None:
        """Compare two schemas."""
        side = OTHER_SIDE[side] if self._changes.is_reversed else side
        affected = next(iter(self._changes.operations), None)
        self._schemas.compare(old, new, side, f"{self._changes.label}, {label}", affected, is_text=is_text)


class SchemaComparison:
    """Compares the schemas of two documents."""

    def __init__(self, old: ApiDefinition, new: ApiDefinition, equality: SourceEquality) -> None:
        self.old, self.new = old.document.schema_reader, new.document.schema_reader
        self.old_names, self.new_names = old.document.schemas.keys(), new.document.schemas.keys()
        self.matcher = AlternativeMatcher(self.old, self.new)
        self._equality = equality
        self._pairs: list[SchemaPair] = []
        self._by_key: dict[tuple[object, ...], SchemaPair] = {}
        self._todo: list[SchemaPair] = []

    def compare(
        self,
        old: SchemaSource,
        new: SchemaSource,
        side: str,
        label: str,
        operation: Operation | None,
        *,
        is_text: bool = False,
    ) -> None:
        """Compare two schemas that an operation uses; `report` adds the differences.

        Args:
            old: the old schema.
            new: the new schema.
            side: `SENT` or `RECEIVED`.
            label: the part of the operation that uses them, such as `request body`.
            operation: the operation in the new document; `None` for a webhook.
            is_text: True if values are sent as text (see `texts`).
        """
        pair = self.pair(old, new, side, label, is_text=is_text)
        if pair is None:
            return
        if operation is not None:
            pair.operations[id(operation)] = operation
        while self._todo:
            _PairComparison(self, self._todo.pop()).run()

    def report(self, changes: Changes) -> None:
        """Add the differences with the operations that they affect."""
        for pair, operations in zip(self._pairs, affected_operations(self._pairs), strict=True):
            for difference in pair.differences:
                changes.add(
                    difference.rule,
                    difference.at,
                    difference.location,
                    difference.before,
                    difference.after,
                    operations=operations,
                    side=pair.side,
                    detail=f"{difference.rule} {difference.detail}",
                )

    def pair(
        self, old: SchemaSource, new: SchemaSource, side: str, label: str, path: str = "", *, is_text: bool = False
    ) -> SchemaPair | None:
        """Return the pair of two schemas, to be compared later if it is new; `None` if both are equal."""
        if self.is_same(old, new):
            return None
        old, new = self.old.resolve(old), self.new.resolve(new)
        if self.is_same(old, new):
            return None
        key = (old.key, new.key, side, is_text)
        pair = self._by_key.get(key)
        if pair is None:
            pair = self._by_key[key] = SchemaPair(len(self._pairs), old, new, side, label, path, is_text)
            self._pairs.append(pair)
            self._todo.append(pair)
        return pair

    def is_same(self, old: SchemaSource, new: SchemaSource) -> bool:
        """Return True if two schemas are written the same, references included."""
        return len(old.also) == len(new.also) and all(
            self._equality.same(before.node, after.node) for before, after in zip(old.parts, new.parts, strict=True)
        )


class _PairComparison:
    """Compares two schemas; schemas inside them become pairs of their own."""

    def __init__(self, comparison: SchemaComparison, pair: SchemaPair) -> None:
        self._comparison, self._pair = comparison, pair
        self._old, self._new = comparison.old.read(pair.old), comparison.new.read(pair.new)
        self._at = Pointers(self._old.pointer, self._new.pointer)

    def run(self) -> None:
        """Add all differences to the pair."""
        if not self._compare_with_alternatives():
            self._compare_keywords()
            self._compare_properties()
            self._compare_required()
            self._compare_items()
            old, new = self._old, self._new
            self._compare_by_name("patternProperties", old.pattern_properties, new.pattern_properties)
            self._compare_by_name("dependentSchemas", old.dependent_schemas, new.dependent_schemas)
            self._compare_conditions()
            self._compare_alternatives(self._old.alternatives, self._new.alternatives)
        self._compare_annotations()
        self._compare_unknown_keywords()

    def _compare_inner(self, old: SchemaSource, new: SchemaSource, step: str, side: str | None = None) -> None:
        """Compare schemas one step below, as a pair of their own."""
        path = joined_path(self._pair.path, step)
        # An object in an object is sent as JSON.
        is_text = self._pair.is_text and "." not in path
        inner = self._comparison.pair(old, new, side or self._pair.side, self._pair.label, path, is_text=is_text)
        if inner is not None:
            inner.parents.add(self._pair.number)

    # ------------------------------------------------------------------ keywords

    def _compare_keywords(self) -> None:
        old, new = dict(self._old.keywords), dict(self._new.keywords)
        if self._old.accepts_any_type or self._new.accepts_any_type:
            # The difference of `type` includes that null is accepted.
            old.pop("nullable", None)
            new.pop("nullable", None)
        if self._is_mapping_renamed():
            del old["discriminator"], new["discriminator"]
        for keyword in _SUBSCHEMA_KEYWORDS:
            before, after = self._old.subschema(keyword), self._new.subschema(keyword)
            if before is not None and after is not None:
                # A restriction inside `not` relaxes the whole: the severities of the other side apply.
                side = OTHER_SIDE[self._pair.side] if keyword == "not" else None
                self._compare_inner(before, after, keyword, side)
                del old[keyword], new[keyword]
        differences = type_differences(old, new) if self._pair.is_text else []
        differences += keyword_differences(old, new)
        for difference in differences:
            at = self._keyword_pointers(difference.keyword)
            self._pair.add(difference.rule, at, difference.before, difference.after)

    def _keyword_pointers(self, keyword: str) -> Pointers:
        return Pointers(self._old.pointers.get(keyword), self._new.pointers.get(keyword))

    def _is_mapping_renamed(self) -> bool:
        """Return True if two discriminators differ only in the names of schemas that were renamed."""
        before, after = self._old.discriminator_mapping, self._new.discriminator_mapping
        old_names, new_names = self._comparison.old_names, self._comparison.new_names
        return (
            bool(before)
            and before.keys() == after.keys()
            and self._old.discriminator_property == self._new.discriminator_property
            and all(
                before[key] == after[key] or (before[key] not in new_names and after[key] not in old_names)
                for key in before
            )
        )

    def _compare_annotations(self) -> None:
        old, new = self._old.annotations, self._new.annotations
        for key in sorted(old.keys() | new.keys()):
            self._compare_text(key, old.get(key), new.get(key), "description-altered")

    def _compare_unknown_keywords(self) -> None:
        old, new = self._old.unknown_keywords, self._new.unknown_keywords
        for key in sorted(old.keys() | new.keys()):
            self._compare_text(key, old.get(key), new.get(key), "schema-keyword-altered")

    def _compare_text(self, key: str, before: Any, after: Any, rule: str) -> None:
        if not equal(before or None, after or None):
            rule = "lifecycle-altered" if key in LIFECYCLE else rule
            self._pair.add(rule, self._keyword_pointers(key), before, after, detail=key)

    # ------------------------------------------------------------------ properties and items

    def _compare_properties(self) -> None:
        old, new = self._old.properties, self._new.properties
        for name, source in old.items():
            if name not in new:
                # A field of a form is sent on its own, like a parameter.
                kind = "parameter" if self._pair.is_text and not self._pair.path else "property"
                rule = f"required-{kind}-removed" if name in self._old.required else f"{kind}-removed"
                if not self._is_used(self._comparison.old, self._old, name):
                    rule = "unused-property-removed"
                self._pair.add(rule, Pointers(source.pointer, None), name, None, name)
        for name, source in new.items():
            if name in old:
                self._compare_inner(old[name], source, name)
            else:
                is_required = name in self._new.required and self._is_used(self._comparison.new, self._new, name)
                rule = "required-property-added" if is_required else "property-added"
                self._pair.add(rule, Pointers(None, source.pointer), None, name, name)

    def _compare_required(self) -> None:
        old = self._required_names(self._comparison.old, self._old)
        new = self._required_names(self._comparison.new, self._new)
        for name in sorted(old ^ new):
            # A property described on one side only is reported as added or removed.
            if (name in self._old.properties) != (name in self._new.properties):
                continue
            at = Pointers(
                self._old.required[name] if name in old else None, self._new.required[name] if name in new else None
            )
            location = self._pair.location(at)
            location = f"{location}.{name}" if ": " in location else f"{location}: {name}"
            rule = "required-loosened" if name in old else "required-tightened"
            self._pair.differences.append(SchemaDifference(rule, at, location, name in old, name in new, name))

    def _required_names(self, reader: SchemaReader, schema: Schema) -> set[str]:
        return {name for name in schema.required if self._is_used(reader, schema, name)}

    def _is_used(self, reader: SchemaReader, schema: Schema, name: str) -> bool:
        """Return False for a property that is never sent on this side because it is read-only or write-only."""
        if name not in schema.properties:
            return True
        inner = reader.read(schema.properties[name])
        return not (inner.read_only if self._pair.side == SENT else inner.write_only)

    def _compare_items(self) -> None:
        old, new = self._old.items, self._new.items
        if old is not None and new is not None:
            self._compare_inner(old, new, "[]")
        elif old is not None:
            self._pair.add("schema-removed", Pointers(old.pointer, None), None, None, "[]")
        elif new is not None:
            self._pair.add("schema-added", Pointers(None, new.pointer), None, None, "[]")
        old_first, new_first = self._old.prefix_items, self._new.prefix_items
        for number, (before, after) in enumerate(zip(old_first, new_first, strict=False)):
            self._compare_inner(before, after, f"[{number}]")
        if len(old_first) != len(new_first):
            rule = "prefix-items-tightened" if len(new_first) > len(old_first) else "prefix-items-loosened"
            self._pair.add(rule, self._at, len(old_first), len(new_first))

    def _compare_by_name(self, keyword: str, old: Mapping[str, SchemaSource], new: Mapping[str, SchemaSource]) -> None:
        """Compare the schemas of `patternProperties` or `dependentSchemas`."""
        rule_stem = {"patternProperties": "pattern-properties", "dependentSchemas": "dependent-schemas"}[keyword]
        for name in sorted(old.keys() | new.keys()):
            if name not in new:
                self._pair.add(f"{rule_stem}-loosened", Pointers(old[name].pointer, None), name, None)
            elif name not in old:
                self._pair.add(f"{rule_stem}-tightened", Pointers(None, new[name].pointer), None, name)
            else:
                self._compare_inner(old[name], new[name], f"{keyword}.{name}")

    # ------------------------------------------------------------------ conditions

    def _compare_conditions(self) -> None:
        old, new = self._old.conditions, self._new.conditions
        for before, after in zip(old, new, strict=False):
            self._compare_condition(before, after)
        for before in old[len(new) :]:
            self._pair.add("if-loosened", Pointers(before.pointer, None), before.test.node, None)
        for after in new[len(old) :]:
            self._pair.add("if-tightened", Pointers(None, after.pointer), None, after.test.node)

    def _compare_condition(self, old: Condition, new: Condition) -> None:
        at = Pointers(old.pointer, new.pointer)
        if not self._comparison.is_same(old.test, new.test):
            # A test that passes more often applies `then` more often and `else` less often.
            self._pair.add("if-altered", at, old.test.node, new.test.node)
        for keyword in ("then", "else"):
            before, after = old.branches.get(keyword), new.branches.get(keyword)
            if before is not None and after is not None:
                self._compare_inner(before, after, keyword)
            elif before is not None:
                self._pair.add(f"{keyword}-loosened", at, before.node, None)
            elif after is not None:
                self._pair.add(f"{keyword}-tightened", at, None, after.node)

    # ------------------------------------------------------------------ alternatives

    def _compare_with_alternatives(self) -> bool:
        """Compare a schema with a list of alternatives that contains it, as a list of one.

        Return False if both or neither are lists of alternatives, or if the list does not contain the schema.
        """
        if bool(self._old.alternatives) == bool(self._new.alternatives):
            return False
        several = self._old if self._old.alternatives else self._new
        if several.properties or several.items or len(several.alternatives) > 1:
            return False
        (keyword,) = several.alternatives
        old = self._old.alternatives or {keyword: [self._pair.old]}
        new = self._new.alternatives or {keyword: [self._pair.new]}
        if not any(self._is_one(before, after) for before in old[keyword] for after in new[keyword]):
            return False
        self._compare_alternatives(old, new)
        return True

    def _is_one(self, old: SchemaSource, new: SchemaSource) -> bool:
        """Return True if two schemas are components of one name, or equal."""
        old, new = self._comparison.old.resolve(old), self._comparison.new.resolve(new)
        return (old.component is not None and old.component == new.component) or self._comparison.is_same(old, new)

    def _compare_alternatives(self, old: _Alternatives, new: _Alternatives) -> None:
        for keyword in ("oneOf", "anyOf"):
            before, after = old.get(keyword, []), new.get(keyword, [])
            if before and after:
                self._compare_matches(keyword, before, after)
            elif before or after:
                rule = "alternatives-tightened" if after else "alternatives-loosened"
                self._pair.add(rule, self._at, _names(before), _names(after), detail=keyword)

    def _compare_matches(self, keyword: str, old: list[SchemaSource], new: list[SchemaSource]) -> None:
        for before, after in self._comparison.matcher.match(old, new):
            if before is not None and after is not None:
                self._compare_inner(before, after, f"{keyword}({after.name})")
            elif before is not None:
                at = Pointers(before.pointer, self._at.new)
                self._pair.add("alternative-removed", at, before.name, None, detail=keyword)
            elif after is not None:
                at = Pointers(self._at.old, after.pointer)
                self._pair.add("alternative-added", at, None, after.name, detail=keyword)


def _names(sources: list[SchemaSource]) -> str | None:
    return ", ".join(sorted(source.name for source in sources)) or None
