"""Pairs of schemas, each compared once however many operations use it; equal ones are not entered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from apig_nb.compare.changes import LIFECYCLE, Changes
from apig_nb.compare.keywords import KNOWN, keyword_differences
from apig_nb.compare.rules import RECEIVED, SENT
from apig_nb.compare.sameness import Sameness
from apig_nb.compare.schema_view import Part, SchemaView, SchemaViewer
from apig_nb.definition import ApiDefinition
from apig_nb.definition.operation import Operation
from apig_nb.definition.references import ref_name
from apig_nb.definition.values import as_flag, as_map

_SCHEMA_KEYWORDS: Final = (
    "additionalProperties",
    "additionalItems",
    "unevaluatedProperties",
    "unevaluatedItems",
    "contains",
    "propertyNames",
    "contentSchema",
    "if",
    "then",
    "else",
    "not",
)
"""Keywords whose value is a schema: where both sides have one, it is walked."""

_SCHEMAS_KEYWORDS: Final = ("patternProperties", "dependentSchemas")
"""Keywords whose value maps names to schemas: those that both sides have are walked."""


@dataclass(frozen=True, slots=True)
class Found:
    """A difference of two schemas, before it is known which operations it reaches."""

    rule: str
    pointer: str
    location: str
    before: Any = None
    after: Any = None


@dataclass(slots=True)
class Pair:
    """Two schemas on one side, what differs between them, and who uses them."""

    old: Part
    new: Part
    side: str
    label: str
    path: str
    found: list[Found] = field(default_factory=list)
    users: set[int] = field(default_factory=set)
    operations: dict[int, Operation] = field(default_factory=dict)

    @property
    def location(self) -> str:
        """Where it is, in words."""
        return f"{self.label}: {self.path}" if self.path else self.label


class SchemaWalk:
    """Compares the schemas of two documents."""

    def __init__(self, old: ApiDefinition, new: ApiDefinition, sameness: Sameness) -> None:
        self._sameness = sameness
        self._old, self._new = SchemaViewer(old.references, KNOWN), SchemaViewer(new.references, KNOWN)
        self._pairs: list[Pair] = []
        self._index: dict[tuple[int, int, str], int] = {}
        self._todo: list[int] = []

    def compare(self, old: Part, new: Part, side: str, label: str, operation: Operation) -> None:
        """Compare two schemas that an operation sends or receives."""
        index = self._pair(old, new, side, label, "", None)
        if index is not None:
            self._pairs[index].operations[id(operation)] = operation
        while self._todo:
            self._walk(self._todo.pop())

    def report(self, changes: Changes) -> None:
        """Add everything found, with all the operations it reaches."""
        for index, pair in enumerate(self._pairs):
            if pair.found:
                reached = self._operations_reached(index)
                for found in pair.found:
                    changes.add(
                        found.rule,
                        found.pointer,
                        found.location,
                        found.before,
                        found.after,
                        operations=reached,
                        side=pair.side,
                    )

    def _operations_reached(self, index: int) -> list[Operation]:
        seen, todo = {index}, [index]
        reached: dict[int, Operation] = {}
        while todo:
            pair = self._pairs[todo.pop()]
            reached |= pair.operations
            for user in pair.users:
                if user not in seen:
                    seen.add(user)
                    todo.append(user)
        return list(reached.values())

    def _pair(self, old: Part, new: Part, side: str, label: str, path: str, user: int | None) -> int | None:
        """The number of a pair; `None` where both are the same."""
        if self._sameness.same(old.node, new.node):
            return None
        named = _referred_name(new) or _referred_name(old)
        old, new = self._old.resolve(old), self._new.resolve(new)
        if self._sameness.same(old.node, new.node):
            return None
        if named:
            label, path = f"schema {named}", ""
        key = (id(old.node), id(new.node), side)
        index = self._index.get(key)
        if index is None:
            index = self._index[key] = len(self._pairs)
            self._pairs.append(Pair(old, new, side, label, path))
            self._todo.append(index)
        if user is not None:
            self._pairs[index].users.add(user)
        return index

    def _walk(self, index: int) -> None:
        pair = self._pairs[index]
        old, new = self._old.view(pair.old), self._new.view(pair.new)
        self._compare_keywords(index, pair, old, new)
        self._compare_properties(index, pair, old, new)
        self._compare_alternatives(index, pair, old, new)
        if old.items is not None and new.items is not None:
            self._descend(index, old.items, new.items, "[]")
        elif old.items is not None or new.items is not None:
            rule = "schema-added" if old.items is None else "schema-removed"
            pair.found.append(Found(rule, (new.items or old.items or pair.new).pointer, f"{pair.location}[]"))
        if old.texts != new.texts:
            self._compare_texts(pair, old, new)
        for key in sorted(old.others.keys() | new.others.keys()):
            if old.others.get(key) != new.others.get(key):
                before, after = old.others.get(key), new.others.get(key)
                where = f"{pair.location}, {key}"
                rule = "lifecycle-altered" if key in LIFECYCLE else "schema-keyword-altered"
                pair.found.append(Found(rule, pair.new.pointer, where, before, after))

    def _descend(self, index: int, old: Part, new: Part, step: str, side: str | None = None) -> None:
        pair = self._pairs[index]
        path = step if not pair.path else f"{pair.path}{step if step == '[]' else '.' + step}"
        self._pair(old, new, side or pair.side, pair.label, path, index)

    def _compare_keywords(self, index: int, pair: Pair, old: SchemaView, new: SchemaView) -> None:
        before, after = dict(old.keywords), dict(new.keywords)
        for keyword in _SCHEMA_KEYWORDS:
            inner_old, inner_new = before.get(keyword), after.get(keyword)
            if isinstance(inner_old, dict) and isinstance(inner_new, dict) and inner_old and inner_new:
                # What tightens inside `not` loosens the whole: the other side's severities are the right ones.
                side = {SENT: RECEIVED, RECEIVED: SENT}[pair.side] if keyword == "not" else pair.side
                at_old, at_new = f"{old.pointer}/{keyword}", f"{new.pointer}/{keyword}"
                self._descend(index, Part(inner_old, at_old), Part(inner_new, at_new), keyword, side)
                del before[keyword], after[keyword]
        for keyword in _SCHEMAS_KEYWORDS:
            inner_old, inner_new = before.get(keyword), after.get(keyword)
            if isinstance(inner_old, dict) and isinstance(inner_new, dict) and inner_old.keys() == inner_new.keys():
                for name in inner_old:
                    part_old = Part(inner_old[name], f"{old.pointer}/{keyword}")
                    part_new = Part(inner_new[name], f"{new.pointer}/{keyword}")
                    self._descend(index, part_old, part_new, f"{keyword}.{name}")
                del before[keyword], after[keyword]
        for difference in keyword_differences(before, after):
            pair.found.append(Found(difference.rule, new.pointer, pair.location, difference.before, difference.after))

    def _compare_properties(self, index: int, pair: Pair, old: SchemaView, new: SchemaView) -> None:
        for name, part in old.properties.items():
            if name not in new.properties:
                rule = self._removal(pair.side, part, self._old, name in old.required)
                pair.found.append(Found(rule, part.pointer, _inner(pair, name), name, None))
        for name, part in new.properties.items():
            if name not in old.properties:
                must = name in new.required and self._is_used(pair.side, part, self._new)
                rule = "required-property-added" if must else "property-added"
                pair.found.append(Found(rule, part.pointer, _inner(pair, name), None, name))
                continue
            self._descend(index, old.properties[name], part, name)
        for name in sorted(old.required ^ new.required):
            # Of a property that is not described on both sides, being required is part of its coming or going.
            known = (name in old.properties) + (name in new.properties)
            if known == 1 or (known == 2 and not self._is_used(pair.side, new.properties[name], self._new)):
                continue
            rule = "required-tightened" if name in new.required else "required-loosened"
            at = new.properties[name].pointer if known == 2 else new.pointer
            pair.found.append(Found(rule, at, _inner(pair, name), name in old.required, name in new.required))

    def _removal(self, side: str, part: Part, viewer: SchemaViewer, was_required: bool) -> str:
        if not self._is_used(side, part, viewer):
            return "unused-property-removed"
        return "required-property-removed" if was_required else "property-removed"

    def _is_used(self, side: str, part: Part, viewer: SchemaViewer) -> bool:
        """A read-only property is not sent, a write-only one not received."""
        flag = "readOnly" if side == SENT else "writeOnly"
        return not as_flag(as_map(viewer.resolve(part).node).get(flag))

    def _compare_alternatives(self, index: int, pair: Pair, old: SchemaView, new: SchemaView) -> None:
        for keyword in ("oneOf", "anyOf"):
            before, after = old.alternatives.get(keyword, []), new.alternatives.get(keyword, [])
            if not before and not after:
                continue
            if not before or not after:
                rule = "alternatives-tightened" if after else "alternatives-loosened"
                shown = [", ".join(_name(part) for part in parts) or None for parts in (before, after)]
                pair.found.append(Found(rule, new.pointer, f"{pair.location}, {keyword}", *shown))
                continue
            for old_part, new_part in self._matched(before, after):
                if new_part is None and old_part is not None:
                    where = f"{pair.location}, {keyword}"
                    pair.found.append(Found("alternative-removed", old_part.pointer, where, _name(old_part), None))
                elif old_part is None and new_part is not None:
                    where = f"{pair.location}, {keyword}"
                    pair.found.append(Found("alternative-added", new_part.pointer, where, None, _name(new_part)))
                elif old_part is not None and new_part is not None:
                    self._descend(index, old_part, new_part, f"{keyword}({_name(new_part)})")

    def _matched(self, before: list[Part], after: list[Part]) -> Iterator[tuple[Part | None, Part | None]]:
        """Pairs of alternatives: alike, of one name, then in order where as many are left on both sides."""
        left, right = list(before), list(after)
        for alike in (self._alike, _of_one_name):
            for part in list(left):
                partner = next((other for other in right if alike(part, other)), None)
                if partner is not None:
                    left.remove(part)
                    right.remove(partner)
                    yield part, partner
        if len(left) == len(right):
            yield from zip(left, right, strict=True)
            return
        yield from ((part, None) for part in left)
        yield from ((None, part) for part in right)

    def _alike(self, old: Part, new: Part) -> bool:
        return self._sameness.same(old.node, new.node)

    def _compare_texts(self, pair: Pair, old: SchemaView, new: SchemaView) -> None:
        for key in sorted(old.texts.keys() | new.texts.keys()):
            before, after = old.texts.get(key), new.texts.get(key)
            if (before or None) != (after or None):
                where = f"{pair.location}, {key}"
                pair.found.append(Found("description-altered", new.pointer, where, before, after))


def _referred_name(part: Part) -> str | None:
    ref = part.node.get("$ref") if isinstance(part.node, dict) else None
    return ref_name(ref) if isinstance(ref, str) else None


def _name(part: Part) -> str:
    """What an alternative is called: its component, its title, or its type."""
    written: Mapping[str, Any] = as_map(part.node)
    return _referred_name(part) or str(written.get("title") or written.get("type") or "schema")


def _of_one_name(old: Part, new: Part) -> bool:
    return _name(old) == _name(new)


def _inner(pair: Pair, name: str) -> str:
    return f"{pair.label}: {pair.path}.{name}" if pair.path else f"{pair.label}: {name}"
