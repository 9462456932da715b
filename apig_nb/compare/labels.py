"""Where in a document something is, in words that are the same for all versions of the standard."""

from __future__ import annotations

from typing import Final

from apig_nb.definition.problem import pointer_parts

_ROOMS: Final = (["components", "schemas"], ["definitions"])
_BY_NAME: Final = ("properties", "patternProperties", "dependentSchemas")
_SAYS_NOTHING_OF_PLACE: Final = ("allOf", "oneOf", "anyOf")


def schema_name(pointer: str | None) -> str | None:
    """The named schema that a pointer leads to, not into."""
    parts = pointer_parts(pointer or "")
    return next((parts[-1] for room in _ROOMS if parts[:-1] == room), None)


def named_location(pointer: str | None) -> str | None:
    """Where in a named schema a pointer leads, in words; `None` where it leads elsewhere."""
    parts = pointer_parts(pointer or "")
    rest = next((parts[len(room) :] for room in _ROOMS if parts[: len(room)] == room), [])
    if not rest:
        return None
    name, path, steps = rest[0], "", iter(rest[1:])
    for step in steps:
        if step in _BY_NAME:
            path = joined_path(path, next(steps, step))
        elif step in _SAYS_NOTHING_OF_PLACE:
            next(steps, None)
            path = path if step == "allOf" else joined_path(path, step)
        else:
            path = joined_path(path, "[]" if step == "items" else step)
    return f"schema {name}: {path}" if path else f"schema {name}"


def joined_path(path: str, step: str) -> str:
    """A dotted path with another step: a name, or brackets for items."""
    return step if not path else f"{path}{step if step.startswith('[') or not step else '.' + step}"
