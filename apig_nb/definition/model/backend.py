"""`Backend`: the service that the gateway forwards calls of an operation to.

Source: https://support.huaweicloud.com/intl/en-us/usermanual-apig/apig_03_0090.html and the pages after it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, Self

from apig_nb.definition.grammar import ENDPOINTS, GATEWAY
from apig_nb.definition.model.references import Pointer
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
    text_size,
    unknown_text,
    upper,
    without,
)

_CHANNELS: Final = ("httpVpcEndpoints", "httpVpcMemberGroupEndpoints")
"""Endpoint objects whose `name` is that of a VPC channel."""

_POLICY_KEYS = frozenset(GATEWAY["backend_policy"].fields)
# The published pages and the one published export spell these values differently.
_CONDITION_ORIGINS = {"param": "request", "request_parameter": "request"}
_CONDITION_KEYS = frozenset(("origin", "type", "parameter", "parameter_name", "value"))
_CONDITION_TYPES = {"exact": "equal"}


class BackendParameter(NamedTuple):
    """A parameter the gateway sends to the backend: from the request (`origin` REQUEST) or constant."""

    name: str | None
    location: str | None
    origin: str | None
    value: str | None
    description: str | None
    extensions: Mapping[str, Any]
    at: Pointer

    @property
    def pointer(self) -> str:
        """JSON pointer to it."""
        return str(self.at)

    @classmethod
    def read(cls, item: object, at: Pointer = Pointer()) -> Self:  # noqa: B008 - a constant
        """Read one as the gateway writes it."""
        written = as_map(item)
        return cls(
            as_text(written.get("name")),
            lower(written.get("in")),
            upper(written.get("origin")),
            as_text(written.get("value")),
            as_text(written.get("description")),
            without(written, _PARAMETER_KEYS),
            at,
        )


_PARAMETER_KEYS = frozenset(("name", "in", "origin", "value", "description"))


class Condition(NamedTuple):
    """A condition of a backend policy.

    Attributes:
        origin: `request`, `source` and so on.
        kind: `equal`, `enum` or `pattern`; empty for a source.
        others: unknown fields as text.
    """

    origin: str
    parameter: str
    kind: str
    value: str
    others: str

    @property
    def text(self) -> str:
        """The condition in one line: `request orderId pattern ^eu-.*`, `source 192.0.2.0/24`."""
        return " ".join(filter(None, self))

    @classmethod
    def read(cls, item: object) -> Self:
        """Read one as the gateway writes it."""
        condition = as_map(item)
        origin = as_text(condition.get("origin")) or ""
        kind = as_text(condition.get("type")) or ""
        return cls(
            _CONDITION_ORIGINS.get(origin, origin),
            as_text(condition.get("parameter") or condition.get("parameter_name")) or "",
            _CONDITION_TYPES.get(kind, kind),
            as_text(condition.get("value")) or "",
            unknown_text(condition, _CONDITION_KEYS),
        )


def _addresses(value: object) -> str | None:
    return ", ".join(as_texts(value)) if isinstance(value, list) else as_text(value)


class Backend(NamedTuple):
    """A target of an operation: the default backend (`policy` is `None`), or that of a backend policy.

    A backend with several server groups gives one of these for each group.

    Attributes:
        policy: the name of the backend policy.
        kind: `HTTP`, `HTTP-VPC`, `FUNCTION`, `MOCK` and so on.
        channel: the VPC channel.
        effect_mode: `ALL` if all conditions of a policy must be met, `ANY` if one is enough.
        conditions: the conditions of a policy.
        source: the object of the backend or the policy as written.
        other_fields: unknown fields, except those of the server group.
        group_fields: unknown fields of the server group.
        at: pointer to the object of the backend or the policy.
    """

    policy: str | None
    kind: str | None
    method: str | None
    scheme: str | None
    address: str | None
    channel: str | None
    server_group: str | None
    path: str | None
    host: str | None
    timeout_ms: int | None
    retries: int | None
    client_ssl: bool | None
    sm_channel: bool | None
    cascade: bool | None
    function_urn: str | None
    alias_urn: str | None
    version: str | None
    invocation_type: str | None
    network_type: str | None
    function_protocol: str | None
    mock_result: str | None
    description: str | None
    effect_mode: str | None
    conditions: tuple[Condition, ...]
    source: Mapping[str, Any]
    other_fields: Mapping[str, Any]
    group_fields: Mapping[str, Any]
    at: Pointer

    @property
    def pointer(self) -> str:
        """JSON pointer to it."""
        return str(self.at)

    @property
    def parameter_sources(self) -> list[Any]:
        """The parameters sent to it, as written; one object for all server groups of a backend."""
        return as_list(self.source.get("parameters"))

    @property
    def parameters(self) -> tuple[BackendParameter, ...]:
        """The parameters sent to it."""
        at = self.at.below("parameters")
        return tuple(BackendParameter.read(item, at.below(n)) for n, item in enumerate(self.parameter_sources))

    @property
    def extensions(self) -> Mapping[str, Any]:
        """Unknown fields, those of the server group included."""
        return {**self.other_fields, **self.group_fields} if self.group_fields else self.other_fields

    @property
    def target(self) -> str | None:
        """Its address in one line: a URL, a channel with a path, a function, or `mock`."""
        function = self.function_urn or self.alias_urn
        if function:
            return function
        host = self.address or self.channel
        if host is None:
            return "mock" if self.mock_result is not None else None
        group = f"[{self.server_group}]" if self.server_group else ""
        return f"{self.scheme or 'http'}://{host}{group}{self.path or ''}"


FIELDS: Final = Backend._fields[: Backend._fields.index("effect_mode") + 1]
"""The fields of a backend that hold one value, in the order they are shown."""

# Keys of the endpoint object, which a server group may have as well → the field and how its value is read.
_KEYS: Final[Mapping[str, tuple[str, Callable[[object], object]]]] = {
    # Exports have both letter cases.
    "method": ("method", upper),
    "scheme": ("scheme", lower),
    "address": ("address", _addresses),
    "path": ("path", as_text),
    "host": ("host", as_text),
    "timeout": ("timeout_ms", as_whole),
    "retryCount": ("retries", as_whole),
    "enableClientSsl": ("client_ssl", as_flag),
    "enableSmChannel": ("sm_channel", as_flag),
    "cascade_flag": ("cascade", as_flag),
    "function-urn": ("function_urn", as_text),
    "alias-urn": ("alias_urn", as_text),
    "version": ("version", as_text),
    "invocation-type": ("invocation_type", as_text),
    "network-type": ("network_type", as_text),
    "req_protocol": ("function_protocol", as_text),
    "result-content": ("mock_result", as_text),
    "description": ("description", as_text),
}
_READERS: Final = {key: (FIELDS.index(name), read) for key, (name, read) in _KEYS.items()}
_POLICY, _KIND, _CHANNEL, _SERVER_GROUP, _EFFECT_MODE = map(
    FIELDS.index, ("policy", "kind", "channel", "server_group", "effect_mode")
)
_NO_ENDPOINT: Final = [("", NOTHING)]


Count = Callable[[int], None]
"""Called with the number of parts that are about to be made."""


def default_backends(operation: Mapping[str, Any], at: Pointer, count: Count) -> list[Backend]:
    """Return the default backend of an operation at `at`, one for each of its server groups."""
    key = "x-apigateway-backend"
    default = operation.get(key)
    return _targets(None, default, at.below(key), count) if isinstance(default, dict) else []


def policy_backends(operation: Mapping[str, Any], at: Pointer, count: Count) -> list[Backend]:
    """Return the backends of an operation's backend policies."""
    return [
        backend
        for index, policy in _policies(operation)
        for backend in _targets(_policy_name(policy), policy, at.below(_POLICIES, index), count)
    ]


