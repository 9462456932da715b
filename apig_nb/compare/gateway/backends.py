"""Backends of two operations: where calls go, how, and with which values."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from types import MappingProxyType
from typing import Any, Final

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.operations.parameters import renamed_path_parameters
from apig_nb.compare.options.options import CompareOptions
from apig_nb.definition.model.backend import Backend, BackendParameter
from apig_nb.definition.model.operation import TEMPLATE_PARAMETER, Operation
from apig_nb.definition.values import equal

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

_WRITTEN: Final = ("x-apigateway-backend", "x-apigateway-backend-policies")
"""Fields of an operation that hold its backends."""

_ADDRESSES: Final = ("address", "channel", "host", "function_urn")
"""Fields that a policy may map from one environment to another."""


class BackendWalk:
    """Compares the backends of pairs of operations and adds what differs."""

    def __init__(self, changes: Changes, options: CompareOptions) -> None:
        self._changes, self._options = changes, options
        self._differing: dict[tuple[int, int], bool] = {}  # conditions, which the operations keep, by their ids

    def compare(self, old: Operation, new: Operation) -> None:
        """Compare the default backend and those of the backend policies."""
        alike = all(equal(old.raw.get(key), new.raw.get(key)) for key in _WRITTEN)
        if alike and old.path == new.path and not self._options.addresses:
            return
        at = Pointers(old.pointer, new.pointer)
        # A parameter of the path that only has another name is still handed on.
        renamed = renamed_path_parameters(old, new)
        for before, after in _paired(old.backends, new.backends):
            if before is not None and after is not None:
                self._compare_backend(before, after, at, new, renamed)
            elif before is not None:
                rule = "backend-removed" if before.policy is None else "backend-policy-removed"
                self._add(rule, at, new, _where(before), before.target or before.kind or "", None)
            elif after is not None:
                rule = "backend-added" if after.policy is None else "backend-policy-added"
                self._add(rule, at, new, _where(after), None, after.target or after.kind or "")

    def _add(self, rule: str, at: Pointers, new: Operation, where: str, before: Any = None, after: Any = None) -> None:
        self._changes.add(rule, at, where, before, after, operations=(new,))

    def _compare_backend(
        self, old: Backend, new: Backend, at: Pointers, operation: Operation, renamed: Mapping[str, str]
    ) -> None:
        where = _where(new)
        if old.kind != new.kind:
            # Fields of two kinds have nothing to do with each other.
            shown = (f"{backend.kind} {backend.target or ''}".strip() for backend in (old, new))
            self._add("backend-kind-altered", at, operation, where, *shown)
            if old.effect_mode != new.effect_mode:
                self._add("backend-condition-altered", at, operation, where, old.effect_mode, new.effect_mode)
        else:
            self._compare_backend_fields(old, new, where, at, operation, renamed)
            self._compare_backend_parameters(old.parameters, new.parameters, where, at, operation, renamed)
        if self._conditions_differ(old.conditions, new.conditions):
            shown_conditions = ("; ".join(backend.conditions) or None for backend in (old, new))
            self._add("backend-condition-altered", at, operation, f"{where}, conditions", *shown_conditions)

    def _conditions_differ(self, old: tuple[str, ...], new: tuple[str, ...]) -> bool:
        """Whether the conditions differ, asked once for all server groups of a policy."""
        key = (id(old), id(new))
        if key not in self._differing:
            self._differing[key] = sorted(old) != sorted(new)
        return self._differing[key]

    def _compare_backend_fields(
        self, old: Backend, new: Backend, where: str, at: Pointers, operation: Operation, renamed: Mapping[str, str]
    ) -> None:
        for name, rule in _BACKEND_FIELDS.items():
            before, after = (_field(backend, name) for backend in (old, new))
            if name in _ADDRESSES and self._options.map_address(before) == self._options.map_address(after):
                continue
            if name == "path" and before is not None and before != after:
                before = _renamed_path(before, renamed)
            if before != after:
                words = name.replace("_", " ")
                self._add(rule, at, operation, f"{where}, {words}", before, after)
        scheme = [(backend.scheme or "").lower() or None for backend in (old, new)]
        if scheme[0] != scheme[1]:
            rule = "backend-scheme-tightened" if scheme[1] == "https" else "backend-scheme-loosened"
            self._add(rule, at, operation, f"{where}, scheme", *scheme)
        timeout = [_field(backend, "timeout_ms") for backend in (old, new)]
        if timeout[0] != timeout[1]:
            rule = "backend-timeout-loosened" if timeout[1] > timeout[0] else "backend-timeout-tightened"
            self._add(rule, at, operation, f"{where}, time-out in ms", *timeout)
        if bool(old.client_ssl) != bool(new.client_ssl):
            rule = "backend-tls-tightened" if new.client_ssl else "backend-tls-loosened"
            self._add(rule, at, operation, f"{where}, two-way TLS", bool(old.client_ssl), bool(new.client_ssl))
        if dict(old.extensions) != dict(new.extensions):
            values = (dict(backend.extensions) or None for backend in (old, new))
            self._add("backend-option-altered", at, operation, f"{where}, other keys", *values)

    def _compare_backend_parameters(
        self,
        old: Sequence[BackendParameter],
        new: Sequence[BackendParameter],
        where: str,
        at: Pointers,
        operation: Operation,
        renamed: Mapping[str, str],
    ) -> None:
        after = {_parameter_key(item): item for item in new}
        before = {}
        for item in old:
            # A path parameter that was renamed may have kept its name on the way to the backend, or not.
            key = _parameter_key(item)
            before[key if key in after else _parameter_key(item, renamed)] = item
        for key in sorted(before.keys() - after.keys()):
            self._add(
                "backend-parameter-removed",
                at,
                operation,
                f"{where}, {_shown(before[key])}",
                _source(before[key]),
                None,
            )
        for key in sorted(after.keys() - before.keys()):
            self._add(
                "backend-parameter-added", at, operation, f"{where}, {_shown(after[key])}", None, _source(after[key])
            )
        for key in sorted(before.keys() & after.keys()):
            sources = _source(before[key], renamed), _source(after[key])
            if sources[0] != sources[1]:
                self._add("backend-parameter-altered", at, operation, f"{where}, {_shown(after[key])}", *sources)
            texts = before[key].description or None, after[key].description or None
            if texts[0] != texts[1]:
                self._add("description-altered", at, operation, f"{where}, {_shown(after[key])}, description", *texts)


def _paired(old: Iterable[Backend], new: Iterable[Backend]) -> Iterable[tuple[Backend | None, Backend | None]]:
    """Backends of one policy, those of its server groups by their names, else by their order."""
    before, after = _by_policy(old), _by_policy(new)
    for policy in dict.fromkeys((*before, *after)):
        left, right = before.get(policy, []), after.get(policy, [])
        counts = [Counter(backend.server_group for backend in side) for side in (left, right)]
        named = {name for name, count in counts[0].items() if name is not None and count == counts[1][name] == 1}
        of_name = {backend.server_group: backend for backend in right if backend.server_group in named}
        for backend in left:
            if backend.server_group in named:
                yield backend, of_name[backend.server_group]
        yield from zip_longest(*([one for one in side if one.server_group not in named] for side in (left, right)))


def _by_policy(backends: Iterable[Backend]) -> dict[str | None, list[Backend]]:
    found: dict[str | None, list[Backend]] = defaultdict(list)
    for backend in backends:
        found[backend.policy].append(backend)
    return found


def _where(backend: Backend) -> str:
    return "backend" if backend.policy is None else f"backend of policy {backend.policy}"


def _field(backend: Backend, name: str) -> Any:
    value = getattr(backend, name)
    return _BACKEND_DEFAULTS.get(name) if value is None else value


def _renamed_path(path: str, renamed: Mapping[str, str]) -> str:
    return TEMPLATE_PARAMETER.sub(lambda match: f"{{{renamed.get(match[1], match[1])}}}", path)


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
