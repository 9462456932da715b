"""A schema as a collapsible tree with resolved references."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from markupsafe import Markup

from apig_nb.definition.model.references import ref_name
from apig_nb.definition.values import as_list, as_map, as_text, json_text
from apig_nb.tables.schema_text import constraints_text, is_nullable, schema_text
from apig_nb.widgets.html import display_text, help_paragraph, joined

if TYPE_CHECKING:
    from apig_nb.definition.model.references import References

MAX_DEPTH: Final = 12
MAX_NODES: Final = 400
"""Nodes of one schema that are shown."""
MAX_NODES_OF_ALL: Final = 2_000
"""Nodes of all schemas of one part of a page that are shown."""
MAX_DETAILS: Final = 300
"""Characters of a name, a description or the constraints of one node that are shown."""

_OPEN_DEPTH: Final = 2
_COMBINED: Final = {"allOf": "all of these", "oneOf": "one of these", "anyOf": "any of these"}


class SchemaTrees:
    """Draws schemas up to a number of nodes."""

    def __init__(self, references: References) -> None:
        self._references = references
        self._left_of_all = MAX_NODES_OF_ALL
        self._left = 0

    def html(self, schema: object) -> Markup:
        """The tree of a schema, or a note if there is none."""
        if schema is None:
            return help_paragraph("the content is not described")
        self._left = before = min(MAX_NODES, self._left_of_all)
        tree = self._node("", schema, False, (), 0)
        self._left_of_all -= before - max(self._left, 0)
        if not before:
            return help_paragraph("… omitted here; the source has it")
        return Markup('<div class="apig-tree">{}</div>').format(tree)

    def _node(self, name: str, schema: object, is_required: bool, above: tuple[str, ...], depth: int) -> Markup:
        """A node and its children; `above` are the references followed to it."""
        self._left -= 1
        if self._left < 0:
            return _leaf("… more is omitted here; the source has all of it") if self._left == -1 else Markup()
        written = as_map(schema)
        ref = written.get("$ref")
        error = None
        if isinstance(ref, str):
            if ref in above:
                return _leaf(self._line(name, schema, is_required, f"{ref_name(ref)} again, as above"))
            above = (*above, ref)
            schema, error = self._references.follow_with_error(written)
        if error is not None:
            return _leaf(self._line(name, written, is_required, error))
        inside = as_map(schema)
        line = self._line(name, written if isinstance(ref, str) else schema, is_required, _details(inside))
        if depth >= MAX_DEPTH and any(_inner(inside)):
            return _leaf(line + " … nested deeper than is shown here")
        # The children that can still be drawn, and the one that says that more are omitted.
        parts = islice(_inner(inside), self._left + 1)
        below = Markup().join(self._node(part, inner, needed, above, depth + 1) for part, inner, needed in parts)
        if not below:
            return _leaf(line)
        is_open = Markup(" open") if depth < _OPEN_DEPTH else ""
        return Markup("<details{}><summary>{}</summary>{}</details>").format(is_open, line, below)

    def _line(self, name: str, schema: object, is_required: bool, more: str) -> Markup:
        title = Markup("<b>{}</b> ").format(display_text(name, MAX_DETAILS)) if name else Markup()
        kind = Markup("<code>{}</code>").format(
            display_text(schema_text(self._references, schema) or "anything", MAX_DETAILS)
        )
        return title + joined(
            kind, *(["required"] if is_required else []), *([display_text(more, MAX_DETAILS)] if more else [])
        )


def _inner(schema: Mapping[str, Any]) -> Iterator[tuple[str, object, bool]]:
    """Children of a schema: name or role, schema, and True if required."""
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


def _details(schema: Mapping[str, Any]) -> str:
    """Format, limits, example and description in one line."""
    parts = (
        as_text(schema.get("format")),
        "or null" if is_nullable(schema) else None,
        constraints_text(schema),
        f"example {json_text(schema['example'])[:MAX_DETAILS]}" if "example" in schema else None,
        as_text(schema.get("title")),
        as_text(schema.get("description")),
    )
    return " · ".join(part for part in parts if part)


def _leaf(line: str) -> Markup:
    return Markup('<div class="apig-leaf">{}</div>').format(line)
