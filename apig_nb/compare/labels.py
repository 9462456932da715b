"""Descriptions of locations, the same for all versions of the standard."""

from __future__ import annotations

from typing import Final

from apig_nb.definition.model.schema import COMPONENT_SECTIONS
from apig_nb.definition.problem import pointer_parts

_NAMED: Final = ("properties", "patternProperties", "dependentSchemas")
_COMBINED: Final = ("allOf", "oneOf", "anyOf")


def named_location(pointer: str | None) -> str | None:
    """Describe a location in a named schema, such as `schema Order: lines[].price`; `None` for other locations."""
    parts = pointer_parts(pointer or "")
    rest = next((parts[len(section) :] for section in COMPONENT_SECTIONS if parts[: len(section)] == section), [])
    if not rest:
        return None
    name, path, steps = rest[0], "", iter(rest[1:])
    for step in steps:
        if step in _NAMED:
            path = joined_path(path, next(steps, step))
        elif step in _COMBINED:
            # Numbers of alternatives are left out: their order has no meaning.
            next(steps, None)
            path = path if step == "allOf" else joined_path(path, step)
        else:
            path = joined_path(path, "[]" if step == "items" else step)
    return f"schema {name}: {path}" if path else f"schema {name}"


def joined_path(path: str, step: str) -> str:
    """Add a step to a dotted path: a name, or `[]` for items."""
    return step if not path else f"{path}{step if step.startswith('[') or not step else '.' + step}"
