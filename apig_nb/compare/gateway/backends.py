"""Comparison of the backends of two operations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.gateway.backend_pairs import BackendPairs, kind_of
from apig_nb.compare.operations.parameters import renamed_path_parameters
from apig_nb.compare.options.options import CompareOptions
from apig_nb.definition.model.backend import Backend, BackendParameter
from apig_nb.definition.model.operation import TEMPLATE_PARAMETER, Operation, path_shape, template_parameters
from apig_nb.definition.values import equal

# Field of a backend → rule, for fields with one rule for all changes.
_BACKEND_FIELDS: Final = {
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
    "mock_result": "backend-mock-altered",
    "sm_channel": "backend-option-altered",
    "cascade": "backend-option-altered",
    "network_type": "backend-option-altered",
    "function_protocol": "backend-option-altered",
    "description": "description-altered",
}
# Values that stand for a missing field:
# https://support.huaweicloud.com/intl/en-us/usermanual-apig/apig_03_0092.html and the pages after it
_BACKEND_DEFAULTS: Final[Mapping[str, Any]] = {
    "timeout_ms": 5000,
    "client_ssl": False,
    "sm_channel": False,
    "cascade": False,
    "network_type": "V1",
    "description": "",
    "alias_urn": "",
    "host": "",
}

_SPELLINGS: Final = {"synchronous": "sync", "asynchronous": "async"}
"""Values of the pages' examples → those of their tables."""

