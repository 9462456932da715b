"""The gateway's own part: who is let in, what guards, where calls go. No other tool looks at it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from apig_nb.compare.changes import Changes
from apig_nb.compare.policy import Policy
from apig_nb.definition import ApiDefinition
from apig_nb.definition.model import AccessControl, Backend, BackendParameter, RateLimit, SecurityScheme
from apig_nb.definition.operation import Operation, template_parameters
from apig_nb.definition.problem import pointer
from apig_nb.definition.values import as_flag

_SECONDS: Final = {"SECOND": 1, "MINUTE": 60, "HOUR": 3600, "DAY": 86400}

# Field of Backend → rule, for the fields whose change has one meaning.
_BACKEND_FIELDS: Final = {
    "kind": "backend-kind-altered",
    "address": "backend-address-altered",
    "channel": "backend-address-altered",
    "server_group": "backend-address-altered",
    "host": "backend-address-altered",
    "path": "backend-path-altered",
    "method": "backend-method-altered",
    "function_urn": "backend-function-altered",
    "alias_urn": "backend-function-altered",
    "version": "backend-function-altered",
    "invocation_type": "backend-function-altered",
    "retries": "backend-retries-altered",
    "mock_result": "backend-mock-altered",
    "sm_channel": "backend-option-altered",
    "cascade": "backend-option-altered",
    "network_type": "backend-option-altered",
    "function_protocol": "backend-option-altered",
    "effect_mode": "backend-condition-altered",
    "description": "description-altered",
}
# What a missing field stands for (contract/extensions).
_BACKEND_DEFAULTS: Final[Mapping[str, Any]] = {
    "timeout_ms": 5000,
    "retries": -1,
    "client_ssl": False,
    "sm_channel": False,
    "cascade": False,
    "network_type": "V1",
    "description": "",
    "alias_urn": "",
    "host": "",
}


class GatewayWalk:
    """Compares pairs of operations, and the policies of two documents, and adds what differs."""

    def __init__(self, changes: Changes, old: ApiDefinition, new: ApiDefinition, policy: Policy) -> None:
        self._changes, self._old, self._new, self._policy = changes, old, new, policy

    def compare(self, old: Operation, new: Operation) -> None:
        """Compare the gateway's part of two operations."""
        self._compare_authentication(old, new)
        self._compare_flags(old, new)
        self._compare_bindings(old, new)
        self._compare_backends(old, new)

    def compare_definitions(self) -> None:
        """Compare the policies and schemes that both documents define, with the operations that use them."""
        self._compare_ratelimits()
        self._compare_access_controls()
        self._compare_security_schemes()
        self._compare_gateway_responses()

    def _add(self, rule: str, new: Operation, where: str, before: Any = None, after: Any = None) -> None:
        self._changes.add(rule, new.pointer, where, before, after, operations=(new,))

    # ------------------------------------------------------------------ access

    def _compare_authentication(self, old: Operation, new: Operation) -> None:
        before, after = (_alternatives(operation) for operation in (old, new))
        if before == after:
            return
        shown = " | ".join(old.auth), " | ".join(new.auth)
        names = [" | ".join(sorted(" + ".join(sorted(way)) or "none" for way in ways)) for ways in (before, after)]
        shown = shown if shown[0] != shown[1] else (names[0], names[1])
        lets_all_in = [not ways or {} in ways for ways in (before, after)]
        where = "authentication"
        if lets_all_in[0] and lets_all_in[1]:
            self._add("description-altered", new, where, *names)
        elif lets_all_in[0]:
            self._add("authentication-added", new, where, *shown)
        elif lets_all_in[1]:
            self._add("authentication-removed", new, where, *shown)
        else:
            self._compare_ways_in(before, after, new, shown)

    def _compare_ways_in(
        self,
        before: list[dict[str, frozenset[str]]],
        after: list[dict[str, frozenset[str]]],
        new: Operation,
        shown: tuple[str, str],
    ) -> None:
        gone = [way for way in before if way not in after]
        come = [way for way in after if way not in before]
        if len(gone) == len(come) == 1 and gone[0].keys() == come[0].keys():
            self._compare_scopes(gone[0], come[0], new)
        elif not gone or (come and all(any(way.keys() < old.keys() for old in gone) for way in come)):
            self._add("authentication-weakened", new, "authentication", *shown)
        elif not come or all(any(old.keys() < way.keys() for old in gone) for way in come):
            self._add("authentication-strengthened", new, "authentication", *shown)
        else:
            self._add("authentication-altered", new, "authentication", *shown)

    def _compare_scopes(
        self, before: Mapping[str, frozenset[str]], after: Mapping[str, frozenset[str]], new: Operation
    ) -> None:
        for scheme in sorted(before):
            where = f"authentication, scopes of {scheme}"
            if come := after[scheme] - before[scheme]:
                self._add("scopes-tightened", new, where, None, come)
            if gone := before[scheme] - after[scheme]:
                self._add("scopes-loosened", new, where, gone, None)

    # ------------------------------------------------------------------ what one word says

    def _compare_flags(self, old: Operation, new: Operation) -> None:
        mode = [(operation.text("x-apigateway-match-mode") or "NORMAL").upper() for operation in (old, new)]
        if mode[0] != mode[1]:
            rule = "match-mode-loosened" if mode[1] == "SWA" else "match-mode-tightened"
            self._add(rule, new, "match mode", *mode)
        kind = [operation.text("x-apigateway-request-type") for operation in (old, new)]
        if kind[0] != kind[1] and None not in kind:
            rule = "request-type-loosened" if kind[1] == "public" else "request-type-tightened"
            self._add(rule, new, "request type", *kind)
        cors = [bool(as_flag(operation.raw.get("x-apigateway-cors"))) for operation in (old, new)]
        if cors[0] != cors[1]:
            self._add("cors-enabled" if cors[1] else "cors-disabled", new, "CORS", *cors)
        key = "x-apigateway-is-send-fg-body-base64"
        encoding = [as_flag(operation.raw.get(key)) for operation in (old, new)]
        if encoding[0] != encoding[1] and None not in encoding:
            self._add("body-encoding-altered", new, "body sent to the function in Base64", *encoding)
        sets = [operation.text("x-apigateway-response") or "default" for operation in (old, new)]
        if sets[0] != sets[1]:
            self._add("gateway-response-altered", new, "gateway responses", *sets)

    # ------------------------------------------------------------------ policies bound

    def _compare_bindings(self, old: Operation, new: Operation) -> None:
        for key, stem, where in (
            ("x-apigateway-ratelimit", "ratelimit", "throttling policy"),
            ("x-apigateway-access-control", "access-control", "access control policy"),
        ):
            before, after = ([*operation.names(key)] for operation in (old, new))
            if sorted(before) != sorted(after):
                verb = "bound" if not before else "unbound" if not after else "altered"
                self._add(f"{stem}-{verb}", new, where, ", ".join(before) or None, ", ".join(after) or None)
        before_names, after_names = (set(operation.names("x-apigateway-plugins")) for operation in (old, new))
        for name in sorted(after_names - before_names):
            self._add("plugin-bound", new, "plug-in", None, name)
        for name in sorted(before_names - after_names):
            self._add("plugin-unbound", new, "plug-in", name, None)

    # ------------------------------------------------------------------ back ends

    def _compare_backends(self, old: Operation, new: Operation) -> None:
        before, after = _by_place(old.backends), _by_place(new.backends)
        if not before or not after:
            # A definition scope without back ends on one side says nothing about them.
            return
        # A parameter of the path that only has another name is still handed on.
        renamed = dict(zip(template_parameters(old.path), template_parameters(new.path), strict=False))
        for place, backend in before.items():
            if place not in after:
                rule = "backend-removed" if backend.policy is None else "backend-policy-removed"
                self._add(rule, new, _backend_where(backend), backend.target or backend.kind, None)
        for place, backend in after.items():
            if place not in before:
                rule = "backend-added" if backend.policy is None else "backend-policy-added"
                self._add(rule, new, _backend_where(backend), None, backend.target or backend.kind)
            else:
                self._compare_backend(before[place], backend, new, renamed)

    def _compare_backend(self, old: Backend, new: Backend, operation: Operation, renamed: Mapping[str, str]) -> None:
        where = _backend_where(new)
        if old.kind != new.kind:
            # Fields of two kinds have nothing to do with each other.
            shown = (f"{backend.kind} {backend.target or ''}".strip() for backend in (old, new))
            self._add("backend-kind-altered", operation, where, *shown)
            if old.effect_mode != new.effect_mode:
                self._add("backend-condition-altered", operation, where, old.effect_mode, new.effect_mode)
        else:
            self._compare_backend_fields(old, new, where, operation, renamed)
            self._compare_backend_parameters(old.parameters, new.parameters, where, operation, renamed)
        if sorted(old.conditions) != sorted(new.conditions):
            shown_conditions = ("; ".join(backend.conditions) or None for backend in (old, new))
            self._add("backend-condition-altered", operation, f"{where}, conditions", *shown_conditions)

    def _compare_backend_fields(
        self, old: Backend, new: Backend, where: str, operation: Operation, renamed: Mapping[str, str]
    ) -> None:
        for name, rule in _BACKEND_FIELDS.items():
            before, after = (_field(backend, name) for backend in (old, new))
            if name in ("address", "channel", "host") and self._policy.address(before) == self._policy.address(after):
                continue
            if name == "path" and before is not None and before != after:
                before = _renamed_path(before, renamed)
            if before != after:
                words = name.replace("_", " ")
                self._add(rule, operation, f"{where}, {words}", before, after)
        scheme = [(backend.scheme or "").lower() or None for backend in (old, new)]
        if scheme[0] != scheme[1]:
            rule = "backend-scheme-tightened" if scheme[1] == "https" else "backend-scheme-loosened"
            self._add(rule, operation, f"{where}, scheme", *scheme)
        timeout = [_field(backend, "timeout_ms") for backend in (old, new)]
        if timeout[0] != timeout[1]:
            rule = "backend-timeout-loosened" if timeout[1] > timeout[0] else "backend-timeout-tightened"
            self._add(rule, operation, f"{where}, time-out in ms", *timeout)
        if bool(old.client_ssl) != bool(new.client_ssl):
            rule = "backend-tls-tightened" if new.client_ssl else "backend-tls-loosened"
            self._add(rule, operation, f"{where}, two-way TLS", bool(old.client_ssl), bool(new.client_ssl))
        if dict(old.extensions) != dict(new.extensions):
            values = (dict(backend.extensions) or None for backend in (old, new))
            self._add("backend-option-altered", operation, f"{where}, other keys", *values)

    def _compare_backend_parameters(
        self,
        old: Sequence[BackendParameter],
        new: Sequence[BackendParameter],
        where: str,
        operation: Operation,
        renamed: Mapping[str, str],
    ) -> None:
        after = {_parameter_key(item): item for item in new}
        before = {}
        for item in old:
            # A path parameter that was renamed may have kept its name on the way to the back end, or not.
            key = _parameter_key(item)
            before[key if key in after else _parameter_key(item, renamed)] = item
        for key in sorted(before.keys() - after.keys()):
            self._add(
                "backend-parameter-removed", operation, f"{where}, {_shown(before[key])}", _source(before[key]), None
            )
        for key in sorted(after.keys() - before.keys()):
            self._add("backend-parameter-added", operation, f"{where}, {_shown(after[key])}", None, _source(after[key]))
        for key in sorted(before.keys() & after.keys()):
            sources = _source(before[key], renamed), _source(after[key])
            if sources[0] != sources[1]:
                self._add("backend-parameter-altered", operation, f"{where}, {_shown(after[key])}", *sources)
            texts = before[key].description or None, after[key].description or None
            if texts[0] != texts[1]:
                self._add("description-altered", operation, f"{where}, {_shown(after[key])}, description", *texts)

    # ------------------------------------------------------------------ definitions of policies

    def _compare_ratelimits(self) -> None:
        before = {policy.name: policy for policy in self._old.ratelimits}
        for policy in self._new.ratelimits:
            if policy.name in before and before[policy.name] != policy:
                self._compare_ratelimit(before[policy.name], policy)

    def _compare_ratelimit(self, old: RateLimit, new: RateLimit) -> None:
        users = _users(self._new, "x-apigateway-ratelimit", new.name)
        at = pointer("x-apigateway-ratelimits", new.name)
        where = f"throttling policy {new.name}"
        for name, words in (
            ("api_limit", "calls of the API"),
            ("user_limit", "calls of a user"),
            ("app_limit", "calls of an app"),
            ("ip_limit", "calls of an address"),
        ):
            rates = _rate(old, getattr(old, name)), _rate(new, getattr(new, name))
            if rates[0] != rates[1]:
                shown = _rate_text(old, getattr(old, name)), _rate_text(new, getattr(new, name))
                rule = "ratelimit-lowered" if _is_lower(*rates) else "ratelimit-raised"
                self._changes.add(rule, at, f"{where}, {words}", *shown, operations=users)
        for name in ("shared", "special", "extensions"):
            values = getattr(old, name) or None, getattr(new, name) or None
            if values[0] != values[1]:
                lines = [", ".join(value) if isinstance(value, tuple) else value for value in values]
                self._changes.add("ratelimit-altered", at, f"{where}, {name}", *lines, operations=users)

    def _compare_access_controls(self) -> None:
        before = {policy.name: policy for policy in self._old.access_controls}
        for policy in self._new.access_controls:
            if policy.name in before and before[policy.name] != policy:
                self._compare_access_control(before[policy.name], policy)

    def _compare_access_control(self, old: AccessControl, new: AccessControl) -> None:
        users = _users(self._new, "x-apigateway-access-control", new.name)
        at = pointer("x-apigateway-access-controls", new.name)
        where = f"access control policy {new.name}"
        kinds = f"{old.acl_type} {old.entity_type}", f"{new.acl_type} {new.entity_type}"
        if kinds[0] != kinds[1]:
            self._changes.add("access-control-altered", at, where, *kinds, operations=users)
            return
        before, after = _entries(old), _entries(new)
        lets_in = new.acl_type == "PERMIT"
        if come := after - before:
            rule = "access-control-opened" if lets_in else "access-control-closed"
            self._changes.add(rule, at, where, None, come, operations=users)
        if gone := before - after:
            rule = "access-control-closed" if lets_in else "access-control-opened"
            self._changes.add(rule, at, where, gone, None, operations=users)

    def _compare_security_schemes(self) -> None:
        for name, new in self._new.security_schemes.items():
            old = self._old.security_schemes.get(name)
            if old is None or old == new:
                continue
            users = [
                operation for operation in self._new.operations if any(name in names for names in operation.security)
            ]
            self._compare_security_scheme(old, new, users)

    def _compare_security_scheme(self, old: SecurityScheme, new: SecurityScheme, users: Iterable[Operation]) -> None:
        at, where = pointer("securitySchemes", new.name), f"security scheme {new.name}"
        users = list(users)
        before, after = (_scheme_facts(scheme) for scheme in (old, new))
        if before != after:
            self._changes.add("security-scheme-altered", at, where, before, after, operations=users)
        codes = [(scheme.auth_opt or "disable").lower() for scheme in (old, new)]
        if codes[0] != codes[1]:
            rule = "appcode-allowed" if codes[1] == "header" else "appcode-refused"
            self._changes.add(rule, at, f"{where}, AppCode", *codes, operations=users)
        if dict(old.authorizer) != dict(new.authorizer) and old.authorizer and new.authorizer:
            values = dict(old.authorizer), dict(new.authorizer)
            changed = {key for key in values[0].keys() | values[1].keys() if values[0].get(key) != values[1].get(key)}
            shown = ({key: value[key] for key in sorted(changed) if key in value} for value in values)
            self._changes.add("authorizer-altered", at, f"{where}, authorizer", *shown, operations=users)
        if (old.description or None) != (new.description or None):
            texts = old.description, new.description
            self._changes.add("description-altered", at, f"{where}, description", *texts, operations=users)

    def _compare_gateway_responses(self) -> None:
        before, after = (_sets(definition) for definition in (self._old, self._new))
        for name in sorted(before.keys() & after.keys()):
            if before[name] != after[name]:
                users = [
                    operation
                    for operation in self._new.operations
                    if (operation.text("x-apigateway-response") or "default") == name
                ]
                at = pointer("x-apigateway-responses", name)
                shown = sorted(before[name] - after[name]), sorted(after[name] - before[name])
                self._changes.add(
                    "gateway-response-altered",
                    at,
                    f"gateway responses {name}",
                    *("; ".join(lines) or None for lines in shown),
                    operations=users,
                )


