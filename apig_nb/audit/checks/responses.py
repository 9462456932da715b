"""Checks of answers: gateway responses, samples, and descriptions that the gateway does not keep."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apig_nb.audit.checks.registry import check
from apig_nb.audit.hosts import hosts
from apig_nb.audit.subject import Found, Subject, kind, label, names_of
from apig_nb.audit.words import sensitive_kinds
from apig_nb.definition.model.gateway import GatewayResponse

_VARIABLE = re.compile(r"\$context\.[\w.]*\w")
_USUAL = frozenset(("$context.error.code", "$context.error.message", "$context.requestId"))
"""The variables of the gateway's own answers:
https://github.com/opentelekomcloud-docs/api-gateway/blob/main/umn/source/api_management/creating_a_gateway_response.rst
"""
_ADDRESS = re.compile(
    r"://[\w-]+[:/\s\"']|://[^/\s\"':]+:\d|\b\d{1,3}(?:\.\d{1,3}){3}\b|[\w-]\.(?:internal|local)\b", re.ASCII
)
"""An address that is no public page: without a domain, with a port, an IP address, or a name of a network inside."""
_HOST = re.compile(r"(?<![\w.-])[\w-]{1,63}(?:\.[\w-]{1,63})+")
_WITH_BODY = frozenset(("POST", "PUT", "PATCH"))
_REFUSED = frozenset(("401", "403", "4XX"))


def _found(subject: Subject, response: GatewayResponse, evidence: str) -> Found:
    users = subject.users_of_response.get(response.name, [])
    location = f"gateway responses {response.name}, {response.response_type}"
    return Found(response.pointer, location, evidence, names_of(users))


@check
def gateway_response_masks_failure(subject: Subject) -> Iterator[Found]:
    for response in subject.document.gateway_responses:
        if response.response_type is not None and 200 <= (response.status or 0) < 300:
            yield _found(subject, response, f"status {response.status}")


@check
def gateway_response_tells_too_much(subject: Subject) -> Iterator[Found]:
    backends = {host for api in subject.apis for backend in api.backends for host in hosts(backend.address)}
    for response in subject.document.gateway_responses:
        text = f"{response.body or ''} {response.headers or ''}"
        more = [name for name in dict.fromkeys(_VARIABLE.findall(text)) if name not in _USUAL]
        if _ADDRESS.search(text) or not backends.isdisjoint(_HOST.findall(text.lower())):
            more.append("an address")
        if more:
            yield _found(subject, response, ", ".join(more))


@check
def sample_holds_secret_or_person(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        for response in api.operation.responses:
            for name, text in (("normal", response.normal_sample), ("failure", response.failure_sample)):
                if text and (found := sensitive_kinds(text)):
                    yield api.found(f"sample of a {name} answer", ", ".join(found), response.listed_pointer)
        for backend in api.backends:
            if backend.mock_result and kind(backend) == "MOCK" and (found := sensitive_kinds(backend.mock_result)):
                yield api.found(f"mock answer of the {label(backend)}", ", ".join(found), backend.pointer)
        for parameter in api.parameters:
            if parameter.sample and (found := sensitive_kinds(parameter.sample)):
                location = f"sample of parameter {parameter.name} in {parameter.location}"
                yield api.found(location, ", ".join(found), parameter.pointer)


@check
def body_undescribed(subject: Subject) -> Iterator[Found]:
    silent = []
    for api in subject.apis:
        if api.method in _WITH_BODY:
            body = api.operation.request_body
            if body is None or not any(_describes(media.schema) for media in body.media_types):
                silent.append(api)
    if silent:
        yield Found("", "document", f"{len(silent)} operations", names_of(silent))


def _describes(schema: object) -> bool:
    """Return True for a schema that says something; exports in OpenAPI 3.0 have a bare object for every body."""
    return isinstance(schema, dict) and not schema.keys() <= {"type", "description"}


@check
def error_answers_undescribed(subject: Subject) -> Iterator[Found]:
    silent = [
        api
        for api in subject.apis
        if not api.lets_everybody_in and _REFUSED.isdisjoint(api.operation.response_summary.statuses)
    ]
    if silent:
        yield Found("", "document", f"{len(silent)} operations", names_of(silent))
