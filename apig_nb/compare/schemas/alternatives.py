"""Matching of the alternatives of two schemas (`oneOf`, `anyOf`), which have no order and may be renamed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from apig_nb.definition.model.schema import Limit, SchemaSource
from apig_nb.definition.model.schema_reader import SchemaReader
from apig_nb.definition.values import json_text

MIN_SIMILARITY: Final = 0.5
"""Minimum share of common features by which two alternatives are considered the same one."""

MAX_COMPARED: Final = 500_000
"""Maximum number of pairs of alternatives, and of schemas read for their features, in one comparison of documents.

Further alternatives are matched by their order.
"""

MAX_LEVELS: Final = 4
"""Number of levels that the features of a schema are taken from: itself, its properties, theirs, and so on."""

MAX_LEVEL_SIZE: Final = 1000
"""Maximum number of schemas on a level whose features are taken."""

_Match = tuple[SchemaSource | None, SchemaSource | None]


class _Features(NamedTuple):
    """Features by which a schema is recognized under another name.

    Attributes:
        shape: types, values and properties.
        details: everything else.
        schemas: number of schemas that were read.
    """

    shape: frozenset[str]
    details: frozenset[str]
    schemas: int


class AlternativeMatcher:
    """Matches alternatives of two documents."""

    def __init__(self, old: SchemaReader, new: SchemaReader) -> None:
        self._old, self._new = old, new
        self._compared = 0

    def match(self, old: Sequence[SchemaSource], new: Sequence[SchemaSource]) -> Iterator[_Match]:
        """Yield pairs of matching alternatives, then those without a match, with None in place of the other.

        Alternatives match by their name, then by similarity; the rest by order if equally many are left on both sides.
        """
        old_names, new_names = (Counter(source.name for source in sources) for sources in (old, new))
        unique = {name for name, count in old_names.items() if count == 1 == new_names[name]}
        by_name = {source.name: source for source in new}
        yield from ((source, by_name[source.name]) for source in old if source.name in unique)
        old_rest, new_rest = ([source for source in sources if source.name not in unique] for sources in (old, new))
        for before, after in self._most_similar(old_rest, new_rest):
            old_rest.remove(before)
            new_rest.remove(after)
            yield before, after
        if len(old_rest) == len(new_rest):
            yield from zip(old_rest, new_rest, strict=True)
            return
        yield from ((source, None) for source in old_rest)
        yield from ((None, source) for source in new_rest)

    def _most_similar(
        self, old: list[SchemaSource], new: list[SchemaSource]
    ) -> list[tuple[SchemaSource, SchemaSource]]:
        """Pair alternatives that are similar, the most similar first."""
        self._compared += len(old) * len(new)
        if self._compared > MAX_COMPARED:
            return []
        before = [_features(self._old, source) for source in old]
        after = [_features(self._new, source) for source in new]
        self._compared += sum([features.schemas for features in (*before, *after)])
        scores = []
        for i, one in enumerate(before):
            for j, other in enumerate(after):
                similarity = _similarity(one.shape, other.shape)
                if similarity >= MIN_SIMILARITY:
                    details = _similarity(one.details, other.details)
                    scores.append((-similarity, -details, abs(i - j), i + j, i, j))
        pairs, taken_old, taken_new = [], set[int](), set[int]()
        for *_, i, j in sorted(scores):
            if i not in taken_old and j not in taken_new:
                taken_old.add(i)
                taken_new.add(j)
                pairs.append((old[i], new[j]))
        return pairs


def _similarity(one: frozenset[str], other: frozenset[str]) -> float:
    """Return the share of common members (Jaccard index); 1 for two empty sets."""
    return len(one & other) / len(one | other) if one or other else 1.0


def _features(reader: SchemaReader, source: SchemaSource) -> _Features:
    shape, details, schemas = set[str](), set[str](), 0
    level = [("", source, shape)]
    for _ in range(MAX_LEVELS):
        schemas += len(level)
        next_level: list[tuple[str, SchemaSource, set[str]]] = []
        for path, inner, features in level:
            schema = reader.read(inner)
            choices = sorted(choice.keyword for choice in schema.choices)
            features.add(f"{path}: {sorted(schema.keywords.get('type', ()))} {choices}")
            features.update(f"{path}= {json_text(value)}" for value in schema.keywords.get("enum", ()))
            content = {**schema.keywords, **schema.annotations, **schema.unknown_keywords}
            details.update(f"{path} {key}: {_text(content[key])}" for key in content.keys() - {"type", "enum"})
            details.update(f"{path} requires {name}" for name in schema.required)
            if len(next_level) <= MAX_LEVEL_SIZE:
                next_level += [(f"{path}.{name}", each, features) for name, each in schema.properties.items()]
                next_level += [(f"{path}.[]", schema.items, features)] if schema.items is not None else []
                # Nested alternatives have no order either, so they distinguish similar schemas at most.
                next_level += [(f"{path}.|", each, details) for choice in schema.choices for each in choice.members]
        if len(next_level) > MAX_LEVEL_SIZE:
            break
        level = next_level
    return _Features(frozenset(shape), frozenset(details), schemas)


def _text(value: object) -> str:
    if isinstance(value, frozenset):
        return json_text(sorted(value))
    return str(value) if isinstance(value, Limit) else json_text(value)
