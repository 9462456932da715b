"""Check the meaning of a document: undefined names, fields of security schemes, references that expand too far."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from apig_nb.definition.grammar import OPENAPI, SCHEME_FIELDS, SWAGGER
from apig_nb.definition.lint.paths import check_paths
from apig_nb.definition.lint.structure import Extension, StructureCheck
from apig_nb.definition.model.document import Document
from apig_nb.definition.model.elements import Requirement
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.model.references import References
from apig_nb.definition.problem import Problems, pointer_parts, quoted
from apig_nb.definition.values import HOLDERS, as_map

MAX_EXPANDED_SCHEMAS = 10_000_000
"""The number of schemas, with each reference expanded, from which on a document is reported."""

_NOUNS = {
    "x-apigateway-ratelimit": "throttling policy",
    "x-apigateway-access-control": "access control policy",
    "x-apigateway-response": "set of gateway responses",
}


class LintResult(NamedTuple):
    """The result of checking a document.

    Attributes:
        problems: those of its structure in document order, then those of its meaning.
        extensions: the undocumented extension keys; `None` if their pointers are too long to list.
    """

    problems: Problems
    extensions: tuple[Extension, ...] | None


def lint(document: Document, operations: Iterable[Operation]) -> LintResult:
    """Check the structure and the meaning of a document."""
    structure = StructureCheck(document)
    structure.run()
    check_paths(document, operations, structure.problems)
    _check_names(document, operations, structure.problems)
    _check_schemes(document, structure.problems)
    _check_expansion(document, structure.problems)
    extensions = None if structure.extensions_truncated else tuple(structure.extensions.values())
    return LintResult(structure.problems, extensions)


def _check_names(document: Document, operations: Iterable[Operation], problems: Problems) -> None:
    """Report names that are used but not defined."""
    defined = _defined_names(document)
    for message in _undefined_schemes(document, document.security):
        problems.add(("security",), "undefined", message)
    for operation in operations:
        for key, known in defined.items():
            for name in operation.names(key):
                if name not in known:
                    message = f"the {_NOUNS[key]} {quoted(name)} is not defined in the document"
                    problems.add((*operation.pointer_parts, key), "undefined", message)
        if operation.has_own_security:
            for message in _undefined_schemes(document, operation.security):
                problems.add((*operation.pointer_parts, "security"), "undefined", message)


def _check_schemes(document: Document, problems: Problems) -> None:
    """Report the fields of security schemes that schemes of their type do not have."""
    defined = (SWAGGER if document.is_swagger else OPENAPI)["security_scheme"].fields.keys()
    of_some_type = defined & frozenset().union(*SCHEME_FIELDS.values())
    for scheme in document.security_schemes.values():
        own = SCHEME_FIELDS.get(scheme.kind or "")
        if own is not None:
            written = as_map(document.references.follow({"$ref": f"#{scheme.pointer}"}))
            for key in sorted(written.keys() & (of_some_type - own)):
                message = f"a security scheme of type {quoted(scheme.kind)} has no {quoted(key)}; it is ignored"
                problems.add((*pointer_parts(scheme.pointer), key), "unknown-key", message)


def _undefined_schemes(document: Document, alternatives: tuple[Requirement, ...]) -> tuple[str, ...]:
    """Return a message for each security scheme that is used but not defined."""

    def messages(alternatives: tuple[Requirement, ...]) -> tuple[str, ...]:
        names = dict.fromkeys(name for names in alternatives for name in names)
        undefined = (name for name in names if name not in document.security_schemes)
        return tuple(f"the security scheme {quoted(name)} is not defined" for name in undefined)

    return document.memo_by_id("undefined schemes", alternatives, messages)


def _defined_names(document: Document) -> dict[str, set[str]]:
    """Return the defined names by the extension key that uses them."""
    defined = {
        "x-apigateway-ratelimit": {policy.name for policy in document.ratelimits},
        "x-apigateway-access-control": {policy.name for policy in document.access_controls},
    }
    sets = {response.name for response in document.gateway_responses}
    if sets:
        # Only exports with `define=all` define gateway responses; in others, an undefined name is not a problem.
        defined["x-apigateway-response"] = sets | {"default"}
    return defined


def _check_expansion(document: Document, problems: Problems) -> None:
    """Report the first schema that expands beyond the limit."""
    sizes: dict[int, int] = {}
    for name, schema in document.schemas.items():
        if _expanded_size(document.references, schema, sizes) > MAX_EXPANDED_SCHEMAS:
            message = f"with references expanded, it holds more than {MAX_EXPANDED_SCHEMAS:,} schemas; they are kept"
            problems.add((*document.dialect.SCHEMAS, name), "reference-expansion", message)
            return


def _expanded_size(references: References, schema: Any, sizes: dict[int, int]) -> int:
    """Count the objects of a schema with every use of a reference expanded; circular references count once."""
    # Each node is visited twice: to add its inner nodes, and when these are done, to sum up their sizes.
    todo: list[tuple[Any, list[Any] | None]] = [(schema, None)]
    while todo:
        node, inner = todo.pop()
        if inner is not None:
            sizes[id(node)] = 1 + sum([sizes[id(child)] for child in inner])
        elif node.__class__ in HOLDERS and id(node) not in sizes:
            inner = [
                child for child in (node.values() if isinstance(node, dict) else node) if child.__class__ in HOLDERS
            ]
            if isinstance(node, dict) and isinstance(ref := node.get("$ref"), str):
                target = references.target(ref)
                inner += [target] if target.__class__ in HOLDERS else []
            # 0 until its inner nodes are done, so that a circular reference to it adds nothing.
            sizes[id(node)] = 0 if inner else 1
            if inner:
                todo.append((node, inner))
                todo += [(child, None) for child in inner]
    return sizes.get(id(schema), 0)
