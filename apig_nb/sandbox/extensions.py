"""The x-apigateway-* keys of an exported operation, the same in Swagger 2.0 and OpenAPI 3.0.

Source: https://github.com/opentelekomcloud-docs/api-gateway/tree/main/umn/source/api_management/importing_and_exorting_apis/extended_definition
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlsplit

from apig_nb.sandbox.api_state import (
    ApiState,
    Backend,
    BackendPolicy,
    Condition,
    FunctionBackend,
    HttpBackend,
    MemberGroupBackend,
    MockBackend,
    VpcBackend,
)
from apig_nb.sandbox.content_model import AccessControl, Authorizer, Throttle
from apig_nb.sandbox.dialects import Dialect

Json = dict[str, Any]

_GREEDY: Final = re.compile(r"/\{[^{}]+\+\}")
"""A placeholder for the rest of a path; only paths of the front end have one."""


def front_end(state: ApiState, dialect: Dialect) -> Json:
    """Return the keys that every definition scope has."""
    keys: Json = {
        "x-apigateway-cors": state.cors,
        **({"x-apigateway-is-send-fg-body-base64": state.base64} if dialect.base64 else {}),
        "x-apigateway-match-mode": state.match,
        "x-apigateway-request-type": state.visibility,
    }
    if state.response:
        keys["x-apigateway-response"] = state.response
    return keys


def back_end(state: ApiState, urn_prefix: str, dialect: Dialect) -> Json:
    """Return the keys of the scopes `proxy`, `all` and `dev`."""
    keys: Json = {"x-apigateway-backend": _backend(state.backend, state, urn_prefix, dialect)}
    if state.policies:
        keys["x-apigateway-backend-policies"] = [
            _backend_policy(policy, state, urn_prefix, dialect) for policy in state.policies
        ]
    return keys


def bindings(state: ApiState) -> Json:
    """Return the keys of the scope `all`: the policies that are bound."""
    keys: Json = {}
    if state.throttle:
        keys["x-apigateway-ratelimit"] = state.throttle
    if state.accesses:
        keys["x-apigateway-access-control"] = state.accesses[0] if len(state.accesses) == 1 else list(state.accesses)
    if state.plugins:
        keys["x-apigateway-plugins"] = list(state.plugins)
    return keys


def throttle(policy: Throttle) -> Json:
    """Return an entry of `x-apigateway-ratelimits`; limits that are not set are left out."""
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
    """Return an entry of `x-apigateway-access-controls`."""
    return {"acl-type": policy.action, "entity-type": policy.entity, "value": ",".join(policy.values)}


def authorizer(policy: Authorizer, urn_prefix: str) -> Json:
    """Return the value of `x-apigateway-authorizer`."""
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


def _backend(backend: Backend, state: ApiState, urn_prefix: str, dialect: Dialect) -> Json:
    if not dialect.greedy_backend_paths:
        state = replace(state, path=_GREEDY.sub("", state.path))
    match backend:
        case HttpBackend():
            block: Json = {"httpEndpoints": _http(backend, state)}
        case VpcBackend():
            block = {"httpVpcEndpoints": _vpc(backend, state)}
        case MemberGroupBackend():
            block = {"httpVpcMemberGroupEndpoints": _member_groups(backend, state)}
        case FunctionBackend():
            block = {"functionEndpoints": _function(backend, urn_prefix)}
        case MockBackend():
            # MOCK is the only type of backend that is exported without parameters.
            return {"mockEndpoints": {"description": "", "result-content": backend.answer}, "type": backend.kind}
    return {**block, "parameters": list(_backend_parameters(state, backend, dialect)), "type": backend.kind}


def _http(backend: HttpBackend, state: ApiState) -> Json:
    url = urlsplit(backend.url)
    return {
        "address": url.netloc,
        "description": "",
        "enableClientSsl": backend.client_ssl,
        "enableSmChannel": False,
        "method": backend.method or state.method,
        "path": _path(backend.path, backend.prefix, state),
        # An integer written as a string, as documented.
        "retryCount": str(backend.retries),
        "scheme": url.scheme,
        "timeout": backend.timeout,
    }


def _vpc(backend: VpcBackend, state: ApiState) -> Json:
    return {
        "cascade_flag": False,
        "description": "",
        "enableClientSsl": backend.client_ssl,
        "enableSmChannel": False,
        "method": backend.method or state.method,
        "name": backend.channel,
        "path": _path(backend.path, backend.prefix, state),
        "retryCount": str(backend.retries),
        "scheme": backend.scheme,
        "timeout": backend.timeout,
    }


def _member_groups(backend: MemberGroupBackend, state: ApiState) -> Json:
    return {
        "enableClientSsl": False,
        "enableSmChannel": False,
        "memberGroupUrlInfos": [
            {
                "method": member.method or state.method,
                "name": member.name,
                "path": _path(member.path, member.prefix, state),
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


def _path(path: str, prefix: str, state: ApiState) -> str:
    return path or prefix + state.path


def _backend_parameters(state: ApiState, backend: Backend, dialect: Dialect) -> Iterable[Json]:
    """Yield the parameters sent to the backend: request parameters that pass through, then the others."""
    if isinstance(backend, FunctionBackend) and not dialect.function_parameters:
        return
    for parameter in state.parameters:
        if parameter.pass_through:
            yield _mapping("", parameter.location, parameter.name, "REQUEST", parameter.name)
    for constant in state.constants:
        yield _mapping(constant.description, constant.location, constant.name, constant.origin, constant.value)


def _mapping(description: str, location: str, name: str, origin: str, value: str) -> Json:
    return {"description": description, "in": location.upper(), "name": name, "origin": origin, "value": value}


def _backend_policy(policy: BackendPolicy, state: ApiState, urn_prefix: str, dialect: Dialect) -> Json:
    block = {
        "conditions": [_condition(condition, dialect.condition_words) for condition in policy.when],
        "effectMode": policy.effect,
        "name": policy.name,
        **_backend(policy.backend, state, urn_prefix, dialect),
    }
    return dict(sorted(block.items()))


def _condition(condition: Condition, words: Mapping[str, str]) -> Json:
    # Exports leave the type of a source condition empty.
    if condition.source is not None:
        return {"origin": "source", "parameter": "", "type": "", "value": condition.source}
    values = {"equal": condition.equal, "enum": condition.enum, "pattern": condition.pattern}
    condition_type, value = next((name, value) for name, value in values.items() if value is not None)
    origin, kind = (words.get(word, word) for word in (condition.origin, condition_type))
    return {"origin": origin, "parameter": condition.parameter, "type": kind, "value": value}