def _alternatives(operation: Operation) -> list[dict[str, frozenset[str]]]:
    return [{name: frozenset(scopes) for name, scopes in names.items()} for names in operation.security]


def _by_place(backends: Iterable[Backend]) -> dict[tuple[str | None, int], Backend]:
    """Backends by policy, and by their order where a policy has several server groups."""
    found: dict[tuple[str | None, int], Backend] = {}
    for backend in backends:
        number = sum(policy == backend.policy for policy, _ in found)
        found[backend.policy, number] = backend
    return found


def _backend_where(backend: Backend) -> str:
    return "back end" if backend.policy is None else f"back end of policy {backend.policy}"


def _field(backend: Backend, name: str) -> Any:
    value = getattr(backend, name)
    return _BACKEND_DEFAULTS.get(name) if value is None else value


def _renamed_path(path: str, renamed: Mapping[str, str]) -> str:
    return re.sub(r"\{([^{}]*)\}", lambda match: f"{{{renamed.get(match[1], match[1])}}}", path)


def _parameter_key(item: BackendParameter, renamed: Mapping[str, str] = MappingProxyType({})) -> tuple[str, str]:
    name = item.name or ""
    if item.location == "path":
        name = renamed.get(name, name)
    return item.location or "", name.lower() if item.location == "header" else name


