"""Swagger 2.0 → the common form: bodies from parameters, servers from host, basePath and schemes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

from apig_nb.definition.model.elements import MediaType, RequestBody, Schema
from apig_nb.definition.values import as_flag, as_list, as_map, as_text, as_texts, extensions, lower, without

if TYPE_CHECKING:
    from apig_nb.definition.model.operation import Operation

SCHEMAS: Final = ("definitions",)
SECURITY_SCHEMES: Final = ("securityDefinitions",)
BODY_PLACES: Final = frozenset(("body", "formdata"))
"""Where a parameter is the request body, or a part of it."""

_PARAMETER_FIELDS = frozenset(
    ("name", "in", "required", "description", "schema", "allowEmptyValue", "collectionFormat", "$ref")
)


def schema_and_sample(operation: Operation, parameter: Mapping[str, Any]) -> tuple[Schema, Any]:
    """What a parameter may be, which stands beside its name."""
    schema = _schema_beside_name(parameter) or as_map(operation.follow(parameter.get("schema")))
    return schema, parameter.get("x-apigateway-sample")


def _schema_beside_name(parameter: Mapping[str, Any]) -> Schema:
    return {key: value for key, value in parameter.items() if key not in _PARAMETER_FIELDS and not key.startswith("x-")}


def request_body(operation: Operation) -> RequestBody | None:
    """The `body` parameter or the `formData` ones, with the media types consumed."""
    bodies = [item for item in operation.written_parameters if lower(item.get("in")) == "body"]
    fields = [item for item in operation.written_parameters if lower(item.get("in")) == "formdata"]
    # The gateway's own key stands for a body it does not describe (contract/extensions, content-type).
    named = as_texts(operation.raw.get("x-apigateway-content-type"))
    if not (bodies or fields or named):
        return None
    consumed = named or _media_types(operation, "consumes") or (_form_type(fields) if fields and not bodies else _JSON)
    body = bodies[-1] if bodies else {}
    schema: object = _form_schema(fields) if fields else None
    if bodies:
        # Some authors write it beside the name, as other parameters have it.
        schema = body.get("schema") or _schema_beside_name(body) or None
    return RequestBody(
        media_types=tuple(MediaType(name, schema) for name in consumed),
        required=bool(as_flag(body.get("required"))) or any(as_flag(item.get("required")) for item in fields),
        description=as_text(body.get("description")),
        extensions=extensions(body) | _form_extensions(fields),
    )


def request_media_types(operation: Operation) -> Collection[str]:
    """The media types consumed, where there is a body."""
    body = operation.request_body
    return () if body is None else [media.name for media in body.media_types]


# Where nothing says what a body is made of, JSON is what clients of the day sent.
_JSON = ("application/json",)


def _form_type(fields: list[Mapping[str, Any]]) -> tuple[str, ...]:
    has_file = any(item.get("type") == "file" for item in fields)
    return ("multipart/form-data",) if has_file else ("application/x-www-form-urlencoded",)


def _form_schema(fields: list[Mapping[str, Any]]) -> dict[str, Any]:
    not_schema = {"name", "in", "required", "collectionFormat", "allowEmptyValue"}
    properties = {as_text(item.get("name")) or "": without(item, not_schema) for item in fields}
    required = [as_text(item.get("name")) or "" for item in fields if as_flag(item.get("required"))]
    return {"type": "object", "properties": properties} | ({"required": required} if required else {})


def _form_extensions(fields: list[Mapping[str, Any]]) -> dict[str, Any]:
    """The extension keys of form fields, which have no row of their own, as `field.key`."""
    return {f"{as_text(item.get('name'))}.{key}": value for item in fields for key, value in extensions(item).items()}


def response_media_types(operation: Operation, response: Mapping[str, Any]) -> Collection[str]:
    """The media types produced, or those of the examples, where the response has a schema."""
    if response.get("schema") is None:
        return ()
    return _media_types(operation, "produces") or as_texts(list(as_map(response.get("examples")))) or _JSON


def response_bodies(operation: Operation, response: Mapping[str, Any]) -> tuple[MediaType, ...]:
    """The forms of a response's body."""
    schema = response.get("schema")
    return tuple([MediaType(name, schema) for name in response_media_types(operation, response)])


def servers(operation: Operation) -> tuple[str, ...]:
    """A URL for each protocol; without a host, only what is known of it."""
    root, memo_by_id = operation.root, operation.document.memo_by_id
    for holder in (operation.raw, root):
        if "schemes" in holder and (
            urls := memo_by_id("servers", holder["schemes"], lambda schemes: _urls(root, schemes))
        ):
            return urls
    return memo_by_id("servers", root, _server_without_scheme)


def _urls(root: Mapping[str, Any], schemes: object) -> tuple[str, ...]:
    host, base = _host_and_base(root)
    return tuple(f"{scheme.lower()}://{host}{base}" for scheme in as_texts(schemes))


def _server_without_scheme(root: Mapping[str, Any]) -> tuple[str, ...]:
    host, base = _host_and_base(root)
    return (f"//{host}{base}" if host else base,) if host or base else ()


def _host_and_base(root: Mapping[str, Any]) -> tuple[str, str]:
    return as_text(root.get("host")) or "", (as_text(root.get("basePath")) or "").rstrip("/")


def scopes(scheme: Mapping[str, Any]) -> tuple[str, ...]:
    """The scopes an OAuth scheme defines."""
    return tuple(as_map(scheme.get("scopes")))


def _media_types(operation: Operation, key: str) -> tuple[str, ...]:
    holder = operation.root if operation.raw.get(key) is None else operation.raw
    return as_texts(as_list(holder.get(key)))
