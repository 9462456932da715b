"""Comparison of the types and values of schemas whose values are sent as text: parameters and fields of forms.

In a text, `5` is a number as well as a string, so every integer is a number and everything is a string.
"""

from __future__ import annotations

import re
from typing import Any, Final

from apig_nb.compare.rules import ALTERED, LOOSENED, TIGHTENED
from apig_nb.compare.schemas.keywords import KeywordDifference
from apig_nb.definition.model.schema_normal import TYPES_OF_KEYWORDS
from apig_nb.definition.values import as_number, as_text

_INCLUDED: Final = {"string": {"string", "number", "integer", "boolean"}, "number": {"number", "integer"}}
"""Types whose texts are all texts of another type, by that one."""

_NUMERIC_FORMATS: Final = ("int32", "int64", "float", "double")

_NUMERIC_LIMITS: Final = ("minimum", "maximum", "multipleOf")

_LENGTHS: Final = {"boolean": (4, 5), "integer": (1, 20), "number": (1, 24)}
"""Length of the texts of a type, at least and at most, of numbers as 64-bit machines have them."""

_TEXTS: Final = {
    "integer": re.compile(r"-?[0-9]+"),
    "number": re.compile(r"-?[0-9]+(\.[0-9]+)?([eE][-+]?[0-9]+)?"),
    "boolean": re.compile("true|false"),
    "string": re.compile("(?s:.*)"),
}


def type_differences(old: dict[str, Any], new: dict[str, Any]) -> list[KeywordDifference]:
    """Return the difference of the types of two schemas, and change other keywords to how they compare as texts.

    Args:
        old: keywords of the old schema; changed.
        new: keywords of the new schema; changed.
    """
    before, after = old.pop("type", None), new.pop("type", None)
    for values, types, others in ((old, before, new), (new, after, old)):
        if types == {"boolean"} and "enum" in others:
            values.setdefault("enum", [True, False])
    for values in (old, new):
        if "enum" in values:
            values["enum"] = [_text(value) for value in values["enum"]]
        if "default" in values:
            values["default"] = _text(values["default"])
    effect = None if before == after else _effect(before, after)
    if before != after:
        _drop_format(old, before)
        _drop_format(new, after)
    if effect is None or _says_enum(old, after) or _says_enum(new, before):
        return []
    if effect == LOOSENED:
        _drop_implied(old, before, new, after)
    elif effect == TIGHTENED:
        _drop_implied(new, after, old, before)
        _drop_of_other_types(old, after)
    else:
        _drop_of_other_types(old, after)
        _drop_of_other_types(new, before)
    return [KeywordDifference("type", f"type-{effect}", _shown(before), _shown(after))]


def _drop_format(values: dict[str, Any], types: frozenset[str] | None) -> None:
    """Leave out a format that does not restrict texts."""
    if values.get("format") in _NUMERIC_FORMATS or (types is not None and "string" not in types):
        values.pop("format", None)


def _drop_implied(
    narrow: dict[str, Any], types: frozenset[str] | None, wide: dict[str, Any], wide_types: frozenset[str] | None
) -> None:
    """Leave out what the types say: limits of numbers beside texts, and lengths that all numbers are within."""
    if wide_types is not None and "string" in wide_types:
        for key in _NUMERIC_LIMITS:
            narrow.pop(key, None)
    lengths = [_LENGTHS[kind] for kind in types or () if kind in _LENGTHS]
    if lengths and len(lengths) == len(types or ()):
        least, most = as_number(wide.get("minLength")), as_number(wide.get("maxLength"))
        if least is not None and least <= min(lengths)[0]:
            del wide["minLength"]
        if most is not None and most >= max(length for _, length in lengths):
            del wide["maxLength"]


def _drop_of_other_types(values: dict[str, Any], types: frozenset[str] | None) -> None:
    """Leave out what restricts only types that the other side does not have: the difference of the types says it."""
    for key in values.keys() & TYPES_OF_KEYWORDS.keys():
        if types is not None and types.isdisjoint(TYPES_OF_KEYWORDS[key]):
            del values[key]
    if types is not None and "string" not in types:
        values.pop("format", None)


def _text(value: Any) -> Any:
    if isinstance(value, list):
        return [_text(item) for item in value]
    return as_text(int(value) if isinstance(value, float) and value.is_integer() else value)


def _effect(old: frozenset[str] | None, new: frozenset[str] | None) -> str | None:
    before, after = _widened(old), _widened(new)
    if None in (old, new) and "string" in before & after:
        # Without a type, every text is allowed.
        return None
    if before == after:
        return None
    if before < after:
        return LOOSENED
    return TIGHTENED if after < before else ALTERED


def _widened(types: frozenset[str] | None) -> set[str]:
    """Return types with those that they include."""
    return {inner for kind in types or ("string", "array", "object") for inner in _INCLUDED.get(kind, {kind})}


def _says_enum(values: dict[str, Any], types: frozenset[str] | None) -> bool:
    """Return True if there are only some values and all are of some types, so that the types add nothing to them."""
    patterns = [_TEXTS[kind] for kind in types or ("string",) if kind in _TEXTS]
    return "enum" in values and all(
        any(pattern.fullmatch(str(value)) for pattern in patterns) for value in values["enum"]
    )


def _shown(types: frozenset[str] | None) -> str | None:
    return None if types is None else " | ".join(sorted(types))
