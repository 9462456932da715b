"""Whether two parts of two documents are the same, quickly: one `==`, and a look at what their references lead to."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.model.references import MISSING
from apig_nb.definition.values import as_map, equal


class Sameness:
    """Answers for one pair of documents. What differs in form only counts as different here."""

    def __init__(self, old: ApiDefinition, new: ApiDefinition) -> None:
        self._old, self._new = old.document.references, new.document.references
        self._references: dict[int, tuple[Any, frozenset[str]]] = {}
        self._is_clean: dict[str, bool] = {}

    def same(self, old: Any, new: Any) -> bool:
        """Whether both are written alike and every reference in them leads to the same on both sides."""
        return equal(old, new) and all(self._leads_to_the_same(ref) for ref in self._references_in(old))

    def _leads_to_the_same(self, ref: str) -> bool:
        if ref not in self._is_clean:
            self._settle(ref)
        return self._is_clean[ref]

    def _settle(self, ref: str) -> None:
        """Decide for every reference that can be reached from one: what differs, and what leads there, is not clean."""
        users: dict[str, list[str]] = defaultdict(list)
        seen, todo, differing = {ref}, [ref], []
        while todo:
            target = todo.pop()
            before, after = self._old.target(target), self._new.target(target)
            if before is MISSING or after is MISSING or not equal(before, after):
                differing.append(target)
                continue
            for further in self._references_in(before):
                users[further].append(target)
                if self._is_clean.get(further) is False:
                    differing.append(further)
                elif further not in seen and further not in self._is_clean:
                    seen.add(further)
                    todo.append(further)
        unclean: set[str] = set()
        while differing:
            target = differing.pop()
            if target not in unclean:
                unclean.add(target)
                differing += users[target]
        self._is_clean.update((target, target not in unclean) for target in seen)

    def _references_in(self, node: Any) -> frozenset[str]:
        if not isinstance(node, dict | list):
            return frozenset()
        found = self._references.get(id(node))
        if found is None:
            # The node is kept, so that its id stays its own.
            found = self._references[id(node)] = node, frozenset(_references(node))
        return found[1]


class Alike:
    """Tells which parts of a pair of operations are the same, so that they need not be looked into."""

    def __init__(self, sameness: Sameness, old: Operation, new: Operation, *, around: bool) -> None:
        """Make it; `around` says whether what operations take from their documents is the same."""
        self._sameness, self._old, self._new = sameness, old, new
        self._around = around and old.path == new.path

    def __call__(self, *keys: str) -> bool:
        """Whether all these keys hold the same in both operations; `parameters` are the path's, too."""
        return self._around and all(self._is_alike(key) for key in keys)

    def below(self, key: str, *names: str) -> bool:
        """Whether what stands under these names of a key is the same in both operations."""
        sides = [as_map(operation.raw.get(key)) for operation in (self._old, self._new)]
        return self._around and all(self._sameness.same(sides[0].get(name), sides[1].get(name)) for name in names)

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


def alike(old: Any, new: Any) -> bool:
    """Whether two values are written alike where `==` cannot tell: over not a number, and over very deep nesting."""
    pairs = [(old, new)]
    while pairs:
        one, other = pairs.pop()
        if isinstance(one, dict) and isinstance(other, dict):
            if one.keys() != other.keys():
                return False
            pairs += [(value, other[key]) for key, value in one.items()]
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            pairs += zip(one, other, strict=True)
        # Only not a number differs from itself.
        elif one != other and not (one != one and other != other):
            return False
    return True