_PORTS: Final = {"http": ":80", "https": ":443"}
_NOT_RETRIED: Final = ("POST", "PATCH")
"""Methods of calls that are not retried where the gateway decides (-1); others are, once."""

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
        self._pairs = BackendPairs()

    def compare(self, old: Operation, new: Operation) -> None:
        """Compare the default backend and those of the backend policies."""
        is_same = all(map(equal, old.source("backends"), new.source("backends")))
        if is_same and old.path == new.path and not self._options.addresses:
            return
        pointers = Pointers(old.pointer, new.pointer)
        # A renamed path parameter is still sent to the backend.
        renamed = renamed_path_parameters(old, new)
        kept: dict[str | None, None] = {}
        for before, after, is_group in self._pairs.pairs(old.backends, new.backends):
            backend = after or before
            if backend is None:
                continue
            subject = _Subject(pointers, new, _label(backend), renamed)
            if before is not None and after is not None:
                kept[after.policy] = None
                self._compare_backend(before, after, subject)
                continue
            stem = "member-group" if is_group else "backend" if backend.policy is None else "backend-policy"
            shown = backend.target or backend.kind or ""
            if after is None:
                self._add(f"{stem}-removed", subject, None, shown, None)
            else:
                self._add(f"{stem}-added", subject, None, None, shown)
        order = [policy for policy in dict.fromkeys(one.policy for one in new.backends) if policy in kept]
        if list(kept) != order:
            shown_orders = (", ".join(filter(None, policies)) for policies in (kept, order))
            self._changes.add(
                "backend-policies-reordered", pointers, "backend policies", *shown_orders, operations=(new,)
            )

    def _add(self, rule: str, subject: _Subject, detail: str | None, before: Any, after: Any) -> None:
        label = subject.label if detail is None else f"{subject.label}, {detail}"
        self._changes.add(rule, subject.pointers, label, before, after, operations=(subject.operation,))

    def _compare_backend(self, old: Backend, new: Backend, subject: _Subject) -> None:
        if old.policy != new.policy:
            self._add("backend-policy-renamed", subject, None, old.policy, new.policy)
        if kind_of(old) != kind_of(new):
            # The fields of two kinds cannot be compared.
            shown = (f"{backend.kind} {backend.target or ''}".strip() for backend in (old, new))
            self._add("backend-kind-altered", subject, None, *shown)
        else:
            names = _backend_parameter_names(old, new)
            self._compare_fields(old, new, subject, names)
            self._compare_parameters(old.parameters, new.parameters, subject, names)
        if self._pairs.conditions(old) != self._pairs.conditions(new):
            texts = ("; ".join(condition.text for condition in backend.conditions) or None for backend in (old, new))
            self._add("backend-condition-altered", subject, "conditions", *texts)
        elif (mode := self._pairs.mode(old)) != self._pairs.mode(new):
            self._add("backend-condition-altered", subject, "effect mode", mode, self._pairs.mode(new))

    def _compare_fields(self, old: Backend, new: Backend, subject: _Subject, names: Mapping[str, str]) -> None:
        scheme = [backend.scheme or "http" for backend in (old, new)]
        for name, rule in _BACKEND_FIELDS.items():
            before, after = (_field(backend, name) for backend in (old, new))
            if before == after:
                continue
            if name in _ADDRESSES:
                hosts = [self._options.map_address(address) for address in (before, after)]
                if name in ("address", "host"):
                    port = _PORTS.get(scheme[0], "") if scheme[0] == scheme[1] else ""
                    hosts = [host and host.lower().removesuffix(port) for host in hosts]
                if hosts[0] == hosts[1]:
                    continue
            if name == "path" and before is not None:
                before = _renamed_path(before, {**subject.renamed, **names})
            if before != after:
                self._add(rule, subject, name.replace("_", " "), before, after)
        retries = [-1 if backend.retries is None else backend.retries for backend in (old, new)]
        method = subject.operation.method if new.method in (None, "ANY") else new.method
        if _tries(retries[0], method) != _tries(retries[1], method):
            self._add("backend-retries-altered", subject, "retries", *retries)
        if scheme[0] != scheme[1]:
            rule = "backend-scheme-tightened" if scheme[1] == "https" else "backend-scheme-loosened"
            rule = rule if "https" in scheme else "backend-option-altered"
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
        self,
        old: Sequence[BackendParameter],
        new: Sequence[BackendParameter],
        subject: _Subject,
        names: Mapping[str, str],
    ) -> None:
        after = {_parameter_key(item): item for item in new}
        before = {}
        for item in old:
            # A renamed path parameter may have kept its name in the call of the backend.
            key = _parameter_key(item, names)
            before[key if key in after else _parameter_key(item, subject.renamed)] = item
        added = dict.fromkeys(sorted(after.keys() - before.keys()))
        by_name = {key[1].lower(): key for key in reversed(added)}
        for key in sorted(before.keys() - after.keys()):
            item = before[key]
            partner = by_name.pop(key[1].lower(), None)
            if partner is None:
                self._add("backend-parameter-removed", subject, _parameter_label(item), _origin_text(item), None)
                continue
            del added[partner]
            moved = after[partner]
            shown = (f"{one.location}, {_origin_text(one)}" for one in (item, moved))
            self._add("backend-parameter-altered", subject, f"parameter {moved.name}", *shown)
        for key in added:
            item = after[key]
            self._add("backend-parameter-added", subject, _parameter_label(item), None, _origin_text(item))
        headers: set[str] | None = None
        for key in sorted(before.keys() & after.keys()):
            label = _parameter_label(after[key])
            origins = [_origin_text(before[key], subject.renamed), _origin_text(after[key])]
            if origins[0] != origins[1] and origins[0].lower() == origins[1].lower():
                # The name of a header knows no case.
                headers = _header_origins(subject.operation) if headers is None else headers
                origins = [origin.lower() if origin.lower() in headers else origin for origin in origins]
            if origins[0] != origins[1]:
                self._add("backend-parameter-altered", subject, label, *origins)
            texts = before[key].description or None, after[key].description or None
            if texts[0] != texts[1]:
                self._add("description-altered", subject, f"{label}, description", *texts)


def _backend_parameter_names(old: Backend, new: Backend) -> dict[str, str]:
    """Return old → new names of the parameters in the path of a backend, where nothing but their name changed.

    The names are only used to fill in the path, so that the backend does not receive them.
    """
    paths = old.path or "", new.path or ""
    names = [template_parameters(path) for path in paths]
    if path_shape(paths[0]) != path_shape(paths[1]) or sorted(names[0]) == sorted(names[1]):
        return {}
    mapped = [{item.name for item in backend.parameters if item.location == "path"} for backend in (old, new)]
    return {before: after for before, after in zip(*names, strict=True) if before in mapped[0] and after in mapped[1]}


def _header_origins(operation: Operation) -> set[str]:
    return {f"request {one.name.lower()}" for one in operation.parameters if one.location == "header"}


def _label(backend: Backend) -> str:
    return "backend" if backend.policy is None else f"backend of policy {backend.policy}"


def _field(backend: Backend, name: str) -> Any:
    value = getattr(backend, name)
    if value is None:
        return _BACKEND_DEFAULTS.get(name)
    return _SPELLINGS.get(value, value) if name == "invocation_type" else value


def _tries(retries: int, method: str | None) -> int:
    """Return how often a call is repeated; -1 where that depends on the method of the call."""
    if retries != -1 or method == "ANY":
        return retries
    return 0 if method in _NOT_RETRIED else 1


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
