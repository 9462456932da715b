"""OpenAPI 3.0 and 3.1 → the common form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from apig_nb.definition.gateway import PARAMETER_KEYS, samples_beside, unknown_response_keys
from apig_nb.definition.model import MediaType, Parameter, RequestBody, Response
from apig_nb.definition.values import as_flag, as_list, as_map, as_text, extensions

if TYPE_CHECKING:
    from apig_nb.definition.operation import Operation

SCHEMAS: Final = ("components", "schemas")
SECURITY_SCHEMES: Final = ("components", "securitySchemes")


def parameters(operation: Operation) -> Iterator[Parameter]:
    """All parameters; a schema under `content` counts as the parameter's own."""
    for written in operation.written_parameters:
        schema = written.get("schema")
        for content in as_map(written.get("content")).values():
            schema = schema if schema is not None else as_map(content).get("schema")
        sample = written.get("example", written.get("x-apigateway-sample"))
        yield operation.parameter(
            written, schema=as_map(operation.follow(schema)), sample=as_text(sample), known=PARAMETER_KEYS
        )


def request_body(operation: Operation) -> RequestBody | None:
    """The request body, also where only the gateway's content type tells of one."""
    body = operation.follow(operation.raw.get("requestBody"))
    if isinstance(body, dict) and body:
        media_types = tuple(_content(body))
    else:
        # Documented for Swagger 2.0 only; a file written by hand may have it here as well.
        name = as_text(operation.raw.get("x-apigateway-content-type"))
        if name is None:
            return None
        body, media_types = {}, (MediaType(name),)
    return RequestBody(
        media_types=media_types,
        required=bool(as_flag(body.get("required"))),
        description=as_text(body.get("description")),
        extensions=extensions(body),
    )


def responses(operation: Operation) -> Iterator[Response]:
    """The responses, with the samples inside them, or beside them as Swagger 2.0 has it."""
    written = as_map(operation.raw.get("responses"))
    statuses = [status for status in written if not status.startswith("x-")]
    beside = samples_beside(written)
    for status in statuses or beside:
        response = as_map(operation.follow(written.get(status)))
        samples = {**beside.get(status, {}), **response}
        yield Response(
            status=status,
            description=as_text(response.get("description")),
            headers=operation.definition.once("headers", as_map(response.get("headers")), tuple),
            media_types=tuple(_content(response)),
            normal_sample=as_text(samples.get("x-apigateway-result-normal-sample")),
            failure_sample=as_text(samples.get("x-apigateway-result-failure-sample")),
            extensions=operation.definition.once("extensions", response, unknown_response_keys),
        )


def servers(operation: Operation) -> tuple[str, ...]:
    """The URLs nearest to the operation: its own, its path's, the document's."""
    for holder in (operation.raw, operation.item, operation.root):
        if written := as_list(holder.get("servers")):
            return operation.definition.once("servers", written, _urls)
    return ()


def _urls(servers: list[Any]) -> tuple[str, ...]:
    urls = (as_text(as_map(server).get("url")) for server in servers)
    return tuple(url for url in urls if url is not None)


def scopes(scheme: Mapping[str, Any]) -> tuple[str, ...]:
    """The scopes of every flow an OAuth scheme defines."""
    flows = as_map(scheme.get("flows")).values()
    return tuple(dict.fromkeys(scope for flow in flows for scope in as_map(as_map(flow).get("scopes"))))


def _content(holder: Mapping[str, Any]) -> Iterator[MediaType]:
    for name, content in as_map(holder.get("content")).items():
        yield MediaType(name, as_map(content).get("schema"))
