"""Checks of the parameters of requests."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from apig_nb.audit.checks.registry import check
from apig_nb.audit.subject import Api, Found, Subject
from apig_nb.audit.words import names_secret, words
from apig_nb.definition.model.elements import Parameter
from apig_nb.definition.values import as_list, as_map, as_number, as_text
from apig_nb.text import shorten

_BOUNDS_OF_TEXT = frozenset(("maxLength", "enum", "pattern", "const"))
_RESERVED = re.compile(r"x-apig-.*|x-sdk-.*|x-stage", re.IGNORECASE)
_RESERVED_HEADERS = frozenset(("authorization", "x-auth-token"))
_PAGING = frozenset(
    "limit page offset cursor size pagesize perpage per count max top skip start after before marker first last"  # noqa: SIM905
    " rows".split()
)
_SINGULAR = ("ss", "us", "is", "ics", "news", "series")
_ADDRESS = frozenset(("url", "uri", "href", "callback", "redirect", "webhook"))
_LONGEST = 60


def _parameters(subject: Subject) -> Iterator[tuple[Api, Parameter, Mapping[str, Any]]]:
    """Yield the parameters with their schemas."""
    follow = subject.document.references.follow
    for api in subject.apis:
        for parameter in api.parameters:
            schema = parameter.schema
            yield api, parameter, as_map(follow(schema)) if "$ref" in schema else schema


def _found(api: Api, parameter: Parameter, evidence: str = "") -> Found:
    return api.found(f"parameter {parameter.name} in {parameter.location}", evidence, parameter.pointer)


def _types(schema: Mapping[str, Any]) -> tuple[Any, ...]:
    written = schema.get("type")
    return tuple(written) if isinstance(written, list) else (written,)


def _is_number(schema: Mapping[str, Any]) -> bool:
    return any(kind in ("number", "integer") for kind in _types(schema))


@check
def string_unbounded(subject: Subject) -> Iterator[Found]:
    for api, parameter, schema in _parameters(subject):
        if "string" in _types(schema) and _BOUNDS_OF_TEXT.isdisjoint(schema):
            yield _found(api, parameter)


@check
def number_unbounded(subject: Subject) -> Iterator[Found]:
    for api, parameter, schema in _parameters(subject):
        if not _is_number(schema) or "enum" in schema or "const" in schema:
            continue
        ends = (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum"))
        missing = [names[0] for names in ends if not any(as_number(schema.get(name)) is not None for name in names)]
        if missing:
            yield _found(api, parameter, f"no {' and no '.join(missing)}")


@check
def numeric_identifier(subject: Subject) -> Iterator[Found]:
    for api, parameter, schema in _parameters(subject):
        if parameter.location == "path" and _is_number(schema) and words(parameter.name)[-1:] == ["id"]:
            yield _found(api, parameter, ", ".join(filter(None, map(as_text, _types(schema)))))


@check
def url_parameter(subject: Subject) -> Iterator[Found]:
    for api, parameter, _ in _parameters(subject):
        found = words(parameter.name)
        if found and (found[-1] in _ADDRESS or found[0] in ("callback", "redirect")):
            yield _found(api, parameter)


@check
def parameter_name_reserved(subject: Subject) -> Iterator[Found]:
    for api, parameter, _ in _parameters(subject):
        is_header, name = parameter.location == "header", parameter.name.lower()
        if _RESERVED.fullmatch(name) or (is_header and (name in _RESERVED_HEADERS or "_" in name)):
            yield _found(api, parameter)


@check
def default_outside_limits(subject: Subject) -> Iterator[Found]:
    for api, parameter, schema in _parameters(subject):
        if schema.get("default") in (None, ""):
            continue
        if reason := _outside(schema, schema["default"]):
            # A default may be a secret, as bad as that is.
            value = "the default" if names_secret(parameter.name) else shorten(str(schema["default"]), _LONGEST)
            yield _found(api, parameter, f"{value} {reason}")


def _outside(schema: Mapping[str, Any], default: object) -> str:
    """Return why a default is not accepted, in words; empty if it is."""
    allowed = as_list(schema.get("enum"))
    if allowed and as_text(default) not in map(as_text, allowed):
        return "is not in the enumeration"
    if _is_number(schema):
        number = as_number(default)
        if number is None:
            return "is not a number"
        return _beyond(Fraction(number), schema, ("minimum", "maximum"))
    if "string" in _types(schema) and isinstance(default, str):
        return _beyond(Fraction(len(default)), schema, ("minLength", "maxLength"))
    return ""


def _beyond(value: Fraction, schema: Mapping[str, Any], names: tuple[str, str]) -> str:
    least, greatest = (as_number(schema.get(name)) for name in names)
    if least is not None and value < least:
        return f"is below {names[0]} {as_text(schema[names[0]])}"
    if greatest is not None and value > greatest:
        return f"is above {names[1]} {as_text(schema[names[1]])}"
    return ""


@check
def required_with_default(subject: Subject) -> Iterator[Found]:
    for api, parameter, schema in _parameters(subject):
        if parameter.required and schema.get("default") not in (None, ""):
            yield _found(api, parameter)


@check
def path_parameter_undeclared(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        declared = {parameter.name for parameter in api.parameters if parameter.location == "path"}
        names = dict.fromkeys(api.template_names)
        for name in names:
            # Published exports do not declare the parameter of `{proxy+}`.
            if name not in declared and f"{{{name}+}}" not in api.path:
                yield api.found(f"parameter {name} in path", "not declared")
        for name in sorted(declared - names.keys()):
            yield api.found(f"parameter {name} in path", "not in the path")


@check
def list_without_paging(subject: Subject) -> Iterator[Found]:
    collections = {api.path.rpartition("/")[0] for api in subject.apis if api.path.endswith("}")}
    for api in subject.apis:
        last = (words(api.path.rstrip("/").rpartition("/")[2]) or [""])[-1]
        is_plural = last.endswith("s") and not last.endswith(_SINGULAR)
        if api.method != "GET" or api.path.endswith("}") or not (is_plural or api.path in collections):
            continue
        names = {word for parameter in api.parameters for word in (*words(parameter.name), _joined(parameter.name))}
        if _PAGING.isdisjoint(names):
            yield api.found("parameters")


def _joined(name: str) -> str:
    return "".join(words(name))
