"""Checks of authentication: operations that are open, and credentials that are weak or badly sent."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator

from apig_nb.audit.checks.registry import check
from apig_nb.audit.subject import NONE, Api, Found, Subject, accepts_appcode, is_channel, kind, label, names_of
from apig_nb.audit.words import first_of, names_secret, path_words
from apig_nb.definition.model.gateway import SecurityScheme
from apig_nb.definition.values import as_list, as_map, as_text

_WORDS = {0: "none", 1: "a bare credential", 2: "signed or checked", 3: "two together"}


def _open(subject: Subject) -> Iterator[Api]:
    return (api for api in subject.apis if api.lets_everybody_in and not api.is_preflight)


@check
def open_to_all(subject: Subject) -> Iterator[Found]:
    for api in _open(subject):
        if api.auth == (NONE,):
            yield api.found("authentication", pointer=api.security_pointer)


@check
def open_and_writing(subject: Subject) -> Iterator[Found]:
    for api in _open(subject):
        if api.changes_something:
            yield api.found("authentication", api.method, api.security_pointer)


@check
def open_and_unguarded(subject: Subject) -> Iterator[Found]:
    for api in _open(subject):
        if not (api.ratelimit_names or api.access_names or api.plugins):
            yield api.found("authentication", pointer=api.security_pointer)


@check
def open_way_inside(subject: Subject) -> Iterator[Found]:
    for api in _open(subject):
        for backend in api.backends:
            if is_channel(backend) or kind(backend) == "FUNCTION":
                evidence = f"{backend.channel or backend.function_urn or kind(backend)}"
                yield api.found(label(backend), evidence, backend.pointer)


@check
def optional_authentication(subject: Subject) -> Iterator[Found]:
    for api in _open(subject):
        if len(api.auth) > 1:
            yield api.found("authentication", " or ".join(api.auth), api.security_pointer)


@check
def iam_without_account_list(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        lists = [policy for policy in api.access if (policy.entity_type or "").upper().startswith("DOMAIN")]
        permits = any((policy.acl_type or "").upper() == "PERMIT" for policy in lists)
        if "IAM" in api.auth and not permits and len(api.access) == len(api.access_names):
            yield api.found("authentication", pointer=api.security_pointer)


@check
def appcode_allowed(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        for scheme in filter(accepts_appcode, api.schemes):
            yield api.found(f"security scheme {scheme.name}", pointer=api.security_pointer)


@check
def appcode_over_http(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        if "http" in api.protocols and any(map(accepts_appcode, api.schemes)):
            yield api.found("protocols", ", ".join(api.protocols), api.operation.servers_pointer)


@check
def credential_over_http(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        if "http" in api.protocols and any(word != NONE for word in api.auth):
            yield api.found("protocols", ", ".join(api.protocols), api.operation.servers_pointer)


@check
def credential_in_query(subject: Subject) -> Iterator[Found]:
    for scheme, users in _used_schemes(subject):
        operations = names_of(users)
        if (scheme.location or "").lower() == "query":
            yield Found(scheme.pointer, f"security scheme {scheme.name}", scheme.parameter or "", operations)
        for index, item in enumerate(as_list(scheme.authorizer.get("identities"))):
            identity = as_map(item)
            if (as_text(identity.get("location")) or "").upper() == "QUERY":
                name = as_text(identity.get("name")) or ""
                pointer = f"{scheme.pointer}/x-apigateway-authorizer/identities/{index}"
                yield Found(pointer, f"security scheme {scheme.name}, identity source {name}", "", operations)


@check
def secret_in_query_parameter(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        for parameter in api.parameters:
            if parameter.location == "query" and names_secret(parameter.name):
                yield api.found(f"parameter {parameter.name} in query", pointer=parameter.pointer)


@check
def basic_authentication(subject: Subject) -> Iterator[Found]:
    for scheme, users in _used_schemes(subject):
        if scheme.http_scheme in ("basic", "digest"):
            location = f"security scheme {scheme.name}"
            yield Found(scheme.pointer, location, scheme.http_scheme, names_of(users))


def _used_schemes(subject: Subject) -> Iterator[tuple[SecurityScheme, list[Api]]]:
    for name, scheme in subject.schemes.items():
        if users := subject.users_of_scheme.get(name):
            yield scheme, users


@check
def scheme_undefined(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        for name in sorted(api.operation.scheme_names - subject.schemes.keys()):
            yield api.found(f"security scheme {name}", pointer=api.security_pointer)


@check
def scheme_unused(subject: Subject) -> Iterator[Found]:
    for name, scheme in subject.schemes.items():
        # The gateway writes these into every export: they are its own, not the user's.
        if name not in subject.users_of_scheme and not name.startswith("apig-auth-"):
            yield Found(scheme.pointer, f"security scheme {name}")


@check
def weaker_method_on_path(subject: Subject) -> Iterator[Found]:
    by_path: dict[str, list[Api]] = defaultdict(list)
    for api in subject.apis:
        if not api.is_preflight:
            by_path[api.path].append(api)
    for apis in by_path.values():
        strongest = max(apis, key=lambda api: api.strength)
        for api in apis:
            if api.strength < strongest.strength:
                evidence = f"{_WORDS[api.strength]}, {strongest.method}: {_WORDS[strongest.strength]}"
                yield api.found("authentication", evidence, api.security_pointer)


@check
def admin_like_the_rest(subject: Subject, *, words: Collection[str]) -> Iterator[Found]:
    named = {api: first_of(path_words(api.path), words) for api in subject.apis}
    others = {api.operation.scheme_names for api, word in named.items() if word is None and not api.lets_everybody_in}
    for api, word in named.items():
        if word is None or api.is_preflight:
            continue
        reasons = {
            "no authentication": api.lets_everybody_in,
            "public": (api.operation.request_type or "").lower() == "public",
            "no access control": not api.access_names,
            "the same security scheme as all others": others == {api.operation.scheme_names},
        }
        if any(reasons.values()):
            yield api.found(f"path with {word}", ", ".join(reason for reason, holds in reasons.items() if holds))


@check
def public_and_weak(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        if (api.operation.request_type or "").lower() != "public" or api.is_preflight:
            continue
        lacks = {"no authentication": api.lets_everybody_in, "no throttling policy": not api.is_throttled}
        if any(lacks.values()):
            yield api.found("visibility", ", ".join(name for name, holds in lacks.items() if holds))
