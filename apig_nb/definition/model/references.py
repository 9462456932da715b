"""References (`$ref`) inside one document; references to other documents are never followed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple
from urllib.parse import unquote

from apig_nb.definition.problem import pointer, pointer_parts, quoted
from apig_nb.definition.values import NOTHING, as_map
from apig_nb.lazy import cached_property

MISSING: Final = object()
"""Target of a reference that leads nowhere."""

MAX_INLINED: Final = 10_000
"""Maximum number of values that `References.inlined` copies."""

MAX_INLINED_DEPTH: Final = 100
"""Maximum depth of nesting up to which it copies."""


class Pointer(NamedTuple):
    """A JSON pointer that is written out only when it is asked for: most elements are never asked.

    Attributes:
        base: a JSON pointer, empty for the whole document.
        steps: unescaped keys below it.
    """

    base: str = ""
    steps: tuple[object, ...] = ()

    def __str__(self) -> str:
        return self.base + pointer(*self.steps)

    @property
    def parts(self) -> tuple[str, ...]:
        """Its unescaped parts."""
        return (*pointer_parts(self.base), *map(str, self.steps))

    def below(self, *steps: object) -> Pointer:
        """Return the pointer to something below."""
        return Pointer(self.base, (*self.steps, *steps))


_INDEX = re.compile(r"0|[1-9][0-9]{0,8}")


class References:
    """Follows references inside one document."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self._root = root
        self._targets: dict[str, Any] = {}
        # By the first reference of a chain: its end, a message if it is broken, the last reference that has a target.
        self._ends: dict[str, tuple[Any, str | None, str | None]] = {}

    def target(self, ref: str) -> Any:
        """Return the target of one reference, `MISSING` if it is not in the document."""
        if ref not in self._targets:
            self._targets[ref] = self._find(ref)
        return self._targets[ref]

    def follow(self, node: object) -> Any:
        """Follow a chain of references to its end; return an empty mapping if it is broken or circular."""
        if not isinstance(node, dict) or "$ref" not in node:
            return node
        ref = node["$ref"]
        known = self._ends.get(ref) if isinstance(ref, str) else None
        return (known or self._followed(node))[0]

    def follow_with_error(self, node: object) -> tuple[Any, str | None]:
        """Follow a chain of references; return its end, and a message if it is broken or circular."""
        return self._followed(node)[:2]

    def _followed(self, node: object) -> tuple[Any, str | None, str | None]:
        """Follow a chain of references; return what is kept of it.

        In a document of chained references, following each of them anew would take quadratic time.
        """
        visited: dict[str, None] = {}
        end: tuple[Any, str | None] = (node, None)
        last: str | None = None
        missing: str | None = None
        while isinstance(node, dict) and isinstance(ref := node.get("$ref"), str):
            if ref in self._ends:
                target, message, own_last = self._ends[ref]
                end, last = (target, message), own_last or last
                break
            if ref in visited:
                end = (NOTHING, f"{quoted(ref)} leads in a circle")
                break
            visited[ref] = None
            node = self.target(ref)
            if node is not MISSING:
                end, last = (node, None), ref
            else:
                end, missing = (NOTHING, f"{quoted(ref)} leads nowhere"), ref
        ends = dict.fromkeys(visited, (*end, last))
        if missing is not None:
            ends[missing] = (*end, None)
        # At once, for other threads.
        self._ends.update(ends)
        return (*end, last)

    def follow_each(self, named: object) -> object:
        """Follow the references of a mapping of names to objects, such as `examples`; anything else is unchanged."""
        return {name: self.follow(item) for name, item in named.items()} if isinstance(named, dict) else named

    def inlined(self, node: Any) -> Any:
        """Return a copy of a value with references replaced by their targets.

        Those inside their own target stay, and so do those that are reached last in a value too large or too deep.
        """
        left = MAX_INLINED

        def copy(node: Any, inside: frozenset[str], depth: int) -> Any:
            nonlocal left
            left -= 1
            if left < 0 or depth > MAX_INLINED_DEPTH:
                return node
            if isinstance(node, list):
                return [copy(item, inside, depth + 1) for item in node]
            if not isinstance(node, dict):
                return node
            ref = node.get("$ref")
            if isinstance(ref, str) and ref not in inside and self.target(ref) is not MISSING:
                return copy(self.target(ref), inside | {ref}, depth + 1)
            return {key: copy(value, inside, depth + 1) for key, value in node.items()}

        return copy(node, frozenset(), 0)

    def locate(self, node: object, at: Pointer) -> Pointer:
        """Return where the object is written that a chain of references starting at `at` ends in.

        A reference that leads nowhere stays where it is written.
        """
        if not isinstance(node, dict) or not isinstance(ref := node.get("$ref"), str):
            return at
        last = (self._ends.get(ref) or self._followed(node))[2]
        return at if last is None else Pointer(last.removeprefix("#"))

    def _find(self, ref: str) -> Any:
        if not ref.startswith("#"):
            return MISSING
        if not ref.startswith("#/"):
            return self._root if ref == "#" else self._anchors.get(unquote(ref[1:]), MISSING)
        node: Any = self._root
        for part in reference_parts(ref):
            if isinstance(node, dict) and part in node:
                node = node[part]
            elif isinstance(node, list) and _INDEX.fullmatch(part) and int(part) < len(node):
                node = node[int(part)]
            else:
                return MISSING
        return node

    @cached_property
    def _anchors(self) -> Mapping[str, Any]:
        """Schemas by `$anchor` (OpenAPI 3.1)."""
        anchors: dict[str, Any] = {}
        seen: set[int] = set()
        todo: list[Any] = [as_map(self._root.get("components"))]
        while todo:
            node = todo.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, dict):
                if isinstance(anchor := node.get("$anchor"), str):
                    anchors[anchor] = node
                todo.extend(node.values())
            elif isinstance(node, list):
                todo.extend(node)
        return anchors


def reference_parts(ref: str) -> list[str]:
    """Split a reference inside the document, such as `#/components/schemas/Order`, into unescaped parts."""
    return pointer_parts(unquote(ref[1:]))


def ref_name(ref: str) -> str:
    """Return the last part of a reference, unescaped: the name of its target."""
    if "%" in ref and "#" in ref:  # a name alone, as in the mapping of a discriminator, has no escapes
        ref = unquote(ref)
    return pointer_parts("/" + ref.rpartition("/")[2])[0] if ref else ref
