"""Pairs of operations as callers see them: the path, what is sent and received, the texts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from apig_nb.compare.changes import LIFECYCLE, Changes, Pointers
from apig_nb.compare.equality import OperationEquality, SourceEquality
from apig_nb.compare.operations.bodies import BodyWalk
from apig_nb.compare.operations.parameters import ParameterWalk
from apig_nb.compare.schemas.comparison import SchemaComparison
from apig_nb.definition.grammar import OPERATION_KEYS, PATH_ITEM_KEYS
from apig_nb.definition.model.operation import Operation, template_parameters
from apig_nb.definition.problem import pointer
from apig_nb.definition.values import equal, extensions, without

_TEXTS: Final = ("summary", "description", "externalDocs")
_KNOWN: Final = frozenset(
    "responses parameters requestBody security servers schemes consumes produces tags operationId deprecated"  # noqa: SIM905
    " summary description externalDocs".split()
) | frozenset(OPERATION_KEYS)


class OperationWalk:
    """Compares pairs of operations and adds what differs."""

    def __init__(self, changes: Changes, schemas: SchemaComparison, equality: SourceEquality) -> None:
        self._changes = changes
        self._parameters = ParameterWalk(changes, schemas, equality)
        self._bodies = BodyWalk(changes, schemas, equality)

    def compare(self, old: Operation, new: Operation, pair_equality: OperationEquality) -> None:
        """Compare what callers see of two operations, except for parts that are written the same."""
        self._compare_path(old, new)
        if not pair_equality.same("parameters"):
            self._parameters.compare(old, new)
        if not pair_equality.same("parameters", "requestBody", "consumes", "x-apigateway-content-type"):
            self._bodies.compare_bodies(old, new)
        if not pair_equality.same("responses", "produces"):
            self._bodies.compare_responses(old, new, pair_equality)
        self._compare_texts(old, new)
        self._compare_path_texts(old, new)

    def _add(self, rule: str, old: Operation, new: Operation, where: str, before: Any, after: Any) -> None:
        self._changes.add(rule, Pointers(old.pointer, new.pointer), where, before, after, operations=(new,))

    def _compare_path(self, old: Operation, new: Operation) -> None:
        at = Pointers(pointer("paths", old.path), pointer("paths", new.path))
        for before, after in zip(template_parameters(old.path), template_parameters(new.path), strict=False):
            if before != after:
                where = f"path parameter {after}"
                self._changes.add("path-parameter-renamed", at, where, before, after, operations=(new,))

    def _compare_texts(self, old: Operation, new: Operation) -> None:
        for key in _TEXTS:
            before, after = old.raw.get(key) or None, new.raw.get(key) or None
            if not equal(before, after):
                self._add("description-altered", old, new, key, before, after)
        names = old.text("operationId") or None, new.text("operationId") or None
        if names[0] != names[1]:
            self._add("operation-id-altered", old, new, "operationId", *names)
        if set(old.tags) != set(new.tags):
            tags = (", ".join(sorted(set(operation.tags))) or None for operation in (old, new))
            self._add("tags-altered", old, new, "tags", *tags)
        if old.deprecated != new.deprecated:
            self._add("operation-deprecated", old, new, "deprecated", old.deprecated, new.deprecated)
        for name, of in _REST.items():
            left, right = of(old), of(new)
            for key in LIFECYCLE:
                values = left.pop(key, None), right.pop(key, None)
                if values[0] != values[1]:
                    self._add("lifecycle-altered", old, new, key, *values)
            if not equal(left, right):
                self._add("extension-altered", old, new, name, left or None, right or None)

    def _compare_path_texts(self, old: Operation, new: Operation) -> None:
        at = Pointers(pointer("paths", old.path), pointer("paths", new.path))
        for key in ("summary", "description"):
            before, after = old.item.get(key) or None, new.item.get(key) or None
            if before != after:
                where = f"{key} of the path"
                self._changes.add("description-altered", at, where, before, after, operations=(new,))


_REST: Final[Mapping[str, Callable[[Operation], dict[str, Any]]]] = {
    "extensions": lambda operation: without(operation.raw, _KNOWN),
    "extensions of the path": lambda operation: extensions(operation.item, PATH_ITEM_KEYS.keys()),
}
