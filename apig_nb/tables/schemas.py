"""The table `schemas`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from apig_nb.definition.grammar import SCHEMA_FIELDS
from apig_nb.definition.values import as_list, as_map, as_text, extensions
from apig_nb.errors import DocumentError
from apig_nb.tables.frame import FLAG, TEXT, Row, rest
from apig_nb.tables.schema_text import COMBINED, constraints_text, is_nullable, schema_text

if TYPE_CHECKING:
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

_HOLDERS = frozenset(("properties", "items", *COMBINED))

MAX_PATHS: Final = 64 * 1024 * 1024
"""The maximum total length of the paths of all properties."""

_Step: TypeAlias = tuple[str, str, object, bool]
"""Path of the parent, step from there, the schema of the property, and True if it is required."""


def schemas(definition: ApiDefinition) -> Iterator[Row]:
    """Yield the rows of `Export.schemas`.

    Raises:
        DocumentError: the paths of its properties exceed `MAX_PATHS` characters.
    """
    references, characters_left = definition.document.references, MAX_PATHS
    for name, schema in definition.document.schemas.items():
        todo: list[_Step] = [("", "", schema, False)]
        while todo:
            above, step, node, is_required = todo.pop()
            path, written = above + step, as_map(node)
            characters_left -= len(path)
            if characters_left < 0:
                raise DocumentError(f"the paths of its properties exceed {MAX_PATHS:,} characters")
            yield (
                name,
                path,
                schema_text(references, node),
                as_text(written.get("format")),
                is_required,
                is_nullable(written),
                constraints_text(written),
                as_text(written.get("description")),
                rest(extensions(written, SCHEMA_FIELDS)),
            )
            if "$ref" not in written:
                todo += reversed(_steps(path, "", written))


def _steps(path: str, between: str, schema: Mapping[str, Any]) -> list[_Step]:
    """Return the steps to the properties in a schema, not joined to its path yet, which can be long."""
    if _HOLDERS.isdisjoint(schema):
        return []
    required = {name for name in as_list(schema.get("required")) if isinstance(name, str)}
    dot = f"{between}." if path or between else ""
    found: list[_Step] = [
        (path, f"{dot}{name}", inner, name in required) for name, inner in as_map(schema.get("properties")).items()
    ]
    items = schema.get("items")
    if isinstance(items, dict) and "$ref" not in items and ("properties" in items or "items" in items):
        found.append((path, f"{between}[]", items, False))
    for key in COMBINED:
        for index, part in enumerate(as_list(schema.get(key))):
            if isinstance(part, dict) and "properties" in part:
                # The parts of allOf describe one object; alternatives are numbered.
                found += _steps(path, between if key == "allOf" else f"{dot}{key}[{index}]", part)
    return found
