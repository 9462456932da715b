"""Comparison of the types and values of schemas whose values are sent as text: parameters and fields of forms.

In a text, `5` is a number as well as a string, so every integer is a number and everything is a string.
"""

from __future__ import annotations

import re
from typing import Any, Final

from apig_nb.compare.rules import ALTERED, LOOSENED, TIGHTENED
from apig_nb.compare.schemas.keywords import KeywordDifference
from apig_nb.definition.values import as_text

_INCLUDED: Final = {"string": {"string", "number", "integer", "boolean"}, "number": {"number", "integer"}}
"""Types whose texts are all texts of another type, by that one."""

_NUMERIC_FORMATS: Final = ("int32", "int64", "float", "double")

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
    if before == after:
        return []
    for values in (old, new):
        if values.get("format") in _NUMERIC_FORMATS:
            del values["format"]
    effect = _effect(before, after)
    if effect is None or _says_enum(old, after) or _says_enum(new, before):
        return []
    return [KeywordDifference("type", f"type-{effect}", _shown(before), _shown(after))]


def _text(value: Any) -> Any:
    if isinstance(value, list):
        return [_text(item) for item in value]
    return as_text(int(value) if isinstance(value, float) and value.is_integer() else value)


def _effect(old: frozenset[str] | None, new: frozenset[str] | None) -> str | None:
    before, after = _widened(old), _widened(new)
    if before == after:
        return None
    if before < after:
        return LOOSENED
    return TIGHTENED if after < before else ALTERED


def _widened(types: frozenset[str] | None) -> set[str]:
    """Return types with those that they include; without a type, every text is allowed."""
    return {inner for kind in types or ("string",) for inner in _INCLUDED.get(kind, {kind})}


def _says_enum(values: dict[str, Any], types: frozenset[str] | None) -> bool:
    """Return True if there are only some values and all are of some types, so that the types add nothing to them."""
    patterns = [_TEXTS[kind] for kind in types or ("string",) if kind in _TEXTS]
    return "enum" in values and all(
        any(pattern.fullmatch(str(value)) for pattern in patterns) for value in values["enum"]
    )


def _shown(types: frozenset[str] | None) -> str | None:
    return None if types is None else " | ".join(sorted(types))
