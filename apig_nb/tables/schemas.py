"""`schemas`: the named schemas, property by property."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from apig_nb.definition.values import as_list, as_map, as_text, extensions
from apig_nb.tables.frame import FLAG, TEXT, frame, rest
from apig_nb.tables.schema_text import constraints_text, is_nullable, schema_text

if TYPE_CHECKING:
    import pandas as pd

    from apig_nb.definition import ApiDefinition

SCHEMAS = {
    "schema": TEXT,
    "property": TEXT,
    "type": TEXT,
    "format": TEXT,
    "required": FLAG,
    "nullable": FLAG,
    "constraints": TEXT,
    "description": TEXT,
    "extensions": TEXT,
}


def schemas(definition: ApiDefinition) -> pd.DataFrame:
    """A row is a named schema (property empty) or a property of one (a dotted path, `[]` for the items of a list).

    Columns: schema, property, type (a type, or the name of the schema that is referred to), format, required (bool),
    nullable (bool), constraints (limits, pattern, enumeration, default as text), description, extensions (JSON).
    References are named, not entered.
    """
    return frame(SCHEMAS, (row for name, schema in definition.document.schemas.items() for row in _rows(name, schema)))


def _rows(name: str, schema: object) -> Iterator[tuple[object, ...]]:
    todo: list[tuple[str, object, bool]] = [("", schema, False)]
    while todo:
        path, node, is_required = todo.pop()
        written = as_map(node)
        yield (
            name,
            path,
            schema_text(node),
            as_text(written.get("format")),
            is_required,
            is_nullable(written),
            constraints_text(written),
            as_text(written.get("description")),
            rest(extensions(written)),
        )
        if "$ref" not in written:
            todo.extend(reversed(list(_inner(path, written))))


def _inner(path: str, schema: Mapping[str, Any]) -> Iterator[tuple[str, object, bool]]:
    required = {name for name in as_list(schema.get("required")) if isinstance(name, str)}
    for name, inner in as_map(schema.get("properties")).items():
        yield (f"{path}.{name}" if path else name), inner, name in required
    items = schema.get("items")
    if isinstance(items, dict) and "$ref" not in items and ("properties" in items or "items" in items):
        yield f"{path}[]", items, False
    for key in ("allOf", "oneOf", "anyOf"):
        for index, part in enumerate(as_list(schema.get(key))):
            if isinstance(part, dict) and "properties" in part:
                # The parts of allOf make one object; alternatives are told apart by their number.
                yield from _inner(path if key == "allOf" else f"{path}.{key}[{index}]".lstrip("."), part)
