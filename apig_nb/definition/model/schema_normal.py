"""Last step of reading a schema, when its parts are merged: keywords that restrict nothing are left out."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Final

from apig_nb.definition.model.schema import Limit, Schema

EFFECTIVE_TYPES: Final = {
    **dict.fromkeys(("minimum", "maximum", "multipleOf"), frozenset(("number", "integer"))),
    **dict.fromkeys(
        ("minLength", "maxLength", "pattern", "contentEncoding", "contentMediaType", "contentSchema"),
        frozenset(("string",)),
    ),
    **dict.fromkeys(
        (
            *("minProperties", "maxProperties", "additionalProperties", "unevaluatedProperties"),
            *("propertyNames", "dependentRequired"),
        ),
        frozenset(("object",)),
    ),
}
"""The types of the values that a keyword restricts. Keywords of lists are left out: authors who write them for another
type mean a list."""

TYPES_OF_KEYWORDS: Final = EFFECTIVE_TYPES | dict.fromkeys(
    (
        *("minItems", "maxItems", "uniqueItems", "contains", "minContains", "maxContains"),
        *("additionalItems", "unevaluatedItems"),
    ),
    frozenset(("array",)),
)
"""The same with the keywords of lists."""

_TYPES: Final = frozenset(("string", "number", "integer", "boolean", "array", "object"))


def normalize(schema: Schema) -> None:
    """Complete the types, leave out keywords that restrict no value of them, and write whole limits of integers."""
    keywords = schema.keywords
    schema.implies_object = schema.implies_object and "type" not in keywords
    if schema.implies_object:
        keywords["type"] = frozenset(("object",))
    types = keywords.get("type")
    if types is None or not types <= _TYPES:
        return
    for keyword in keywords.keys() & EFFECTIVE_TYPES.keys():
        if types.isdisjoint(EFFECTIVE_TYPES[keyword]):
            del keywords[keyword]
    if "number" not in types:
        for keyword, step in (("minimum", 1), ("maximum", -1)):
            limit = keywords.get(keyword)
            if isinstance(limit, Limit):
                keywords[keyword] = Limit(_nearest_integer(limit, step), is_exclusive=False)


def _nearest_integer(limit: Limit, step: int) -> Fraction:
    """Return the first integer inside a limit; `step` is the direction to the inside."""
    nearest = Fraction(step * math.ceil(step * limit.value))
    return nearest + step if limit.is_exclusive and nearest == limit.value else nearest
