"""Checks of schemas: those with a name, and the lists among the parameters."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from apig_nb.audit.checks.registry import check
from apig_nb.audit.subject import Found, Subject
from apig_nb.definition.problem import pointer
from apig_nb.definition.values import HOLDERS, as_map

_DESCRIBING = frozenset(("properties", "patternProperties", "allOf", "oneOf", "anyOf", "$ref", "enum", "const"))
_NAMED = frozenset(("properties", "patternProperties", "$defs", "definitions", "dependentSchemas"))
_INSIDE = frozenset(("items", "additionalProperties", "allOf", "oneOf", "anyOf", "prefixItems", "not"))


def _schemas(subject: Subject) -> Iterator[tuple[Mapping[str, Any], str, str]]:
    """Yield every schema inside the named ones, with its pointer and its location in words."""
    for name, schema in subject.document.schemas.items():
        todo = [(schema, (*subject.document.dialect.SCHEMAS, name), "")]
        while todo:
            node, parts, path = todo.pop()
            written = as_map(node)
            if written:
                yield written, pointer(*parts), f"schema {name}{path and f', {path}'}"
            todo += reversed(_inner(written, parts, path))


def _inner(schema: Mapping[str, Any], parts: tuple[str, ...], path: str) -> list[tuple[Any, tuple[str, ...], str]]:
    found: list[tuple[Any, tuple[str, ...], str]] = []
    for keyword, value in schema.items():
        if keyword in _NAMED:
            found += [
                (inner, (*parts, keyword, key), f"{path}.{key}".lstrip(".")) for key, inner in as_map(value).items()
            ]
        elif keyword in _INSIDE and value.__class__ in HOLDERS:
            step = f"{path}[]" if keyword == "items" else path
            inners = enumerate(value) if isinstance(value, list) else [(None, value)]
            found += [
                (inner, (*parts, keyword, *([] if index is None else [str(index)])), step) for index, inner in inners
            ]
    return found


def _is(schema: Mapping[str, Any], name: str) -> bool:
    written = schema.get("type")
    return name in written if isinstance(written, list) else written == name


@check
def array_unbounded(subject: Subject) -> Iterator[Found]:
    for schema, at, location in _schemas(subject):
        if _is(schema, "array") and "maxItems" not in schema:
            yield Found(at, location)
    for api in subject.apis:
        for parameter in api.parameters:
            if _is(parameter.schema, "array") and "maxItems" not in parameter.schema:
                yield api.found(f"parameter {parameter.name} in {parameter.location}", pointer=parameter.pointer)


@check
def additional_properties(subject: Subject) -> Iterator[Found]:
    for schema, at, location in _schemas(subject):
        others = schema.get("additionalProperties")
        takes_any = others is True or others == {}
        is_bare = others is None and _is(schema, "object") and _DESCRIBING.isdisjoint(schema)
        if takes_any or is_bare:
            yield Found(at, location)
