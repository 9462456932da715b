"""Context of the comparison of two schemas: both of them, and the pairs of the whole comparison."""

from __future__ import annotations

from apig_nb.compare.changes import Pointers
from apig_nb.compare.equality import SourceEquality
from apig_nb.compare.labels import joined_path
from apig_nb.compare.rules import ALTERED, LOOSENED, RULES, TIGHTENED
from apig_nb.compare.schemas.alternatives import AlternativeMatcher
from apig_nb.compare.schemas.inclusion import Inclusion
from apig_nb.compare.schemas.pairs import SchemaPair
from apig_nb.definition.model.schema import SchemaSource
from apig_nb.definition.model.schema_reader import SchemaReader
from apig_nb.lazy import cached_property


class PairRegistry:
    """The pairs of schemas of two documents.

    Attributes:
        old: reader of the old document.
        new: reader of the new document.
        matcher: finds the alternatives that correspond to each other.
        inclusion: proofs that old schemas are included in new ones; `reverse` has those of the other direction.
        pairs: all pairs.
        todo: the pairs that are not compared yet.
    """

    def __init__(self, old: SchemaReader, new: SchemaReader, equality: SourceEquality) -> None:
        self.old, self.new = old, new
        self.matcher = AlternativeMatcher(old, new)
        self.inclusion = Inclusion(old, new, self.is_same)
        self.pairs: list[SchemaPair] = []
        self.todo: list[SchemaPair] = []
        self._equality = equality
        self._by_key: dict[tuple[object, ...], SchemaPair] = {}

    def pair(
        self, old: SchemaSource, new: SchemaSource, side: str, label: str, path: str = "", *, is_text: bool = False
    ) -> SchemaPair | None:
        """Return the pair of two schemas, to be compared later if it is new; `None` if both are equal."""
        if self.is_same(old, new):
            return None
        old, new = self.old.resolve(old), self.new.resolve(new)
        if self.is_same(old, new):
            return None
        key = (old.key, new.key, side, is_text)
        pair = self._by_key.get(key)
        if pair is None:
            pair = self._by_key[key] = SchemaPair(len(self.pairs), old, new, side, label, path, is_text)
            self.pairs.append(pair)
            self.todo.append(pair)
        return pair

    def is_same(self, old: SchemaSource, new: SchemaSource) -> bool:
        """Return True if two schemas are written the same, references included."""
        return len(old.also) == len(new.also) and all(
            self._equality.same(before.node, after.node) for before, after in zip(old.parts, new.parts, strict=True)
        )


class PairContext:
    """Two schemas that are compared.

    Attributes:
        registry: the pairs of the whole comparison.
        pair: the pair, to which the differences are added.
        old: the content of the old schema.
        new: the content of the new schema.
        at: pointers to both.
    """

    def __init__(self, registry: PairRegistry, pair: SchemaPair) -> None:
        self.registry, self.pair = registry, pair
        self.old, self.new = registry.old.read(pair.old), registry.new.read(pair.new)
        self.at = Pointers(self.old.pointer, self.new.pointer)
        self._has_alternatives = False

    def compare_inner(self, old: SchemaSource, new: SchemaSource, step: str, *, is_alternative: bool = False) -> None:
        """Compare schemas one step below, as a pair of their own.

        With `is_alternative`, they are alternatives without a common name, which values may have changed between.
        """
        path = joined_path(self.pair.path, step)
        # An object in an object is sent as JSON.
        is_text = self.pair.is_text and "." not in path
        inner = self.registry.pair(old, new, self.pair.side, self.pair.label, path, is_text=is_text)
        if inner is not None:
            inner.parents.add(self.pair.number)
            self._has_alternatives |= is_alternative

    def keyword_pointers(self, keyword: str) -> Pointers:
        """Return pointers to the schema objects that contain a keyword."""
        return Pointers(self.old.pointers.get(keyword), self.new.pointers.get(keyword))

    def share_type(self, *types: str) -> bool:
        """Return True unless one schema alone accepts values of some types: then the types tell the difference."""
        old, new = (schema.keywords.get("type") for schema in (self.old, self.new))
        return old == new or all(not own or not own.isdisjoint(types) for own in (old, new))

    @cached_property
    def is_only_loosened(self) -> bool:
        """True if it is shown that the new schema accepts all that the old one accepts."""
        return self.registry.inclusion.shows(self.pair.old, self.pair.new, self.pair.side)

    @cached_property
    def is_only_tightened(self) -> bool:
        """True if it is shown that the old schema accepts all that the new one accepts."""
        return self.registry.inclusion.reverse.shows(self.pair.new, self.pair.old, self.pair.side)

    def absorb(self) -> None:
        """Leave out differences in the form of the schemas that do not change the set of accepted values.

        A list of values may be spread over alternatives, or a limit be moved into each of them; no difference in the
        parts tells that.
        """
        effects = {difference.effect for difference in self.pair.differences} - {None}
        if not effects and not self._has_alternatives:
            return
        absorbed = {TIGHTENED} if self.is_only_loosened else set()
        absorbed |= {LOOSENED} if self.is_only_tightened else set()
        self.pair.absorbed = frozenset(absorbed)
        if len(absorbed) == 2 and effects:
            self.pair.add("schema-rewritten", self.at, None, None, is_restriction=False)
        if len(absorbed) == 1:
            effect = LOOSENED if TIGHTENED in absorbed else TIGHTENED
            for difference in self.pair.differences:
                rule = f"{difference.rule.removesuffix(f'-{ALTERED}')}-{effect}"
                if difference.effect == ALTERED and rule in RULES:
                    difference.rule = rule
