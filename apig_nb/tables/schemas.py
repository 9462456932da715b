"""`schemas`: the named schemas, property by property."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from apig_nb.definition.grammar import SCHEMA_FIELDS
from apig_nb.definition.values import as_list, as_map, as_text, extensions
from apig_nb.tables.frame import FLAG, TEXT, frame, rest
from apig_nb.tables.schema_text import COMBINED, constraints_text, is_nullable, schema_text

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

_PLAIN = frozenset(("type", "format", "description", "title", "example"))
"""Keys of most schemas: who has no others has no constraints, extensions and properties."""

_HOLDERS = frozenset(("properties", "items", *COMBINED))


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
        is_plain = written.keys() <= _PLAIN
        yield (
            name,
            path,
            schema_text(node),
            as_text(written.get("format")),
            is_required,
            is_nullable(written),
            None if is_plain else constraints_text(written),
            as_text(written.get("description")),
            None if is_plain else rest(extensions(written, SCHEMA_FIELDS)),
        )
        if not is_plain and "$ref" not in written:
            todo += reversed(_inner(path, written))


def _inner(path: str, schema: Mapping[str, Any]) -> list[tuple[str, object, bool]]:
    if _HOLDERS.isdisjoint(schema):
        return []
    required = {name for name in as_list(schema.get("required")) if isinstance(name, str)}
    found = [
        (f"{path}.{name}" if path else name, inner, name in required)
        for name, inner in as_map(schema.get("properties")).items()
    ]
    items = schema.get("items")
    if isinstance(items, dict) and "$ref" not in items and ("properties" in items or "items" in items):
        found.append((f"{path}[]", items, False))
    for key in COMBINED:
        for index, part in enumerate(as_list(schema.get(key))):
            if isinstance(part, dict) and "properties" in part:
                # The parts of allOf make one object; alternatives are told apart by their number.
                found += _inner(path if key == "allOf" else f"{path}.{key}[{index}]".lstrip("."), part)
    return found
