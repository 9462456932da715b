"""Check the meaning of a document: duplicate parameters, undefined names, and references that expand too far."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from apig_nb.definition.grammar import OPENAPI, SCHEME_FIELDS, SWAGGER
from apig_nb.definition.lint.structure import Extension, StructureCheck
from apig_nb.definition.model.dialect import BODY_LOCATIONS
from apig_nb.definition.model.document import Document
from apig_nb.definition.model.elements import Requirement
from apig_nb.definition.model.operation import Operation, parameter_key
from apig_nb.definition.model.references import References
from apig_nb.definition.problem import Problems, pointer_parts, quoted
from apig_nb.definition.values import HOLDERS, as_list, as_map, as_text

MAX_EXPANDED_SCHEMAS = 10_000_000
"""The number of schemas, with each reference expanded, from which on a document is reported."""


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
    _check_names(document, operations, structure.problems)
    _check_schemes(document, structure.problems)
    _check_expansion(document, structure.problems)
    extensions = None if structure.extensions_truncated else tuple(structure.extensions.values())
    return LintResult(structure.problems, extensions)


def _check_names(document: Document, operations: Iterable[Operation], problems: Problems) -> None:
    """Report parameters that are declared twice or in the body, and names that are used but not defined."""
    defined = _defined_names(document)
    for message in _undefined_schemes(document, document.security):
        problems.add(("security",), "undefined", message)
    for path, item in document.paths.items():
        for index, kind, message in _parameter_problems(document, item):
            problems.add(("paths", path, "parameters", index), kind, message)
    for operation in operations:
        for index, kind, message in _parameter_problems(document, operation.raw):
            problems.add((*operation.pointer_parts, "parameters", index), kind, message)
        for key, known in defined.items():
            for name in operation.names(key):
                if name not in known:
                    problems.add((*operation.pointer_parts, key), "undefined", f"{quoted(name)} is not defined")
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


def _parameter_problems(document: Document, holder: Mapping[str, Any]) -> Iterator[tuple[int, str, str]]:
    """Yield index, kind and message of parameters that replace an earlier one, or that OpenAPI 3 does not define."""
    seen = set()
    for index, item in enumerate(as_list(holder.get("parameters"))):
        written = as_map(document.references.follow(item))
        key = parameter_key(written)
        name, location = quoted(as_text(written.get("name"))), quoted(as_text(written.get("in")))
        if key in seen and key != (None, None):
            yield index, "duplicate-parameter", f"{name} in {location} is declared twice; the last one counts"
        elif key[1] in BODY_LOCATIONS and not document.is_swagger:
            message = f"OpenAPI 3 has no parameters in {location}; read as the request body if there is no other"
            yield index, "body-parameter", message
        seen.add(key)


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
            # 0 until its inner nodes are done, so that a circular reference to it adds nothing.
            sizes[id(node)] = 0
            inner = [
                child for child in (node.values() if isinstance(node, dict) else node) if child.__class__ in HOLDERS
            ]
            if isinstance(node, dict) and isinstance(ref := node.get("$ref"), str):
                target = references.target(ref)
                inner += [target] if target.__class__ in HOLDERS else []
            todo.append((node, inner))
            todo += [(child, None) for child in inner]
    return sizes.get(id(schema), 0)
