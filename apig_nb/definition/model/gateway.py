"""Security schemes and the policies that the gateway's own keys (`x-apigateway-*`) define.

Source: https://support.huaweicloud.com/intl/en-us/usermanual-apig/apig_03_0085.html and the pages after it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from apig_nb.definition.grammar import GATEWAY, RESPONSE_KEYS, SCHEME_KEYS
from apig_nb.definition.model.references import Pointer
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
    upper,
    without,
)


class OAuthFlow(NamedTuple):
    """An OAuth flow of a security scheme.

    Attributes:
        name: the name OpenAPI 3 has for it.
    """

    name: str
    authorization_url: str | None
    token_url: str | None
    refresh_url: str | None
    scopes: tuple[str, ...]

    @property
    def urls(self) -> tuple[str, ...]:
        """The URLs that tokens come from."""
        return tuple(url for url in (self.authorization_url, self.token_url, self.refresh_url) if url)


class SecurityScheme(NamedTuple):
    """A security scheme; `auth_type`, `auth_opt` and `authorizer` are the gateway's.

    Attributes:
        kind: the type, as written: `apiKey`, `basic`, `http`, `oauth2`, `openIdConnect`.
        http_scheme: the scheme of HTTP authentication in lower case; `None` for other kinds.
        location: where an API key is sent.
        parameter: the name under which it is sent.
        scopes: those of all flows.
        pointer: JSON pointer to it where it is listed by name.
    """

    name: str
    kind: str | None
    http_scheme: str | None
    location: str | None
    parameter: str | None
    openid_url: str | None
    flows: tuple[OAuthFlow, ...]
    description: str | None
    scopes: tuple[str, ...]
    auth_type: str | None
    auth_opt: str | None
    authorizer: Mapping[str, Any]
    extensions: Mapping[str, Any]
    pointer: str

    @property
    def authorizer_settings(self) -> dict[str, Any]:
        """The settings of its custom authorizer in one form: defaults filled in, identities sorted."""
        written = {key: value for key, value in self.authorizer.items() if value not in (None, "")}
        settings = {**_AUTHORIZER_DEFAULTS, **written}
        for key, read in _AUTHORIZER_READERS.items():
            if key in settings and (value := read(settings[key])) is not None:
                settings[key] = value
        if "authorizer_alias_uri" in settings:
            # The alias selects the version.
            settings.pop("authorizer_version", None)
        identities = map(_identity, as_list(settings.pop("identities", None)))
        return {**settings, "identities": sorted(identities, key=json_text)}


def _identity(item: object) -> dict[str, Any]:
    """Return what an authorizer checks in one form: names of headers know no case."""
    written = {key: value for key, value in as_map(item).items() if value not in (None, "")}
    location = (as_text(written.get("location")) or "").upper()
    name = as_text(written.get("name")) or ""
    return {**written, "location": location, "name": name.lower() if location == "HEADER" else name}


# https://support.huaweicloud.com/intl/en-us/usermanual-apig/apig_03_0119.html
_AUTHORIZER_DEFAULTS: Final[Mapping[str, Any]] = {
    "auth_downgrade_enabled": False,
    "need_body": False,
    "network_type": "V1",
}
_AUTHORIZER_READERS: Final[Mapping[str, Callable[[object], object]]] = {
    **dict.fromkeys(("auth_downgrade_enabled", "need_body"), as_flag),
    **dict.fromkeys(("retry_attempts", "timeout", "ttl"), as_whole),
    "type": upper,
}


class SpecialLimit(NamedTuple):
    """A limit of one app or user in place of the usual one.

    Attributes:
        kind: `APP` or `USER`.
        instance: the id of the app or user.
        text: the whole exception as text.
    """

    kind: str | None
    instance: str | None
    limit: int | None
    text: str


class RateLimit(NamedTuple):
    """A throttling policy, which limits the calls per interval."""

    name: str
    api_limit: int | None
    user_limit: int | None
    app_limit: int | None
    ip_limit: int | None
    interval: int | None
    unit: str | None
    shared: bool | None
    special: tuple[SpecialLimit, ...]
    extensions: Mapping[str, Any]
    pointer: str


class AccessControl(NamedTuple):
    """An access control policy: addresses or accounts that are allowed or denied."""

    name: str
    acl_type: str | None
    entity_type: str | None
    value: str | None
    extensions: Mapping[str, Any]
    pointer: str

    @property
    def entries(self) -> tuple[str, ...]:
        """The addresses or accounts, each on its own."""
        return tuple([entry for part in (self.value or "").split(",") if (entry := part.strip())])


class GatewayResponse(NamedTuple):
    """A response of the gateway itself in one case, as a set of responses defines it.

    Attributes:
        name: the name of the set.
        response_type: the case; `None` for a set that defines none.
        set_at: pointer to the set.
    """

    name: str
    response_type: str | None
    status: int | None
    media_type: str | None
    body: str | None
    headers: str | None
    extensions: Mapping[str, Any]
    set_at: Pointer

    @property
    def pointer(self) -> str:
        """JSON pointer to it."""
        return str(self.set_at if self.response_type is None else self.set_at.below(self.response_type))

    @property
    def set_pointer(self) -> str:
        """JSON pointer to its set."""
        return str(self.set_at)


def written_statuses(responses: Mapping[str, Any]) -> list[str]:
    """Return the statuses among the keys of responses, which may be extensions too."""
    return [status for status in responses if status[:2] != "x-"]


def samples_by_status(responses: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the samples written next to responses by the status they belong to: `default`, or the first one.

    Swagger 2.0 exports have them there, OpenAPI 3.0 exports in each response.
    """
    if RESPONSE_KEYS.keys().isdisjoint(responses):
        return {}
    statuses = written_statuses(responses)
    status = "default" if "default" in statuses or not statuses else statuses[0]
    return {status: {key: responses[key] for key in sorted(RESPONSE_KEYS) if key in responses}}


