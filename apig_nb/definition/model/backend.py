"""`Backend`: what answers calls of an operation, read from what the gateway writes (contract/extensions)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple, Self

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
    text_size,
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


def _addresses(value: object) -> str | None:
    return ", ".join(as_texts(value)) if isinstance(value, list) else as_text(value)


class Backend(NamedTuple):
    """A target of an operation: the default backend (`policy` is `None`), or that of a backend policy.

    A backend spread over server groups gives one of these for each group.

    Attributes:
        policy: the name of the backend policy.
        kind: how it is reached: `HTTP`, `HTTP-VPC`, `FUNCTION`, `MOCK` and so on.
        channel: the VPC channel.
        effect_mode: whether all conditions of a policy must hold or one is enough: `ALL`, `ANY`.
        conditions: the conditions of a policy, in words.
        written: the object of the backend or the policy.
        beside: what no field shows, but for the server group's part.
        own: what no field shows of the server group.
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
    conditions: tuple[str, ...]
    written: Mapping[str, Any]
    beside: Mapping[str, Any]
    own: Mapping[str, Any]

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
        return {**self.beside, **self.own} if self.own else self.beside

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


FIELDS: Final = Backend._fields[: Backend._fields.index("effect_mode") + 1]
"""The fields of a backend that hold one value, in the order they are shown."""

# Where the gateway writes them: keys of the endpoint object, which a server group may have as well.
_KEYS: Final[Mapping[str, tuple[str, Callable[[object], object]]]] = {
    # Both letter cases occur (contract/document, oddity 9).
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
_PLACES: Final = {key: (FIELDS.index(name), read) for key, (name, read) in _KEYS.items()}
_POLICY, _KIND, _CHANNEL, _SERVER_GROUP, _EFFECT_MODE = map(
    FIELDS.index, ("policy", "kind", "channel", "server_group", "effect_mode")
)
_NOWHERE: Final = [("", NOTHING)]
"""Instead of an endpoint object, where there is none."""


Count = Callable[[int], None]
"""Told how many parts are about to be made."""


def default_backends(operation: Mapping[str, Any], count: Count) -> list[Backend]:
    """The default backend of an operation, one for each of its server groups."""
    default = operation.get("x-apigateway-backend")
    return _targets(None, default, count) if isinstance(default, dict) else []


def policy_backends(operation: Mapping[str, Any], count: Count) -> list[Backend]:
    """The backends of an operation's backend policies."""
    return [backend for policy in _policies(operation) for backend in _targets(_policy_name(policy), policy, count)]


def backend_policies(operation: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of an operation's backend policies."""
    return tuple(map(_policy_name, _policies(operation)))


def _policies(operation: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    written = operation.get("x-apigateway-backend-policies")
    return [] if written is None else [item for item in as_list(written) if isinstance(item, dict)]


def _policy_name(policy: Mapping[str, Any]) -> str:
    return as_text(policy.get("name")) or ""


def _targets(policy: str | None, written: Mapping[str, Any], count: Count) -> list[Backend]:
    conditions = tuple(map(_condition, as_list(written["conditions"]))) if "conditions" in written else ()
    beside_endpoint = without(written, _POLICY_KEYS)
    found = []
    endpoints = [(key, written[key]) for key in ENDPOINTS if key in written and isinstance(written[key], dict)]
    for key, endpoint in endpoints or _NOWHERE:
        fields: list[Any] = [None] * len(FIELDS)
        fields[_POLICY], fields[_KIND] = policy, as_text(written.get("type"))
        fields[_EFFECT_MODE] = as_text(written.get("effectMode"))
        beside, groups = _fill(fields, endpoint), []
        if beside:
            if key in _CHANNELS:
                fields[_CHANNEL] = ", ".join(as_texts(beside.pop("name", None))) or None
            groups = as_list(beside.pop("memberGroupUrlInfos", None))
        if beside_endpoint:
            beside = {**beside_endpoint, **beside}
        if not groups:
            found.append(Backend._make((*fields, conditions, written, beside, NOTHING)))
            continue
        # What no field shows stands once for all server groups, and is told of each.
        count(len(groups) * (text_size(json_text(beside)) if beside else 1))
        for group in groups:
            of_group = fields.copy()
            own = _fill(of_group, as_map(group))
            of_group[_SERVER_GROUP] = as_text(own.pop("name", None))
            found.append(Backend._make((*of_group, conditions, written, beside, own or NOTHING)))
    return found


def _fill(fields: list[Any], holder: Mapping[str, Any]) -> dict[str, Any]:
    """Take over what an endpoint says, or what one of its server groups says for itself; what is left is returned."""
    left = {}
    for key, written in holder.items():
        if key in _PLACES:
            place, read = _PLACES[key]
            if (value := read(written)) is not None:
                fields[place] = value
        else:
            left[key] = written
    return left


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
