"""Comparison of pairs of operations as callers see them: path, parameters, request body, responses, texts."""

from __future__ import annotations

from typing import Any

from apig_nb.compare.changes import LIFECYCLE, Changes, Pointers
from apig_nb.compare.equality import OperationEquality, SourceEquality
from apig_nb.compare.operations.bodies import BodyComparison
from apig_nb.compare.operations.parameters import ParameterComparison
from apig_nb.compare.schemas.comparison import SchemaComparison
from apig_nb.definition.model.operation import Operation, template_parameters
from apig_nb.definition.values import equal


class OperationComparison:
    """Compares pairs of operations and adds the changes."""

    def __init__(self, changes: Changes, schemas: SchemaComparison, equality: SourceEquality) -> None:
        self._changes = changes
        self._parameters = ParameterComparison(changes, schemas, equality)
        self._bodies = BodyComparison(changes, schemas, equality)

    def compare(self, old: Operation, new: Operation, equality: OperationEquality) -> None:
        """Compare what callers see of two operations; parts that are written alike are skipped."""
        self._compare_path(old, new)
        if not equality.same("parameters"):
            self._parameters.compare(old, new)
        if not equality.same("request_body"):
            self._bodies.compare_request_bodies(old, new)
        if not equality.same("responses"):
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
        for label, before_text, after_text in (
            ("summary of the path", old.path_item.summary, new.path_item.summary),
            ("description of the path", old.path_item.description, new.path_item.description),
        ):
            texts = before_text or None, after_text or None
            if not equal(*texts):
                self._changes.add("description-altered", pointers, label, *texts, operations=(new,))

    def _compare_texts(self, old: Operation, new: Operation) -> None:
        for label, before, after in (
            ("summary", old.summary, new.summary),
            ("description", old.description, new.description),
            ("externalDocs", old.external_docs, new.external_docs),
        ):
            if not equal(before or None, after or None):
                self._add("description-altered", old, new, label, before or None, after or None)
        names = old.operation_id or None, new.operation_id or None
        if names[0] != names[1]:
            self._add("operation-id-altered", old, new, "operationId", *names)
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
            if not equal(before, after):
                self._add("extension-altered", old, new, label, before or None, after or None)
