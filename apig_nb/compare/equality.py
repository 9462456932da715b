"""Quick test for parts of two documents that are written the same, so that they need not be compared in detail.

Two parts written differently can still be equivalent; the comparison in detail decides that.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.operation import Operation, Part
from apig_nb.definition.model.references import MISSING
from apig_nb.definition.values import equal


class SourceEquality:
    """Tests parts of two documents as written, with the targets of the references in them."""

    def __init__(self, old: ApiDefinition, new: ApiDefinition, *, mapped: bool) -> None:
        """Create the test; with `mapped`, options map paths or addresses, so that equal sources can differ."""
        # Operations inherit servers, security and more from their documents.
        self._same_context = not mapped and old.document.inherited == new.document.inherited
        self._old, self._new = old.document.references, new.document.references
        # A node is kept with its references, so that its id is not used again for another one.
        self._refs_by_id: dict[int, tuple[Any, frozenset[str]]] = {}
        self._has_same_target: dict[str, bool] = {}
        self._heirs = _heirs(old, new)

    def same(self, old: Any, new: Any) -> bool:
        """Return True if two nodes are equal and every reference in them leads to equal nodes in both documents."""
        return equal(old, new) and all(map(self._is_target_same, self._refs_in(old)))

    def inlined(self, old: Any, new: Any) -> tuple[Any, Any]:
        """Return two values with the references in them replaced by their targets: inline or not is no difference."""
        return (
            self._old.inlined(old) if old and _refs(old, {}) else old,
            self._new.inlined(new) if new and _refs(new, {}) else new,
        )

    def same_part(self, part: Part, old: Operation, new: Operation) -> bool:
        """Return True if a part of two operations is written the same, and all that they inherit is the same."""
        if not self._same_context or old.path != new.path:
            return False
        return all(map(self.same, old.source(part), new.source(part)))

    def _is_target_same(self, ref: str) -> bool:
        if ref not in self._has_same_target:
            self._compare_targets(ref)
        return self._has_same_target[ref]

    def _compare_targets(self, ref: str) -> None:
        """Compare the targets of a reference and of all references reached from there.

        References may form circles: a difference is passed on to every reference that leads to it.
        """
        leading_to: dict[str, list[str]] = defaultdict(list)
        reached, todo, different = {ref}, [ref], []
        while todo:
            current = todo.pop()
            old, new = self._old.target(current), self._new.target(current)
            if old is MISSING or new is MISSING or not equal(old, new):
                different.append(current)
                continue
            for inner in self._refs_in(old):
                leading_to[inner].append(current)
                if self._has_same_target.get(inner) is False:
                    different.append(inner)
                elif inner not in reached and inner not in self._has_same_target:
                    reached.add(inner)
                    todo.append(inner)
        changed: set[str] = set()
        while different:
            current = different.pop()
            if current not in changed:
                changed.add(current)
                different += leading_to[current]
        self._has_same_target.update((each, each not in changed) for each in reached)

    def _refs_in(self, node: Any) -> Iterable[str]:
        if not isinstance(node, dict | list):
            return ()
        known = self._refs_by_id.get(id(node))
        if known is None:
            known = self._refs_by_id[id(node)] = node, frozenset(_refs(node, self._heirs))
        return known[1]


def _heirs(old: ApiDefinition, new: ApiDefinition) -> dict[int, tuple[str, ...]]:
    """References to the schemas of both documents that extend one of the old document, by the id of that one."""
    before, after = old.document.heirs, new.document.heirs
    return {
        id(old.document.references.target(base)): (*before.get(base, ()), *after.get(base, ()))
        for base in before.keys() | after.keys()
    }


def _refs(node: Any, heirs: Mapping[int, tuple[str, ...]]) -> set[str]:
    """Collect the references in a node, and those to the schemas that extend a schema in it."""
    refs = set()
    todo = [node] if node.__class__ is dict or node.__class__ is list else []
    while todo:
        node = todo.pop()
        if node.__class__ is dict:
            if "$ref" in node and isinstance(node["$ref"], str):
                refs.add(node["$ref"])
            if heirs:
                refs.update(heirs.get(id(node), ()))
            node = node.values()
        todo += [value for value in node if value.__class__ is dict or value.__class__ is list]
    return refs
