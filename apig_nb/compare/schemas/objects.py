"""Comparison of the properties of two schemas."""

from __future__ import annotations

import re
from typing import Final

from apig_nb.compare.changes import Pointers
from apig_nb.compare.rules import SENT
from apig_nb.compare.schemas.context import PairContext
from apig_nb.compare.schemas.inclusion import is_used
from apig_nb.compare.schemas.pairs import SchemaDifference
from apig_nb.compare.schemas.restrictions import undescribed
from apig_nb.definition.model.schema import Schema, SchemaSource
from apig_nb.definition.model.schema_reader import SchemaReader

_PLAIN_PATTERN: Final = re.compile(r"(\^?)([\w-]*)(\$?)")
"""A pattern that is only a text, with or without anchors."""


def compare_object(context: PairContext) -> None:
    """Compare properties, which of them are required, and rules for other properties."""
    _compare_properties(context)
    _compare_required(context)
    _compare_patterns(context)
    old, new = context.old.dependent_schemas, context.new.dependent_schemas
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            context.pair.add("dependent-schemas-loosened", Pointers(old[name].pointer, None), name, None)
        elif name not in old:
            context.pair.add("dependent-schemas-tightened", Pointers(None, new[name].pointer), None, name)
        else:
            context.compare_inner(old[name], new[name], f"dependentSchemas.{name}")


def _compare_properties(context: PairContext) -> None:
    old, new, pair = context.old.properties, context.new.properties, context.pair
    before, after = (_described_by_alternatives(*side) for side in _sides_with_one_choice(context))
    for name, source in old.items():
        if name in new:
            _compare_property(context, name)
        elif name not in after:
            used = _is_used(context.registry.old, context, context.old, name)
            rule = _rule_of_removed(context, name, source) if used else "unused-property-removed"
            pair.add(rule, Pointers(source.pointer, None), name, None, name, is_restriction=used)
    for name, source in new.items():
        if name not in old and name not in before:
            used = _is_used(context.registry.new, context, context.new, name)
            rule = "required-property-added" if used and name in context.new.required else "property-added"
            pair.add(rule, Pointers(None, source.pointer), None, name, name, is_restriction=used)


def _compare_property(context: PairContext, name: str) -> None:
    """Compare a property that both have, unless it is not used on this side: nobody can observe that."""
    old, new = context.old.properties[name], context.new.properties[name]
    before, after = context.registry.old.read(old), context.registry.new.read(new)
    side = context.pair.side
    was_used, is_used_now = is_used(before, side), is_used(after, side)
    if was_used and is_used_now:
        context.compare_inner(old, new, name)
    elif was_used or is_used_now:
        keyword = "readOnly" if side == SENT else "writeOnly"
        rule = f"{'read' if side == SENT else 'write'}-only-{'tightened' if was_used else 'loosened'}"
        at = Pointers(before.pointers.get(keyword), after.pointers.get(keyword))
        values = before.keywords.get(keyword), after.keywords.get(keyword)
        context.pair.add(rule, at, *values, name, is_restriction=False)
    elif before.keywords.get("type") != after.keywords.get("type"):
        at = Pointers(before.pointers.get("type"), after.pointers.get("type"))
        shown = [" | ".join(sorted(schema.keywords.get("type", ()))) for schema in (before, after)]
        context.pair.add("unused-type-altered", at, shown[0], shown[1], name, is_restriction=False)


def _rule_of_removed(context: PairContext, name: str, source: SchemaSource) -> str:
    if context.pair.is_text and not context.pair.path:
        # A field of a form is sent on its own, like a parameter.
        return "required-parameter-removed" if name in context.old.required else "parameter-removed"
    rule = "required-property-removed" if name in context.old.required else "property-removed"
    return f"refused-{rule}" if context.pair.side == SENT and _refuses(context, name, source) else rule


def _refuses(context: PairContext, name: str, source: SchemaSource) -> bool:
    """Return True if the new schema no longer accepts a property that it does not describe any more."""
    others = undescribed(context.new)
    if others is True or any(_may_match(pattern, name) for pattern in context.new.pattern_properties):
        return False
    return others is False or not context.registry.inclusion.shows(source, others, context.pair.side)


def _may_match(pattern: str, name: str) -> bool:
    """Return False if a name certainly does not match; patterns of unknown authors are not run."""
    plain = _PLAIN_PATTERN.fullmatch(pattern)
    if plain is None:
        return True
    begin, text, end = plain.groups()
    if begin and end:
        return name == text
    return name.startswith(text) if begin else name.endswith(text) if end else text in name


def _sides_with_one_choice(context: PairContext) -> tuple[tuple[SchemaReader, Schema | None], ...]:
    """Return both schemas, the one with alternatives only if the other has none.

    A property that has moved into the alternatives, or out of them, is neither removed nor added.
    """
    old, new = context.old, context.new
    return (
        (context.registry.old, None if new.choices else old),
        (context.registry.new, None if old.choices else new),
    )


def _described_by_alternatives(reader: SchemaReader, schema: Schema | None) -> set[str]:
    choices = schema.choices if schema is not None else ()
    return {name for choice in choices for member in choice.members for name in reader.read(member).properties}


def _compare_required(context: PairContext) -> None:
    old = _required_names(context.registry.old, context, context.old)
    new = _required_names(context.registry.new, context, context.new)
    for name in sorted(old ^ new):
        # A property described on one side only is reported as added or removed.
        if (name in context.old.properties) != (name in context.new.properties):
            continue
        at = Pointers(
            context.old.required[name] if name in old else None, context.new.required[name] if name in new else None
        )
        location = context.pair.location(at)
        location = f"{location}.{name}" if ": " in location else f"{location}: {name}"
        rule = "required-loosened" if name in old else "required-tightened"
        context.pair.differences.append(SchemaDifference(rule, at, location, name in old, name in new, name))


def _required_names(reader: SchemaReader, context: PairContext, schema: Schema) -> set[str]:
    return {name for name in schema.required if _is_used(reader, context, schema, name)}


def _is_used(reader: SchemaReader, context: PairContext, schema: Schema, name: str) -> bool:
    """Return False for a property that is never sent on this side because it is read-only or write-only."""
    return name not in schema.properties or is_used(reader.read(schema.properties[name]), context.pair.side)


def _compare_patterns(context: PairContext) -> None:
    """Compare `patternProperties`: an entry restricts an open object, and lets properties into a closed one."""
    old, new = context.old.pattern_properties, context.new.pattern_properties
    for name in sorted(old.keys() | new.keys()):
        if name in old and name in new:
            context.compare_inner(old[name], new[name], f"patternProperties.{name}")
            continue
        is_closed = undescribed(context.new if name in old else context.old) is False
        effect = "tightened" if (name in old) == is_closed else "loosened"
        values = (name, None) if name in old else (None, name)
        at = Pointers(old[name].pointer if name in old else None, new[name].pointer if name in new else None)
        context.pair.add(f"pattern-properties-{effect}", at, *values)
