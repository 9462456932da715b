"""OpenAPI 3.0 and 3.1 → the common form."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from apig_nb.definition.gateway import PARAMETER_KEYS, RESPONSE_KEYS
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
    for status in statuses or (["default"] if RESPONSE_KEYS & set(written) else []):
        response = as_map(operation.follow(written.get(status)))
        samples = {**{key: written[key] for key in RESPONSE_KEYS if key in written}, **response}
        yield Response(
            status=status,
            description=as_text(response.get("description")),
            headers=tuple(as_map(response.get("headers"))),
            media_types=tuple(_content(response)),
            normal_sample=as_text(samples.get("x-apigateway-result-normal-sample")),
            failure_sample=as_text(samples.get("x-apigateway-result-failure-sample")),
            extensions=extensions(response, RESPONSE_KEYS),
        )


def servers(operation: Operation) -> Iterator[str]:
    """The URLs nearest to the operation: its own, its path's, the document's."""
    for holder in (operation.raw, operation.item, operation.root):
        urls = [as_text(as_map(server).get("url")) for server in as_list(holder.get("servers"))]
        if urls:
            yield from (url for url in urls if url is not None)
            return


def scopes(scheme: Mapping[str, Any]) -> tuple[str, ...]:
    """The scopes of every flow an OAuth scheme defines."""
    flows = as_map(scheme.get("flows")).values()
    return tuple(dict.fromkeys(scope for flow in flows for scope in as_map(as_map(flow).get("scopes"))))


def _content(holder: Mapping[str, Any]) -> Iterator[MediaType]:
    for name, content in as_map(holder.get("content")).items():
        yield MediaType(name, as_map(content).get("schema"))
