"""Comparison of the keywords, items, conditions and annotations of two schemas."""

from __future__ import annotations

from itertools import zip_longest
from typing import Any, Final

from apig_nb.compare.changes import LIFECYCLE, Pointers
from apig_nb.compare.schemas.context import PairContext
from apig_nb.compare.schemas.keywords import keyword_differences
from apig_nb.compare.schemas.texts import type_differences
from apig_nb.definition.model.schema import Condition
from apig_nb.definition.model.schema_normal import TYPES_OF_KEYWORDS
from apig_nb.definition.values import equal

_SUBSCHEMA_KEYWORDS: Final = (
    "additionalProperties",
    "additionalItems",
    "unevaluatedProperties",
    "unevaluatedItems",
    "contains",
    "propertyNames",
    "contentSchema",
)
"""Keywords whose value is a schema, compared as such where both sides have one."""

_WITHOUT_RESTRICTION: Final = frozenset(("default", "deprecated", "readOnly", "writeOnly", "x-extensible-enum"))
"""Keywords that do not restrict values."""

_OF_ALL_ALTERNATIVES: Final = _WITHOUT_RESTRICTION | {"nullable"}
"""Keywords that are compared where a schema became one of several alternatives."""


def compare_keywords(context: PairContext, *, is_one_of_several: bool = False) -> None:
    """Compare the keywords; where a schema became one of several, only those beside the alternatives."""
    old, new = dict(context.old.keywords), dict(context.new.keywords)
    if is_one_of_several:
        old, new = ({key: own[key] for key in own.keys() & _OF_ALL_ALTERNATIVES} for own in (old, new))
    elif context.old.accepts_any_type or context.new.accepts_any_type:
        # The difference of `type` includes that null is accepted.
        old.pop("nullable", None)
        new.pop("nullable", None)
    if not is_one_of_several:
        _compare_types(context, old, new)
    if "minContains" in old.keys() ^ new.keys():
        old.setdefault("minContains", 1)
        new.setdefault("minContains", 1)
    differences = type_differences(old, new) if context.pair.is_text else []
    differences += keyword_differences(old, new)
    for difference in differences:
        at = context.keyword_pointers(difference.keyword)
        is_restriction = difference.keyword not in _WITHOUT_RESTRICTION and difference.rule != "format-hint-altered"
        context.pair.add(difference.rule, at, difference.before, difference.after, is_restriction=is_restriction)


def _compare_types(context: PairContext, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Compare keywords with a schema, and remove those whose difference follows from the types."""
    for keyword in _SUBSCHEMA_KEYWORDS:
        before, after = context.old.subschema(keyword), context.new.subschema(keyword)
        if before is not None and after is not None:
            context.compare_inner(before, after, keyword)
            del old[keyword], new[keyword]
    _compare_not(context, old, new)
    before, after = old.get("type"), new.get("type")
    if before == after:
        if context.old.implies_object != context.new.implies_object:
            written = [None if schema.implies_object else "object" for schema in (context.old, context.new)]
            context.pair.add("object-type-altered", context.at, written[0], written[1], is_restriction=False)
        return
    if context.pair.is_text:
        # The text of a number may have to match what is said of strings.
        return
    for keyword in (old.keys() | new.keys()) & TYPES_OF_KEYWORDS.keys():
        if not context.share_type(*TYPES_OF_KEYWORDS[keyword]):
            old.pop(keyword, None)
            new.pop(keyword, None)
    numbers = ("number", "integer")
    if before and not context.share_type(*before, *([] if before.isdisjoint(numbers) else numbers)):
        for keyword in ("enum", "format"):
            old.pop(keyword, None)
            new.pop(keyword, None)


def _compare_not(context: PairContext, old: dict[str, Any], new: dict[str, Any]) -> None:
    """Compare what is excluded: if that grows, fewer values are accepted."""
    before, after = context.old.subschema("not"), context.new.subschema("not")
    if before is None or after is None:
        return
    if context.registry.is_same(before, after):
        rule = None
    elif context.registry.inclusion.shows(before, after, context.pair.side, is_strict=True):
        rule = "not-tightened"
    elif context.registry.inclusion.reverse.shows(after, before, context.pair.side, is_strict=True):
        rule = "not-loosened"
    else:
        rule = "not-altered"
    if rule is not None:
        context.pair.add(rule, context.keyword_pointers("not"), old["not"], new["not"])
    del old["not"], new["not"]


def compare_annotations(context: PairContext) -> None:
    """Compare the texts for readers, and the keywords that the standard does not define."""
    kinds = (
        ("description-altered", context.old.annotations, context.new.annotations),
        ("schema-keyword-altered", context.old.unknown_keywords, context.new.unknown_keywords),
    )
    for usual, old, new in kinds:
        for key in sorted(old.keys() | new.keys()):
            before, after = old.get(key), new.get(key)
            if not equal(before or None, after or None):
                rule = "lifecycle-altered" if key in LIFECYCLE else usual
                at = context.keyword_pointers(key)
                context.pair.add(rule, at, before, after, detail=key, is_restriction=False)


def compare_items(context: PairContext) -> None:
    """Compare the items of lists."""
    old, new, pair = context.old.items, context.new.items, context.pair
    if old is not None and new is not None:
        context.compare_inner(old, new, "[]")
    elif old is not None:
        pair.add("schema-removed", Pointers(old.pointer, None), None, None, "[]")
    elif new is not None:
        pair.add("schema-added", Pointers(None, new.pointer), None, None, "[]")
    old_first, new_first = context.old.prefix_items, context.new.prefix_items
    # Where one side describes no item at a position by itself, its `items` hold there.
    for number, (one, other) in enumerate(zip_longest(old_first, new_first)):
        before, after = one or old, other or new
        if before is not None and after is not None:
            context.compare_inner(before, after, f"[{number}]")
    if len(old_first) != len(new_first) and (old if len(old_first) < len(new_first) else new) is None:
        rule = "prefix-items-tightened" if len(new_first) > len(old_first) else "prefix-items-loosened"
        pair.add(rule, context.at, len(old_first), len(new_first))


def compare_conditions(context: PairContext) -> None:
    """Compare `if`, `then` and `else`, and the schemas that apply when a property is present."""
    old, new = context.old.conditions, context.new.conditions
    for before, after in zip(old, new, strict=False):
        _compare_condition(context, before, after)
    for before in old[len(new) :]:
        context.pair.add("if-loosened", Pointers(before.pointer, None), before.test.node, None)
    for after in new[len(old) :]:
        context.pair.add("if-tightened", Pointers(None, after.pointer), None, after.test.node)


def _compare_condition(context: PairContext, old: Condition, new: Condition) -> None:
    at = Pointers(old.pointer, new.pointer)
    if not context.registry.is_same(old.test, new.test):
        # A test that passes more often applies `then` more often and `else` less often.
        context.pair.add("if-altered", at, old.test.node, new.test.node)
    for keyword in ("then", "else"):
        before, after = old.branches.get(keyword), new.branches.get(keyword)
        if before is not None and after is not None:
            context.compare_inner(before, after, keyword)
        elif before is not None:
            context.pair.add(f"{keyword}-loosened", at, before.node, None)
        elif after is not None:
            context.pair.add(f"{keyword}-tightened", at, None, after.node)
