"""Comparison of discriminators: the property whose value selects the schema of an object."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from apig_nb.definition.model.schema import Schema, SchemaSource

Matches = Iterable[tuple[SchemaSource | None, SchemaSource | None]]


class DiscriminatorDifference(NamedTuple):
    """A difference: id of the rule, the old and the new value for display."""

    rule: str
    before: str | None
    after: str | None


def discriminator_differences(old: Schema, new: Schema, matches: Matches) -> Iterator[DiscriminatorDifference]:
    """Yield the differences of two discriminators.

    Args:
        old: the old schema.
        new: the new schema.
        matches: the alternatives of both, each with the one that corresponds to it or `None`.
    """
    before, after = old.discriminator_property, new.discriminator_property
    if before is None or after is None:
        if before != after:
            rule = "discriminator-tightened" if after is None else "discriminator-loosened"
            yield DiscriminatorDifference(rule, _text(before), _text(after))
        return
    if before != after:
        yield DiscriminatorDifference("discriminator-altered", _text(before), _text(after))
    yield from _value_differences(old, new, matches)


def _value_differences(old: Schema, new: Schema, matches: Matches) -> Iterator[DiscriminatorDifference]:
    before, after = _Selection(old), _Selection(new)
    removed: dict[str, str] = {}
    added: dict[str, str] = {}
    for one, other in matches:
        if one is None or other is None or one.reference is None or other.reference is None:
            # An alternative that is added or removed is a difference of its own.
            continue
        lost = before.values(one.reference) - after.values(other.reference)
        won = after.values(other.reference) - before.values(one.reference)
        if lost and won and not (won & before.all or lost & after.all):
            yield DiscriminatorDifference("discriminator-altered", _listed(lost), _listed(won))
            continue
        removed.update(dict.fromkeys(lost, one.reference))
        added.update(dict.fromkeys(won, other.reference))
    for value in sorted(removed.keys() & added.keys()):
        both = f"{value} selects {removed.pop(value)}", f"{value} selects {added.pop(value)}"
        yield DiscriminatorDifference("discriminator-altered", *both)
    if removed:
        yield DiscriminatorDifference("discriminator-tightened", _listed(removed), None)
    if added:
        yield DiscriminatorDifference("discriminator-loosened", None, _listed(added))


class _Selection:
    """The values of a discriminator's property by the schema that they select."""

    def __init__(self, schema: Schema) -> None:
        self._by_name: dict[str, set[str]] = {}
        for value, name in schema.discriminator_mapping.items():
            self._by_name.setdefault(name, set()).add(value)
        self.all = set(schema.discriminator_mapping)

    def values(self, name: str) -> set[str]:
        """Return the values that select a schema; its name where the mapping does not mention it."""
        return self._by_name.get(name, {name})


def _listed(values: Iterable[str]) -> str:
    return ", ".join(sorted(values))


def _text(value: object) -> str | None:
    return None if value is None else str(value)
