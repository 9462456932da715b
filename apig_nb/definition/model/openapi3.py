"""OpenAPI 3.0 and 3.1 → the common form."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

from apig_nb.definition.grammar import REQUEST_BODY_FIELDS
from apig_nb.definition.model.elements import MediaType, RequestBody, Schema
from apig_nb.definition.values import as_flag, as_list, as_map, as_text, extensions, written_form

if TYPE_CHECKING:
    from apig_nb.definition.model.operation import Operation

SCHEMAS: Final = ("components", "schemas")
SECURITY_SCHEMES: Final = ("components", "securitySchemes")
BODY_PLACES: Final[frozenset[str]] = frozenset()
"""None: a body is written for itself."""


def schema_and_sample(operation: Operation, parameter: Mapping[str, Any]) -> tuple[Schema, Any]:
    """What a parameter may be; a schema under `content` counts as the parameter's own."""
    schema = parameter.get("schema")
    if schema is None and "content" in parameter:
        contents = as_map(parameter["content"]).values()
        schema = next((written for content in contents if (written := as_map(content).get("schema")) is not None), None)
    return as_map(operation.follow(schema)), parameter.get("example", parameter.get("x-apigateway-sample"))


def request_body(operation: Operation) -> RequestBody | None:
    """The request body."""
    body = _written_body(operation)
    if body is None:
        return None
    return RequestBody(
        _content(body),
        required=as_flag(body.get("required")) is True,
        description=as_text(body.get("description")),
        extensions=extensions(body, REQUEST_BODY_FIELDS),
    )


def request_media_types(operation: Operation) -> Collection[str]:
    """The names of the forms the request body may have."""
    body = _written_body(operation)
    return () if body is None else as_map(body.get("content"))


def _written_body(operation: Operation) -> Mapping[str, Any] | None:
    """The request body as written, or what would be there where only the gateway's content type tells of one."""
    written = operation.raw.get("requestBody")
    if written is not None and (body := as_map(operation.follow(written))):
        return body
    # Documented for Swagger 2.0 only; a file written by hand may have it here as well.
    name = as_text(operation.raw.get("x-apigateway-content-type"))
    return None if name is None else {"content": {name: {}}}


def servers(operation: Operation) -> tuple[str, ...]:
    """The URLs nearest to the operation: its own, its path's, the document's."""
    if written := as_list(operation.raw.get("servers")):
        return operation.document.memo_by_value("servers", written_form(written), written, _urls)
    for holder in (operation.item, operation.root):
        if written := as_list(holder.get("servers")):
            return operation.document.memo_by_id("servers", written, _urls)
    return ()


def _urls(servers: list[Any]) -> tuple[str, ...]:
    urls = (as_text(as_map(server).get("url")) for server in servers)
    return tuple(url for url in urls if url is not None)


def scopes(scheme: Mapping[str, Any]) -> tuple[str, ...]:
    """The scopes of every flow an OAuth scheme defines."""
    flows = as_map(scheme.get("flows")).values()
    return tuple(dict.fromkeys(scope for flow in flows for scope in as_map(as_map(flow).get("scopes"))))


def response_media_types(operation: Operation, response: Mapping[str, Any]) -> Collection[str]:
    """The names of the forms a response's body may have."""
    return as_map(response.get("content"))


def response_bodies(operation: Operation, response: Mapping[str, Any]) -> tuple[MediaType, ...]:
    """The forms of a response's body."""
    return _content(response)


def _content(holder: Mapping[str, Any]) -> tuple[MediaType, ...]:
    contents = as_map(holder.get("content")).items()
    return tuple([MediaType(name, as_map(content).get("schema")) for name, content in contents])
