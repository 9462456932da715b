"""Comparison of an operation with the one that answered its calls before, or answers them now."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Final

from apig_nb.compare.changes import Changes, ChangesFor, Pointers
from apig_nb.compare.equality import SourceEquality
from apig_nb.compare.gateway.bindings import GatewayComparison
from apig_nb.compare.operations.authentication import AuthenticationComparison
from apig_nb.compare.operations.matching import Matches, is_of_same_path
from apig_nb.compare.operations.operations import OperationComparison
from apig_nb.compare.operations.routing import METHODS, takes_many_paths
from apig_nb.compare.options.options import CompareOptions
from apig_nb.compare.rules import DOCUMENTATION, Rule
from apig_nb.compare.schemas.comparison import Schemas, SchemasFor
from apig_nb.compare.scope import CommonParts
from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.model.schema import Schema
from apig_nb.definition.values import as_number


class ReroutedComparison:
    """Adds the operations without a match, and the changes for calls that another operation answers."""

    def __init__(
        self,
        changes: Changes,
        schemas: Schemas,
        equality: SourceEquality,
        before: ApiDefinition,
        after: ApiDefinition,
        options: CompareOptions,
        common: CommonParts,
    ) -> None:
        self._changes, self._of_calls = changes, ChangesFor(changes)
        self._authentication = AuthenticationComparison(self._of_calls, before, after, with_authorizers=common.policies)
        self._gateway = GatewayComparison(self._of_calls, before, after, options, common)
        self._contract = OperationComparison(self._of_calls, SchemasFor(schemas, self._of_calls), equality)

    def compare(self, matches: Matches) -> None:
        """Add the operations that were added, removed or moved."""
        for operation in matches.added:
            self._compare_added(operation, _possible(operation, matches.answered[operation].values()))
        for operation in matches.removed:
            self._compare_removed(operation, matches.answering[operation])
        for old, new in matches.moved:
            at = Pointers(old.pointer, new.pointer)
            self._changes.add("operation-moved", at, "operation", _title(old), _title(new), operations=(old, new))

    def _compare_added(self, operation: Operation, others: Collection[Operation]) -> None:
        rule = "operation-takes-calls" if others else "operation-added"
        before = f"answered by {_titles(others)}" if others else None
        at = Pointers(None, operation.pointer)
        self._changes.add(rule, at, "operation", before, _title(operation), operations=(operation,))
        for other in others:
            self._compare_calls(other, operation, f"calls that {_title(other)} answered", affected=operation)

    def _compare_removed(self, operation: Operation, answering: Mapping[str, Operation]) -> None:
        # What a template stands for is something else.
        answering = {method: one for method, one in answering.items() if not _is_template(one, operation)}
        others = dict.fromkeys(answering.values())
        missing = [] if operation.method != "ANY" else [method for method in METHODS if method not in answering]
        after: str | None = f"answered by {_titles(others)}"
        if not others:
            rule, after = "deprecated-operation-removed" if operation.deprecated else "operation-removed", None
        elif missing:
            rule, after = "operation-partly-answered", f"{after}; {', '.join(missing)} by none"
        elif all(is_of_same_path(operation, other) for other in others):
            rule = "operation-still-answered"
        else:
            rule = "operation-rerouted"
        at = Pointers(operation.pointer, None)
        self._changes.add(rule, at, "operation", _title(operation), after, operations=(operation,))
        for other in others:
            self._compare_calls(operation, other, f"calls that {_title(other)} answers now", affected=operation)

    def _compare_calls(self, old: Operation, new: Operation, label: str, *, affected: Operation) -> None:
        """Compare what answered the calls of an operation with what answers them now."""
        other = old if affected is new else new
        is_template = _is_template(other, affected)

        def is_left_out(rule: Rule) -> bool:
            # A template and a literal path beside it lead to different things: only who may call counts.
            of_calls = rule.id.startswith(_AUTHENTICATION) if is_template else rule.category != DOCUMENTATION
            return not of_calls or rule.id in _OF_ROUTING

        changes = self._of_calls
        changes.operations, changes.label, changes.is_left_out = (affected,), label, is_left_out
        self._authentication.compare(old, new)
        self._gateway.compare(old, new)
        if is_of_same_path(old, new):
            # An operation of many paths is not described as closely as one of a single path.
            self._contract.compare(old, new)


_AUTHENTICATION: Final = ("authentication-", "scopes-")
_OF_ROUTING: Final = ("match-mode-tightened", "match-mode-loosened")
"""Rules that say which paths are answered, which the rules of added and removed operations tell here."""


def _is_template(other: Operation, operation: Operation) -> bool:
    """Return True if another operation has a template where the path of this one has a literal segment."""
    return not (is_of_same_path(operation, other) or takes_many_paths(other))


def _possible(operation: Operation, others: Iterable[Operation]) -> Collection[Operation]:
    """Return the other operations, each once, without templates that cannot stand for the path of this one."""
    return dict.fromkeys(
        one for one in others if not _is_template(one, operation) or _can_stand_for(one, operation.path)
    )


def _can_stand_for(template: Operation, path: str) -> bool:
    """Return False if a parameter in the path of an operation does not allow the segment of another path."""
    segments = dict(zip(template.path.split("/"), path.split("/"), strict=False))
    read = template.document.schema_reader.read
    return all(
        _allows(read(parameter.schema_source), segments.get(f"{{{parameter.name}}}", ""))
        for parameter in template.parameters
        if parameter.location == "path"
    )


def _allows(schema: Schema, segment: str) -> bool:
    """Return False if a text is surely not a value of a parameter in the path."""
    types, values = schema.keywords.get("type"), schema.keywords.get("enum")
    if not segment or segment.startswith("{"):
        return True
    if values is not None and segment not in map(str, values):
        return False
    if schema.keywords.get("format") == "uuid" and not _UUID.fullmatch(segment):
        return False
    return not types or not _NUMBERS.issuperset(types) or as_number(segment) is not None


_NUMBERS: Final = frozenset(("integer", "number"))
_UUID: Final = re.compile(r"[0-9a-fA-F-]{36}")


def _titles(operations: Iterable[Operation]) -> str:
    return ", ".join(map(_title, operations))


def _title(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"
