"""OpenAPI 3.0 and 3.1."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from apig_nb.definition.grammar import REQUEST_BODY_FIELDS
from apig_nb.definition.model.body_parameters import body_of_parameters, default_media_types
from apig_nb.definition.model.dialect import Dialect, Written
from apig_nb.definition.model.elements import MediaType, RequestBody
from apig_nb.definition.model.references import Pointer
from apig_nb.definition.model.server import Server
from apig_nb.definition.values import as_flag, as_list, as_map, as_text, as_texts, extensions, written_form


class OpenApi3(Dialect):
    """OpenAPI 3.0 and 3.1."""

    SCHEMAS = ("components", "schemas")
    SECURITY_SCHEMES = ("components", "securitySchemes")
    IGNORED_PARAMETERS = frozenset(("accept", "content-type", "authorization"))
    IGNORED_HEADERS = frozenset(("content-type",))

    def schema_and_sample(self, parameter: Mapping[str, Any]) -> tuple[Mapping[str, Any], Any]:
        """Return the schema of a parameter, which may be written under `content`, and its example."""
        schema = parameter.get("schema")
        if schema is None and "content" in parameter:
            contents = as_map(parameter["content"]).values()
            schemas = (as_map(content).get("schema") for content in contents)
            schema = next((written for written in schemas if written is not None), None)
        return as_map(self._references.follow(schema)), parameter.get("example", parameter.get("x-apigateway-sample"))

    def request_body(self, operation: Written) -> RequestBody | None:
        """Return the request body."""
        body = self._written_body(operation)
        if body is None:
            names = self.request_media_types(operation)
            if not names and not operation.body_parameters:
                return None
            key = "x-apigateway-content-type" if "x-apigateway-content-type" in operation.raw else "consumes"
            list_at = operation.at.below(key) if names else None
            return body_of_parameters(
                operation, names or default_media_types(operation), list_at, self._references, None
            )
        at = operation.at
        if "requestBody" in operation.raw:
            at = self._references.locate(operation.raw["requestBody"], at.below("requestBody"))
        return RequestBody(
            self._content(body, at),
            required=as_flag(body.get("required")) is True,
            description=as_text(body.get("description")),
            extensions=extensions(body, REQUEST_BODY_FIELDS),
            at=at,
        )

    def request_media_types(self, operation: Written) -> Collection[str]:
        """Return the names of the media types of the request body."""
        body = self._written_body(operation)
        if body is not None:
            return as_map(body.get("content"))
        # Some documents, also of the vendor of the gateway, have the parameters of Swagger 2.0.
        if not operation.body_parameters:
            return ()
        named = (as_texts(operation.raw.get(key)) for key in ("x-apigateway-content-type", "consumes"))
        return next(filter(None, named), ())

    def _written_body(self, operation: Written) -> Mapping[str, Any] | None:
        """Return the request body as written, or one made of the media type that the gateway's own key names."""
        written = operation.raw.get("requestBody")
        if written is not None and (body := as_map(self._references.follow(written))):
            return body
        # Documented for Swagger 2.0 only; a file written by hand may have it here as well.
        name = as_text(operation.raw.get("x-apigateway-content-type"))
        return None if name is None or operation.body_parameters else {"content": {name: {}}}

    def response_media_types(self, operation: Mapping[str, Any], response: Mapping[str, Any]) -> Collection[str]:
        """Return the names of the media types of a response."""
        return as_map(response.get("content"))

    def response_bodies(self, operation: Written, response: Mapping[str, Any], at: Pointer) -> tuple[MediaType, ...]:
        """Return the media types of a response."""
        return self._content(response, at)

    def _content(self, holder: Mapping[str, Any], at: Pointer) -> tuple[MediaType, ...]:
        contents = [(name, as_map(content)) for name, content in as_map(holder.get("content")).items()]
        return tuple(
            [MediaType(name, content.get("schema"), at, True, content, self._references) for name, content in contents]
        )

    def servers(self, operation: Written) -> tuple[Server, ...]:
        """Return the servers nearest to the operation: its own, those of its path, those of the document."""
        written, at = self._nearest_servers(operation), self._servers_at(operation)
        servers = [(as_map(server), at.below(number)) for number, server in enumerate(written)]
        urls = ((as_text(server.get("url")), server, at) for server, at in servers)
        return tuple(Server(url, as_map(server.get("variables")), at) for url, server, at in urls if url is not None)

    def server_urls(self, operation: Written) -> tuple[str, ...]:
        """Return the URLs of these servers."""
        written = self._nearest_servers(operation)
        if written is operation.raw.get("servers"):
            return self._memo.by_value("server URLs", written_form(written), written, _urls)
        return self._memo.by_id("server URLs", written, _urls) if written else ()

    def servers_pointer(self, operation: Written) -> str:
        """Return the JSON pointer to the list of servers nearest to the operation."""
        return str(self._servers_at(operation))

    def _nearest_servers(self, operation: Written) -> list[Any]:
        own, of_path = as_list(operation.raw.get("servers")), as_list(operation.item.get("servers"))
        return own or of_path or as_list(self._root.get("servers"))

    def _servers_at(self, operation: Written) -> Pointer:
        if as_list(operation.raw.get("servers")):
            return operation.at.below("servers")
        if as_list(operation.item.get("servers")):
            return Pointer(operation.at.base, (*operation.at.steps[:-1], "servers"))
        return Pointer("", ("servers",))


def _urls(servers: list[Any]) -> tuple[str, ...]:
    urls = (as_text(as_map(server).get("url")) for server in servers)
    return tuple(url for url in urls if url is not None)
