"""Checks of the protocols and addresses of both sides: of callers and of backends."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from apig_nb.audit.checks.registry import check
from apig_nb.audit.hosts import (
    ip_of,
    is_debugging_domain,
    is_own_host,
    is_public,
    own_labels,
    shown,
)
from apig_nb.audit.subject import Api, Found, Subject, is_channel, is_http, label
from apig_nb.audit.words import first_of
from apig_nb.audit.words import words as words_in
from apig_nb.definition.model.backend import Backend
from apig_nb.definition.model.target import variables


def _backends(subject: Subject) -> Iterator[tuple[Api, Backend, list[str]]]:
    """Yield the backends with the hosts of their addresses."""
    return ((api, *backend) for api in subject.apis for backend in api.backend_hosts)


def _found(api: Api, backend: Backend, evidence: str) -> Found:
    return api.found(label(backend), evidence, backend.pointer)


@check
def http_answered(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        if "http" in api.protocols:
            yield api.found("protocols", ", ".join(api.protocols), api.operation.servers_pointer)


@check
def backend_plain_public(subject: Subject) -> Iterator[Found]:
    for api, backend, hosts in _backends(subject):
        public = list(filter(is_public, hosts))
        if is_http(backend) and backend.scheme == "http" and public:
            yield _found(api, backend, ", ".join(public))


@check
def backend_plain_inside(subject: Subject) -> Iterator[Found]:
    for api, backend, _ in _backends(subject):
        if is_channel(backend) and backend.scheme == "http":
            yield _found(api, backend, backend.channel or "")


@check
def encryption_ends_at_gateway(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        plain = [backend for backend in api.backends if backend.scheme == "http"]
        if "https" in api.protocols and plain:
            names = dict.fromkeys(f"{label(one)} {shown(one.address or one.channel)}" for one in plain)
            yield api.found("protocols", ", ".join(names), plain[0].pointer)


@check
def backend_address_literal(subject: Subject) -> Iterator[Found]:
    for api, backend, hosts in _backends(subject):
        literal = [host for host in hosts if ip_of(host) is not None]
        if is_http(backend) and backend.scheme == "https" and literal:
            yield _found(api, backend, ", ".join(literal))


@check
def backend_no_client_certificate(subject: Subject) -> Iterator[Found]:
    for api, backend, _ in _backends(subject):
        if backend.scheme == "https" and backend.client_ssl is not True:
            yield _found(api, backend, "")


@check
def backend_loopback_or_metadata(subject: Subject) -> Iterator[Found]:
    for api, backend, hosts in _backends(subject):
        if own := list(filter(is_own_host, hosts)):
            yield _found(api, backend, ", ".join(own))


@check
def backend_host_of_tests(subject: Subject, *, words: Collection[str]) -> Iterator[Found]:
    if not subject.is_release:
        return
    for api, backend, hosts in _backends(subject):
        for host in hosts:
            if not variables(host) and (word := first_of(words_in(own_labels(host)), words)):
                yield _found(api, backend, f"{host} has {word}")
                break


@check
def debugging_domain_only(subject: Subject) -> Iterator[Found]:
    serves = subject.is_release and subject.apis and subject.domains
    if serves and all(map(is_debugging_domain, subject.domains)):
        yield Found(subject.document.servers_pointer, "servers", ", ".join(sorted(subject.domains)))


@check
def environment_variable_open(subject: Subject) -> Iterator[Found]:
    for api, backend, _ in _backends(subject):
        if names := variables(f"{backend.address or ''} {backend.path or ''}"):
            yield _found(api, backend, ", ".join(dict.fromkeys(names)))
