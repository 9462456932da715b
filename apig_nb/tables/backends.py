"""The tables `backends` and `backend_parameters`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import TYPE_CHECKING

from apig_nb.definition.model.backend import FIELDS, Backend, BackendParameter, Condition
from apig_nb.definition.values import written_form
from apig_nb.tables.frame import KEYS, LIST, MAYBE, TEXT, WHOLE, Row, rest

if TYPE_CHECKING:
    from apig_nb.definition import ApiDefinition

# In the order of the fields of `Backend`; `backend_method` and `backend_path` tell them from those of the operation.
BACKENDS = {
    **KEYS,
    "policy": TEXT,
    "kind": TEXT,
    "backend_method": TEXT,
    "scheme": TEXT,
    "address": TEXT,
    "channel": TEXT,
    "server_group": TEXT,
    "backend_path": TEXT,
    "host": TEXT,
    "timeout_ms": WHOLE,
    "retries": WHOLE,
    "client_ssl": MAYBE,
    "sm_channel": MAYBE,
    "cascade": MAYBE,
    "function_urn": TEXT,
    "alias_urn": TEXT,
    "version": TEXT,
    "invocation_type": TEXT,
    "network_type": TEXT,
    "function_protocol": TEXT,
    "mock_result": TEXT,
    "description": TEXT,
    "effect_mode": TEXT,
    "conditions": LIST,
    "extensions": TEXT,
}
BACKEND_PARAMETERS = {
    **KEYS,
    "policy": TEXT,
    "name": TEXT,
    "in": TEXT,
    "origin": TEXT,
    "value": TEXT,
    "description": TEXT,
    "extensions": TEXT,
}


def backends(definition: ApiDefinition) -> Iterator[Row]:
    """Yield the rows of `Export.backends`."""
    memo_by_id = definition.document.memo_by_id
    return (
        (
            operation.method,
            operation.path,
            *backend[: len(FIELDS)],
            memo_by_id("condition texts", backend.conditions, _texts) if backend.conditions else (),
            memo_by_id("extensions text", extensions, rest) if (extensions := backend.extensions) else None,
        )
        for operation in definition.operations
        for backend in operation.backends
    )


def _texts(conditions: Iterable[Condition]) -> tuple[str, ...]:
    return tuple([condition.text for condition in conditions])


def backend_parameters(definition: ApiDefinition) -> Iterator[Row]:
    """Yield the rows of `Export.backend_parameters`."""
    memo_by_value = definition.document.memo_by_value
    return (
        (
            operation.method,
            operation.path,
            backend.policy,
            *memo_by_value("backend parameter", written_form(item), item, _parameter_row),
        )
        for operation in definition.operations
        for backend in _one_per_policy(operation.backends)
        for item in backend.parameter_sources
    )


def _parameter_row(item: object) -> tuple[object, ...]:
    *fields, extensions, _ = BackendParameter.read(item)
    return (*fields, rest(extensions))


def _one_per_policy(backends: tuple[Backend, ...]) -> Collection[Backend]:
    if len(backends) < 2:
        return backends
    # Server groups of one backend share its parameters, which are listed once.
    first: dict[int, Backend] = {}
    for backend in backends:
        first.setdefault(id(backend.parameter_sources), backend)
    return list(first.values())
