"""The parts of an API definition in one form, whichever version of the standard they were written in.

Tuples with names: a large document has tens of thousands of them, and a dataclass takes several times as long to make.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from apig_nb.definition.values import NOTHING

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
