"""Checks of the parameters that are sent to backends."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apig_nb.audit.checks.registry import check
from apig_nb.audit.hosts import shown
from apig_nb.audit.subject import Api, Found, Subject, is_channel, is_http, label
from apig_nb.audit.words import names_secret, secret_kind
from apig_nb.definition.model.backend import Backend, BackendParameter
from apig_nb.definition.model.operation import TEMPLATE_PARAMETER, template_parameters
from apig_nb.definition.model.target import variables

_IDENTITY = re.compile(
    r"(?:x-)?(?:(?:auth|authenticated|forwarded|remote|current|caller|consumer|is)-)?"
    r"(?:user|uid|roles?|tenant|account|customer|principal|subject|groups?|scopes?|permissions?|org|organization|email|admin)"
    r"(?:-?(?:id|name|role|roles|email|type|level|no|number))?",
    re.IGNORECASE,
)


def _parameters(subject: Subject) -> Iterator[tuple[Api, Backend, tuple[BackendParameter, ...]]]:
    return ((api, *backend) for api in subject.apis for backend in api.backend_parameters)


def _name(backend: Backend) -> str:
    return label(backend._replace(server_group=None))


@check
def backend_parameter_from_nowhere(subject: Subject) -> Iterator[Found]:
    for api, backend, parameters in _parameters(subject):
        if not parameters:
            continue
        exact = {parameter.name for parameter in api.parameters} | set(api.template_names)
        headers = {parameter.name.lower() for parameter in api.parameters if parameter.location == "header"}
        for one in parameters:
            value = one.value or ""
            if one.origin == "REQUEST" and value not in exact and value.lower() not in headers:
                location = f"{_name(backend)}, parameter {one.name} in {one.location}"
                yield api.found(location, value, one.pointer)


@check
def backend_path_parameter_unfilled(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        for backend in api.backends:
            if "{" not in (backend.path or ""):
                continue
            parameters = next(parameters for one, parameters in api.backend_parameters if one.source is backend.source)
            filled = {one.name for one in parameters if one.location == "path"}
            for name in dict.fromkeys(template_parameters(backend.path or "")):
                if name not in filled:
                    yield api.found(
                        f"{label(backend)}, {{{name}}} in its path", shown(None, backend.path), backend.pointer
                    )


@check
def path_parameter_dropped(subject: Subject) -> Iterator[Found]:
    for api, backend, parameters in _parameters(subject):
        if not (is_http(backend) or is_channel(backend)):
            continue
        sent = {one.value for one in parameters if one.origin == "REQUEST"}
        in_path = {*template_parameters(backend.path or "")}
        for name in TEMPLATE_PARAMETER.findall(api.path):
            # The gateway has no mapping for the rest of a path.
            if not name.endswith("+") and name not in sent and name not in in_path:
                yield api.found(f"{_name(backend)}, parameter {name} in path", pointer=backend.pointer)


@check
def path_parameter_free_into_backend_path(subject: Subject) -> Iterator[Found]:
    for api, backend, parameters in _parameters(subject):
        into_path = {one.value for one in parameters if one.origin == "REQUEST" and one.location == "path"}
        for parameter in api.parameters:
            schema = parameter.schema
            is_free = schema.get("type") == "string" and schema.keys().isdisjoint(("maxLength", "pattern", "enum"))
            if parameter.location == "path" and is_free and parameter.name in into_path:
                location = f"{_name(backend)}, parameter {parameter.name} in path"
                yield api.found(location, shown(None, backend.path), parameter.pointer)


@check
def constant_secret(subject: Subject) -> Iterator[Found]:
    for api, backend, parameters in _parameters(subject):
        for one in parameters:
            value = one.value or ""
            # A variable of the environment or of the gateway stands for a value that is not written here.
            if one.origin != "CONSTANT" or not value or variables(value) or value.startswith("$"):
                continue
            kind = secret_kind(value)
            if kind or names_secret(one.name or ""):
                location = f"{_name(backend)}, parameter {one.name} in {one.location}"
                yield api.found(location, f"{kind or 'a value'} of {len(value)} characters", one.pointer)


@check
def identity_from_caller(subject: Subject) -> Iterator[Found]:
    for api, backend, parameters in _parameters(subject):
        for one in parameters:
            name = (one.name or "").replace("_", "-")
            if one.origin == "REQUEST" and one.location == "header" and _IDENTITY.fullmatch(name):
                location = f"{_name(backend)}, parameter {one.name} in header"
                yield api.found(location, f"from the request's {one.value}", one.pointer)
