"""The page of one operation: its parts as HTML."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sized
from typing import TYPE_CHECKING, Final, NamedTuple

from markupsafe import Markup

from apig_nb.definition.grammar import is_method
from apig_nb.definition.model.backend import FIELDS
from apig_nb.definition.values import json_text
from apig_nb.request import BACKENDS, POLICIES
from apig_nb.tables.schema_text import constraints_text, type_text
from apig_nb.widgets.explorer.call_path import authentication, bound_policies, call_path
from apig_nb.widgets.explorer.facets import NOT_IN_EXPORT
from apig_nb.widgets.explorer.operation_source import operation_source
from apig_nb.widgets.explorer.schema_tree import SchemaTrees
from apig_nb.widgets.html import code, display_text, heading, help_paragraph, paragraph, properties, small_table

if TYPE_CHECKING:
    from apig_nb.definition import ApiDefinition, Operation, Problem
    from apig_nb.definition.model.backend import Backend
    from apig_nb.definition.model.elements import MediaType, Parameter
    from apig_nb.export import Export

MAX_PARTS: Final = 50
"""Responses, media types and backends of an operation that are shown."""

MAX_SAMPLE: Final = 4_000
"""Characters of an example response that are shown."""


class OperationPage(NamedTuple):
    """The page of an operation.

    Attributes:
        head: title and path of a call, as HTML.
        parts: title → HTML; the same titles for every operation.
        problems: number of problems.
        source: its part of the document, as JSON or YAML.
    """

    head: Markup
    parts: dict[str, str]
    problems: int
    source: str


def operation_page(export: Export, operation: Operation, language: str) -> OperationPage:
    """The page of an operation; slow if the document has not been checked for problems yet."""
    problems, omitted = problems_of(export.definition, operation), export.omits
    parts = {
        "request": _request(operation),
        "responses": _responses(operation),
        "backend": _backends(operation, omitted),
        "policies": _policies(operation, omitted),
    }
    return OperationPage(
        _head(operation) + call_path(operation, omitted),
        {title: "".join(part) for title, part in parts.items()} | {"problems": _problems(problems)},
        len(problems),
        operation_source(operation, language),
    )


def problems_of(definition: ApiDefinition, operation: Operation) -> list[Problem]:
    """Problems in the operation, and in what its path item says for all operations."""
    item = operation.pointer.rpartition("/")[0]
    return [
        problem
        for problem in definition.problems
        if f"{problem.pointer}/".startswith(f"{operation.pointer}/")
        or (
            f"{problem.pointer}/".startswith(f"{item}/")
            and not is_method(problem.pointer[len(item) + 1 :].partition("/")[0])
        )
    ]


def _head(operation: Operation) -> Markup:
    name = operation.text("operationId")
    title = f"{operation.method} {operation.path}" + (f" — {name}" if name else "")
    deprecated = Markup(' <span class="apig-subtitle">deprecated</span>') if operation.deprecated else ""
    head = Markup('<div class="apig-title" role="heading" aria-level="4">{}{}</div>')
    return head.format(display_text(title, 300), deprecated)


def _request(operation: Operation) -> Iterator[Markup]:
    yield paragraph(operation.text("summary"))
    yield paragraph(operation.text("description"))
    if operation.tags:
        yield paragraph(f"Tags: {', '.join(operation.tags)}")
    yield heading("Parameters")
    head = ("name", "in", "required", "type", "limits", "description", "sample", "passed on", "orchestrations", "more")
    rows = [_parameter_row(parameter) for parameter in operation.parameters]
    yield (small_table("parameters", head, rows, "export.parameters") if rows else help_paragraph("No parameters."))
    yield heading("Body")
    body = operation.request_body
    if body is None:
        yield help_paragraph("No request body.")
        return
    yield paragraph(body.description)
    yield help_paragraph("The body is required." if body.required else "The body is optional.")
    yield from _contents(SchemaTrees(operation.document.references), body.media_types)


def _parameter_row(parameter: Parameter) -> tuple[str | None, ...]:
    kind = " ".join(part for part in (type_text(parameter.schema), parameter.schema.get("format")) if part)
    return (
        parameter.name,
        parameter.location,
        "required" if parameter.required else None,
        kind,
        constraints_text(parameter.schema),
        " · ".join(part for part in (parameter.description, "deprecated" if parameter.deprecated else None) if part),
        parameter.sample,
        parameter.pass_through,
        ", ".join(parameter.orchestrations),
        json_text(dict(parameter.extensions)) if parameter.extensions else None,
    )


def _contents(trees: SchemaTrees, media_types: tuple[MediaType, ...]) -> Iterator[Markup]:
    for media in media_types[:MAX_PARTS]:
        yield Markup('<div class="apig-media">{}</div>').format(display_text(media.name or "any media type"))
        yield trees.html(media.schema)
    yield from _omitted(media_types)


def _responses(operation: Operation) -> Iterator[Markup]:
    if not operation.responses:
        yield help_paragraph("No responses are described.")
    trees = SchemaTrees(operation.document.references)
    for response in operation.responses[:MAX_PARTS]:
        yield heading(response.status)
        yield paragraph(response.description)
        if response.header_names:
            yield paragraph(f"Headers: {', '.join(response.header_names)}")
        yield from _contents(trees, response.media_types)
        for label, text in (("normal", response.normal_sample), ("failure", response.failure_sample)):
            if text:
                yield help_paragraph(f"Example of a {label} response:")
                yield code(display_text(text, MAX_SAMPLE), f"{label} response of {response.status}")
    yield from _omitted(operation.responses)


def _backends(operation: Operation, omitted: Collection[str]) -> Iterator[Markup]:
    if not operation.backends:
        yield help_paragraph(f"{NOT_IN_EXPORT}." if BACKENDS in omitted else "The operation has no backend.")
    shown: set[int] = set()
    for backend in operation.backends[:MAX_PARTS]:
        yield heading(f"{backend.policy}, a backend policy" if backend.policy is not None else "Default backend")
        conditions = "; ".join(condition.text for condition in backend.conditions)
        rows = [("conditions", conditions), *((name, _text(getattr(backend, name))) for name in FIELDS)]
        if backend.retries == -1:
            rows[FIELDS.index("retries") + 1] = ("retries", "-1: the gateway decides")
        yield properties(
            "backend", [*rows, ("more", json_text(dict(backend.extensions)) if backend.extensions else None)]
        )
        # Server groups of one backend share its parameters, which are listed once.
        if id(backend.parameter_sources) not in shown and backend.parameter_sources:
            shown.add(id(backend.parameter_sources))
            yield _mapping(backend)
    yield from _omitted(operation.backends)


def _omitted(parts: Sized) -> Iterator[Markup]:
    if len(parts) > MAX_PARTS:
        yield help_paragraph(f"… {len(parts) - MAX_PARTS:,} more are omitted here; the source has them")


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _mapping(backend: Backend) -> Markup:
    """The parameters of the backend, with the source of their values."""
    rows = [
        (
            f"constant {parameter.value}" if parameter.origin == "CONSTANT" else f"{parameter.value} of the request",
            "→",
            parameter.name,
            parameter.location,
            parameter.description,
        )
        for parameter in backend.parameters
    ]
    return heading("Parameters sent to the backend") + small_table(
        "mapping", ("from", "→", "to", "in", "description"), rows, "export.backend_parameters"
    )


def _policies(operation: Operation, omitted: Collection[str]) -> Iterator[Markup]:
    yield heading("Authentication")
    yield Markup().join(map(paragraph, authentication(operation)))
    yield heading("Policies")
    bound = [
        (policy.kind, policy.name, policy.summary or "not contained in the export")
        for policy in bound_policies(operation)
    ]
    if operation.cors:
        bound.append(("CORS", "on", ""))
    none = f"{NOT_IN_EXPORT}." if POLICIES in omitted else "No policy is bound."
    yield small_table("policies", ("kind", "name", "rule"), bound) if bound else help_paragraph(none)
    names = operation.names("x-apigateway-response")
    if names:
        rows = [
            (response.name, response.response_type, _text(response.status), response.media_type, response.body)
            for response in operation.document.gateway_responses
            if response.name in names
        ]
        yield heading("Gateway responses")
        head = ("set", "case", "status", "media type", "body")
        yield (
            small_table("gateway responses", head, rows, "export.gateway_responses")
            if rows
            else paragraph(f"{', '.join(names)}: not contained in the export")
        )
    if operation.unknown_extensions:
        yield heading("Other extensions")
        yield properties("extensions", [(key, json_text(value)) for key, value in operation.unknown_extensions.items()])


def _problems(found: list[Problem]) -> Markup:
    rows = [(problem.pointer, problem.kind, problem.message) for problem in found]
    if not rows:
        return help_paragraph("No problems were found in this operation.")
    return small_table("problems", ("pointer", "kind", "problem"), rows, "export.problems")
