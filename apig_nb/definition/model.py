"""The parts of an API definition in one form, whichever version of the standard they were written in.

Tuples with names: a large document has tens of thousands of them, and a dataclass takes several times as long to make.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Self

from apig_nb.definition.values import NOTHING, as_map, as_text, lower, upper, without

Schema = Mapping[str, Any]
"""A schema as written; references in it are not followed."""


class Parameter(NamedTuple):
    """A parameter of an operation that is no body: path, query, header, cookie."""

    name: str
    location: str
    required: bool
    schema: Schema
    description: str | None = None
    deprecated: bool = False
    sample: str | None = None
    pass_through: str | None = None
    orchestrations: tuple[str, ...] = ()
    extensions: Mapping[str, Any] = NOTHING


class MediaType(NamedTuple):
    """One form a body may have: the media type and the schema of what is in it (`None`: not described)."""

    name: str
    schema: object = None


class RequestBody(NamedTuple):
    """What an operation takes besides its parameters."""

    media_types: tuple[MediaType, ...]
    required: bool = False
    description: str | None = None
    extensions: Mapping[str, Any] = NOTHING


class Response(NamedTuple):
    """An answer of an operation, with the gateway's two samples."""

    status: str
    description: str | None = None
    headers: tuple[str, ...] = ()
    media_types: tuple[MediaType, ...] = ()
    normal_sample: str | None = None
    failure_sample: str | None = None
    extensions: Mapping[str, Any] = NOTHING


class SecurityScheme(NamedTuple):
    """A way to authenticate; `auth_type`, `auth_opt` and `authorizer` are the gateway's."""

    name: str
    kind: str | None
    location: str | None
    parameter: str | None
    description: str | None
    scopes: tuple[str, ...]
    auth_type: str | None
    auth_opt: str | None
    authorizer: Mapping[str, Any]
    extensions: Mapping[str, Any]


class BackendParameter(NamedTuple):
    """A parameter the gateway sends to the backend: from the request (`origin` REQUEST) or constant."""

    name: str | None
    location: str | None
    origin: str | None
    value: str | None
    description: str | None
    extensions: Mapping[str, Any]

    @classmethod
    def read(cls, item: object) -> Self:
        """Read one as the gateway writes it."""
        written = as_map(item)
        return cls(
            name=as_text(written.get("name")),
            location=lower(written.get("in")),
            origin=upper(written.get("origin")),
            value=as_text(written.get("value")),
            description=as_text(written.get("description")),
            extensions=without(written, {"name", "in", "origin", "value", "description"}),
        )


class Backend(NamedTuple):
    """A target of an operation: the default backend (`policy` is `None`), or that of a backend policy.

    A backend spread over server groups gives one of these for each group.
    """

    policy: str | None
    kind: str | None
    method: str | None = None
    scheme: str | None = None
    address: str | None = None
    channel: str | None = None
    server_group: str | None = None
    path: str | None = None
    host: str | None = None
    timeout_ms: int | None = None
    retries: int | None = None
    client_ssl: bool | None = None
    sm_channel: bool | None = None
    cascade: bool | None = None
    function_urn: str | None = None
    alias_urn: str | None = None
    version: str | None = None
    invocation_type: str | None = None
    network_type: str | None = None
    function_protocol: str | None = None
    mock_result: str | None = None
    description: str | None = None
    effect_mode: str | None = None
    conditions: tuple[str, ...] = ()
    written_parameters: Sequence[Any] = ()
    extensions: Mapping[str, Any] = NOTHING

    @property
    def parameters(self) -> tuple[BackendParameter, ...]:
        """What is sent to it."""
        return tuple(map(BackendParameter.read, self.written_parameters))

    @property
    def target(self) -> str | None:
        """Where calls go, in one line: a URL, a channel with a path, a function, or `mock`."""
        if self.function_urn or self.alias_urn:
            return self.function_urn or self.alias_urn
        where = self.address or self.channel
        if where is None:
            return "mock" if self.mock_result is not None else None
        group = f"[{self.server_group}]" if self.server_group else ""
        return f"{self.scheme or 'http'}://{where}{group}{self.path or ''}"


class RateLimit(NamedTuple):
    """A throttling policy: how many calls per interval."""

    name: str
    api_limit: int | None
    user_limit: int | None
    app_limit: int | None
    ip_limit: int | None
    interval: int | None
    unit: str | None
    shared: bool | None
    special: tuple[str, ...]
    extensions: Mapping[str, Any]


class AccessControl(NamedTuple):
    """An access control policy: who is let in, or kept out."""

    name: str
    acl_type: str | None
    entity_type: str | None
    value: str | None
    extensions: Mapping[str, Any]


class GatewayResponse(NamedTuple):
    """What the gateway itself answers in one case, as a set of responses defines it.

    `response_type` is `None` for a set that changes nothing.
    """

    name: str
    response_type: str | None
    status: int | None
    media_type: str | None
    body: str | None
    headers: str | None
    extensions: Mapping[str, Any]
