"""Writing exported documents in the form that the service is documented to use, known deviations included.

The same group is written as Swagger 2.0 or as OpenAPI 3.0. Paths and operations keep the order of the content in both.
Keys inside an operation are in the order of the published samples: standard keys first and extensions by name in
Swagger 2.0, all by name in OpenAPI 3.0.

Source: https://github.com/opentelekomcloud-docs/api-gateway/tree/main/umn/source/api_management/importing_and_exorting_apis
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import yaml

from apig_nb.sandbox import extensions
from apig_nb.sandbox.api_state import ApiState, Parameter
from apig_nb.sandbox.content_model import Content, Environment, Gateway, Group
from apig_nb.sandbox.dialects import DIALECTS, Dialect
from apig_nb.sandbox.extensions import Json


@dataclass(frozen=True)
class ResolvedExport:
    """An export request with its ids resolved to content.

    Attributes:
        apis: name and state of each API that is exported.
        urn_prefix: the beginning of the URN of every function.
    """

    gateway: Gateway
    group: Group
    environment: Environment
    define: str
    oas_version: str
    type: str
    version: str
    apis: Sequence[tuple[str, ApiState]]
    urn_prefix: str

    @property
    def dialect(self) -> Dialect:
        """The form that the gateway writes."""
        return DIALECTS[self.gateway.dialect]


def urn_prefix(content: Content, gateway: Gateway) -> str:
    """Return the beginning of the URN of every function that a gateway calls."""
    return f"urn:fss:{content.region}:{gateway.project_id}:function:default:"


def default_version(now: datetime) -> str:
    """Format the time of an export as its version, in the format of the published samples."""
    return now.strftime("%Y-%m-%d-%H:%M:%S")


def write_document(export: ResolvedExport) -> str:
    """Return the document as JSON or YAML text."""
    document = _swagger(export) if export.oas_version == "2.0" else _openapi(export)
    if export.type == "json":
        # The published samples are indented with tabs.
        return json.dumps(document, ensure_ascii=False, indent="\t")
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=4096)


class _Dumper(yaml.SafeDumper):
    """A dumper that indents lists below their key, as the samples do, and never writes an anchor."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: object) -> bool:
        return True


def _swagger(export: ResolvedExport) -> Json:
    return {
        "swagger": "2.0",
        "info": _info(export),
        "host": _host(export.group),
        "paths": _paths(export, _swagger_operation),
        "responses": {"default": {"description": _RESPONSE}},
        "securityDefinitions": _security_schemes(export),
        **_root_policies(export),
        **({"x-apigateway-responses": _responses(export.group)} if export.define == "all" else {}),
    }


def _openapi(export: ResolvedExport) -> Json:
    host = _host(export.group)
    components: Json = {"responses": {"default": {"description": _RESPONSE}}}
    if any(state.cors for _, state in export.apis):
        components["responses"]["default-cors"] = {
            "description": _RESPONSE,
            "headers": {"Access-Control-Allow-Origin": {"schema": {"default": "*", "type": "string"}}},
        }
    components["securitySchemes"] = {
        name: dict(sorted(scheme.items())) for name, scheme in _security_schemes(export).items()
    }
    if export.define == "all":
        components["x-apigateway-responses"] = _responses(export.group)
    return {
        "openapi": "3.0.0",
        "info": _info(export),
        "servers": _servers(host, ("http", "https")),
        "paths": _paths(export, _openapi_operation),
        "components": components,
        # Documented for Swagger 2.0 only; that the keys are at the root here too is inferred.
        **_root_policies(export),
    }


_RESPONSE = "response example"


def _info(export: ResolvedExport) -> Json:
    description = {"description": export.group.description} if export.group.description else {}
    return {**description, "title": export.group.name, "version": export.version}


def _host(group: Group) -> str:
    """Return the group's first custom domain, or its default subdomain if there is none."""
    return group.domains[0] if group.domains else group.subdomain


def _servers(host: str, schemes: Sequence[str]) -> list[Json]:
    return [{"url": f"{scheme}://{host}"} for scheme in schemes]


def _paths(export: ResolvedExport, write_operation: Callable[[str, ApiState, ResolvedExport], Json]) -> Json:
    paths: Json = {}
    for name, state in export.apis:
        key = "x-apigateway-any-method" if state.method == "ANY" else state.method.lower()
        paths.setdefault(state.path, {})[key] = write_operation(name, state, export)
    return paths


def _swagger_operation(name: str, state: ApiState, export: ResolvedExport) -> Json:
    operation: Json = {}
    if state.auth != "none":
        operation["security"] = [{_scheme_name(state.auth): []}]
    if state.description:
        operation["description"] = state.description
    operation["schemes"] = list(state.protocols)
    if state.tags:
        operation["tags"] = list(state.tags)
    operation["operationId"] = name
    if state.parameters:
        operation["parameters"] = [_swagger_parameter(parameter, export.dialect) for parameter in state.parameters]
    # In published exports the sample answers are siblings of `default` in Swagger 2.0, and inside it in OpenAPI 3.0.
    operation["responses"] = {"default": {"$ref": "#/responses/default"}, **_samples(state)}
    keys = _extension_keys(state, export)
    if state.content_type:
        keys["x-apigateway-content-type"] = state.content_type
    return {**operation, **dict(sorted(keys.items()))}


