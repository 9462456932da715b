"""Comparison of the alternatives of two schemas: `oneOf`, `anyOf`, and schemas that extend one with a discriminator."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from apig_nb.compare.changes import Pointers
from apig_nb.compare.schemas.context import PairContext
from apig_nb.compare.schemas.discriminators import discriminator_differences
from apig_nb.compare.schemas.values import compare_keywords
from apig_nb.definition.model.schema import Choice, Schema, SchemaSource
from apig_nb.definition.model.schema_reader import SchemaReader
from apig_nb.definition.values import json_text

_BESIDE_ALTERNATIVES: Final = frozenset(
    ("nullable", "default", "deprecated", "readOnly", "writeOnly", "discriminator", "x-extensible-enum")
)
"""Keywords that may stand beside the alternatives of a schema that is nothing but its alternatives."""

_Match = tuple[SchemaSource | None, SchemaSource | None]


def compare_choices(context: PairContext) -> bool:
    """Compare the alternatives; return True if the rest of both schemas is compared with them."""
    old, new = context.old.choices, context.new.choices
    if bool(old) != bool(new) and len(old) + len(new) == 1 and _is_nothing_else(context.old if old else context.new):
        _compare_one_with_several(context)
        return True
    matches: list[_Match] = []
    for before, after in _matching_choices(old, new):
        if before is not None and after is not None:
            matches += _compare_choice(context, before, after)
        elif choice := before or after:
            rule = "alternatives-tightened" if after else "alternatives-loosened"
            names = _names(choice.members)
            shown = (None, names) if after else (names, None)
            context.pair.add(rule, context.at, shown[0], shown[1], detail=choice.keyword)
    heirs = context.registry.old.heirs(context.pair.old), context.registry.new.heirs(context.pair.new)
    if heirs[0] or heirs[1]:
        matches += _compare_members(context, "", *heirs)
    if bool(old or heirs[0]) == bool(new or heirs[1]):
        at = context.keyword_pointers("discriminator")
        for difference in discriminator_differences(context.old, context.new, matches):
            context.pair.add(difference.rule, at, difference.before, difference.after, is_restriction=False)
    return False


def _is_nothing_else(schema: Schema) -> bool:
    """Return True if a schema restricts values by its alternatives only."""
    others = (schema.properties, schema.required, schema.items, schema.prefix_items, schema.conditions)
    more = (schema.pattern_properties, schema.dependent_schemas)
    return schema.keywords.keys() <= _BESIDE_ALTERNATIVES and not any((*others, *more))


def _compare_one_with_several(context: PairContext) -> None:
    """Compare a schema with a list of alternatives: as a list of one where it is one of them."""
    old, new = context.old.choices, context.new.choices
    (choice,) = old or new
    before = old[0].members if old else (context.pair.old,)
    after = new[0].members if new else (context.pair.new,)
    compare_keywords(context, is_one_of_several=True)
    is_one = any(_is_one(context, one, other) for one in before for other in after)
    if is_one or context.is_only_loosened or context.is_only_tightened:
        _compare_members(context, choice.keyword, before, after)
    else:
        context.pair.add("alternatives-altered", context.at, _names(before), _names(after), detail=choice.keyword)


def _is_one(context: PairContext, old: SchemaSource, new: SchemaSource) -> bool:
    """Return True if two schemas are components of one name, or equal."""
    old, new = context.registry.old.resolve(old), context.registry.new.resolve(new)
    return (old.component is not None and old.component == new.component) or context.registry.is_same(old, new)


def _matching_choices(old: Sequence[Choice], new: Sequence[Choice]) -> Iterable[tuple[Choice | None, Choice | None]]:
    """Yield pairs of choices: those with alternatives of the same names, then the others in their order."""
    by_names: dict[frozenset[str], list[Choice]] = defaultdict(list)
    for choice in reversed(new):
        by_names[_name_set(choice)].append(choice)
    old_rest: list[Choice] = []
    taken: set[int] = set()
    for choice in old:
        same = by_names[_name_set(choice)]
        if same:
            match = same.pop()
            taken.add(id(match))
            yield choice, match
        else:
            old_rest.append(choice)
    new_rest = [choice for choice in new if id(choice) not in taken]
    yield from zip(old_rest, new_rest, strict=False)
    yield from ((choice, None) for choice in old_rest[len(new_rest) :])
    yield from ((None, choice) for choice in new_rest[len(old_rest) :])


def _name_set(choice: Choice) -> frozenset[str]:
    return frozenset(member.name for member in choice.members)


def _compare_choice(context: PairContext, old: Choice, new: Choice) -> list[_Match]:
    if old.keyword != new.keyword:
        # A value may match several alternatives of anyOf, but only one of oneOf.
        rule = "alternatives-loosened" if new.keyword == "anyOf" else "alternatives-tightened"
        context.pair.add(rule, context.at, old.keyword, new.keyword)
    return _compare_members(context, new.keyword, old.members, new.members)


def _compare_members(
    context: PairContext, keyword: str, old: Sequence[SchemaSource], new: Sequence[SchemaSource]
) -> list[_Match]:
    registry = context.registry
    matches = list(registry.matcher.match(old, new))
    old_twins = _twins(registry.old, [before for before, _ in matches if before is not None])
    new_twins = _twins(registry.new, [after for _, after in matches if after is not None])
    for before, after in matches:
        if before is not None and after is not None:
            is_named = before.reference is not None and before.reference == after.reference
            context.compare_inner(before, after, f"{keyword}({after.name})", is_alternative=not is_named)
        elif before is not None:
            at = Pointers(before.pointer, context.at.new)
            is_restriction = id(before) not in old_twins
            context.pair.add(
                "alternative-removed", at, before.name, None, detail=keyword, is_restriction=is_restriction
            )
        elif after is not None:
            at = Pointers(context.at.old, after.pointer)
            is_restriction = id(after) not in new_twins
            context.pair.add("alternative-added", at, None, after.name, detail=keyword, is_restriction=is_restriction)
    return matches


def _twins(reader: SchemaReader, sources: Sequence[SchemaSource]) -> set[int]:
    """Return the ids of named alternatives that are written like others: their names tell them apart."""
    by_text: dict[str, list[SchemaSource]] = defaultdict(list)
    for source in sources:
        if source.reference is not None:
            by_text[json_text(reader.resolve(source).node)].append(source)
    return {id(source) for same in by_text.values() if len(same) > 1 for source in same}


def _names(sources: Iterable[SchemaSource]) -> str:
    return ", ".join(sorted(source.name for source in sources))
