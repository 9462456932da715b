"""Checks of cross-origin requests."""

from __future__ import annotations

from collections.abc import Iterator

from apig_nb.audit.checks.registry import check
from apig_nb.audit.subject import Api, Found, Subject
from apig_nb.definition.model.operation import path_shape

_NOT_SIMPLE = frozenset(("PUT", "DELETE", "PATCH"))


@check
def cors_everybody(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        if api.operation.cors and not api.is_preflight:
            yield api.found("CORS", pointer=api.gateway_pointer("cors"))


@check
def cors_without_preflight(subject: Subject) -> Iterator[Found]:
    answering = [api for api in subject.apis if api.method == "OPTIONS"]
    exact = {path_shape(api.path) for api in answering}
    prefixes = {path_shape(api.path).rstrip("/") for api in answering if api.is_prefix}
    for api in subject.apis:
        needs = api.operation.cors and (api.method in _NOT_SIMPLE or _sends_json(api))
        answered = path_shape(api.path) in exact or not prefixes.isdisjoint(_paths_above(path_shape(api.path)))
        if needs and not answered and not any(subject.plugin_does(name, "cors") for name in api.plugins):
            yield api.found("CORS", api.method, api.gateway_pointer("cors"))


def _sends_json(api: Api) -> bool:
    return api.method == "POST" and any("json" in name.lower() for name in api.operation.request_media_types)


def _paths_above(path: str) -> list[str]:
    """Return a path and all above it, without a slash at the end."""
    segments = path.rstrip("/").split("/")
    return ["/".join(segments[:length]) for length in range(1, len(segments) + 1)]
