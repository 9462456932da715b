"""The serialisation of lists and objects as text, in terms common to all versions of the standard.

`collectionFormat: multi` of Swagger 2.0 and `style: form` with `explode` of OpenAPI 3 are both `repetition`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, Final

from apig_nb.definition.values import as_flag, as_map, as_text

_STYLES: Final = {"spaceDelimited": "blanks", "pipeDelimited": "bars", "tabDelimited": "tabs", "deepObject": "brackets"}
_COLLECTION_FORMATS: Final = {"csv": "commas", "ssv": "blanks", "tsv": "tabs", "pipes": "bars", "multi": "repetition"}


def serialisation(source: Mapping[str, Any], types: Collection[str], location: str) -> str | None:
    """Return the serialisation of a parameter or header; `None` for a single value as it is.

    Args:
        source: the parameter or header object.
        types: the types of its schema.
        location: where it is sent, in lower case.
    """
    for media_type in as_map(source.get("content")):
        return media_type.lower()
    style, explode = as_text(source.get("style")), as_flag(source.get("explode"))
    is_single = "array" not in types and "object" not in types
    if style in ("label", "matrix"):
        return f"{style}, exploded" if explode and not is_single else style
    if is_single:
        return None
    if "schema" not in source:
        return by_collection_format(source)
    return by_style(style, explode, location, "object" in types)


def by_collection_format(source: Mapping[str, Any]) -> str:
    """Return the serialisation of a list in Swagger 2.0."""
    name = as_text(source.get("collectionFormat")) or "csv"
    return _COLLECTION_FORMATS.get(name, name)


def by_style(style: str | None, explode: bool | None, location: str, is_object: bool) -> str:
    """Return the serialisation of a list or object in OpenAPI 3.

    By default, a list in a query or cookie is repeated, one elsewhere written with commas.
    """
    style = style or ("form" if location in ("query", "cookie") else "simple")
    if style == "form":
        return "commas" if explode is False else "repetition"
    if style in ("spaceDelimited", "pipeDelimited") and explode:
        return "repetition"
    if style == "simple":
        return "pairs" if is_object and explode else "commas"
    return _STYLES.get(style, style)