def _shown(item: BackendParameter) -> str:
    return f"parameter {item.name} in {item.location}"


def _source(item: BackendParameter, renamed: Mapping[str, str] = MappingProxyType({})) -> str:
    value = item.value or ""
    return f"{item.origin} {renamed.get(value, value) if item.origin == 'REQUEST' else value}"


def _users(definition: ApiDefinition, key: str, name: str) -> list[Operation]:
    return [operation for operation in definition.operations if name in operation.names(key)]


def _rate(policy: RateLimit, limit: int | None) -> float | None:
    """Calls per second; `None` for no limit."""
    if limit is None:
        return None
    return limit / ((policy.interval or 1) * _SECONDS.get((policy.unit or "").upper(), 1))


def _rate_text(policy: RateLimit, limit: int | None) -> str | None:
    if limit is None:
        return None
    return f"{limit} per {policy.interval or 1} {(policy.unit or '').lower()}".strip()


def _is_lower(before: float | None, after: float | None) -> bool:
    return after is not None and (before is None or after < before)


def _entries(policy: AccessControl) -> set[str]:
    return {entry.strip() for entry in (policy.value or "").split(",") if entry.strip()}


def _scheme_facts(scheme: SecurityScheme) -> str:
    facts = (scheme.kind, scheme.location, scheme.parameter, scheme.auth_type)
    return " ".join(str(fact) for fact in facts if fact)


def _sets(definition: ApiDefinition) -> dict[str, set[str]]:
    """Sets of gateway responses as lines that can be compared."""
    sets: dict[str, set[str]] = {}
    for response in definition.gateway_responses:
        lines = sets.setdefault(response.name, set())
        if response.response_type is not None:
            fields = (response.status, response.media_type, response.body, response.headers)
            lines.add(f"{response.response_type}: {' '.join(str(field) for field in fields if field is not None)}")
    return sets
