"""Comparison of the backends of two operations."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.operations.parameters import renamed_path_parameters
from apig_nb.compare.options.options import CompareOptions
from apig_nb.definition.model.backend import Backend, BackendParameter
from apig_nb.definition.model.operation import TEMPLATE_PARAMETER, Operation
from apig_nb.definition.values import equal

# Field of a backend → rule, for fields with one rule for all changes.
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
# Values that stand for a missing field:
# https://support.huaweicloud.com/intl/en-us/usermanual-apig/apig_03_0092.html and the pages after it
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

_ADDRESSES: Final = ("address", "channel", "host", "function_urn")
"""Fields that the options may map from one environment to another."""


class _Subject(NamedTuple):
    """The subject of a change.

    Attributes:
        pointers: pointers to both operations.
        operation: the new operation.
        label: description of the backend.
        renamed: old → new names of path parameters.
    """

    pointers: Pointers
    operation: Operation
    label: str
    renamed: Mapping[str, str]


class BackendComparison:
    """Compares the backends of pairs of operations and adds the changes."""

    def __init__(self, changes: Changes, options: CompareOptions) -> None:
        self._changes, self._options = changes, options
        # By the ids of conditions, which operations keep: all server groups of a policy share them.
        self._conditions_differ: dict[tuple[int, int], bool] = {}

    def compare(self, old: Operation, new: Operation) -> None:
        """Compare the default backend and those of the backend policies."""
        is_same = all(map(equal, old.source("backends"), new.source("backends")))
        if is_same and old.path == new.path and not self._options.addresses:
            return
        pointers = Pointers(old.pointer, new.pointer)
        # A renamed path parameter is still sent to the backend.
        renamed = renamed_path_parameters(old, new)
        for before, after in _paired(old.backends, new.backends):
            backend = after or before
            if backend is None:
                continue
            subject = _Subject(pointers, new, _label(backend), renamed)
            if before is not None and after is not None:
                self._compare_backend(before, after, subject)
                continue
            stem = "backend" if backend.policy is None else "backend-policy"
            shown = backend.target or backend.kind or ""
            if after is None:
                self._add(f"{stem}-removed", subject, None, shown, None)
            else:
                self._add(f"{stem}-added", subject, None, None, shown)

    def _add(self, rule: str, subject: _Subject, detail: str | None, before: Any, after: Any) -> None:
        label = subject.label if detail is None else f"{subject.label}, {detail}"
        self._changes.add(rule, subject.pointers, label, before, after, operations=(subject.operation,))

    def _compare_backend(self, old: Backend, new: Backend, subject: _Subject) -> None:
        if old.kind != new.kind:
            # The fields of two kinds cannot be compared.
            shown = (f"{backend.kind} {backend.target or ''}".strip() for backend in (old, new))
            self._add("backend-kind-altered", subject, None, *shown)
            if old.effect_mode != new.effect_mode:
                self._add("backend-condition-altered", subject, None, old.effect_mode, new.effect_mode)
        else:
            self._compare_fields(old, new, subject)
            self._compare_parameters(old.parameters, new.parameters, subject)
        if self._have_other_conditions(old.conditions, new.conditions):
            shown_conditions = ("; ".join(backend.conditions) or None for backend in (old, new))
            self._add("backend-condition-altered", subject, "conditions", *shown_conditions)

    def _have_other_conditions(self, old: tuple[str, ...], new: tuple[str, ...]) -> bool:
        key = (id(old), id(new))
        if key not in self._conditions_differ:
            self._conditions_differ[key] = sorted(old) != sorted(new)
        return self._conditions_differ[key]

    def _compare_fields(self, old: Backend, new: Backend, subject: _Subject) -> None:
        for name, rule in _BACKEND_FIELDS.items():
            before, after = (_field(backend, name) for backend in (old, new))
            if name in _ADDRESSES and self._options.map_address(before) == self._options.map_address(after):
                continue
            if name == "path" and before is not None and before != after:
                before = _renamed_path(before, subject.renamed)
            if before != after:
                self._add(rule, subject, name.replace("_", " "), before, after)
        scheme = [(backend.scheme or "").lower() or None for backend in (old, new)]
        if scheme[0] != scheme[1]:
            rule = "backend-scheme-tightened" if scheme[1] == "https" else "backend-scheme-loosened"
            self._add(rule, subject, "scheme", *scheme)
        timeout = [_field(backend, "timeout_ms") for backend in (old, new)]
        if timeout[0] != timeout[1]:
            rule = "backend-timeout-loosened" if timeout[1] > timeout[0] else "backend-timeout-tightened"
            self._add(rule, subject, "time-out in ms", *timeout)
        if bool(old.client_ssl) != bool(new.client_ssl):
            rule = "backend-tls-tightened" if new.client_ssl else "backend-tls-loosened"
            self._add(rule, subject, "two-way TLS", bool(old.client_ssl), bool(new.client_ssl))
        if dict(old.extensions) != dict(new.extensions):
            values = (dict(backend.extensions) or None for backend in (old, new))
            self._add("backend-option-altered", subject, "other keys", *values)

    def _compare_parameters(
        self, old: Sequence[BackendParameter], new: Sequence[BackendParameter], subject: _Subject
    ) -> None:
        renamed = subject.renamed
        after = {_parameter_key(item): item for item in new}
        before = {}
        for item in old:
            # A renamed path parameter may have kept its name in the call of the backend.
            key = _parameter_key(item)
            before[key if key in after else _parameter_key(item, renamed)] = item
        for key in sorted(before.keys() - after.keys()):
            item = before[key]
            self._add("backend-parameter-removed", subject, _parameter_label(item), _origin_text(item), None)
        for key in sorted(after.keys() - before.keys()):
            item = after[key]
            self._add("backend-parameter-added", subject, _parameter_label(item), None, _origin_text(item))
        for key in sorted(before.keys() & after.keys()):
            label = _parameter_label(after[key])
            origins = _origin_text(before[key], renamed), _origin_text(after[key])
            if origins[0] != origins[1]:
                self._add("backend-parameter-altered", subject, label, *origins)
            texts = before[key].description or None, after[key].description or None
            if texts[0] != texts[1]:
                self._add("description-altered", subject, f"{label}, description", *texts)


def _paired(old: Iterable[Backend], new: Iterable[Backend]) -> Iterable[tuple[Backend | None, Backend | None]]:
    """Pair the backends of each policy: server groups by name, others in their order."""
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


def _label(backend: Backend) -> str:
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


def _parameter_label(item: BackendParameter) -> str:
    return f"parameter {item.name} in {item.location}"


def _origin_text(item: BackendParameter, renamed: Mapping[str, str] = MappingProxyType({})) -> str:
    value = item.value or ""
    return f"{item.origin} {renamed.get(value, value) if item.origin == 'REQUEST' else value}"
