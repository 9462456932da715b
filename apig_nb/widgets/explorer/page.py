"""All there is to say of one operation, part by part, as HTML."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sized
from typing import TYPE_CHECKING, Final, NamedTuple

from apig_nb.definition.grammar import is_method
from apig_nb.definition.model.backend import FIELDS
from apig_nb.definition.values import as_flag, json_text
from apig_nb.tables.schema_text import constraints_text, type_text
from apig_nb.widgets.explorer.call_path import authentication, bound_policies, way_of
from apig_nb.widgets.explorer.operation_source import source_of
from apig_nb.widgets.explorer.pieces import facts, heading, paragraph, sample, shown, small_table, words
from apig_nb.widgets.explorer.schema_tree import SchemaTrees

if TYPE_CHECKING:
    from apig_nb.definition import ApiDefinition, Operation, Problem
    from apig_nb.definition.model.backend import Backend
    from apig_nb.definition.model.elements import MediaType, Parameter

MAX_PARTS: Final = 50
"""Answers, media types and backends of an operation that are shown."""


class Page(NamedTuple):
    """What is shown of an operation.

    Attributes:
        head: which one it is, and the way a call takes, as HTML.
        parts: title of a part to what it shows, as HTML; the same titles for every operation.
        problems: how many there are.
        source: its part of the document, as JSON or YAML.
    """

    head: str
    parts: dict[str, str]
    problems: int
    source: str


def page_of(definition: ApiDefinition, operation: Operation, language: str) -> Page:
    """Say everything of an operation; takes a while where the whole document must be checked for problems first."""
    problems = problems_of(definition, operation)
    parts = {title: "".join(say(operation)) for title, say in _PARTS.items()}
    return Page(
        _head(operation) + way_of(operation),
        parts | {"problems": _problems(problems)},
        len(problems),
        source_of(operation, language),
    )


def problems_of(definition: ApiDefinition, operation: Operation) -> list[Problem]:
    """What is odd in the operation's own part of the document, and in what its path says for all operations."""
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


def _head(operation: Operation) -> str:
    name = operation.text("operationId")
    title = f"{operation.method} {operation.path}" + (f" — {name}" if name else "")
    deprecated = ' <span class="apig-where">deprecated</span>' if operation.deprecated else ""
    return f'<div class="apig-title" role="heading" aria-level="4">{shown(title, 300)}{deprecated}</div>'


def _request(operation: Operation) -> Iterator[str]:
    yield paragraph(operation.text("summary"))
    yield paragraph(operation.text("description"))
    if operation.tags:
        yield paragraph(f"Tags: {', '.join(operation.tags)}")
    yield heading("Parameters")
    head = ("name", "in", "required", "type", "limits", "description", "sample", "passed on", "orchestrations", "more")
    rows = [_parameter_row(parameter) for parameter in operation.parameters]
    yield small_table("parameters", head, rows, "export.parameters") if rows else words("It takes no parameters.")
    yield heading("Body")
    body = operation.request_body
    if body is None:
        yield words("It takes no body.")
        return
    yield paragraph(body.description)
    yield words("A body must be sent." if body.required else "A body may be sent.")
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


def _contents(trees: SchemaTrees, media_types: tuple[MediaType, ...]) -> Iterator[str]:
    for media in media_types[:MAX_PARTS]:
        yield f'<div class="apig-media">{shown(media.name or "any media type")}</div>'
        yield trees.html(media.schema)
    yield from _left_out(media_types)


def _answers(operation: Operation) -> Iterator[str]:
    if not operation.responses:
        yield words("It describes no answers.")
    trees = SchemaTrees(operation.document.references)
    for response in operation.responses[:MAX_PARTS]:
        yield heading(response.status)
        yield paragraph(response.description)
        if response.headers:
            yield paragraph(f"Headers: {', '.join(response.headers)}")
        yield from _contents(trees, response.media_types)
        for label, text in (("normal", response.normal_sample), ("failure", response.failure_sample)):
            if text:
                yield words(f"Example of a {label} answer:") + sample(text, f"{label} answer of {response.status}")
    yield from _left_out(operation.responses)


def _backends(operation: Operation) -> Iterator[str]:
    if not operation.backends:
        yield words("This export tells nothing of a backend.")
    mapped: set[int] = set()
    for backend in operation.backends[:MAX_PARTS]:
        yield heading(f"{backend.policy}, a backend policy" if backend.policy is not None else "Default backend")
        conditions = "; ".join(backend.conditions)
        rows = [("conditions", conditions), *((name, _text(getattr(backend, name))) for name in FIELDS)]
        if backend.retries == -1:
            rows[FIELDS.index("retries") + 1] = ("retries", "-1, which leaves it to the gateway")
        yield facts("backend", [*rows, ("more", json_text(dict(backend.extensions)) if backend.extensions else None)])
        # Server groups of one backend share its parameters, which are listed once.
        if id(backend.written_parameters) not in mapped and backend.written_parameters:
            mapped.add(id(backend.written_parameters))
            yield _mapping(backend)
    yield from _left_out(operation.backends)


def _left_out(parts: Sized) -> Iterator[str]:
    if len(parts) > MAX_PARTS:
        yield words(f"… {len(parts) - MAX_PARTS:,} more are left out here; the source has them")


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _mapping(backend: Backend) -> str:
    """What the backend is sent: for each of its parameters where the value comes from."""
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
    return heading("What the backend is sent") + small_table(
        "mapping", ("from", "→", "to", "in", "description"), rows, "export.backend_parameters"
    )


def _policies(operation: Operation) -> Iterator[str]:
    yield heading("Authentication")
    yield "".join(map(paragraph, authentication(operation)))
    yield heading("Policies")
    bound = [
        (policy.kind, policy.name, policy.words or "not described in this export")
        for policy in bound_policies(operation)
    ]
    if as_flag(operation.raw.get("x-apigateway-cors")):
        bound.append(("CORS", "on", ""))
    yield small_table("policies", ("kind", "name", "what it does"), bound) if bound else words("No policy is bound.")
    names = operation.names("x-apigateway-response")
    if names:
        rows = [
            (answer.name, answer.response_type, _text(answer.status), answer.media_type, answer.body)
            for answer in operation.document.gateway_responses
            if answer.name in names
        ]
        yield heading("Answers of the gateway itself")
        head = ("set", "case", "status", "media type", "body")
        yield (
            small_table("gateway responses", head, rows, "export.gateway_responses")
            if rows
            else paragraph(f"{', '.join(names)}: not described in this export")
        )
    if operation.unknown_extensions:
        yield heading("Other extensions")
        yield facts("extensions", [(key, json_text(value)) for key, value in operation.unknown_extensions.items()])


def _problems(found: list[Problem]) -> str:
    rows = [(problem.pointer, problem.kind, problem.message) for problem in found]
    if not rows:
        return words("Nothing odd was found in this operation.")
    return small_table("problems", ("where", "kind", "what"), rows, "export.problems")


_PARTS: Final[dict[str, Callable[[Operation], Iterator[str]]]] = {
    "request": _request,
    "answers": _answers,
    "backend": _backends,
    "policies": _policies,
}
