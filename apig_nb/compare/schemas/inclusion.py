"""Proof that every value of one schema is also a value of another one, however the two are written.

A proof is sound and incomplete: True is shown, False only means that nothing was shown. As everywhere in the
comparison, properties that an open object does not describe count as absent, and so do properties that are never sent
or received on the side in question.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from apig_nb.compare.rules import SENT
from apig_nb.compare.schemas.restrictions import is_left_out, restrictions_hold, undescribed
from apig_nb.compare.schemas.value_set import ANY_VALUE, ValueSet, accepts_null, is_one_of, is_type_in, types_of
from apig_nb.definition.model.schema import Choice, Schema, SchemaSource
from apig_nb.definition.model.schema_reader import SchemaReader

MAX_STEPS: Final = 10_000
"""Maximum number of pairs of schemas in one proof, and of alternatives that are read for them."""

MAX_ALL_STEPS: Final = 200_000
"""The same for all proofs between two documents."""

MAX_DEPTH: Final = 30
"""Maximum number of schemas inside each other in one proof."""

MAX_DISJOINT_DEPTH: Final = 3
"""Maximum number of properties inside each other that are looked at to find two schemas disjoint."""

Same = Callable[[SchemaSource, SchemaSource], bool]
_Key = tuple[object, ...]


class _Progress:
    """Results and steps of both directions of a comparison.

    Attributes:
        shown: pairs that were shown.
        not_shown: pairs that cannot be shown.
        is_exceeded: the current proof has taken all its steps.
        is_strict: objects may have properties that they do not describe; so it is below `not`.
    """

    def __init__(self) -> None:
        self.shown: set[_Key] = set()
        self.not_shown: set[_Key] = set()
        # Pairs under way, which are assumed to hold: a value of a recursive schema is finite.
        self._open: set[_Key] = set()
        # Pairs that were shown while others are under way, on which they may rely.
        self._relying: list[_Key] = []
        self._in_all, self._in_proof = MAX_ALL_STEPS, 0
        self.is_exceeded = False
        self.is_strict = False

    def known(self, key: _Key) -> bool | None:
        """Return what is known of a pair."""
        if key in self.shown or key in self._open:
            return True
        return False if key in self.not_shown else None

    def spend(self, steps: int) -> bool:
        """Take some steps; return False if there are not enough left."""
        self._in_proof -= steps
        self._in_all -= steps
        self.is_exceeded |= self._in_proof < 0
        return not self.is_exceeded

    def test(self, key: _Key, proof: Callable[[], bool]) -> bool:
        """Return the result of a proof of a pair, and keep it."""
        if not self.spend(1) or len(self._open) >= MAX_DEPTH:
            self.is_exceeded = True
            return False
        self._open.add(key)
        relying = len(self._relying)
        is_shown = proof()
        self._open.remove(key)
        if is_shown:
            self.shown.add(key)
            self._relying.append(key)
        else:
            self.shown.difference_update(self._relying[relying:])
            del self._relying[relying:]
            if not self.is_exceeded:
                self.not_shown.add(key)
        if not self._open:
            self._relying.clear()
        return is_shown

    def begin(self, *, is_strict: bool) -> None:
        """Begin a proof."""
        self._in_proof, self.is_exceeded = min(MAX_STEPS, self._in_all), False
        self.is_strict = is_strict


class Inclusion:
    """Proofs that schemas of one document, the inner ones, are included in schemas of another one."""

    def __init__(self, inner: SchemaReader, outer: SchemaReader, same: Same, reverse: Inclusion | None = None) -> None:
        """Create the proofs of one direction, and of the other one in `reverse`.

        Args:
            inner: reader of the document whose values are looked at.
            outer: reader of the document that must accept them.
            same: tells whether an inner and an outer schema are written the same.
            reverse: the proofs of the other direction, if they exist.
        """
        self.inner, self.outer, self._same = inner, outer, same
        self.side = SENT
        self._progress: _Progress = reverse._progress if reverse else _Progress()
        self.reverse = reverse or Inclusion(outer, inner, lambda one, other: same(other, one), self)

    @property
    def is_strict(self) -> bool:
        """True while objects may have properties that they do not describe."""
        return self._progress.is_strict

    def shows(self, inner: SchemaSource, outer: SchemaSource, side: str, *, is_strict: bool = False) -> bool:
        """Return True if every value of the inner schema is one of the outer schema on a side.

        With `is_strict`, an object may have properties that it does not describe, as below `not`.
        """
        self._progress.begin(is_strict=is_strict)
        self.side = self.reverse.side = side
        return self.includes(inner, outer)

    def includes(self, inner: SchemaSource, outer: SchemaSource) -> bool:
        """Return True if every value of an inner schema is one of an outer schema, null included."""
        if self._same(inner, outer):
            return True
        inner, outer = self.inner.resolve(inner), self.outer.resolve(outer)
        schema = self.inner.read(inner)
        if accepts_null(self.inner, schema) and not accepts_null(self.outer, self.outer.read(outer)):
            return False
        return self.includes_set(ValueSet.of(inner, schema), outer) and self._includes_heirs(inner, outer)

    def is_included_in(self, outer: SchemaSource, inner: SchemaSource) -> bool:
        """Return True if every value of an outer schema is one of an inner schema, in strict terms."""
        before, self._progress.is_strict = self._progress.is_strict, True
        result = self.reverse.includes(outer, inner)
        self._progress.is_strict = before
        return result

    def is_used(self, reader: SchemaReader, schema: Schema, name: str) -> bool:
        """Return False for a property that is never sent or never received on the side in question."""
        source = schema.properties.get(name)
        return source is None or is_used(reader.read(source), self.side)

    def _includes_heirs(self, inner: SchemaSource, outer: SchemaSource) -> bool:
        """Return True if each schema that extends the inner one is included in one that extends the outer one."""
        known = {heir.component: heir for heir in self.outer.heirs(outer)}
        return all(
            heir.component in known and self.includes(heir, known[heir.component]) for heir in self.inner.heirs(inner)
        )

    def includes_set(self, values: ValueSet, outer: SchemaSource) -> bool:
        """Return True if every value of a set is one of an outer schema."""
        outer = self.outer.resolve(outer)
        key = (id(self), self.side, self.is_strict, *values.key, outer.key)
        known = self._progress.known(key)
        return self._progress.test(key, lambda: self._is_shown(values, outer)) if known is None else known

    def _is_shown(self, values: ValueSet, outer: SchemaSource) -> bool:
        if not values.types or is_left_out(self, values):
            return True
        single_values = values.single_values
        if single_values is not None:
            return all(self.includes_set(one, outer) for one in single_values)
        schema = self.outer.read(outer)
        # The alternatives may describe properties that would count as absent.
        is_whole = "object" not in values.types or not values.has_alternatives
        if (
            is_whole
            and restrictions_hold(self, values, schema)
            and all(self._is_in(self._described(values, schema, each), each) for each in schema.choices)
        ):
            return True
        if values.has_alternatives:
            # The alternatives are read again with each of them.
            count = sum(len(choice.members) for choice in values.schema.choices)
            return all(
                self._progress.spend(count) and self.includes_set(one, outer) for one in values.split(self.inner)
            )
        if len(values.types) > 1:
            return all(
                self.includes_set(replace(values, types=frozenset((name,))), outer) for name in sorted(values.types)
            )
        return False

    def _described(self, values: ValueSet, outer: Schema, choice: Choice) -> ValueSet:
        """Return a set that knows the properties which are described beside a choice."""
        names = set(values.described)
        if "object" in values.types:
            names.update(outer.properties)
            for other in outer.choices:
                if other is not choice:
                    names.update(*(self.outer.read(member).properties for member in other.members))
        return replace(values, described=frozenset(names))

    def _is_in(self, values: ValueSet, choice: Choice) -> bool:
        """Return True if one alternative has all values of a set; with `oneOf`, if the others have none of them."""
        names = {source.name for source in (values.source, *values.source.also)}
        members = sorted(choice.members, key=lambda member: member.name not in names)
        found = next((member for member in members if self.includes_set(values, member)), None)
        if found is None or choice.keyword == "anyOf":
            return found is not None
        self._progress.spend(len(members))
        excluded = {source.reference for source in values.excluded} - {None}
        return found.reference not in excluded and all(
            member is found
            or member.reference in excluded
            or any(self.is_included_in(member, source) for source in values.excluded)
            or self.is_disjoint(values, member)
            for member in members
        )

    def is_disjoint(self, values: ValueSet, outer: SchemaSource, depth: int = 0, *, is_open: bool = False) -> bool:
        """Return True if no value of a set is one of an outer schema.

        With `is_open`, an object may have properties that it does not describe.
        """
        is_open = is_open or self.is_strict or values.has_alternatives
        other = self.outer.read(outer)
        types = types_of(other)
        if not any(is_type_in(frozenset((name,)), types) for name in values.types) and not (
            "number" in values.types and "integer" in types
        ):
            return True
        if "enum" in other.keywords and self._has_none(values, other.keywords["enum"]):
            return True
        if (
            values.types == {"object"}
            and depth < MAX_DISJOINT_DEPTH
            and self._are_apart(values, other, depth, is_open=is_open)
        ):
            return True
        return any(
            all(self.is_disjoint(values, member, depth + 1, is_open=is_open) for member in choice.members)
            for choice in other.choices
            if depth < MAX_DISJOINT_DEPTH
        )

    def _has_none(self, values: ValueSet, listed: list[object]) -> bool:
        own = [values.value] if values.value is not ANY_VALUE else values.schema.keywords.get("enum")
        return isinstance(own, list) and not any(is_one_of(value, listed) for value in own)

    def _are_apart(self, values: ValueSet, other: Schema, depth: int, *, is_open: bool) -> bool:
        """Return True if a property that is always there has no value in common, or can only be in one of both."""
        schema = values.schema
        is_known = bool(schema.properties and other.properties) and not (is_open or other.choices)
        if is_known and schema.properties.keys().isdisjoint(other.properties):
            return True
        for name in schema.required.keys() | other.required.keys():
            before, after = schema.properties.get(name), other.properties.get(name)
            is_absent = undescribed(schema) is False or (undescribed(schema) is True and not is_open)
            if before is None and name not in schema.required and not schema.pattern_properties and is_absent:
                return True
            if after is None and name not in other.required and undescribed(other) is False:
                return not other.pattern_properties
            if before is not None and after is not None:
                inner = self.inner.read(before)
                accepts = accepts_null(self.inner, inner) and accepts_null(self.outer, self.outer.read(after))
                if not accepts and self.is_disjoint(ValueSet.of(before, inner), after, depth + 1, is_open=is_open):
                    return True
        return False


def is_used(schema: Schema, side: str) -> bool:
    """Return False for a schema whose values are never sent, or never received, on that side."""
    return not (schema.read_only if side == SENT else schema.write_only)
