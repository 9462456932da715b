"""`backends` and `backend_parameters`: what answers a call, and what it is sent."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from apig_nb.definition.model.backend import FIELDS, Backend, BackendParameter
from apig_nb.definition.values import written_form
from apig_nb.tables.frame import KEYS, MAYBE, TEXT, WHOLE, frame, joined, rest

if TYPE_CHECKING:
    import pandas as pd

    from apig_nb.definition import ApiDefinition

# In the order of the backend's fields; method and path are columns of their own name, as the operation has both.
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
    "conditions": TEXT,
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


def backends(definition: ApiDefinition) -> pd.DataFrame:
    """A row is the default backend (policy missing) or a backend policy of an operation, one for each server group.

    Columns: method, path, policy, kind (`HTTP`, `HTTP-VPC`, `HTTP-VPC-MEMBER-GROUP`, `FUNCTION`, `MOCK`),
    backend_method, scheme (lower case), address, channel (VPC channel), server_group, backend_path, host, timeout_ms
    (Int64, milliseconds), retries (Int64; -1 leaves it to the gateway), client_ssl, sm_channel, cascade (boolean),
    function_urn, alias_urn, version, invocation_type, network_type, function_protocol, mock_result, description,
    effect_mode (`ANY`, `ALL`), conditions (joined by `, `), extensions (JSON).
    """
    memo_by_id = definition.document.memo_by_id
    return frame(
        BACKENDS,
        (
            (
                operation.method,
                operation.path,
                *backend[: len(FIELDS)],
                memo_by_id("conditions text", backend.conditions, joined) if backend.conditions else None,
                memo_by_id("extensions text", extensions, rest) if (extensions := backend.extensions) else None,
            )
            for operation in definition.operations
            for backend in operation.backends
        ),
    )


def backend_parameters(definition: ApiDefinition) -> pd.DataFrame:
    """A row is a parameter that the gateway sends to a backend.

    Columns: method, path, policy (missing for the default backend), name, in (lower case), origin (`REQUEST`,
    `CONSTANT`), value (the request parameter's name, or the constant), description, extensions (JSON).
    """
    memo_by_value = definition.document.memo_by_value
    return frame(
        BACKEND_PARAMETERS,
        (
            (
                operation.method,
                operation.path,
                backend.policy,
                *memo_by_value("backend parameter", written_form(item), item, _parameter_row),
            )
            for operation in definition.operations
            for backend in _one_per_policy(operation.backends)
            for item in backend.written_parameters
        ),
    )


def _parameter_row(item: object) -> tuple[object, ...]:
    *fields, extensions = BackendParameter.read(item)
    return (*fields, rest(extensions))


def _one_per_policy(backends: tuple[Backend, ...]) -> Collection[Backend]:
    if len(backends) < 2:
        return backends
    # Server groups of one backend share its parameters, which are listed once.
    first: dict[int, Backend] = {}
    for backend in backends:
        first.setdefault(id(backend.written_parameters), backend)
    return list(first.values())