def backend_policies(operation: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the names of an operation's backend policies."""
    return tuple([_policy_name(policy) for _, policy in _policies(operation)])


_POLICIES: Final = "x-apigateway-backend-policies"


def _policies(operation: Mapping[str, Any]) -> list[tuple[int, Mapping[str, Any]]]:
    written = operation.get(_POLICIES)
    if written is None:
        return []
    return [(index, item) for index, item in enumerate(as_list(written)) if isinstance(item, dict)]


def _policy_name(policy: Mapping[str, Any]) -> str:
    return as_text(policy.get("name")) or ""


def _targets(policy: str | None, source: Mapping[str, Any], at: Pointer, count: Count) -> list[Backend]:
    conditions = tuple(map(Condition.read, as_list(source["conditions"]))) if "conditions" in source else ()
    outside_endpoint = without(source, _POLICY_KEYS)
    found = []
    endpoints = [(key, source[key]) for key in ENDPOINTS if key in source and isinstance(source[key], dict)]
    for key, endpoint in endpoints or _NO_ENDPOINT:
        fields: list[Any] = [None] * len(FIELDS)
        fields[_POLICY], fields[_KIND] = policy, as_text(source.get("type"))
        fields[_EFFECT_MODE] = as_text(source.get("effectMode"))
        others, groups = _fill(fields, endpoint), []
        if others:
            if key in _CHANNELS:
                fields[_CHANNEL] = ", ".join(as_texts(others.pop("name", None))) or None
            groups = as_list(others.pop("memberGroupUrlInfos", None))
        if outside_endpoint:
            others = {**outside_endpoint, **others}
        if not groups:
            found.append(Backend._make((*fields, conditions, source, others, NOTHING, at)))
            continue
        # Unknown fields are written once, and shown for each server group.
        count(len(groups) * (text_size(json_text(others)) if others else 1))
        for group in groups:
            of_group = fields.copy()
            own = _fill(of_group, as_map(group))
            of_group[_SERVER_GROUP] = as_text(own.pop("name", None))
            found.append(Backend._make((*of_group, conditions, source, others, own or NOTHING, at)))
    return found


def _fill(fields: list[Any], holder: Mapping[str, Any]) -> dict[str, Any]:
    """Set the fields that an endpoint or one of its server groups has, and return the unknown ones."""
    others = {}
    for key, written in holder.items():
        if key in _READERS:
            index, read = _READERS[key]
            if (value := read(written)) is not None:
                fields[index] = value
        else:
            others[key] = written
    return others
