"""Short descriptions of schemas for one cell of a table."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from apig_nb.definition.model.references import MISSING, References, ref_name
from apig_nb.definition.values import as_flag, as_list, as_map, as_text, json_text
from apig_nb.text import shorten

MAX_DEPTH: Final = 4
MAX_TYPE: Final = 200
"""The length of the longest type that is shown for a reference to a schema without a name."""

_NAMED: Final = re.compile(r"#/(?:components/schemas|definitions)/[^/]*")
CONSTRAINTS: Final = (
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "pattern",
    "minItems",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
    "enum",
    "const",
    "default",
    "readOnly",
    "writeOnly",
    "deprecated",
)
_CONSTRAINTS: Final = frozenset(CONSTRAINTS)
_NULLABLE: Final = frozenset(("nullable", "x-nullable"))
COMBINED: Final = ("allOf", "oneOf", "anyOf")


def schema_text(references: References, schema: object, depth: int = 0) -> str | None:
    """Describe a schema by its name or its parts: `Order`, `Order[]`, `oneOf(A, B)`, `string`."""
    if schema is None:
        return None
    if isinstance(schema, bool):
        return "anything" if schema else "nothing"
    written = as_map(schema)
    if isinstance(ref := written.get("$ref"), str):
        return _reference_text(references, ref)
    if depth >= MAX_DEPTH:
        return "…"
    for key in COMBINED:
        if key in written and (parts := as_list(written[key])):
            return f"{key}({', '.join(schema_text(references, part, depth + 1) or 'anything' for part in parts)})"
    kind = type_text(written)
    if kind == "array":
        return f"{schema_text(references, written.get('items'), depth + 1) or 'anything'}[]"
    return kind or "anything"


def _reference_text(references: References, ref: str) -> str:
    """Describe the target of a reference: a named schema by its name, any other by its type, such as `string[]`."""
    if _NAMED.fullmatch(ref) or not ref.startswith("#/") or (target := references.target(ref)) is MISSING:
        return ref_name(ref)
    inner = as_map(target).get("$ref")
    if isinstance(inner, str) and _NAMED.fullmatch(inner):
        return ref_name(inner)
    schema = as_map(references.follow(target))
    # Not in full: many references to a long schema would make a text of quadratic length.
    kind = next((f"{key}(…)" for key in COMBINED if key in schema), None) or type_text(schema)
    if kind == "array":
        items = as_map(schema.get("items"))
        name = items.get("$ref")
        kind = f"{(ref_name(name) if isinstance(name, str) else type_text(items)) or 'anything'}[]"
    return shorten(kind or "anything", MAX_TYPE)


def type_text(schema: Mapping[str, Any]) -> str | None:
    """Return the types of a schema but null, joined by ` | `; inferred from its other keys if it has no type."""
    written = schema.get("type")
    if isinstance(written, list):
        return " | ".join(as_text(kind) or "" for kind in written if kind not in ("null", None)) or "null"
    if written is not None:
        return as_text(written)
    return "object" if "properties" in schema else "array" if "items" in schema else None


def is_nullable(schema: Mapping[str, Any]) -> bool:
    """Return True if null is allowed, by `nullable` (3.0), a list of types (3.1), or `x-nullable` (used with 2.0)."""
    kinds = schema.get("type")
    if kinds == "null" or (isinstance(kinds, list) and any(kind in ("null", None) for kind in kinds)):
        return True
    return not _NULLABLE.isdisjoint(schema) and any(as_flag(schema.get(key)) for key in _NULLABLE)


def constraints_text(schema: Mapping[str, Any]) -> str | None:
    """Describe limits, pattern, enumeration and default: `maxLength=64, enum=["a", "b"]`."""
    if _CONSTRAINTS.isdisjoint(schema):
        return None
    return ", ".join([f"{key}={json_text(schema[key])}" for key in CONSTRAINTS if key in schema])
