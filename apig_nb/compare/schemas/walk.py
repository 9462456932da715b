"""Pairs of schemas, each compared once however many operations use it; equal ones are not entered."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from apig_nb.compare.changes import LIFECYCLE, At, Changes
from apig_nb.compare.equality import Sameness, equal
from apig_nb.compare.labels import joined_path, named_location, schema_name
from apig_nb.compare.rules import RECEIVED, SENT
from apig_nb.compare.schemas.keywords import keyword_differences
from apig_nb.compare.schemas.view import Part, SchemaView, SchemaViewer
from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.model.references import ref_name
from apig_nb.definition.values import as_flag, as_map

_SCHEMA_KEYWORDS: Final = (
    "additionalProperties",
    "additionalItems",
    "unevaluatedProperties",
    "unevaluatedItems",
    "contains",
    "propertyNames",
    "contentSchema",
    "not",
)
"""Keywords whose value is a schema: where both sides have one, it is walked."""

MOSTLY: Final = 0.5
"""The share of common traits from which two alternatives are taken for the same one."""

MOST_WEIGHED: Final = 500_000
"""So many pairs of alternatives are weighed, and schemas looked at for it; what is left then is taken in order."""

_OTHER_SIDE: Final = {SENT: RECEIVED, RECEIVED: SENT}


@dataclass(frozen=True, slots=True)
class Found:
    """A difference of two schemas, before it is known which operations it reaches."""

    rule: str
    at: At
    location: str
    before: Any = None
    after: Any = None
    detail: str = ""


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

    def location(self, at: At, step: str = "") -> str:
        """Where something is, in words; of a named schema the same whoever uses it."""
        named = named_location(at.new) or named_location(at.old)
        if named is not None:
            return named
        path = joined_path(self.path, step)
        return f"{self.label}: {path}" if path else self.label


class SchemaWalk:
    """Compares the schemas of two documents."""

    def __init__(self, old: ApiDefinition, new: ApiDefinition, sameness: Sameness) -> None:
        self._sameness = sameness
        self._old, self._new = SchemaViewer(old), SchemaViewer(new)
        self._old_names, self._new_names = old.document.schemas.keys(), new.document.schemas.keys()
        self._pairs: list[Pair] = []
        self._weighed = 0
        self._index: dict[tuple[tuple[object, ...], tuple[object, ...], str], int] = {}
        self._todo: list[int] = []

    def compare(self, old: Part, new: Part, side: str, label: str, operation: Operation) -> None:
        """Compare two schemas that an operation uses; what differs is known after `report`."""
        index = self._pair(old, new, side, label, "", None)
        if index is None:
            return
        self._pairs[index].operations[id(operation)] = operation
        while self._todo:
            self._walk(self._todo.pop())

    def report(self, changes: Changes) -> None:
        """Add what was found, with the operations it reaches."""
        for pair, reached in zip(self._pairs, self._operations_reached(), strict=True):
            for found in pair.found:
                changes.add(
                    found.rule,
                    found.at,
                    found.location,
                    found.before,
                    found.after,
                    operations=reached,
                    side=pair.side,
                    detail=f"{found.rule} {found.detail}",
                )

    def _operations_reached(self) -> Iterator[list[Operation]]:
        """For each pair the operations that use it, or use what uses it; empty where nothing was found."""
        numbers: dict[int, int] = {}
        operations: list[Operation] = []
        for pair in self._pairs:
            for key, operation in pair.operations.items():
                if key not in numbers:
                    numbers[key] = len(operations)
                    operations.append(operation)
        # A set of operations as the bits of a number. Users mostly come before what they use, so few rounds suffice.
        masks = [sum(1 << numbers[key] for key in pair.operations) for pair in self._pairs]
        grows = True
        while grows:
            grows = False
            for index, pair in enumerate(self._pairs):
                mask = masks[index]
                for user in pair.users:
                    mask |= masks[user]
                if mask != masks[index]:
                    masks[index], grows = mask, True
        for pair, mask in zip(self._pairs, masks, strict=True):
            yield [operations[number] for number in _bits(mask)] if pair.found else []

    def _pair(self, old: Part, new: Part, side: str, label: str, path: str, user: int | None) -> int | None:
        """The number of a pair; `None` where both are the same."""
        if self._is_same(old, new):
            return None
        old, new = self._old.resolve(old), self._new.resolve(new)
        if self._is_same(old, new):
            return None
        key = (old.key, new.key, side)
        index = self._index.get(key)
        if index is None:
            index = self._index[key] = len(self._pairs)
            self._pairs.append(Pair(old, new, side, label, path))
            self._todo.append(index)
        if user is not None:
            self._pairs[index].users.add(user)
        return index

    def _is_same(self, old: Part, new: Part) -> bool:
        if not old.also and not new.also:
            return self._sameness.same(old.node, new.node)
        return len(old.also) == len(new.also) and all(
            self._sameness.same(one.node, other.node)
            for one, other in zip((old, *old.also), (new, *new.also), strict=True)
        )

    def _walk(self, index: int) -> None:
        pair = self._pairs[index]
        old, new = self._old.view(pair.old), self._new.view(pair.new)
        if not self._compare_with_alternatives(index, old, new):
            self._compare_keywords(index, old, new)
            self._compare_properties(pair, index, old, new)
            self._compare_items(index, old, new)
            self._compare_named(index, old, new)
            self._compare_conditions(index, old, new)
            self._compare_alternatives(index, old.alternatives, new.alternatives, At(old.pointer, new.pointer))
        self._compare_texts(index, old, new)

    def _descend(self, index: int, old: Part, new: Part, step: str, side: str | None = None) -> None:
        pair = self._pairs[index]
        self._pair(old, new, side or pair.side, pair.label, joined_path(pair.path, step), index)

    def _find(self, index: int, rule: str, at: At, before: Any, after: Any, step: str = "", detail: str = "") -> None:
        pair = self._pairs[index]
        where = f"{pair.location(at, step)}, {detail}" if detail else pair.location(at, step)
        pair.found.append(Found(rule, at, where, before, after, detail))

    # ------------------------------------------------------------------ keywords

    def _compare_keywords(self, index: int, old: SchemaView, new: SchemaView) -> None:
        before, after = dict(old.keywords), dict(new.keywords)
        if old.takes_any_type or new.takes_any_type:
            # Null comes or goes with the type.
            before.pop("nullable", None)
            after.pop("nullable", None)
        if self._is_renamed_mapping(before.get("discriminator"), after.get("discriminator")):
            del before["discriminator"], after["discriminator"]
        for keyword in _SCHEMA_KEYWORDS:
            inner_old, inner_new = before.get(keyword), after.get(keyword)
            if isinstance(inner_old, dict) and isinstance(inner_new, dict) and inner_old and inner_new:
                # What tightens inside `not` loosens the whole: the other side's severities are the right ones.
                side = _OTHER_SIDE[self._pairs[index].side] if keyword == "not" else None
                one = Part(inner_old, f"{old.places[keyword]}/{keyword}")
                other = Part(inner_new, f"{new.places[keyword]}/{keyword}")
                self._descend(index, one, other, keyword, side)
                del before[keyword], after[keyword]
        for keyword, difference in keyword_differences(before, after):
            at = At(old.places.get(keyword), new.places.get(keyword))
            self._find(index, difference.rule, at, difference.before, difference.after)

    def _is_renamed_mapping(self, old: Any, new: Any) -> bool:
        """Whether two discriminators only name schemas that have got another name."""
        old, new = as_map(old), as_map(new)
        if old.get("propertyName") != new.get("propertyName"):
            return False
        before, after = as_map(old.get("mapping")), as_map(new.get("mapping"))
        return (
            bool(before)
            and before.keys() == after.keys()
            and all(
                before[key] == after[key] or (before[key] not in self._new_names and after[key] not in self._old_names)
                for key in before
            )
        )

    def _compare_texts(self, index: int, old: SchemaView, new: SchemaView) -> None:
        for rest in ("texts", "others"):
            before, after = getattr(old, rest), getattr(new, rest)
            if equal(before, after):
                continue
            for key in sorted(before.keys() | after.keys()):
                if not equal(before.get(key) or None, after.get(key) or None):
                    at = At(old.places.get(key), new.places.get(key))
                    rule = "description-altered" if rest == "texts" else "schema-keyword-altered"
                    rule = "lifecycle-altered" if key in LIFECYCLE else rule
                    self._find(index, rule, at, before.get(key), after.get(key), detail=key)

    # ------------------------------------------------------------------ properties and items

    def _compare_properties(self, pair: Pair, index: int, old: SchemaView, new: SchemaView) -> None:
        old_required = {name: at for name, at in old.required.items() if self._is_used(pair.side, old, name, self._old)}
        new_required = {name: at for name, at in new.required.items() if self._is_used(pair.side, new, name, self._new)}
        for name, part in old.properties.items():
            if name not in new.properties:
                rule = "required-property-removed" if name in old_required else "property-removed"
                if not self._is_used(pair.side, old, name, self._old):
                    rule = "unused-property-removed"
                self._find(index, rule, At(part.pointer, None), name, None, name)
        for name, part in new.properties.items():
            if name not in old.properties:
                rule = "required-property-added" if name in new_required else "property-added"
                self._find(index, rule, At(None, part.pointer), None, name, name)
            else:
                self._descend(index, old.properties[name], part, name)
        for name in sorted(old_required.keys() ^ new_required.keys()):
            # Of a property that is not described on both sides, being required is part of its coming or going.
            if (name in old.properties) == (name in new.properties):
                self._compare_required(index, name, old_required.get(name), new_required.get(name))

    def _compare_required(self, index: int, name: str, old: str | None, new: str | None) -> None:
        pair = self._pairs[index]
        at = At(old, new)
        where = pair.location(at)
        where = f"{where}.{name}" if ": " in where else f"{where}: {name}"
        rule = "required-tightened" if old is None else "required-loosened"
        pair.found.append(Found(rule, at, where, old is not None, new is not None, name))

    def _is_used(self, side: str, view: SchemaView, name: str, viewer: SchemaViewer) -> bool:
        """A read-only property is not sent, a write-only one not received."""
        if name not in view.properties:
            return True
        flag = "readOnly" if side == SENT else "writeOnly"
        return not as_flag(as_map(viewer.resolve(view.properties[name]).node).get(flag))

    def _compare_items(self, index: int, old: SchemaView, new: SchemaView) -> None:
        if old.items is not None and new.items is not None:
            self._descend(index, old.items, new.items, "[]")
        elif old.items is not None:
            self._find(index, "schema-removed", At(old.items.pointer, None), None, None, "[]")
        elif new.items is not None:
            self._find(index, "schema-added", At(None, new.items.pointer), None, None, "[]")
        before, after = old.first_items, new.first_items
        for number, (one, other) in enumerate(zip(before, after, strict=False)):
            self._descend(index, one, other, f"[{number}]")
        if len(before) != len(after):
            rule = "prefix-items-tightened" if len(after) > len(before) else "prefix-items-loosened"
            self._find(index, rule, At(old.pointer, new.pointer), len(before), len(after))

    def _compare_named(self, index: int, old: SchemaView, new: SchemaView) -> None:
        for keyword, stem in (("patternProperties", "pattern-properties"), ("dependentSchemas", "dependent-schemas")):
            before, after = old.named.get(keyword, {}), new.named.get(keyword, {})
            for name in sorted(before.keys() | after.keys()):
                if name not in after:
                    self._find(index, f"{stem}-loosened", At(before[name].pointer, None), name, None)
                elif name not in before:
                    self._find(index, f"{stem}-tightened", At(None, after[name].pointer), None, name)
                else:
                    self._descend(index, before[name], after[name], f"{keyword}.{name}")

    def _compare_conditions(self, index: int, old: SchemaView, new: SchemaView) -> None:
        for one, other in zip(old.conditions, new.conditions, strict=False):
            at = At(one.pointer, other.pointer)
            if not self._sameness.same(one.node["if"], other.node["if"]):
                # Where a condition holds more often, one branch asks more often and the other one less often.
                self._find(index, "if-altered", at, one.node["if"], other.node["if"])
            for keyword in ("then", "else"):
                if keyword in one.node and keyword in other.node:
                    self._descend(index, one.at(keyword), other.at(keyword), keyword)
                elif keyword in one.node or keyword in other.node:
                    rule = f"{keyword}-{'loosened' if keyword in one.node else 'tightened'}"
                    self._find(index, rule, at, one.node.get(keyword), other.node.get(keyword))
        for one in old.conditions[len(new.conditions) :]:
            self._find(index, "if-loosened", At(one.pointer, None), one.node["if"], None)
        for other in new.conditions[len(old.conditions) :]:
            self._find(index, "if-tightened", At(None, other.pointer), None, other.node["if"])

    # ------------------------------------------------------------------ alternatives

    def _compare_with_alternatives(self, index: int, old: SchemaView, new: SchemaView) -> bool:
        """Compare a schema with several that it is one of; false where it is none of them, or both have several."""
        if bool(old.alternatives) == bool(new.alternatives):
            return False
        several = old if old.alternatives else new
        if several.properties or several.items or len(several.alternatives) > 1:
            return False
        pair = self._pairs[index]
        (keyword,) = several.alternatives
        before = old.alternatives or {keyword: [pair.old]}
        after = new.alternatives or {keyword: [pair.new]}
        if not any(self._is_one(one, other) for one in before[keyword] for other in after[keyword]):
            return False
        self._compare_alternatives(index, before, after, At(old.pointer, new.pointer))
        return True

    def _is_one(self, old: Part, new: Part) -> bool:
        """Whether two schemas are of one name, or the same."""
        old, new = self._old.resolve(old), self._new.resolve(new)
        name = schema_name(old.pointer)
        return (name is not None and name == schema_name(new.pointer)) or self._is_same(old, new)

    def _compare_alternatives(self, index: int, old: dict[str, list[Part]], new: dict[str, list[Part]], at: At) -> None:
        for keyword in ("oneOf", "anyOf"):
            before, after = old.get(keyword, []), new.get(keyword, [])
            if not before and not after:
                continue
            if not before or not after:
                rule = "alternatives-tightened" if after else "alternatives-loosened"
                shown = [", ".join(sorted(map(_name, parts))) or None for parts in (before, after)]
                self._find(index, rule, at, shown[0], shown[1], detail=keyword)
                continue
            for one, other in self._matched(before, after):
                if other is None and one is not None:
                    places = At(one.pointer, at.new)
                    self._find(index, "alternative-removed", places, _name(one), None, detail=keyword)
                elif one is None and other is not None:
                    places = At(at.old, other.pointer)
                    self._find(index, "alternative-added", places, None, _name(other), detail=keyword)
                elif one is not None and other is not None:
                    self._descend(index, one, other, f"{keyword}({_name(other)})")

    def _matched(self, before: list[Part], after: list[Part]) -> Iterator[tuple[Part | None, Part | None]]:
        """Pairs of alternatives: of one name, mostly alike, then in order where as many are left on both sides."""
        old_names, new_names = Counter(map(_name, before)), Counter(map(_name, after))
        known = {name for name, count in old_names.items() if count == 1 == new_names[name]}
        by_name = {_name(part): part for part in after}
        yield from ((part, by_name[_name(part)]) for part in before if _name(part) in known)
        left, right = ([part for part in parts if _name(part) not in known] for parts in (before, after))
        for one, other in self._most_alike(left, right):
            left.remove(one)
            right.remove(other)
            yield one, other
        if len(left) == len(right):
            yield from zip(left, right, strict=True)
            return
        yield from ((part, None) for part in left)
        yield from ((None, part) for part in right)

    def _most_alike(self, left: list[Part], right: list[Part]) -> list[tuple[Part, Part]]:
        """Pairs of schemas that say mostly the same, the most alike first; whatever their names and their order."""
        self._weighed += len(left) * len(right)
        if self._weighed > MOST_WEIGHED:
            return []
        old, new = ([viewer.traits(part) for part in side] for viewer, side in ((self._old, left), (self._new, right)))
        self._weighed += sum([traits.schemas for traits in (*old, *new)])
        scores = []
        for first, one in enumerate(old):
            for second, other in enumerate(new):
                score = _share(one.coarse, other.coarse)
                if score >= MOSTLY:
                    fine = _share(one.fine, other.fine)
                    scores.append((-score, -fine, abs(first - second), first + second, first, second))
        pairs, taken = [], (set[int](), set[int]())
        for *_, first, second in sorted(scores):
            if first not in taken[0] and second not in taken[1]:
                taken[0].add(first)
                taken[1].add(second)
                pairs.append((left[first], right[second]))
        return pairs


def _share(one: frozenset[str], other: frozenset[str]) -> float:
    """How much of what both have they have in common; all where both have nothing."""
    return len(one & other) / len(one | other) if one or other else 1.0


def _bits(mask: int) -> Iterator[int]:
    """The numbers of the bits that are set."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest


def _name(part: Part) -> str:
    """What an alternative is called: its component, its title, or its type."""
    written = as_map(part.node)
    ref = written.get("$ref")
    if isinstance(ref, str):
        return ref_name(ref)
    return schema_name(part.pointer) or str(written.get("title") or written.get("type") or "schema")
