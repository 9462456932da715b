"""The gateway's own part of a definition: what the `x-apigateway-*` keys say (contract/extensions)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from apig_nb.definition.grammar import GATEWAY, RESPONSE_KEYS, SCHEME_KEYS
from apig_nb.definition.model.elements import (
    AccessControl,
    GatewayResponse,
    RateLimit,
    Schema,
    SecurityScheme,
)
from apig_nb.definition.values import (
    as_flag,
    as_list,
    as_map,
    as_number,
    as_text,
    as_texts,
    as_whole,
    extensions,
    json_text,
    unknown_text,
    without,
)


def samples_beside(responses: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """The result samples that stand beside responses, by the status they go with: `default`, or the first one."""
    if RESPONSE_KEYS.keys().isdisjoint(responses):
        return {}
    statuses = [status for status in responses if not status.startswith("x-")]
    status = "default" if "default" in statuses or not statuses else statuses[0]
    return {status: {key: responses[key] for key in sorted(RESPONSE_KEYS) if key in responses}}


_LIMITS = frozenset(("maxLength", "minLength", "maximum", "minimum"))


def without_unset_limits(schema: Schema) -> Schema:
    """Drop the zero limits that the gateway writes for "not set" (contract/document, "Parameters").

    A `minimum` of 0 is kept where it limits a number that has another `maximum`.
    """
    if _LIMITS.isdisjoint(schema):
        return schema
    unset = {key for key in ("maxLength", "minLength") if schema.get(key) == 0}
    maximum, minimum = as_number(schema.get("maximum")), as_number(schema.get("minimum"))
    if schema.get("type") == "string":
        unset |= {key for key, limit in (("maximum", maximum), ("minimum", minimum)) if limit == 0}
    elif maximum == 0 and not (minimum is not None and minimum < 0):
        unset |= {"maximum"} | ({"minimum"} if minimum == 0 else set())
    return {key: value for key, value in schema.items() if key not in unset} if unset else schema


def security_scheme(name: str, written: Mapping[str, Any], scopes: tuple[str, ...]) -> SecurityScheme:
    """A security scheme with what the gateway adds to it."""
    opt = as_map(written.get("x-apigateway-auth-opt"))
    return SecurityScheme(
        name=name,
        kind=as_text(written.get("type")),
        location=as_text(written.get("in")),
        parameter=as_text(written.get("name")),
        description=as_text(written.get("description")),
        scopes=scopes,
        auth_type=as_text(written.get("x-apigateway-auth-type")),
        auth_opt=_auth_opt(written.get("x-apigateway-auth-opt"), opt),
        authorizer=as_map(written.get("x-apigateway-authorizer")),
        extensions=extensions(written, SCHEME_KEYS.keys()),
    )


def _auth_opt(written: object, opt: Mapping[str, Any]) -> str | None:
    only = as_text(opt.get("appcode-auth-type"))
    if written is None or (only is not None and len(opt) == 1):
        return only
    return as_text(written)


def ratelimits(root: Mapping[str, Any]) -> Iterator[RateLimit]:
    """The throttling policies of a document."""
    for name, policy in _named(root, "x-apigateway-ratelimits"):
        yield RateLimit(
            name=name,
            api_limit=as_whole(policy.get("api-limit")),
            user_limit=as_whole(policy.get("user-limit")),
            app_limit=as_whole(policy.get("app-limit")),
            ip_limit=as_whole(policy.get("ip-limit")),
            interval=as_whole(policy.get("interval")),
            unit=as_text(policy.get("unit")),
            shared=as_flag(policy.get("shared")),
            special=tuple(_special(item) for item in as_list(policy.get("special"))),
            extensions=without(policy, GATEWAY["ratelimit"].fields.keys()),
        )


def _special(item: object) -> str:
    written = as_map(item)
    known = ("type", "instance", "limit")
    parts = (*(as_text(written.get(key)) or "" for key in known), unknown_text(written, frozenset(known)))
    return " ".join(part for part in parts if part)


def access_controls(root: Mapping[str, Any]) -> Iterator[AccessControl]:
    """The access control policies of a document."""
    for name, policy in _named(root, "x-apigateway-access-controls"):
        yield AccessControl(
            name=name,
            acl_type=as_text(policy.get("acl-type")),
            entity_type=as_text(policy.get("entity-type")),
            value=", ".join(as_texts(policy.get("value"))) or None,
            extensions=without(policy, {"acl-type", "entity-type", "value"}),
        )


def gateway_responses(root: Mapping[str, Any]) -> Iterator[GatewayResponse]:
    """The sets of gateway responses of a document, one item per set, response type and media type."""
    for name, responses in _named(root, "x-apigateway-responses"):
        if not responses:
            yield GatewayResponse(name, None, None, None, None, None, {})
        for response_type, written in responses.items():
            response = as_map(written)
            headers = response.get("headers")
            bodies: list[tuple[str | None, Any]] = [*as_map(response.get("body")).items()]
            for media_type, body in bodies or [(None, response.get("body"))]:
                yield GatewayResponse(
                    name=name,
                    response_type=response_type,
                    status=as_whole(response.get("status")),
                    media_type=media_type,
                    body=as_text(body),
                    headers=None if headers is None else json_text(headers),
                    extensions=without(response, {"status", "body", "headers"}),
                )


def _named(root: Mapping[str, Any], key: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    # Documented for the root of Swagger 2.0; OpenAPI 3.0 exports were seen with it under components.
    for holder in (root, as_map(root.get("components"))):
        for name, policy in as_map(holder.get(key)).items():
            yield name, as_map(policy)
