"""How a list or object in a parameter is written: by commas, by repetition, and so on, whatever the standard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from apig_nb.definition.operation import Operation
from apig_nb.definition.values import as_flag, as_map, as_text

_STYLES: Final = {"spaceDelimited": "blanks", "pipeDelimited": "bars", "tabDelimited": "tabs", "deepObject": "brackets"}
_COLLECTION_FORMATS: Final = {"csv": "commas", "ssv": "blanks", "tsv": "tabs", "pipes": "bars", "multi": "repetition"}


def serialisations(operation: Operation) -> dict[tuple[str, str], str]:
    """Place and name → way, of the parameters that hold a list or an object."""
    found = {}
    for written in operation.written_parameters:
        place = (as_text(written.get("in")) or "").lower()
        schema = as_map(operation.follow(written.get("schema"))) if "schema" in written else written
        if schema.get("type") in ("array", "object") and place not in ("body", "formdata"):
            found[place, (as_text(written.get("name")) or "").removesuffix("+")] = _way(written, place)
    return found


def _way(written: Mapping[str, Any], place: str) -> str:
    if "schema" not in written:
        return _COLLECTION_FORMATS.get(
            str(written.get("collectionFormat", "csv")), str(written.get("collectionFormat"))
        )
    # Defaults of OpenAPI 3: in a query a list is repeated, elsewhere it is written by commas.
    is_form = place in ("query", "cookie")
    style = str(written.get("style") or ("form" if is_form else "simple"))
    explode = as_flag(written.get("explode"))
    if style == "form":
        return "commas" if explode is False else "repetition"
    return "commas" if style == "simple" else _STYLES.get(style, style)
