"""Comparison of the contract of two operations: path, parameters, request body, responses, texts."""

from __future__ import annotations

from typing import Any

from apig_nb.compare.changes import LIFECYCLE, Changes, Pointers
from apig_nb.compare.equality import SourceEquality
from apig_nb.compare.operations.bodies import BodyComparison
from apig_nb.compare.operations.parameters import ParameterComparison
from apig_nb.compare.schemas.comparison import Schemas
from apig_nb.definition.model.operation import Operation, takes_rest, template_parameters
from apig_nb.definition.values import equal


class OperationComparison:
    """Compares pairs of operations and adds the changes."""

    def __init__(self, changes: Changes, schemas: Schemas, equality: SourceEquality) -> None:
        self._changes, self._equality = changes, equality
        self._parameters = ParameterComparison(changes, schemas, equality)
        self._bodies = BodyComparison(changes, schemas, equality)

    def compare(self, old: Operation, new: Operation) -> None:
        """Compare the contract of two operations; parts that are written the same are skipped."""
        self._compare_path(old, new)
        if not self._equality.same_part("parameters", old, new):
            self._parameters.compare(old, new)
        if not self._equality.same_part("request_body", old, new):
            self._bodies.compare_request_bodies(old, new)
        if not self._equality.same_part("responses", old, new):
            self._bodies.compare_responses(old, new)
        self._compare_texts(old, new)
        self._compare_other_fields(old, new)

    def _add(self, rule: str, old: Operation, new: Operation, label: str, before: Any, after: Any) -> None:
        self._changes.add(rule, Pointers(old.pointer, new.pointer), label, before, after, operations=(new,))

    def _compare_path(self, old: Operation, new: Operation) -> None:
        pointers = Pointers(old.path_item.pointer, new.path_item.pointer)
        for before, after in zip(template_parameters(old.path), template_parameters(new.path), strict=False):
            if before != after:
                label = f"path parameter {after}"
                self._changes.add("path-parameter-renamed", pointers, label, before, after, operations=(new,))
        segments = [takes_rest(operation.path) for operation in (old, new)]
        if segments[0] != segments[1]:
            rule = "path-parameter-loosened" if segments[1] else "path-parameter-tightened"
            self._changes.add(rule, pointers, "path", old.path, new.path, operations=(new,))
        fields = (
            ("description-altered", "summary of the path", old.path_item.summary, new.path_item.summary),
            ("description-altered", "description of the path", old.path_item.description, new.path_item.description),
        )
        self._changes.add_fields(fields, pointers, "", (new,))

    def _compare_texts(self, old: Operation, new: Operation) -> None:
        fields = (
            ("description-altered", "summary", old.summary, new.summary),
            ("description-altered", "description", old.description, new.description),
            ("description-altered", "externalDocs", old.external_docs, new.external_docs),
            ("operation-id-altered", "operationId", old.operation_id, new.operation_id),
        )
        self._changes.add_fields(fields, Pointers(old.pointer, new.pointer), "", (new,))
        if set(old.tags) != set(new.tags):
            tags = (", ".join(sorted(set(operation.tags))) or None for operation in (old, new))
            self._add("tags-altered", old, new, "tags", *tags)
        if old.deprecated != new.deprecated:
            self._add("operation-deprecated", old, new, "deprecated", old.deprecated, new.deprecated)

    def _compare_other_fields(self, old: Operation, new: Operation) -> None:
        for label, before, after in (
            ("extensions", old.other_fields, new.other_fields),
            ("extensions of the path", old.path_item.extensions, new.path_item.extensions),
        ):
            for key in LIFECYCLE:
                values = before.pop(key, None), after.pop(key, None)
                if values[0] != values[1]:
                    self._add("lifecycle-altered", old, new, key, *values)
            before, after = self._equality.inlined(before, after)
            if not equal(before, after):
                self._add("extension-altered", old, new, label, before or None, after or None)
