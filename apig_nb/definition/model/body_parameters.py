"""Request body made of parameters: of the `body` parameter or of the `formData` ones.

Swagger 2.0 writes bodies so, and so do some documents of OpenAPI 3, which has no such parameters.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from apig_nb.definition.model.dialect import Written
from apig_nb.definition.model.elements import MediaType, RequestBody
from apig_nb.definition.model.references import Pointer, References
from apig_nb.definition.values import NOTHING, as_flag, as_map, as_text, extensions, lower, without

_NOT_SCHEMA: Final = frozenset(
    (
        "name",
        "in",
        "required",
        "description",
        "schema",
        "allowEmptyValue",
        "collectionFormat",
        "style",
        "explode",
        "$ref",
    )
)
_STYLES: Final[Mapping[str, Mapping[str, Any]]] = {
    "csv": {"explode": False},
    "multi": {"explode": True},
    "ssv": {"style": "spaceDelimited"},
    "tsv": {"style": "tabDelimited"},
    "pipes": {"style": "pipeDelimited"},
}
"""`collectionFormat` → fields of an encoding of OpenAPI 3 that mean the same."""

# Swagger 2.0 has no default; clients of its time sent JSON.
JSON: Final = ("application/json",)


def default_media_types(operation: Written) -> Collection[str]:
    """Return the media types of a body where none are named."""
    if _bodies(operation):
        return JSON
    fields = _form_fields(operation)
    has_file = any(
        item.get("type") == "file" or as_map(item.get("schema")).get("format") == "binary" for item in fields
    )
    return ("multipart/form-data",) if has_file else ("application/x-www-form-urlencoded",)


def body_of_parameters(
    operation: Written, names: Collection[str], list_at: Pointer | None, references: References, list_format: str | None
) -> RequestBody:
    """Make the request body.

    Args:
        operation: the operation with the parameters of its body.
        names: the media types.
        list_at: pointer to the list that names them, `None` where they are assumed.
        references: the references of the document.
        list_format: the `collectionFormat` of a list without one; `None` where lists are as in OpenAPI 3.
    """
    bodies, fields = _bodies(operation), _form_fields(operation)
    body, at = bodies[-1] if bodies else (NOTHING, operation.at)
    schema: object = _form_schema(fields) if fields else None
    if bodies:
        # Some authors write the keywords in the parameter, as for other parameters.
        schema = body.get("schema") or schema_in(body) or None
    source = {"encoding": _form_encoding(fields, list_format)} if fields else NOTHING
    return RequestBody(
        tuple(MediaType(name, schema, at, False, source, references, list_at) for name in names),
        required=bool(as_flag(body.get("required"))) or any(as_flag(item.get("required")) for item in fields),
        description=as_text(body.get("description")),
        extensions=extensions(body) | _form_extensions(fields),
        at=at,
    )


def schema_in(parameter: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the keywords of a schema that are in the parameter itself."""
    return {key: value for key, value in parameter.items() if key not in _NOT_SCHEMA and not key.startswith("x-")}


def _bodies(operation: Written) -> list[tuple[Mapping[str, Any], Pointer]]:
    return [(item, at) for item, at in operation.body_parameters if lower(item.get("in")) == "body"]


def _form_fields(operation: Written) -> list[Mapping[str, Any]]:
    return [item for item, _ in operation.body_parameters if lower(item.get("in")) == "formdata"]


def _form_schema(fields: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    properties = {_name(item): _field_schema(item) for item in fields}
    required = [_name(item) for item in fields if as_flag(item.get("required"))]
    return {"type": "object", "properties": properties} | ({"required": required} if required else {})


def _field_schema(field: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the schema of a form field: its `schema`, or the keywords in the field itself, with its description."""
    if "schema" not in field:
        return without(field, _NOT_SCHEMA - {"description"})
    schema = as_map(field["schema"])
    described = {key: field[key] for key in ("description",) if key in field and "$ref" not in schema}
    return {**schema, **described}


def _form_encoding(fields: Sequence[Mapping[str, Any]], list_format: str | None) -> dict[str, Mapping[str, Any]]:
    found: dict[str, Mapping[str, Any]] = {}
    for field in fields:
        name = as_text(field.get("collectionFormat")) or list_format
        style = {} if name is None else _STYLES.get(name, {"style": name})
        found[_name(field)] = {**style, **{key: field[key] for key in ("style", "explode") if key in field}}
    return found


def _form_extensions(fields: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the extension keys of form fields, which have no table row of their own, as `field.key`."""
    return {f"{_name(item)}.{key}": value for item in fields for key, value in extensions(item).items()}


def _name(field: Mapping[str, Any]) -> str:
    return as_text(field.get("name")) or ""
