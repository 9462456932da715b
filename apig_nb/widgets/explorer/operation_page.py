"""The page of one operation: its parts as HTML."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence, Sized
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

from markupsafe import Markup

from apig_nb.definition.grammar import is_method
from apig_nb.definition.model.backend import FIELDS
from apig_nb.definition.values import json_text
from apig_nb.request import BACKENDS, POLICIES
from apig_nb.tables.schema_text import constraints_text, type_text
from apig_nb.widgets.explorer.call_path import authentication, bound_policies, call_path
from apig_nb.widgets.explorer.facets import NOT_IN_EXPORT
from apig_nb.widgets.explorer.operation_source import LANGUAGES, operation_source
from apig_nb.widgets.explorer.sample_call import sample_call
from apig_nb.widgets.explorer.schema_tree import SchemaTrees
from apig_nb.widgets.html import (
    MAX_ROWS,
    code,
    display_text,
    heading,
    help_paragraph,
    paragraph,
    pill,
    properties,
    render,
    small_table,
    warning_note,
)

if TYPE_CHECKING:
    from apig_nb.definition import ApiDefinition, Operation, Problem
    from apig_nb.definition.model.backend import Backend
    from apig_nb.definition.model.elements import MediaType, Parameter

METHOD_BADGES: Final = {method: f"apig-method-{method}" for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "ANY")}
"""Method → class of its badge."""

MAX_PROBLEMS: Final = 5
"""Problems of an operation that are shown."""

MAX_PARTS: Final = 50
"""Responses, media types, backends, extensions and alternatives of authentication of an operation that are shown."""

MAX_SAMPLE: Final = 4_000
"""Characters of an example response that are shown."""


class OperationPage(NamedTuple):
    """The page of an operation.

    Attributes:
        head: method, path, name and path of a call, as HTML.
        parts: title → HTML; the same titles for every operation.
        counts: title → number of things in a part, for its tab.
        sources: language → its part of the document in that language.
        calls: language → a sample call.
    """

    head: Markup
    parts: dict[str, str]
    counts: dict[str, int]
    sources: dict[str, str]
    calls: dict[str, str]


def operation_page(definition: ApiDefinition, operation: Operation, omitted: Collection[str]) -> OperationPage:
    """The page of an operation of an export that omits some parts.

    Slow if the document has not been checked for problems yet.
    """
    problems = problems_of(definition, operation)
    call = sample_call(operation)
    parts = {
        "Request": _request(operation),
        "Responses": _responses(operation),
        "Backend": _backends(operation, omitted),
        "Policies": _policies(operation, omitted),
    }
    return OperationPage(
        _head(operation) + call_path(operation, omitted) + _problems(problems),
        {title: "".join(part) for title, part in parts.items()},
        {
            "Responses": len(operation.responses),
            "Backend": len(operation.backends),
            "Policies": len(bound_policies(operation)),
        },
        {language.upper(): operation_source(operation, language) for language in LANGUAGES},
        {"curl": call.curl(), "Python": call.python()},
    )


def problems_of(definition: ApiDefinition, operation: Operation) -> list[Problem]:
    """Problems in the operation, and in what its path item says for all operations."""
    depth, own = operation.pointer.count("/"), _own_places(operation)
    return [problem for problem in definition.problems if _place(problem.pointer, depth) in own]


def operations_with_problems(definition: ApiDefinition) -> list[bool]:
    """True for each operation of which `problems_of` finds some; slow if the document has not been checked yet."""
    depths = {operation.pointer.count("/") for operation in definition.operations}
    places = {_place(problem.pointer, depth) for problem in definition.problems for depth in depths}
    return [not places.isdisjoint(_own_places(operation)) for operation in definition.operations]


def _own_places(operation: Operation) -> tuple[str, str]:
    """Pointers to an operation and to its path item."""
    return operation.pointer, operation.pointer.rpartition("/")[0]


def _place(pointer: str, depth: int) -> str:
    """The part of a pointer that leads to an operation at a depth or, outside of operations, to a path item."""
    parts = pointer.split("/", depth + 1)[: depth + 1]
    is_outside = len(parts) > depth and not is_method(parts[depth])
    return "/".join(parts[:depth] if is_outside else parts)


def _head(operation: Operation) -> Markup:
    badge = METHOD_BADGES.get(operation.method, "")
    path = Markup().join(
        Markup("<i>{}</i>").format(part) if part.startswith("{") else part
        for part in re.split(r"(\{[^{}]*\})", display_text(operation.path, 300))
    )
    facts = [operation.operation_id, f"tag {', '.join(operation.tags)}" if operation.tags else None]
    words = " · ".join(display_text(fact, 300) for fact in facts if fact)
    deprecated = pill("warning", "deprecated") if operation.deprecated else ""
    return Markup(
        '<div class="apig-title" role="heading" aria-level="4"><span class="apig-method {}">{}</span>'
        '<span class="apig-path">{}</span>{}</div><div class="apig-muted apig-small">{}</div>'
    ).format(badge, display_text(operation.method, 20), path, deprecated, words)


def _request(operation: Operation) -> Iterator[Markup]:
    yield paragraph(operation.text("summary"))
    yield paragraph(operation.text("description"))
    yield heading("Parameters")
    yield _parameters(operation.parameters)
    yield heading("Body")
    body = operation.request_body
    if body is None:
        yield help_paragraph("No request body.")
        return
    yield paragraph(body.description)
    yield help_paragraph("The body is required." if body.required else "The body is optional.")
    yield from _contents(SchemaTrees(operation.document.references), body.media_types)


def _parameters(parameters: Sequence[Parameter]) -> Markup:
    if not parameters:
        return help_paragraph("No parameters.")
    rows = [_parameter_row(parameter) for parameter in parameters[:MAX_ROWS]]
    more = len(parameters) - len(rows)
    caption = f"the first {MAX_ROWS} of {len(parameters):,}; all: export.parameters" if more else ""
    return render("parameters.html", rows=rows, caption=caption)


def _parameter_row(parameter: Parameter) -> dict[str, object]:
    kind = " ".join(part for part in (type_text(parameter.schema), parameter.schema.get("format")) if part)
    limits = (constraints_text(parameter.schema), "required" if parameter.required else None)
    facts = {
        "": parameter.description,
        "deprecated": "yes" if parameter.deprecated else None,
        "sample": parameter.sample,
        "passed on": parameter.pass_through,
        "orchestrations": ", ".join(parameter.orchestrations),
        "more": json_text(dict(parameter.extensions)) if parameter.extensions else None,
    }
    return {
        "name": parameter.name,
        "location": parameter.location,
        "type": kind,
        "limits": ", ".join(text for text in limits if text),
        "facts": [f"{label}: {value}" if label else str(value) for label, value in facts.items() if value],
    }


def _contents(trees: SchemaTrees, media_types: tuple[MediaType, ...]) -> Iterator[Markup]:
    for media in media_types[:MAX_PARTS]:
        name = "media type not stated" if media.is_assumed else media.name or "any media type"
        yield Markup('<div class="apig-media">{}</div>').format(display_text(name))
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
        name = f"{backend.policy}, a backend policy" if backend.policy is not None else "Default backend"
        yield heading(name)
        conditions = "; ".join(condition.text for condition in backend.conditions)
        rows = [("conditions", conditions), *((field, _text(getattr(backend, field))) for field in FIELDS)]
        if backend.retries == -1:
            rows[FIELDS.index("retries") + 1] = ("retries", "-1: the gateway decides")
        yield properties(name, [*rows, ("more", json_text(dict(backend.extensions)) if backend.extensions else None)])
        # Server groups of one backend share its parameters, which are listed once.
        if id(backend.parameter_sources) not in shown and backend.parameter_sources:
            shown.add(id(backend.parameter_sources))
            yield _mapping(backend, name)
    yield from _omitted(operation.backends)


def _omitted(parts: Sized) -> Iterator[Markup]:
    if len(parts) > MAX_PARTS:
        yield help_paragraph(f"… {len(parts) - MAX_PARTS:,} more are omitted here; the source has them")


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _mapping(backend: Backend, name: str) -> Markup:
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
        f"parameters of {name}", ("from", "→", "to", "in", "description"), rows, "export.backend_parameters"
    )


def _policies(operation: Operation, omitted: Collection[str]) -> Iterator[Markup]:
    yield heading("Authentication")
    alternatives = list(authentication(operation))
    yield Markup().join(map(paragraph, alternatives[:MAX_PARTS]))
    yield from _omitted(alternatives)
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
        extensions = operation.unknown_extensions.items()
        yield properties("extensions", [(key, json_text(value)) for key, value in islice(extensions, MAX_PARTS)])
        yield from _omitted(extensions)


def _problems(found: list[Problem]) -> Markup:
    notes = [warning_note(f"{problem.message} ({problem.pointer})") for problem in found[:MAX_PROBLEMS]]
    if len(found) > MAX_PROBLEMS:
        notes.append(help_paragraph(f"… and {len(found) - MAX_PROBLEMS:,} more problems; all: export.problems"))
    return Markup().join(notes)
