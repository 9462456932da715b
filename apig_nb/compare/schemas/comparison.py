"""Comparison of schemas: each pair once, however many operations use it; equal pairs are skipped."""

from __future__ import annotations

from typing import Protocol

from apig_nb.compare.changes import Changes, ChangesFor
from apig_nb.compare.equality import SourceEquality
from apig_nb.compare.rules import OTHER_SIDE
from apig_nb.compare.schemas.choices import compare_choices
from apig_nb.compare.schemas.context import PairContext, PairRegistry
from apig_nb.compare.schemas.effects import affected_operations, tell_directions
from apig_nb.compare.schemas.objects import compare_object
from apig_nb.compare.schemas.values import compare_annotations, compare_conditions, compare_items, compare_keywords
from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.model.schema import SchemaSource
from apig_nb.definition.model.schema_reader import SchemaReader


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
    """Passes schemas on to a comparison, reported for other operations than those that are compared (`ChangesFor`)."""

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
        self._registry = PairRegistry(self.old, self.new, equality)

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
        pair = self._registry.pair(old, new, side, label, is_text=is_text)
        if pair is None:
            return
        if operation is None:
            pair.is_in_webhook = True
        else:
            pair.operations[id(operation)] = operation
        while self._registry.todo:
            _compare_pair(PairContext(self._registry, self._registry.todo.pop()))

    def report(self, changes: Changes) -> None:
        """Add the differences with the operations that they affect."""
        pairs = self._registry.pairs
        tell_directions(pairs)
        for pair, operations in zip(pairs, affected_operations(pairs), strict=True):
            for difference in pair.differences:
                affected = operations[difference.effect]
                if affected is None:
                    continue
                changes.add(
                    difference.rule,
                    difference.at,
                    difference.location,
                    difference.before,
                    difference.after,
                    operations=affected,
                    side=pair.side,
                    detail=f"{difference.rule} {difference.detail}",
                )


def _compare_pair(context: PairContext) -> None:
    """Add all differences of two schemas to their pair."""
    if not compare_choices(context):
        compare_keywords(context)
        if context.share_type("object"):
            compare_object(context)
        if context.share_type("array"):
            compare_items(context)
        compare_conditions(context)
    compare_annotations(context)
    context.absorb()
