"""Swagger 2.0 → the common form: bodies from parameters, servers from host, basePath and schemes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from apig_nb.definition.gateway import PARAMETER_KEYS, samples_beside, unknown_response_keys
from apig_nb.definition.model import MediaType, Parameter, RequestBody, Response
from apig_nb.definition.values import as_flag, as_list, as_map, as_text, as_texts, extensions

if TYPE_CHECKING:
    from apig_nb.definition.operation import Operation

SCHEMAS: Final = ("definitions",)
SECURITY_SCHEMES: Final = ("securityDefinitions",)

_PARAMETER_FIELDS = frozenset(
    ("name", "in", "required", "description", "schema", "allowEmptyValue", "collectionFormat", "$ref")
)


def parameters(operation: Operation) -> Iterator[Parameter]:
    """Path, query and header parameters; the other places are the request body's."""
    for written in operation.written_parameters:
        if _place(written) in ("body", "formdata"):
            continue
        schema = {
            key: value for key, value in written.items() if key not in _PARAMETER_FIELDS and not key.startswith("x-")
        }
        yield operation.parameter(
            written,
            schema=schema or as_map(operation.follow(written.get("schema"))),
            sample=as_text(written.get("x-apigateway-sample")),
            known=PARAMETER_KEYS,
        )


def request_body(operation: Operation) -> RequestBody | None:
    """The `body` parameter or the `formData` ones, with the media types consumed."""
    written = operation.written_parameters
    bodies = [item for item in written if _place(item) == "body"]
    fields = [item for item in written if _place(item) == "formdata"]
    # The gateway's own key stands for a body it does not describe (contract/extensions, content-type).
    named = as_texts(operation.raw.get("x-apigateway-content-type"))
    if not (bodies or fields or named):
        return None
    consumed = named or _media_types(operation, "consumes") or (_form_type(fields) if fields and not bodies else _JSON)
    body = bodies[-1] if bodies else {}
    schema = _body_schema(body) if bodies else _form_schema(fields) if fields else None
    return RequestBody(
        media_types=tuple(MediaType(name, schema) for name in consumed),
        required=bool(as_flag(body.get("required"))) or any(as_flag(item.get("required")) for item in fields),
        description=as_text(body.get("description")),
        extensions=extensions(body) | _form_extensions(fields),
    )


def _body_schema(body: Mapping[str, Any]) -> object:
    """The schema of a body; some authors write it beside the name, as other parameters have it."""
    beside = {key: value for key, value in body.items() if key not in _PARAMETER_FIELDS and not key.startswith("x-")}
    return body.get("schema") or beside or None


# Where nothing says what a body is made of, JSON is what clients of the day sent.
_JSON = ("application/json",)


def _form_type(fields: list[Mapping[str, Any]]) -> tuple[str, ...]:
    has_file = any(item.get("type") == "file" for item in fields)
    return ("multipart/form-data",) if has_file else ("application/x-www-form-urlencoded",)


def _form_schema(fields: list[Mapping[str, Any]]) -> dict[str, Any]:
    not_schema = ("name", "in", "required", "collectionFormat", "allowEmptyValue")
    properties = {
        as_text(item.get("name")) or "": {key: value for key, value in item.items() if key not in not_schema}
        for item in fields
    }
    required = [as_text(item.get("name")) or "" for item in fields if as_flag(item.get("required"))]
    return {"type": "object", "properties": properties} | ({"required": required} if required else {})


def _form_extensions(fields: list[Mapping[str, Any]]) -> dict[str, Any]:
    """The extension keys of form fields, which have no row of their own, as `field.key`."""
    return {f"{as_text(item.get('name'))}.{key}": value for item in fields for key, value in extensions(item).items()}


def responses(operation: Operation) -> Iterator[Response]:
    """The responses, with the samples that stand beside them (contract/document, oddity 1)."""
    written = as_map(operation.raw.get("responses"))
    statuses = [status for status in written if not status.startswith("x-")]
    beside = samples_beside(written)
    produced = _media_types(operation, "produces")
    for status in statuses or beside:
        response = as_map(operation.follow(written.get(status)))
        schema = response.get("schema")
        names = produced or as_texts(list(as_map(response.get("examples"))))
        samples = {**beside.get(status, {}), **response}
        yield Response(
            status=status,
            description=as_text(response.get("description")),
            headers=operation.definition.once("headers", as_map(response.get("headers")), tuple),
            media_types=tuple(MediaType(name, schema) for name in names or _JSON) if schema is not None else (),
            normal_sample=as_text(samples.get("x-apigateway-result-normal-sample")),
            failure_sample=as_text(samples.get("x-apigateway-result-failure-sample")),
            extensions=operation.definition.once("extensions", response, unknown_response_keys),
        )


def servers(operation: Operation) -> tuple[str, ...]:
    """A URL for each protocol; without a host, only what is known of it."""
    root = operation.root
    host, base = as_text(root.get("host")) or "", (as_text(root.get("basePath")) or "").rstrip("/")
    schemes = as_texts(operation.raw.get("schemes")) or as_texts(root.get("schemes"))
    if not schemes and (host or base):
        return (f"//{host}{base}" if host else base,)
    return tuple(f"{scheme.lower()}://{host}{base}" for scheme in schemes)


def scopes(scheme: Mapping[str, Any]) -> tuple[str, ...]:
    """The scopes an OAuth scheme defines."""
    return tuple(as_map(scheme.get("scopes")))


def _place(parameter: Mapping[str, Any]) -> str:
    return (as_text(parameter.get("in")) or "").lower()


def _media_types(operation: Operation, key: str) -> tuple[str, ...]:
    holder = operation.raw if key in operation.raw else operation.root
    return as_texts(as_list(holder.get(key)))
