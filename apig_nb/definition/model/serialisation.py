"""The serialisation of lists and objects as text, in terms common to all versions of the standard.

`collectionFormat: multi` of Swagger 2.0 and `style: form` with `explode` of OpenAPI 3 are both `repetition`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from apig_nb.definition.values import as_flag, as_text

_STYLES: Final = {"spaceDelimited": "blanks", "pipeDelimited": "bars", "tabDelimited": "tabs", "deepObject": "brackets"}
_COLLECTION_FORMATS: Final = {"csv": "commas", "ssv": "blanks", "tsv": "tabs", "pipes": "bars", "multi": "repetition"}


def serialisation(source: Mapping[str, Any], schema: Mapping[str, Any] | None, location: str) -> str | None:
    """Return the serialisation of a parameter; `None` for a single value, which has only one.

    Args:
        source: the parameter object.
        schema: its schema, references followed; `None` where Swagger 2.0 has the keywords in the parameter itself.
        location: where it is sent, in lower case.
    """
    kinds = (source if schema is None else schema).get("type")
    kinds = kinds if isinstance(kinds, list) else [kinds]
    style = as_text(source.get("style"))
    if style in ("label", "matrix"):
        return f"{style}, exploded" if as_flag(source.get("explode")) else style
    if "array" not in kinds and "object" not in kinds:
        return None
    if schema is None:
        return by_collection_format(source)
    return by_style(style, as_flag(source.get("explode")), location, "object" in kinds)


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
    if style == "simple":
        return "pairs" if is_object and explode else "commas"
    return _STYLES.get(style, style)
