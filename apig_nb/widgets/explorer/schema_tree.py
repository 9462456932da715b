"""A schema as a tree that opens and closes: what a body is made of, references followed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from apig_nb.definition.model.references import ref_name
from apig_nb.definition.values import as_list, as_map, as_text, json_text
from apig_nb.tables.schema_text import constraints_text, is_nullable, schema_text
from apig_nb.widgets.explorer.pieces import shown, words

if TYPE_CHECKING:
    from apig_nb.definition.model.references import References

MAX_DEPTH: Final = 12
MAX_NODES: Final = 400
"""Nodes of one schema that are drawn."""
MAX_NODES_OF_ALL: Final = 2_000
"""Nodes of all schemas of one part of a page."""
MAX_WORDS: Final = 300
"""Characters of a description or of the constraints of one node that are shown."""

_OPEN_DEPTH: Final = 2
_COMBINED: Final = {"allOf": "all of these", "oneOf": "one of these", "anyOf": "any of these"}


class SchemaTrees:
    """Draws schemas until so many nodes are drawn that nobody would read more."""

    def __init__(self, references: References) -> None:
        self._references = references
        self._left_of_all = MAX_NODES_OF_ALL
        self._left = 0

    def html(self, schema: object) -> str:
        """A schema and what is in it; in words where there is none."""
        if schema is None:
            return words("what is in it is not described")
        self._left = before = min(MAX_NODES, self._left_of_all)
        tree = self._node("", schema, False, (), 0)
        self._left_of_all -= before - max(self._left, 0)
        return f'<div class="apig-tree">{tree}</div>' if before else words("… left out here; the source has it")

    def _node(self, name: str, schema: object, is_required: bool, above: tuple[str, ...], depth: int) -> str:
        """One line, and below it what is in it; `above` are the references that led here."""
        self._left -= 1
        if self._left < 0:
            return _leaf("… more is left out here; the source has all of it") if self._left == -1 else ""
        written = as_map(schema)
        ref = written.get("$ref")
        why = None
        if isinstance(ref, str):
            if ref in above:
                return _leaf(_line(name, schema, is_required, f"{ref_name(ref)} again, as above"))
            above = (*above, ref)
            schema, why = self._references.end(written)
        if why is not None:
            return _leaf(_line(name, written, is_required, why))
        inside = as_map(schema)
        line = _line(name, written if isinstance(ref, str) else schema, is_required, _details(inside))
        if depth >= MAX_DEPTH and any(_inner(inside)):
            return _leaf(f"{line} … nested deeper than is shown here")
        # No more than can still be drawn, and the one that says that there is more.
        parts = islice(_inner(inside), self._left + 1)
        below = "".join(self._node(part, inner, needed, above, depth + 1) for part, inner, needed in parts)
        if not below:
            return _leaf(line)
        is_open = " open" if depth < _OPEN_DEPTH else ""
        return f"<details{is_open}><summary>{line}</summary>{below}</details>"


def _inner(schema: Mapping[str, Any]) -> Iterator[tuple[str, object, bool]]:
    """What is in a schema: its name or what it is to the schema, the schema of it, whether it must be there."""
    required = {name for name in as_list(schema.get("required")) if isinstance(name, str)}
    for name, inner in as_map(schema.get("properties")).items():
        yield name, inner, name in required
    for pattern, inner in as_map(schema.get("patternProperties")).items():
        yield f"keys like {pattern}", inner, False
    if isinstance(others := schema.get("additionalProperties"), dict) and others:
        yield "any other key", others, False
    for number, inner in enumerate(as_list(schema.get("prefixItems")), 1):
        yield f"item {number}", inner, False
    if isinstance(items := schema.get("items"), dict):
        yield "each item", items, False
    for key, meaning in _COMBINED.items():
        for number, inner in enumerate(as_list(schema.get(key)), 1):
            yield f"{meaning}, {number}", inner, False
    if isinstance(schema.get("not"), dict):
        yield "not", schema["not"], False


def _line(name: str, schema: object, is_required: bool, more: str) -> str:
    title = f"<b>{shown(name, MAX_WORDS)}</b> " if name else ""
    kind = f"<code>{shown(schema_text(schema) or 'anything', MAX_WORDS)}</code>"
    return title + " · ".join(
        [kind, *(["required"] if is_required else []), *([shown(more, MAX_WORDS)] if more else [])]
    )


def _details(schema: Mapping[str, Any]) -> str:
    """Format, limits, example and description in one line."""
    parts = (
        as_text(schema.get("format")),
        "or null" if is_nullable(schema) else None,
        constraints_text(schema),
        f"example {json_text(schema['example'])[:MAX_WORDS]}" if "example" in schema else None,
        as_text(schema.get("title")),
        as_text(schema.get("description")),
    )
    return " · ".join(part for part in parts if part)


def _leaf(line: str) -> str:
    return f'<div class="apig-leaf">{line}</div>'
