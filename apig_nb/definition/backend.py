"""`Backend`: what answers calls of an operation, read lazily from what the gateway writes (contract/extensions)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from copy import copy
from operator import attrgetter
from typing import Any, Final, Generic, NamedTuple, Self, TypeVar

from apig_nb.definition.grammar import ENDPOINTS, GATEWAY
from apig_nb.definition.values import (
    NOTHING,
    as_flag,
    as_list,
    as_map,
    as_text,
    as_texts,
    as_whole,
    json_text,
    lower,
    unknown_text,
    upper,
    without,
)

_CHANNELS: Final = ("httpVpcEndpoints", "httpVpcMemberGroupEndpoints")
"""Endpoint objects whose `name` is that of a VPC channel."""

_POLICY_KEYS = frozenset(GATEWAY["backend_policy"].fields)
# The published pages and the one published export spell these values differently (contract/document, oddity 3).
_CONDITION_ORIGINS = {"param": "request", "request_parameter": "request"}
_CONDITION_KEYS = frozenset(("origin", "type", "parameter", "parameter_name", "value"))
_CONDITION_TYPES = {"exact": "equal"}

REPEATED_UNIT: Final = 64
"""So many characters that are told of each server group count as one part of the operation."""

Value = TypeVar("Value")


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
            as_text(written.get("name")),
            lower(written.get("in")),
            upper(written.get("origin")),
            as_text(written.get("value")),
            as_text(written.get("description")),
            without(written, _PARAMETER_KEYS),
        )


_PARAMETER_KEYS = frozenset(("name", "in", "origin", "value", "description"))


class _Field(Generic[Value]):
    """A field of a backend by its key in the endpoint object; what the server group says itself comes first."""

    def __init__(self, key: str, read: Callable[[object], Value | None]) -> None:
        self.key, self._read = key, read

    def __get__(self, backend: Backend, _: type[Backend]) -> Value | None:
        if backend.group and (of_group := self._read(backend.group.get(self.key))) is not None:
            return of_group
        written = backend.endpoint.get(self.key)
        return None if written is None else self._read(written)


def _addresses(value: object) -> str | None:
    return ", ".join(as_texts(value)) if isinstance(value, list) else as_text(value)


class Backend:
    """A target of an operation: the default backend (`policy` is `None`), or that of a backend policy.

    A backend spread over server groups gives one of these for each group.

    Attributes:
        policy: the name of the backend policy.
        written: the object of the backend or the policy.
        endpoint: the object in it that says where calls go.
        group: the server group in that.
        conditions: the conditions of a policy, in words.
        repeated: how much of what no field shows stands once for all server groups, and is told of each; in units of
            `REPEATED_UNIT` characters.
    """

    __slots__ = ("_beside", "_key", "conditions", "endpoint", "group", "policy", "repeated", "written")

    def __init__(
        self,
        policy: str | None,
        written: Mapping[str, Any],
        key: str = "",
        endpoint: Mapping[str, Any] = NOTHING,
    ) -> None:
        self.policy, self.written, self.endpoint, self._key = policy, written, endpoint, key
        self.conditions = tuple(map(_condition, as_list(written["conditions"]))) if "conditions" in written else ()
        self.group, self.repeated = NOTHING, 0
        self._beside: Mapping[str, Any] | None = None  # what no field shows, but for the server group's part

    # Both letter cases occur (contract/document, oddity 9).
    method = _Field("method", upper)
    scheme = _Field("scheme", lower)
    address = _Field("address", _addresses)
    path = _Field("path", as_text)
    host = _Field("host", as_text)
    timeout_ms = _Field("timeout", as_whole)
    retries = _Field("retryCount", as_whole)
    client_ssl = _Field("enableClientSsl", as_flag)
    sm_channel = _Field("enableSmChannel", as_flag)
    cascade = _Field("cascade_flag", as_flag)
    function_urn = _Field("function-urn", as_text)
    alias_urn = _Field("alias-urn", as_text)
    version = _Field("version", as_text)
    invocation_type = _Field("invocation-type", as_text)
    network_type = _Field("network-type", as_text)
    function_protocol = _Field("req_protocol", as_text)
    mock_result = _Field("result-content", as_text)
    description = _Field("description", as_text)

    @property
    def kind(self) -> str | None:
        """How it is reached: `HTTP`, `HTTP-VPC`, `FUNCTION`, `MOCK` and so on."""
        return as_text(self.written.get("type"))

    @property
    def channel(self) -> str | None:
        """The VPC channel."""
        return ", ".join(as_texts(self.endpoint.get("name"))) or None if self._key in _CHANNELS else None

    @property
    def server_group(self) -> str | None:
        """The name of the server group."""
        return as_text(self.group.get("name"))

    @property
    def effect_mode(self) -> str | None:
        """Whether all conditions of a policy must hold or one is enough: `ALL`, `ANY`."""
        return as_text(self.written.get("effectMode"))

    @property
    def written_parameters(self) -> list[Any]:
        """What is sent to it, as written."""
        return as_list(self.written.get("parameters"))

    @property
    def parameters(self) -> tuple[BackendParameter, ...]:
        """What is sent to it."""
        return tuple(map(BackendParameter.read, self.written_parameters))

    @property
    def extensions(self) -> Mapping[str, Any]:
        """What no field shows."""
        if self._beside is None:
            known = _CHANNEL_KEYS if self._key in _CHANNELS else _ENDPOINT_KEYS
            self._beside = {**without(self.written, _POLICY_KEYS), **without(self.endpoint, known)}
        own = without(self.group, _GROUP_KEYS)
        return {**self._beside, **own} if own else self._beside

    def of_groups(self, groups: list[Any]) -> Iterator[Backend]:
        """The same for each server group, which may say again what is written for all of them."""
        beside = self.extensions
        repeated = len(json_text(beside)) // REPEATED_UNIT if beside else 0
        for group in groups:
            backend = copy(self)
            backend.group, backend.repeated = as_map(group), repeated
            yield backend

    @property
    def target(self) -> str | None:
        """Where calls go, in one line: a URL, a channel with a path, a function, or `mock`."""
        function = self.function_urn or self.alias_urn
        if function:
            return function
        where = self.address or self.channel
        if where is None:
            return "mock" if self.mock_result is not None else None
        group = f"[{self.server_group}]" if self.server_group else ""
        return f"{self.scheme or 'http'}://{where}{group}{self.path or ''}"


FIELDS: Final = [
    "kind",
    "method",
    "scheme",
    "address",
    "channel",
    "server_group",
    "path",
    "host",
    "timeout_ms",
    "retries",
    "client_ssl",
    "sm_channel",
    "cascade",
    "function_urn",
    "alias_urn",
    "version",
    "invocation_type",
    "network_type",
    "function_protocol",
    "mock_result",
    "description",
    "effect_mode",
]
"""The fields of a backend that hold one value, in the order they are shown."""

field_values: Final = attrgetter(*FIELDS)
"""The values of these fields."""

_ENDPOINT_FIELDS = [field.key for field in vars(Backend).values() if isinstance(field, _Field)]
_ENDPOINT_KEYS = frozenset((*_ENDPOINT_FIELDS, "memberGroupUrlInfos"))
_CHANNEL_KEYS = _ENDPOINT_KEYS | {"name"}
_GROUP_KEYS = frozenset((*_ENDPOINT_FIELDS, "name"))


def default_backends(operation: Mapping[str, Any]) -> Iterator[Backend]:
    """The default backend of an operation, one for each of its server groups."""
    default = operation.get("x-apigateway-backend")
    return _targets(None, default) if isinstance(default, dict) else iter(())


def policy_backends(operation: Mapping[str, Any]) -> Iterator[Backend]:
    """The backends of an operation's backend policies."""
    for policy in _policies(operation):
        yield from _targets(_policy_name(policy), policy)


