"""The writer of exported documents: what the service is documented to write, oddities included (contract/document).

One group of facts, two dialects. Paths and operations keep the order of the content in both, so that the two say the
same in the same order. Keys inside an operation are in the order of the published samples: standard keys first and
extensions by name in Swagger 2.0, all by name in OpenAPI 3.0.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml

from apig_nb.sandbox import extensions
from apig_nb.sandbox.definition import Definition, Parameter
from apig_nb.sandbox.extensions import Json
from apig_nb.sandbox.model import Content, Environment, Gateway, Group


@dataclass(frozen=True)
class Order:
    """What is to be written: the resolved form of an export request.

    Attributes:
        definitions: the names of the APIs that are exported, with the state of each.
        urn_prefix: what the URN of every function begins with.
    """

    gateway: Gateway
    group: Group
    environment: Environment
    define: str
    oas_version: str
    type: str
    version: str
    definitions: Sequence[tuple[str, Definition]]
    urn_prefix: str


def urn_prefix(content: Content, gateway: Gateway) -> str:
    """The beginning of the URN of every function a gateway calls."""
    return f"urn:fss:{content.region}:{gateway.project_id}:function:default:"


def default_version(now: datetime) -> str:
    """The version of an export that names none (contract/export, "Request": format seen in samples)."""
    return now.strftime("%Y-%m-%d-%H:%M:%S")


def write(order: Order) -> str:
    """Write the document as text."""
    document = _swagger(order) if order.oas_version == "2.0" else _openapi(order)
    if order.type == "json":
        # Tab indentation as in the published samples (contract/export, "200").
        return json.dumps(document, ensure_ascii=False, indent="\t")
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=4096)


class _Dumper(yaml.SafeDumper):
    """Writes lists indented below their key, as in the samples, and never an anchor."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        return True


def _swagger(order: Order) -> Json:
    return {
        "swagger": "2.0",
        "info": _info(order),
        "host": _host(order.group),
        "paths": _paths(order, _swagger_operation),
        "responses": {"default": {"description": _RESPONSE}},
        "securityDefinitions": _security_schemes(order),
        **_root_policies(order),
        **({"x-apigateway-responses": _responses(order.group)} if order.define == "all" else {}),
    }


def _openapi(order: Order) -> Json:
    host = _host(order.group)
    components: Json = {"responses": {"default": {"description": _RESPONSE}}}
    if any(definition.cors for _, definition in order.definitions):
        components["responses"]["default-cors"] = {
            "description": _RESPONSE,
            "headers": {"Access-Control-Allow-Origin": {"schema": {"default": "*", "type": "string"}}},
        }
    components["securitySchemes"] = {
        name: dict(sorted(scheme.items())) for name, scheme in _security_schemes(order).items()
    }
    if order.define == "all":
        components["x-apigateway-responses"] = _responses(order.group)
    return {
        "openapi": "3.0.0",
        "info": _info(order),
        "servers": _servers(host, ("http", "https")),
        "paths": _paths(order, _openapi_operation),
        "components": components,
        # Documented for the Swagger root only; root here too (contract/document, inferred).
        **_root_policies(order),
    }


_RESPONSE = "response example"


def _info(order: Order) -> Json:
    description = {"description": order.group.description} if order.group.description else {}
    return {**description, "title": order.group.name, "version": order.version}


def _host(group: Group) -> str:
    """The first custom domain, else the default subdomain (contract/document, "Swagger 2.0", user manual)."""
    return group.domains[0] if group.domains else group.subdomain


def _servers(host: str, schemes: Sequence[str]) -> list[Json]:
    return [{"url": f"{scheme}://{host}"} for scheme in schemes]


def _paths(order: Order, write_operation: Callable[[str, Definition, Order], Json]) -> Json:
    paths: Json = {}
    for name, definition in order.definitions:
        key = "x-apigateway-any-method" if definition.method == "ANY" else definition.method.lower()
        paths.setdefault(definition.path, {})[key] = write_operation(name, definition, order)
    return paths


def _swagger_operation(name: str, definition: Definition, order: Order) -> Json:
    operation: Json = {}
    if definition.auth != "none":
        operation["security"] = [{_scheme_name(definition.auth): []}]
    if definition.description:
        operation["description"] = definition.description
    operation["schemes"] = list(definition.protocols)
    if definition.tags:
        operation["tags"] = list(definition.tags)
    operation["operationId"] = name
    if definition.parameters:
        operation["parameters"] = [_swagger_parameter(parameter) for parameter in definition.parameters]
    # The samples stand beside `default` in Swagger 2.0 and inside it in OpenAPI 3.0 (contract/document, oddity 1).
    operation["responses"] = {"default": {"$ref": "#/responses/default"}, **_samples(definition)}
    keys = _extension_keys(definition, order)
    if definition.content_type:
        keys["x-apigateway-content-type"] = definition.content_type
    return {**operation, **dict(sorted(keys.items()))}


