"""Checks of custom authorizers, the functions that authenticate callers."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import Any, Final, NamedTuple

from apig_nb.audit.checks.registry import check
from apig_nb.audit.subject import Api, Found, Subject, kind, names_of
from apig_nb.audit.versions import is_floating
from apig_nb.definition.model.backend import Backend
from apig_nb.definition.values import as_list, as_map, as_text

_DEFAULT_TIMEOUT: Final = 5000
"""Milliseconds: https://support.huaweicloud.com/intl/en-us/usermanual-apig/apig_03_0092.html"""


class _Authorizer(NamedTuple):
    name: str
    settings: dict[str, Any]
    identities: list[Any]
    pointer: str
    users: list[Api]

    def found(self, evidence: str = "", detail: str = "", pointer: str = "") -> Found:
        location = f"authorizer {self.name}{detail and f', {detail}'}"
        return Found(self.pointer + pointer, location, evidence, names_of(self.users))


def _authorizers(subject: Subject) -> Iterator[_Authorizer]:
    for name, scheme in subject.schemes.items():
        if scheme.authorizer:
            identities = as_list(scheme.authorizer.get("identities"))
            pointer = f"{scheme.pointer}/x-apigateway-authorizer"
            users = subject.users_of_scheme.get(name, [])
            yield _Authorizer(name, scheme.authorizer_settings, identities, pointer, users)


@check
def authorizer_lets_through_on_failure(subject: Subject) -> Iterator[Found]:
    for one in _authorizers(subject):
        if one.settings["auth_downgrade_enabled"] is True:
            yield one.found(pointer="/auth_downgrade_enabled")


@check
def authorizer_cache_without_identity(subject: Subject) -> Iterator[Found]:
    for one in _authorizers(subject):
        ttl = _seconds(one)
        if ttl > 0 and not one.identities and one.settings.get("type") != "BACKEND":
            yield one.found(f"{ttl} s", pointer="/ttl")


@check
def authorizer_cached_long(subject: Subject, *, seconds: int) -> Iterator[Found]:
    for one in _authorizers(subject):
        if _seconds(one) > seconds:
            yield one.found(f"{_seconds(one)} s", pointer="/ttl")


def _seconds(one: _Authorizer) -> int:
    ttl = one.settings.get("ttl")
    return ttl if isinstance(ttl, int) else 0


@check
def authorizer_floating(subject: Subject) -> Iterator[Found]:
    for one in _authorizers(subject):
        urn, alias, version = (
            as_text(one.settings.get(f"authorizer_{key}")) for key in ("uri", "alias_uri", "version")
        )
        if is_floating(urn, alias, version):
            yield one.found(f"version {version}" if version else "no version")


@check
def authorizer_identity_unchecked(subject: Subject) -> Iterator[Found]:
    for one in _authorizers(subject):
        for index, item in enumerate(one.identities):
            identity = as_map(item)
            if not identity.get("validation"):
                name, location = as_text(identity.get("name")), as_text(identity.get("location"))
                yield one.found("", f"identity source {name} in {(location or '').lower()}", f"/identities/{index}")


@check
def authorizer_slow(subject: Subject) -> Iterator[Found]:
    for one in _authorizers(subject):
        timeout, retries = one.settings.get("timeout"), one.settings.get("retry_attempts")
        if not isinstance(timeout, int):
            continue
        longest = timeout * ((retries if isinstance(retries, int) and retries > 0 else 0) + 1)
        slower = [api for api in one.users if any(0 < (backend.timeout_ms or 0) < longest for backend in api.backends)]
        if slower:
            yield one._replace(users=slower).found(f"{longest:,} ms")


def _timeout(backend: Backend) -> float:
    """Return the timeout of a backend, which has a default; a mock has none."""
    return inf if kind(backend) == "MOCK" else backend.timeout_ms or _DEFAULT_TIMEOUT
