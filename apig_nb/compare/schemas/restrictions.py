"""Tests of whether the single restrictions of a schema hold for all values of a set; used by `inclusion`."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import Any, Final

from apig_nb.compare.schemas.formats import INTEGER_RANGES, PRESENTATION, WIDER_FORMATS
from apig_nb.compare.schemas.value_set import ANY_VALUE, Proof, ValueSet, is_one_of, is_type_in
from apig_nb.definition.model.schema import Limit, Schema, SchemaSource
from apig_nb.definition.model.schema_normal import EFFECTIVE_TYPES
from apig_nb.definition.values import as_exact, as_flag, equal

_LOWER: Final = ("minLength", "minItems", "minProperties", "minContains")
_UPPER: Final = ("maxLength", "maxItems", "maxProperties", "maxContains")
_LENGTHS: Final = frozenset(("minLength", "maxLength"))
_OF_NUMBERS: Final = frozenset(("minimum", "maximum", "multipleOf"))
_NUMBERS: Final = EFFECTIVE_TYPES["minimum"]
_NO_RESTRICTION: Final = frozenset(
    "nullable default discriminator readOnly writeOnly deprecated x-extensible-enum".split()  # noqa: SIM905
)
_TESTED_ELSEWHERE: Final = frozenset(
    "type enum not format additionalProperties unevaluatedProperties propertyNames dependentRequired".split()  # noqa: SIM905
)


def restrictions_hold(proof: Proof, values: ValueSet, outer: Schema) -> bool:
    """Return True if all restrictions of a schema, apart from its choices, hold for all values of a set."""
    return (
        _types_hold(values, outer)
        and _keywords_hold(proof, values, outer)
        and ("object" not in values.types or _object_holds(proof, values, outer))
        and ("array" not in values.types or _items_hold(proof, values.schema, outer))
        and _conditions_hold(proof, values.schema, outer)
        and _not_holds(proof, values, outer)
        # The target of a broken reference, of which nothing is known.
        and outer.unknown_keywords.get("x-reference") == values.schema.unknown_keywords.get("x-reference")
    )


def is_left_out(proof: Proof, values: ValueSet) -> bool:
    """Return True if the schema of a single value does not accept it: a limit stands beside the list of values."""
    own, value = values.schema.keywords, values.value
    if value is ANY_VALUE:
        return False
    if isinstance(value, str):
        holds = all(_count_holds(proof, values, keyword, as_exact(own[keyword])) for keyword in own.keys() & _LENGTHS)
    elif values.types <= _NUMBERS:
        holds = all(_number_holds(values, keyword, own[keyword]) for keyword in own.keys() & _OF_NUMBERS)
    else:
        holds = True
    return not holds or not is_one_of(value, own.get("enum", [value]))


def _types_hold(values: ValueSet, outer: Schema) -> bool:
    types, keywords = outer.keywords.get("type"), outer.keywords
    if types is not None and not is_type_in(values.types, types):
        return False
    if "enum" not in keywords:
        return True
    if values.value is ANY_VALUE:
        return values.types == {"boolean"} and all(is_one_of(flag, keywords["enum"]) for flag in (True, False))
    return is_one_of(values.value, keywords["enum"])


def _keywords_hold(proof: Proof, values: ValueSet, outer: Schema) -> bool:
    inner = values.schema.keywords
    for keyword, value in outer.keywords.items():
        types = EFFECTIVE_TYPES.get(keyword)
        if keyword in _NO_RESTRICTION or keyword in _TESTED_ELSEWHERE:
            continue
        if types is not None and not _has_type_of(values.types, types):
            continue
        if keyword in _OF_NUMBERS:
            holds = _number_holds(values, keyword, value)
        elif keyword in _LOWER or keyword in _UPPER:
            holds = _count_holds(proof, values, keyword, as_exact(value))
        elif keyword == "uniqueItems":
            holds = not as_flag(value) or as_flag(inner.get(keyword)) is True
        elif keyword == "pattern":
            holds = _patterns(value) <= _patterns(inner.get(keyword))
        else:
            holds = _subschema_holds(proof, values.schema, outer, keyword)
        if not holds:
            return False
    return _format_holds(values, outer.keywords.get("format"))


def _has_type_of(types: frozenset[str], others: frozenset[str]) -> bool:
    return not types.isdisjoint(others)


def _subschema_holds(proof: Proof, inner: Schema, outer: Schema, keyword: str) -> bool:
    before, after = inner.subschema(keyword), outer.subschema(keyword)
    if before is not None and after is not None and keyword != "contains":
        return proof.includes(before, after)
    if before is not None and after is not None and "maxContains" not in outer.keywords:
        counts = (as_exact(each.keywords.get("minContains", 1)) or 0 for each in (inner, outer))
        return next(counts) >= next(counts) and proof.includes(before, after)
    # How many items at most match another schema is not looked into.
    return keyword in inner.keywords and equal(inner.keywords[keyword], outer.keywords[keyword]) and before is None


def _number_holds(values: ValueSet, keyword: str, value: Any) -> bool:
    return _step_holds(values, as_exact(value)) if keyword == "multipleOf" else _limit_holds(values, keyword, value)


def _limit_holds(values: ValueSet, keyword: str, limit: Limit) -> bool:
    sign = 1 if keyword == "minimum" else -1
    known = values.schema.keywords.get(keyword)
    if values.value is not ANY_VALUE:
        known = Limit(as_exact(values.value) or Fraction(0), is_exclusive=False)
    if not isinstance(known, Limit):
        return False
    if values.types <= {"integer"}:
        known, limit = (_whole_limit(each, sign) for each in (known, limit))
    return (sign * known.value, known.is_exclusive) >= (sign * limit.value, limit.is_exclusive)


def _whole_limit(limit: Limit, sign: int) -> Limit:
    nearest = Fraction(sign * math.ceil(sign * limit.value))
    return Limit(nearest + sign if limit.is_exclusive and nearest == limit.value else nearest, is_exclusive=False)


def _step_holds(values: ValueSet, step: Fraction | None) -> bool:
    if not step:
        return True
    if values.value is not ANY_VALUE:
        return ((as_exact(values.value) or Fraction(0)) / step).denominator == 1
    own = as_exact(values.schema.keywords.get("multipleOf")) or Fraction(0)
    if values.types <= {"integer"}:
        # Whole multiples of 3/2 are multiples of 3.
        own = Fraction(own.numerator or 1)
    return bool(own) and (own / step).denominator == 1


def _count_holds(proof: Proof, values: ValueSet, keyword: str, limit: Fraction | None) -> bool:
    if limit is None or (limit <= 0 and keyword in _LOWER):
        return True
    known = as_exact(values.schema.keywords.get(keyword))
    if keyword.endswith("Length") and isinstance(values.value, str):
        known = Fraction(len(values.value))
    elif known is None and keyword.endswith("Properties"):
        known = _property_count(proof, values.schema, keyword)
    if known is None:
        return False
    return known >= limit if keyword in _LOWER else known <= limit


def _property_count(proof: Proof, schema: Schema, keyword: str) -> Fraction | None:
    names = {name for name in schema.properties if proof.is_used(proof.inner, schema, name)}
    if keyword == "minProperties":
        return Fraction(len(names & schema.required.keys()))
    is_closed = undescribed(schema) is False and not schema.pattern_properties
    return Fraction(len(names)) if is_closed else None


def _patterns(value: Any) -> set[str]:
    """Return the patterns that hold together; the reader joins them."""
    return set(value.split(" and ")) if isinstance(value, str) else set()


def _format_holds(values: ValueSet, format_name: Any) -> bool:
    own = values.schema.keywords.get("format")
    if format_name is None or equal(own, format_name):
        return True
    if not isinstance(format_name, str) or format_name in PRESENTATION:
        return isinstance(format_name, str)
    if isinstance(own, str) and WIDER_FORMATS.get(own) == format_name:
        return True
    if format_name not in INTEGER_RANGES or not values.types <= {"integer"}:
        return False
    lowest, highest = INTEGER_RANGES[format_name]
    return _limit_holds(values, "minimum", Limit(Fraction(lowest), is_exclusive=False)) and _limit_holds(
        values, "maximum", Limit(Fraction(highest), is_exclusive=False)
    )


def _not_holds(proof: Proof, values: ValueSet, outer: Schema) -> bool:
    if "not" not in outer.keywords:
        return True
    excluded, known = outer.subschema("not"), values.schema.subschema("not")
    if values.schema.keywords.get("not") == {}:
        return True
    if excluded is None:
        return False
    return (known is not None and proof.is_included_in(excluded, known)) or proof.is_disjoint(
        values, excluded, is_open=True
    )


def _conditions_hold(proof: Proof, inner: Schema, outer: Schema) -> bool:
    """Return True if each condition is one of the inner schema as well; others are not looked into."""
    return all(
        any(
            equal(condition.test.node, known.test.node)
            and proof.includes(known.test, condition.test)
            and proof.is_included_in(condition.test, known.test)
            and condition.branches.keys() <= known.branches.keys()
            and all(proof.includes(known.branches[key], branch) for key, branch in condition.branches.items())
            for known in inner.conditions
        )
        for condition in outer.conditions
    )


# ---------------------------------------------------------------------- objects and lists


def undescribed(schema: Schema) -> SchemaSource | bool:
    """Return what is allowed of properties that are not described: anything (True), nothing (False), or a schema."""
    for keyword in ("additionalProperties", "unevaluatedProperties"):
        if keyword in schema.keywords:
            value = schema.keywords[keyword]
            return schema.subschema(keyword) or value is not False
    return True


def _object_holds(proof: Proof, values: ValueSet, outer: Schema) -> bool:
    inner = values.schema
    for name in outer.required:
        is_sent = name in inner.required and proof.is_used(proof.inner, inner, name)
        if not is_sent and proof.is_used(proof.outer, outer, name):
            return False
    return (
        _names_hold(proof, inner, outer)
        and _dependencies_hold(proof, values, outer)
        and _properties_hold(proof, values, outer)
        and _undescribed_holds(proof, inner, outer)
    )


def _properties_hold(proof: Proof, values: ValueSet, outer: Schema) -> bool:
    inner, others = values.schema, undescribed(outer)
    pairs = []
    for name, source in inner.properties.items():
        if not proof.is_used(proof.inner, inner, name):
            continue
        if name in outer.properties:
            if not proof.is_used(proof.outer, outer, name):
                return False
            pairs.append((source, outer.properties[name]))
        elif outer.pattern_properties or others is False:
            return False
        elif name not in values.described and not outer.choices and not proof.is_strict:
            # It may be accepted, but is no longer described; an alternative may describe it.
            return False
        elif isinstance(others, SchemaSource):
            pairs.append((source, others))
    if not all(proof.includes(before, after) for before, after in pairs):
        return False
    is_open = proof.is_strict and undescribed(inner) is True
    if any((is_open or name in inner.required) and name not in inner.properties for name in outer.properties):
        # It may be there with any value.
        return False
    # A name that the outer schema describes may be one of those that the inner one only describes by a rule.
    rules = [*inner.pattern_properties.values()]
    if isinstance(rule := undescribed(inner), SchemaSource):
        rules.append(rule)
    return all(
        proof.includes(each, described)
        for name, described in outer.properties.items()
        if name not in inner.properties
        for each in rules
    )


def _undescribed_holds(proof: Proof, inner: Schema, outer: Schema) -> bool:
    before, after = undescribed(inner), undescribed(outer)
    for pattern, described in outer.pattern_properties.items():
        known = inner.pattern_properties.get(pattern)
        if known is not None:
            if not proof.includes(known, described):
                return False
        elif before is not False or inner.pattern_properties or inner.properties:
            return False
    if after is True or before is False:
        return _are_patterns_known(inner, outer, after)
    if isinstance(before, SchemaSource) and isinstance(after, SchemaSource):
        return _are_patterns_known(inner, outer, after) and proof.includes(before, after)
    return False


def _are_patterns_known(inner: Schema, outer: Schema, others: SchemaSource | bool) -> bool:
    return others is True or inner.pattern_properties.keys() <= outer.pattern_properties.keys()


def _names_hold(proof: Proof, inner: Schema, outer: Schema) -> bool:
    if "propertyNames" not in outer.keywords:
        return True
    before, after = inner.subschema("propertyNames"), outer.subschema("propertyNames")
    return before is not None and after is not None and proof.includes(before, after)


def _dependencies_hold(proof: Proof, values: ValueSet, outer: Schema) -> bool:
    inner = values.schema
    known = inner.keywords.get("dependentRequired", frozenset())
    for pair in outer.keywords.get("dependentRequired", frozenset()):
        first, _, other = pair.partition(" → ")
        if pair not in known and other not in inner.required and not _is_absent(inner, first):
            return False
    return all(
        _is_absent(inner, name)
        or (name in inner.dependent_schemas and proof.includes(inner.dependent_schemas[name], schema))
        or proof.includes_set(values, schema)
        for name, schema in outer.dependent_schemas.items()
    )


def _is_absent(schema: Schema, name: str) -> bool:
    """Return True if no object has a property of that name."""
    return name not in schema.properties and undescribed(schema) is False and not schema.pattern_properties


def _items_hold(proof: Proof, inner: Schema, outer: Schema) -> bool:
    before, after = inner.prefix_items, outer.prefix_items
    for number, schema in enumerate(after):
        known = before[number] if number < len(before) else inner.items
        if known is None or not proof.includes(known, schema):
            return False
    if outer.items is None:
        return True
    rest: Iterable[SchemaSource | None] = (*before[len(after) :], inner.items)
    return all(known is not None and proof.includes(known, outer.items) for known in rest)