def _openapi_operation(name: str, definition: Definition, order: Order) -> Json:
    operation: Json = {
        "operationId": name,
        # The samples of the import page have the key `default-cors`, which OpenAPI 3.0 forbids; a real export and the
        # example of the contract have `default`, so that is what a document of a careful service has.
        "responses": {"default": {"description": _RESPONSE, **_samples(definition)}},
        "servers": _servers(_host(order.group), definition.protocols),
        **_extension_keys(definition, order),
    }
    if definition.auth != "none":
        operation["security"] = [{_scheme_name(definition.auth): []}]
    if definition.description:
        operation["description"] = definition.description
    if definition.tags:
        operation["tags"] = list(definition.tags)
    if definition.parameters:
        operation["parameters"] = [_openapi_parameter(parameter) for parameter in definition.parameters]
    if definition.content_type:
        # x-apigateway-content-type belongs to Swagger 2.0; here the standard's own place (contract/extensions).
        operation["requestBody"] = {"content": {definition.content_type: {"schema": {"type": "object"}}}}
    return dict(sorted(operation.items()))


def _extension_keys(definition: Definition, order: Order) -> Json:
    keys = extensions.front_end(definition)
    if order.define != "spec":
        keys |= extensions.back_end(definition, order.urn_prefix)
    if order.define == "all":
        keys |= extensions.bindings(definition)
    return keys


def _samples(definition: Definition) -> Json:
    return {
        "x-apigateway-result-failure-sample": definition.failure_sample,
        "x-apigateway-result-normal-sample": definition.normal_sample,
    }


def _limits(parameter: Parameter) -> Json:
    """The limits of a parameter's type, always written: zero means "not set" (contract/document, oddity 8)."""
    if parameter.type == "number":
        limits: Json = {"maximum": parameter.maximum or 0, "minimum": parameter.minimum or 0}
    else:
        limits = {"maxLength": parameter.max_length or 0, "minLength": parameter.min_length or 0}
    if parameter.pattern:
        limits["pattern"] = parameter.pattern
    if parameter.default is not None:
        limits["default"] = parameter.default
    if parameter.enum:
        limits["enum"] = list(parameter.enum)
    return limits


def _common(parameter: Parameter) -> Json:
    required = {"required": True} if parameter.required else {}
    return {"description": parameter.description, "name": parameter.name, "in": parameter.place, **required}


def _passing(parameter: Parameter) -> Json:
    return {
        "x-apigateway-orchestrations": list(parameter.orchestrations),
        "x-apigateway-pass-through": "always" if parameter.pass_through else "never",
    }


def _swagger_parameter(parameter: Parameter) -> Json:
    return {
        "type": parameter.type,
        **_limits(parameter),
        **_common(parameter),
        **_passing(parameter),
        "x-apigateway-sample": parameter.sample,
    }


def _openapi_parameter(parameter: Parameter) -> Json:
    written = {
        **_common(parameter),
        **_passing(parameter),
        # The sample stands in the standard's own key, as a number where the type is one (contract/examples).
        "example": _number(parameter.sample) if parameter.type == "number" else parameter.sample,
        "schema": {**_limits(parameter), "type": parameter.type},
    }
    return dict(sorted(written.items()))


def _number(sample: str) -> Any:
    try:
        return json.loads(sample)
    except ValueError:
        return sample


def _scheme_name(auth: str) -> str:
    return {"app": "apig-auth-app", "app-code": "apig-auth-app-header", "iam": "apig-auth-iam"}.get(auth, auth)


def _security_schemes(order: Order) -> Json:
    """The three schemes that are always there, used or not, and the authorizers in use (contract/document)."""
    app = {"type": "apiKey", "name": "Authorization", "in": "header"}
    schemes: Json = {
        "apig-auth-app": {**app, "x-apigateway-auth-type": "AppSigv1"},
        "apig-auth-app-header": {
            **app,
            "x-apigateway-auth-opt": {"appcode-auth-type": "header"},
            "x-apigateway-auth-type": "AppSigv1",
        },
        "apig-auth-iam": {"type": "apiKey", "name": "unused", "in": "header", "x-apigateway-auth-type": "IAM"},
    }
    for auth in {definition.auth for _, definition in order.definitions} & set(order.gateway.authorizers):
        scheme: Json = {"type": "apiKey", "name": "unused", "in": "header", "x-apigateway-auth-type": "AUTHORIZER"}
        if order.define == "all":
            scheme["x-apigateway-authorizer"] = extensions.authorizer(order.gateway.authorizers[auth], order.urn_prefix)
        schemes[auth] = scheme
    return dict(sorted(schemes.items()))


def _root_policies(order: Order) -> Json:
    """The policies that exported APIs use, with `all` alone."""
    if order.define != "all":
        return {}
    policies = order.gateway.policies[order.environment.name]
    access = sorted({definition.access for _, definition in order.definitions} - {""})
    throttles = sorted({definition.throttle for _, definition in order.definitions} - {""})
    written: Json = {}
    if access:
        written["x-apigateway-access-controls"] = {
            name: extensions.access_control(policies.access_controls[name]) for name in access
        }
    if throttles:
        written["x-apigateway-ratelimits"] = {name: extensions.throttle(policies.throttles[name]) for name in throttles}
    return written


def _responses(group: Group) -> Json:
    return {
        name: {
            kind: {"body": {"application/json": answer.body}, "status": answer.status} for kind, answer in kinds.items()
        }
        for name, kinds in group.responses.items()
    }
