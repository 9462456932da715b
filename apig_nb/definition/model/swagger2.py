"""Swagger 2.0: bodies are parameters, servers are put together from host, base path and schemes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from apig_nb.definition.model.body_parameters import JSON, body_of_parameters, default_media_types, schema_in
from apig_nb.definition.model.dialect import Dialect, Written
from apig_nb.definition.model.elements import MediaType, RequestBody
from apig_nb.definition.model.references import Pointer
from apig_nb.definition.model.server import Server
from apig_nb.definition.values import NOTHING, as_list, as_map, as_text, as_texts


class Swagger2(Dialect):
    """Swagger 2.0."""

    SCHEMAS = ("definitions",)
    SECURITY_SCHEMES = ("securityDefinitions",)

    def schema_and_sample(self, parameter: Mapping[str, Any]) -> tuple[Mapping[str, Any], Any]:
        """Return the schema of a parameter, whose keywords are in the parameter itself, and the gateway's sample."""
        schema = schema_in(parameter) or as_map(self._references.follow(parameter.get("schema")))
        return schema, parameter.get("x-apigateway-sample")

    def request_body(self, operation: Written) -> RequestBody | None:
        """Make the request body of the `body` parameter or of the `formData` ones."""
        names = self.request_media_types(operation)
        if not names:
            return None
        key = "x-apigateway-content-type" if "x-apigateway-content-type" in operation.raw else "consumes"
        return body_of_parameters(operation, names, self._list_at(operation, key), self._references, "csv")

    def request_media_types(self, operation: Written) -> Collection[str]:
        """Return the media types that the operation or the document consumes, where there is a body."""
        # The gateway's own key names the media type of a body without a schema:
        # https://support.huaweicloud.com/intl/en-us/usermanual-apig/apig_03_0124.html
        if named := as_texts(operation.raw.get("x-apigateway-content-type")):
            return named
        if not operation.body_parameters:
            return ()
        return self._listed(operation.raw, "consumes") or default_media_types(operation)

    def response_media_types(self, operation: Mapping[str, Any], response: Mapping[str, Any]) -> Collection[str]:
        """Return the media types produced, or those of the examples, where the response has a schema."""
        if response.get("schema") is None:
            return ()
        return self._listed(operation, "produces") or as_texts(list(as_map(response.get("examples")))) or JSON

    def response_bodies(self, operation: Written, response: Mapping[str, Any], at: Pointer) -> tuple[MediaType, ...]:
        """Return the media types of a response, which share its schema."""
        schema = response.get("schema")
        names = self.response_media_types(operation.raw, response)
        if not names:
            return ()
        examples = as_map(response.get("examples"))
        sources = [{"example": examples[name]} if name in examples else NOTHING for name in names]
        list_at = self._list_at(operation, "produces")
        return tuple(
            [
                MediaType(name, schema, at, False, source, self._references, list_at)
                for name, source in zip(names, sources, strict=True)
            ]
        )

    def servers(self, operation: Written) -> tuple[Server, ...]:
        """Return a server for each protocol; without a host, only what is known of it."""
        return tuple(Server(url, NOTHING, Pointer("/host")) for url in self.server_urls(operation))

    def server_urls(self, operation: Written) -> tuple[str, ...]:
        """Return the URLs of these servers."""
        for holder in (operation.raw, self._root):
            if "schemes" in holder and (urls := self._memo.by_id("server URLs", holder["schemes"], self._urls)):
                return urls
        return self._memo.by_id("server URLs", self._root, lambda _: self._url_without_scheme())

    def servers_pointer(self, operation: Written) -> str:
        """Return the JSON pointer to the host."""
        return "/host"

    def _urls(self, schemes: object) -> tuple[str, ...]:
        host, base = self._host_and_base()
        return tuple(f"{scheme.lower()}://{host}{base}" for scheme in as_texts(schemes))

    def _url_without_scheme(self) -> tuple[str, ...]:
        host, base = self._host_and_base()
        return (f"//{host}{base}" if host else base,) if host or base else ()

    def _host_and_base(self) -> tuple[str, str]:
        return as_text(self._root.get("host")) or "", (as_text(self._root.get("basePath")) or "").rstrip("/")

    def _listed(self, operation: Mapping[str, Any], key: str) -> tuple[str, ...]:
        """Return the media types under a key of the operation or else of the document."""
        holder = self._root if operation.get(key) is None else operation
        return as_texts(as_list(holder.get(key)))

    def _list_at(self, operation: Written, key: str) -> Pointer | None:
        """Return where such a list is written, `None` where there is none."""
        if operation.raw.get(key) is not None:
            return operation.at.below(key) if operation.raw[key] else None
        return Pointer(f"/{key}") if self._root.get(key) else None
