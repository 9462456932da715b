"""Whether two parts of two documents are the same, quickly: one `==`, and a look at what their references lead to."""

from __future__ import annotations

from typing import Any

from apig_nb.definition import ApiDefinition
from apig_nb.definition.operation import Operation
from apig_nb.definition.references import MISSING


class Sameness:
    """Answers for one pair of documents. What differs in form only counts as different here."""

    def __init__(self, old: ApiDefinition, new: ApiDefinition) -> None:
        self._old, self._new = old.references, new.references
        self._references: dict[int, frozenset[str]] = {}
        self._is_clean: dict[str, bool] = {}

    def same(self, old: Any, new: Any) -> bool:
        """Whether both are written alike and every reference in them leads to the same on both sides."""
        return _equal(old, new) and all(self._leads_to_the_same(ref) for ref in self._references_in(old))

    def _leads_to_the_same(self, ref: str) -> bool:
        known = self._is_clean.get(ref)
        if known is not None:
            return known
        seen, todo = {ref}, [ref]
        while todo:
            target = todo.pop()
            before, after = self._old.target(target), self._new.target(target)
            if (
                self._is_clean.get(target) is False
                or before is MISSING
                or after is MISSING
                or not _equal(before, after)
            ):
                self._is_clean[ref] = False
                return False
            for further in self._references_in(before):
                if further not in seen and not self._is_clean.get(further):
                    seen.add(further)
                    todo.append(further)
        # Nothing that can be reached from here differs, so nothing that can be reached from there does.
        self._is_clean.update(dict.fromkeys(seen, True))
        return True

    def _references_in(self, node: Any) -> frozenset[str]:
        if not isinstance(node, dict | list):
            return frozenset()
        found = self._references.get(id(node))
        if found is None:
            found = self._references[id(node)] = frozenset(_references(node))
        return found


class Alike:
    """Tells which parts of a pair of operations are the same, so that they need not be looked into."""

    def __init__(self, sameness: Sameness, old: Operation, new: Operation, *, around: bool) -> None:
        """Make it; `around` says whether what operations take from their documents is the same."""
        self._sameness, self._old, self._new = sameness, old, new
        self._around = around and old.path == new.path

    def __call__(self, *keys: str) -> bool:
        """Whether all these keys hold the same in both operations; `parameters` are the path's, too."""
        return self._around and all(self._is_alike(key) for key in keys)

    def all_of_gateway(self) -> bool:
        """Whether the gateway's keys, and who may call, are the same."""
        keys = {key for raw in (self._old.raw, self._new.raw) for key in raw if key.startswith("x-apigateway-")}
        return self("security", *keys)

    def _is_alike(self, key: str) -> bool:
        pairs = [(self._old.raw.get(key), self._new.raw.get(key))]
        if key == "parameters":
            pairs.append((self._old.item.get(key), self._new.item.get(key)))
        return all(self._sameness.same(before, after) for before, after in pairs)


def _references(node: Any) -> set[str]:
    refs = set()
    todo = [node]
    while todo:
        node = todo.pop()
        if node.__class__ is dict:
            if "$ref" in node and isinstance(node["$ref"], str):
                refs.add(node["$ref"])
            node = node.values()
        todo += [value for value in node if value.__class__ is dict or value.__class__ is list]
    return refs


def _equal(old: Any, new: Any) -> bool:
    try:
        return bool(old == new)
    except RecursionError:
        # Nested deeper than the interpreter compares: looked into level by level instead.
        return False