def _openapi_operation(name: str, state: ApiState, export: ResolvedExport) -> Json:
    # The samples of the import page have the key `default-cors`, which OpenAPI 3.0 forbids; a published export has
    # `default`.
    response = "default-cors" if state.cors and export.dialect.cors_responses else "default"
    operation: Json = {
        "operationId": name,
        "responses": {response: {"description": _RESPONSE, **_samples(state)}},
        "servers": _servers(_host(export.group), state.protocols),
        **_extension_keys(state, export),
    }
    if state.auth != "none":
        operation["security"] = [{_scheme_name(state.auth): []}]
    if state.description:
        operation["description"] = state.description
    if state.tags:
        operation["tags"] = list(state.tags)
    if state.parameters:
        operation["parameters"] = [_openapi_parameter(parameter, export.dialect) for parameter in state.parameters]
    if state.content_type:
        # x-apigateway-content-type belongs to Swagger 2.0; OpenAPI 3.0 has requestBody for it.
        operation["requestBody"] = {"content": {state.content_type: {"schema": {"type": "object"}}}}
    return dict(sorted(operation.items()))


def _extension_keys(state: ApiState, export: ResolvedExport) -> Json:
    keys = extensions.front_end(state, export.dialect)
    if export.define != "spec":
        keys |= extensions.back_end(state, export.urn_prefix, export.dialect)
    if export.define == "all":
        keys |= extensions.bindings(state)
    return keys


def _samples(state: ApiState) -> Json:
    return {
        "x-apigateway-result-failure-sample": state.failure_sample,
        "x-apigateway-result-normal-sample": state.normal_sample,
    }


def _limits(parameter: Parameter, zeros: Sequence[str], dialect: Dialect) -> Json:
    """Return the limits of a parameter; those in `zeros` are always written: 0 means "not set"."""
    if parameter.type == "number":
        limits: Json = {"maximum": parameter.maximum, "minimum": parameter.minimum}
    else:
        limits = {"maxLength": parameter.max_length, "minLength": parameter.min_length}
    limits = {name: value for name, value in limits.items() if value}
    limits = dict(sorted({**dict.fromkeys(zeros, 0), **limits}.items()))
    if parameter.pattern and dialect.patterns:
        limits["pattern"] = parameter.pattern
    if parameter.default is not None:
        limits["default"] = str(parameter.default) if dialect.text_defaults else parameter.default
    if parameter.enum:
        limits["enum"] = list(parameter.enum)
    return limits


def _common_keys(parameter: Parameter) -> Json:
    required = {"required": True} if parameter.required else {}
    return {"description": parameter.description, "name": parameter.name, "in": parameter.location, **required}


def _pass_through_keys(parameter: Parameter) -> Json:
    return {
        "x-apigateway-orchestrations": list(parameter.orchestrations),
        "x-apigateway-pass-through": "always" if parameter.pass_through else "never",
    }


def _swagger_parameter(parameter: Parameter, dialect: Dialect) -> Json:
    zeros = dialect.number_limits if parameter.type == "number" else dialect.text_limits
    return {
        "type": parameter.type,
        **_limits(parameter, zeros, dialect),
        **_common_keys(parameter),
        **_pass_through_keys(parameter),
        "x-apigateway-sample": parameter.sample,
    }


def _openapi_parameter(parameter: Parameter, dialect: Dialect) -> Json:
    zeros = dialect.number_limits_3 if parameter.type == "number" else dialect.text_limits_3
    written = {
        **_common_keys(parameter),
        **_pass_through_keys(parameter),
        # The sample is in the standard key, as a number if the type is number.
        "example": _number(parameter.sample) if parameter.type == "number" else parameter.sample,
        "schema": {**_limits(parameter, zeros, dialect), "type": parameter.type},
    }
    return dict(sorted(written.items()))


def _number(sample: str) -> Any:
    try:
        return json.loads(sample)
    except ValueError:
        return sample


def _scheme_name(auth: str) -> str:
    return {"app": "apig-auth-app", "app-code": "apig-auth-app-header", "iam": "apig-auth-iam"}.get(auth, auth)


def _security_schemes(export: ResolvedExport) -> Json:
    """Return the three schemes that every export has, used or not, and the authorizers in use."""
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
    for auth in {state.auth for _, state in export.apis} & set(export.gateway.authorizers):
        scheme: Json = {"type": "apiKey", "name": "unused", "in": "header", "x-apigateway-auth-type": "AUTHORIZER"}
        if export.define == "all":
            scheme["x-apigateway-authorizer"] = extensions.authorizer(
                export.gateway.authorizers[auth], export.urn_prefix
            )
        schemes[auth] = scheme
    return dict(sorted(schemes.items()))


def _root_policies(export: ResolvedExport) -> Json:
    """Return the policies that exported APIs use; only with the scope `all`."""
    if export.define != "all":
        return {}
    policies = export.gateway.policies[export.environment.name]
    access = sorted({name for _, state in export.apis for name in state.accesses})
    throttles = sorted({state.throttle for _, state in export.apis} - {""})
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
