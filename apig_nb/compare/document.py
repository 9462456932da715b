"""Compare two API definitions: each operation, and what the documents say as a whole."""

from __future__ import annotations

import re
from typing import Any, Final

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.equality import OperationEquality, SourceEquality
from apig_nb.compare.gateway.bindings import GatewayWalk
from apig_nb.compare.gateway.policies import PolicyWalk
from apig_nb.compare.operations.matching import Matches
from apig_nb.compare.operations.operations import OperationWalk
from apig_nb.compare.operations.security import compare_schemes, renamed_schemes
from apig_nb.compare.operations.servers import compare_servers
from apig_nb.compare.options.options import CompareOptions
from apig_nb.compare.schemas.comparison import SchemaComparison
from apig_nb.compare.scope import CommonParts
from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.values import as_list, as_map, equal, json_text

_TIMESTAMP: Final = re.compile(r"\d{4}-\d{2}-\d{2}-\d{2}:\d{2}:\d{2}")
"""The time of the export, which the gateway writes into `info.version`."""


def compare_documents(
    before: ApiDefinition, after: ApiDefinition, matches: Matches, options: CompareOptions, common: CommonParts
) -> Changes:
    """Return every change between two API definitions whose operations are matched."""
    changes = Changes()
    equality = SourceEquality(before, after)
    schemas = SchemaComparison(before, after, equality)
    callers = OperationWalk(changes, schemas, equality)
    renamed = renamed_schemes(before, after)
    gateway = GatewayWalk(changes, renamed, options, common)
    _compare_presence(changes, matches)
    same_context = _has_same_context(before, after) and not options.paths and not options.addresses
    for old, new in (*matches.pairs, *matches.moved):
        pair_equality = OperationEquality(equality, old, new, same_context=same_context)
        callers.compare(old, new, pair_equality)
        if not pair_equality.same_gateway():
            gateway.compare(old, new)
    schemas.report(changes)
    compare_schemes(changes, before, after, renamed, common.policies)
    if common.policies:
        PolicyWalk(changes, before, after).compare()
    compare_servers(changes, before, after, matches.pairs, options)
    _compare_document(changes, before, after)
    return changes


def _compare_presence(changes: Changes, matches: Matches) -> None:
    for operation in matches.added:
        at = Pointers(None, operation.pointer)
        changes.add("operation-added", at, "operation", None, _title(operation), operations=(operation,))
    for operation in matches.removed:
        answering = matches.answering.get(operation)
        rule = "operation-removed" if answering is None else "operation-still-answered"
        if answering is None and operation.deprecated:
            rule = "deprecated-operation-removed"
        after = None if answering is None else f"answered by {_title(answering)}"
        at = Pointers(operation.pointer, None)
        changes.add(rule, at, "operation", _title(operation), after, operations=(operation,))
    for old, new in matches.moved:
        at = Pointers(old.pointer, new.pointer)
        changes.add("operation-moved", at, "operation", _title(old), _title(new), operations=(old, new))


def _title(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


_AROUND: Final = ("security", "consumes", "produces", "host", "basePath", "schemes", "servers")


def _has_same_context(before: ApiDefinition, after: ApiDefinition) -> bool:
    """Whether what operations take from the document is the same, so that equal operations mean the same."""
    return before.standard == after.standard and all(before.tree.get(key) == after.tree.get(key) for key in _AROUND)


def _compare_document(changes: Changes, before: ApiDefinition, after: ApiDefinition) -> None:
    for name in ("title", "description", "version"):
        values = getattr(before, name), getattr(after, name)
        if name == "version" and all(_TIMESTAMP.fullmatch(value) for value in values):
            continue
        if values[0] != values[1]:
            place = f"/info/{name}"
            changes.add("document-altered", Pointers(place, place), name, values[0] or None, values[1] or None)
    for name, (holder, key) in _DOCUMENT_REST.items():
        values = (_telling(before, holder, key), _telling(after, holder, key))
        if not equal(*values):
            place = f"/{holder}/{key}" if holder else f"/{key}"
            changes.add("document-altered", Pointers(place, place), name, *values)


_DOCUMENT_REST: Final = {
    "tags": ("", "tags"),
    "external documentation": ("", "externalDocs"),
    "contact": ("info", "contact"),
    "licence": ("info", "license"),
    "terms of service": ("info", "termsOfService"),
    "webhooks": ("", "webhooks"),
}
"""What a document says of itself besides its name: key by the words for it."""


def _telling(definition: ApiDefinition, holder: str, key: str) -> Any:
    """A part of the document, `None` where it says nothing; tags have no order."""
    value = as_map(definition.tree.get(holder) if holder else definition.tree).get(key) or None
    if key == "tags":
        value = sorted((tag for tag in as_list(value) if isinstance(tag, dict)), key=json_text) or None
    return value