def backend_policies(operation: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of an operation's backend policies."""
    return tuple(map(_policy_name, _policies(operation))) if "x-apigateway-backend-policies" in operation else ()


def _policies(operation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [item for item in as_list(operation.get("x-apigateway-backend-policies")) if isinstance(item, dict)]


def _policy_name(policy: Mapping[str, Any]) -> str:
    return as_text(policy.get("name")) or ""


def _targets(policy: str | None, written: Mapping[str, Any]) -> Iterator[Backend]:
    endpoints = [(key, written[key]) for key in ENDPOINTS if isinstance(written.get(key), dict)]
    if not endpoints:
        yield Backend(policy, written)
    for key, endpoint in endpoints:
        backend, groups = Backend(policy, written, key, endpoint), as_list(endpoint.get("memberGroupUrlInfos"))
        if groups:
            yield from backend.of_groups(groups)
        else:
            yield backend


def _condition(item: object) -> str:
    """A condition in words: `request orderId pattern ^eu-.*`, `source 192.0.2.0/24`."""
    condition = as_map(item)
    origin = as_text(condition.get("origin")) or ""
    kind = as_text(condition.get("type")) or ""
    parts = (
        _CONDITION_ORIGINS.get(origin, origin),
        as_text(condition.get("parameter") or condition.get("parameter_name")) or "",
        _CONDITION_TYPES.get(kind, kind),
        as_text(condition.get("value")) or "",
        unknown_text(condition, _CONDITION_KEYS),
    )
    return " ".join(part for part in parts if part)
