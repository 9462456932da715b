"""The gateway's own keys of an operation, the same in Swagger 2.0 and OpenAPI 3.0 (contract/extensions)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

from apig_nb.sandbox.definition import (
    Backend,
    BackendPolicy,
    Condition,
    Definition,
    FunctionBackend,
    HttpBackend,
    MemberGroupBackend,
    MockBackend,
    VpcBackend,
)
from apig_nb.sandbox.model import AccessControl, Authorizer, Throttle

Json = dict[str, Any]


def front_end(definition: Definition) -> Json:
    """The keys every definition scope has."""
    keys: Json = {
        "x-apigateway-cors": definition.cors,
        "x-apigateway-is-send-fg-body-base64": definition.base64,
        "x-apigateway-match-mode": definition.match,
        "x-apigateway-request-type": definition.visibility,
    }
    if definition.response:
        keys["x-apigateway-response"] = definition.response
    return keys


def back_end(definition: Definition, urn_prefix: str) -> Json:
    """The keys of `proxy`, `all` and `dev`."""
    keys: Json = {"x-apigateway-backend": _backend(definition.backend, definition, urn_prefix)}
    if definition.policies:
        keys["x-apigateway-backend-policies"] = [
            _backend_policy(policy, definition, urn_prefix) for policy in definition.policies
        ]
    return keys


def bindings(definition: Definition) -> Json:
    """The keys of `all` alone: which policies are bound."""
    keys: Json = {}
    if definition.throttle:
        keys["x-apigateway-ratelimit"] = definition.throttle
    if definition.access:
        keys["x-apigateway-access-control"] = definition.access
    if definition.plugins:
        keys["x-apigateway-plugins"] = list(definition.plugins)
    return keys


def throttle(policy: Throttle) -> Json:
    """An entry of `x-apigateway-ratelimits`; limits that are not set are left out."""
    limits = {
        "api-limit": policy.api_limit,
        "app-limit": policy.app_limit,
        "interval": policy.interval,
        "ip-limit": policy.ip_limit,
        "shared": policy.shared,
        "special": [{"instance": one.instance, "limit": one.limit, "type": one.type} for one in policy.special] or None,
        "unit": policy.unit,
        "user-limit": policy.user_limit,
    }
    return {key: value for key, value in limits.items() if value is not None}


def access_control(policy: AccessControl) -> Json:
    """An entry of `x-apigateway-access-controls`."""
    return {"acl-type": policy.action, "entity-type": policy.entity, "value": ",".join(policy.values)}


def authorizer(policy: Authorizer, urn_prefix: str) -> Json:
    """The value of `x-apigateway-authorizer`."""
    return {
        "auth_downgrade_enabled": False,
        "authorizer_alias_uri": "",
        "authorizer_type": "FUNC",
        "authorizer_uri": urn_prefix + policy.function,
        "authorizer_version": policy.version,
        "identities": [
            {"location": identity.location, "name": identity.name, "validation": identity.validation}
            for identity in policy.identities
        ],
        "need_body": policy.need_body,
        "network_type": policy.network,
        "retry_attempts": policy.retries,
        "timeout": policy.timeout,
        "ttl": policy.ttl,
        "type": "FRONTEND",
    }


def _backend(backend: Backend, definition: Definition, urn_prefix: str) -> Json:
    match backend:
        case HttpBackend():
            block: Json = {"httpEndpoints": _http(backend, definition)}
        case VpcBackend():
            block = {"httpVpcEndpoints": _vpc(backend, definition)}
        case MemberGroupBackend():
            block = {"httpVpcMemberGroupEndpoints": _member_groups(backend, definition)}
        case FunctionBackend():
            block = {"functionEndpoints": _function(backend, urn_prefix)}
        case MockBackend():
            # A mock is the one backend without parameters (contract/examples).
            return {"mockEndpoints": {"description": "", "result-content": backend.answer}, "type": backend.kind}
    return {**block, "parameters": list(_backend_parameters(definition, backend)), "type": backend.kind}


def _http(backend: HttpBackend, definition: Definition) -> Json:
    url = urlsplit(backend.url)
    return {
        "address": url.netloc,
        "description": "",
        "enableClientSsl": backend.client_ssl,
        "enableSmChannel": False,
        "method": backend.method or definition.method,
        "path": _path(backend.path, backend.prefix, definition),
        # A text holding an integer (contract/extensions, httpEndpoints).
        "retryCount": str(backend.retries),
        "scheme": url.scheme,
        "timeout": backend.timeout,
    }


def _vpc(backend: VpcBackend, definition: Definition) -> Json:
    return {
        "cascade_flag": False,
        "description": "",
        "enableClientSsl": backend.client_ssl,
        "enableSmChannel": False,
        "method": backend.method or definition.method,
        "name": backend.channel,
        "path": _path(backend.path, backend.prefix, definition),
        "retryCount": str(backend.retries),
        "scheme": backend.scheme,
        "timeout": backend.timeout,
    }


def _member_groups(backend: MemberGroupBackend, definition: Definition) -> Json:
    return {
        "enableClientSsl": False,
        "enableSmChannel": False,
        "memberGroupUrlInfos": [
            {
                "method": member.method or definition.method,
                "name": member.name,
                "path": _path(member.path, member.prefix, definition),
                "scheme": member.scheme,
            }
            for member in backend.members
        ],
        "name": backend.channel,
        "retryCount": str(backend.retries),
        "timeout": backend.timeout,
    }


def _function(backend: FunctionBackend, urn_prefix: str) -> Json:
    return {
        "alias-urn": "",
        "description": "",
        "function-urn": urn_prefix + backend.function,
        "invocation-type": backend.invocation,
        "network-type": backend.network,
        "req_protocol": "HTTPS",
        "timeout": backend.timeout,
        "version": backend.version,
    }


def _path(path: str, prefix: str, definition: Definition) -> str:
    return path or prefix + definition.path


def _backend_parameters(definition: Definition, backend: Backend) -> Iterable[Json]:
    """What is handed on: request parameters that pass through, then constants, places in upper case as exported."""
    if isinstance(backend, FunctionBackend):
        return
    for parameter in definition.parameters:
        if parameter.pass_through:
            yield _mapped("", parameter.place, parameter.name, "REQUEST", parameter.name)
    for constant in definition.constants:
        yield _mapped(constant.description, constant.place, constant.name, "CONSTANT", constant.value)


def _mapped(description: str, place: str, name: str, origin: str, value: str) -> Json:
    return {"description": description, "in": place.upper(), "name": name, "origin": origin, "value": value}


def _backend_policy(policy: BackendPolicy, definition: Definition, urn_prefix: str) -> Json:
    block = {
        "conditions": [_condition(condition) for condition in policy.when],
        "effectMode": policy.effect,
        "name": policy.name,
        **_backend(policy.backend, definition, urn_prefix),
    }
    return dict(sorted(block.items()))


def _condition(condition: Condition) -> Json:
    # The type of a source condition is empty in everything generated (contract/extensions, conditions).
    if condition.source is not None:
        return {"origin": "source", "parameter": "", "type": "", "value": condition.source}
    values = {"equal": condition.equal, "enum": condition.enum, "pattern": condition.pattern}
    kind_, value = next((kind_, value) for kind_, value in values.items() if value is not None)
    return {"origin": "request", "parameter": condition.parameter, "type": kind_, "value": value}