_LIMITS = frozenset(("maxLength", "minLength", "maximum", "minimum"))


def without_unset_limits(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Drop the zero limits that the gateway writes for "not set".

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


_FLOWS: Final = {"accessCode": "authorizationCode", "application": "clientCredentials"}
"""Names of OAuth flows in Swagger 2.0 → those in OpenAPI 3, where they differ."""


def security_scheme(name: str, written: Mapping[str, Any], pointer: str) -> SecurityScheme:
    """Read a security scheme with what the gateway adds to it."""
    opt = as_map(written.get("x-apigateway-auth-opt"))
    kind, flows = as_text(written.get("type")), tuple(_flows(written))
    http_scheme = None
    if kind in ("basic", "http"):
        http_scheme = "basic" if kind == "basic" else (as_text(written.get("scheme")) or "").lower()
    return SecurityScheme(
        name=name,
        kind=kind,
        http_scheme=http_scheme,
        location=as_text(written.get("in")),
        parameter=as_text(written.get("name")),
        openid_url=as_text(written.get("openIdConnectUrl")),
        flows=flows,
        description=as_text(written.get("description")),
        scopes=tuple(dict.fromkeys(scope for flow in flows for scope in flow.scopes)),
        auth_type=as_text(written.get("x-apigateway-auth-type")),
        auth_opt=_auth_opt(written.get("x-apigateway-auth-opt"), opt),
        authorizer=as_map(written.get("x-apigateway-authorizer")),
        extensions=extensions(written, SCHEME_KEYS.keys()),
        pointer=pointer,
    )


def _flows(written: Mapping[str, Any]) -> Iterator[OAuthFlow]:
    """Read the flows of a scheme; Swagger 2.0 has one, written in the scheme itself."""
    own = as_text(written.get("flow")) or ""
    in_scheme = {_FLOWS.get(own, own): written} if "flow" in written or "scopes" in written else {}
    for name, flow in {**in_scheme, **as_map(written.get("flows"))}.items():
        fields = as_map(flow)
        yield OAuthFlow(
            name,
            as_text(fields.get("authorizationUrl")),
            as_text(fields.get("tokenUrl")),
            as_text(fields.get("refreshUrl")),
            tuple(as_map(fields.get("scopes"))),
        )


def _auth_opt(written: object, opt: Mapping[str, Any]) -> str | None:
    only = as_text(opt.get("appcode-auth-type"))
    if written is None or (only is not None and len(opt) == 1):
        return only
    return as_text(written)


def ratelimits(root: Mapping[str, Any]) -> Iterator[RateLimit]:
    """Yield the throttling policies of a document."""
    for name, policy, at in _named(root, "x-apigateway-ratelimits"):
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
            pointer=str(at),
        )


def _special(item: object) -> SpecialLimit:
    written = as_map(item)
    known = ("type", "instance", "limit")
    parts = (*(as_text(written.get(key)) or "" for key in known), unknown_text(written, frozenset(known)))
    return SpecialLimit(
        as_text(written.get("type")),
        as_text(written.get("instance")),
        as_whole(written.get("limit")),
        " ".join(part for part in parts if part),
    )


def access_controls(root: Mapping[str, Any]) -> Iterator[AccessControl]:
    """Yield the access control policies of a document."""
    for name, policy, at in _named(root, "x-apigateway-access-controls"):
        yield AccessControl(
            name=name,
            acl_type=as_text(policy.get("acl-type")),
            entity_type=as_text(policy.get("entity-type")),
            value=", ".join(as_texts(policy.get("value"))) or None,
            extensions=without(policy, {"acl-type", "entity-type", "value"}),
            pointer=str(at),
        )


def gateway_responses(root: Mapping[str, Any]) -> Iterator[GatewayResponse]:
    """Yield the gateway responses of a document, one item per set, response type and media type."""
    for name, responses, at in _named(root, "x-apigateway-responses"):
        if not responses:
            yield GatewayResponse(name, None, None, None, None, None, {}, at)
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
                    set_at=at,
                )


def _named(root: Mapping[str, Any], key: str) -> Iterator[tuple[str, Mapping[str, Any], Pointer]]:
    """Yield what a key of the document defines by name, with the pointer to each."""
    # Documented for the root of Swagger 2.0; OpenAPI 3.0 exports were seen with it under components.
    for holder, at in ((root, Pointer()), (as_map(root.get("components")), Pointer("/components"))):
        for name, policy in as_map(holder.get(key)).items():
            yield name, as_map(policy), at.below(key, name)
