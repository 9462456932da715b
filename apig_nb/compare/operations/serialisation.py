"""How a list or object is written into text: by commas, by repetition, and so on, whatever the standard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from apig_nb.definition.model.operation import Operation
from apig_nb.definition.values import as_flag, as_list, as_map, as_text

_STYLES: Final = {"spaceDelimited": "blanks", "pipeDelimited": "bars", "tabDelimited": "tabs", "deepObject": "brackets"}
_COLLECTION_FORMATS: Final = {"csv": "commas", "ssv": "blanks", "tsv": "tabs", "pipes": "bars", "multi": "repetition"}


def serialisation(operation: Operation, written: Mapping[str, Any]) -> str | None:
    """How the value of a parameter is written; `None` for a single value, which is written one way only."""
    place = (as_text(written.get("in")) or "").lower()
    schema = as_map(operation.follow(written["schema"])) if "schema" in written else written
    kinds = schema.get("type") if isinstance(schema.get("type"), list) else [schema.get("type")]
    style = as_text(written.get("style"))
    if style in ("label", "matrix"):
        return f"{style}, exploded" if as_flag(written.get("explode")) else style
    if "array" not in as_list(kinds) and "object" not in as_list(kinds):
        return None
    if "schema" not in written:
        return _by_collection_format(written)
    return _by_style(style, as_flag(written.get("explode")), place, "object" in as_list(kinds))


def form_serialisations(operation: Operation) -> dict[str, str]:
    """How the lists of a form are written, by the name of the field."""
    if "requestBody" not in operation.raw:
        fields = (item for item in operation.written_parameters if item.get("in") == "formData")
        return {
            as_text(item.get("name")) or "": _by_collection_format(item)
            for item in fields
            if item.get("type") == "array"
        }
    found = {}
    for name, content in as_map(as_map(operation.follow(operation.raw["requestBody"])).get("content")).items():
        if not name.startswith(("application/x-www-form-urlencoded", "multipart/")):
            continue
        media = as_map(content)
        properties = as_map(as_map(operation.follow(media.get("schema"))).get("properties"))
        for field, schema in properties.items():
            encoding = as_map(as_map(media.get("encoding")).get(field))
            if as_map(operation.follow(schema)).get("type") == "array":
                style = as_text(encoding.get("style"))
                found[field] = _by_style(style, as_flag(encoding.get("explode")), "query", is_object=False)
    return found


def _by_collection_format(written: Mapping[str, Any]) -> str:
    name = as_text(written.get("collectionFormat")) or "csv"
    return _COLLECTION_FORMATS.get(name, name)


def _by_style(style: str | None, explode: bool | None, place: str, is_object: bool) -> str:
    """By the words of OpenAPI 3: without any, a list in a query is repeated and one elsewhere written by commas."""
    style = style or ("form" if place in ("query", "cookie") else "simple")
    if style == "form":
        return "commas" if explode is False else "repetition"
    if style == "simple":
        return "pairs" if is_object and explode else "commas"
    return _STYLES.get(style, style)
