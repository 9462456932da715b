"""Checks of how backends are called: retries, timeouts, mocks and functions."""

from __future__ import annotations

from collections.abc import Iterator

from apig_nb.audit.checks.registry import check
from apig_nb.audit.subject import Api, Found, Subject, backend_method, kind, label
from apig_nb.audit.versions import is_floating
from apig_nb.definition.model.backend import Backend

_NOT_REPEATED = frozenset(("POST", "PATCH"))
"""Methods that retries of -1 do not repeat: https://support.huaweicloud.com/intl/en-us/usermanual-apig/apig_03_0092.html"""


def _backends(subject: Subject) -> Iterator[tuple[Api, Backend]]:
    return ((api, backend) for api in subject.apis for backend in api.backends)


def _found(api: Api, backend: Backend, evidence: str = "") -> Found:
    return api.found(label(backend), evidence, backend.pointer)


@check
def retries_change_things(subject: Subject) -> Iterator[Found]:
    for api, backend in _backends(subject):
        method = backend_method(api, backend)
        if (backend.retries or 0) > 0 and method in (*_NOT_REPEATED, "ANY"):
            yield _found(api, backend, f"{method}, {backend.retries} retries")


@check
def retries_implied(subject: Subject) -> Iterator[Found]:
    for api, backend in _backends(subject):
        method = backend_method(api, backend)
        if backend.retries == -1 and method in ("PUT", "DELETE", "ANY"):
            yield _found(api, backend, method)


@check
def patience_too_long(subject: Subject, *, seconds: int) -> Iterator[Found]:
    for api, backend in _backends(subject):
        retries, timeout = backend.retries or 0, backend.timeout_ms or 0
        if retries == -1:
            retries = 0 if backend_method(api, backend) in _NOT_REPEATED else 1
        if (retries + 1) * timeout > seconds * 1000:
            yield _found(api, backend, f"{retries + 1} × {timeout:,} ms")


@check
def timeout_long(subject: Subject, *, seconds: int) -> Iterator[Found]:
    for api, backend in _backends(subject):
        if (backend.timeout_ms or 0) > seconds * 1000:
            yield _found(api, backend, f"{backend.timeout_ms:,} ms")


@check
def mock_in_release(subject: Subject) -> Iterator[Found]:
    for api, backend in _backends(subject):
        if subject.is_release and kind(backend) == "MOCK" and not api.is_preflight:
            yield _found(api, backend)


@check
def function_floating(subject: Subject) -> Iterator[Found]:
    for api, backend in _backends(subject):
        floats = is_floating(backend.function_urn, backend.alias_urn, backend.version)
        if subject.is_release and kind(backend) == "FUNCTION" and floats:
            yield _found(api, backend, f"version {backend.version}" if backend.version else "no version")


@check
def function_async_read(subject: Subject) -> Iterator[Found]:
    for api, backend in _backends(subject):
        if api.method in ("GET", "HEAD") and (backend.invocation_type or "").lower().startswith("async"):
            yield _found(api, backend)


@check
def body_not_base64(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        if api.operation.body_base64 is False:
            other = [name for name in api.operation.request_media_types if "json" not in name.lower()]
            if other:
                pointer = api.gateway_pointer("is-send-fg-body-base64")
                yield api.found("request body", ", ".join(other), pointer)
