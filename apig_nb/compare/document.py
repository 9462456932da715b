"""Compare two API definitions: each operation, and the fields of the documents."""

from __future__ import annotations

from typing import Final

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.equality import SourceEquality
from apig_nb.compare.gateway.bindings import GatewayComparison
from apig_nb.compare.operations.authentication import AuthenticationComparison
from apig_nb.compare.operations.callbacks import CallbackComparison
from apig_nb.compare.operations.matching import Matches
from apig_nb.compare.operations.operations import OperationComparison
from apig_nb.compare.operations.security import compare_schemes
from apig_nb.compare.operations.servers import compare_servers
from apig_nb.compare.options.options import CompareOptions
from apig_nb.compare.rerouted import ReroutedComparison
from apig_nb.compare.schemas.comparison import SchemaComparison
from apig_nb.compare.scope import CommonParts
from apig_nb.definition import ApiDefinition
from apig_nb.definition.problem import pointer_parts
from apig_nb.definition.read.canonical import TIMESTAMP
from apig_nb.definition.values import equal
from apig_nb.engines import Progress


def compare_documents(
    before: ApiDefinition,
    after: ApiDefinition,
    matches: Matches,
    options: CompareOptions,
    common: CommonParts,
    progress: Progress,
) -> Changes:
    """Return every change between two API definitions whose operations are matched; `progress` counts those."""
    changes = Changes()
    equality = SourceEquality(before, after, mapped=bool(options.paths or options.addresses))
    schemas = SchemaComparison(before, after, equality)
    operations = OperationComparison(changes, schemas, equality)
    callbacks = CallbackComparison(changes, schemas, equality)
    authentication = AuthenticationComparison(changes, before, after, with_authorizers=common.policies)
    gateway = GatewayComparison(changes, before, after, options, common)
    ReroutedComparison(changes, schemas, equality, before, after, options, common).compare(matches)
    pairs = (*matches.pairs, *matches.moved)
    for number, (old, new) in enumerate(pairs, 1):
        operations.compare(old, new)
        callbacks.compare(old, new)
        if not equality.same_part("gateway", old, new):
            authentication.compare(old, new)
            gateway.compare(old, new)
        progress(number, len(pairs))
    callbacks.compare_webhooks(before, after)
    schemas.report(changes)
    compare_schemes(changes, before, after, pairs, authentication, with_authorizers=common.policies)
    gateway.compare_definitions(pairs)
    compare_servers(changes, before, after, matches.pairs, options)
    _compare_document(changes, before, after)
    _compare_other_fields(changes, before, after, common)
    return changes


def _compare_document(changes: Changes, before: ApiDefinition, after: ApiDefinition) -> None:
    for name in ("title", "description", "version"):
        values = getattr(before, name), getattr(after, name)
        if name == "version" and all(TIMESTAMP.fullmatch(value) for value in values):
            continue
        if values[0] != values[1]:
            pointer = f"/info/{name}"
            changes.add("document-altered", Pointers(pointer, pointer), name, values[0] or None, values[1] or None)
    old_fields, new_fields = before.document.metadata, after.document.metadata
    for field, name in _METADATA.items():
        values = old_fields.get(field), new_fields.get(field)
        if not equal(*values):
            changes.add("document-altered", Pointers(field, field), name, *values)


def _compare_other_fields(changes: Changes, before: ApiDefinition, after: ApiDefinition, common: CommonParts) -> None:
    """Compare the fields outside of operations that nothing else reads, such as unknown extension keys."""
    old, new = before.document.other_fields, after.document.other_fields
    # Definitions of policies are among the keys of the root, which the scope of one of two exports may leave out.
    is_whole = common.policies or not (before.is_from_gateway and after.is_from_gateway)
    for field in sorted(old.keys() | new.keys()):
        parts = pointer_parts(field)
        is_comparable = is_whole or len(parts) > 1 or (field in old and field in new)
        is_used = any(side.document.is_referenced(field) for side in (before, after))
        values = old.get(field), new.get(field)
        if is_comparable and not is_used and not equal(*values):
            pointers = Pointers(*(field if field in others else None for others in (old, new)))
            changes.add("extension-altered", pointers, ", ".join(parts), *values)


_METADATA: Final = {
    "/tags": "tags",
    "/externalDocs": "external documentation",
    "/info/contact": "contact",
    "/info/license": "licence",
    "/info/termsOfService": "terms of service",
    "/info/summary": "summary",
    "/jsonSchemaDialect": "dialect of the schemas",
}
"""Fields of a document for readers: JSON pointer → label."""
