"""Everything odd in a document, named once: readers are tolerant, this is where they are called to account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

from apig_nb.definition.lint.structure import Extension, Form
from apig_nb.definition.model.operation import parameter_key
from apig_nb.definition.model.references import References
from apig_nb.definition.model.requirement import Requirement
from apig_nb.definition.problem import Problems, quoted
from apig_nb.definition.values import HOLDERS, as_list, as_map, as_text

if TYPE_CHECKING:
    from apig_nb.definition.api_definition import ApiDefinition
    from apig_nb.definition.model.document import Document

MAX_EXPANDED_SCHEMAS = 10_000_000
"""How many schemas a document may hold when each reference is written out, before that is worth a word."""


class Checked(NamedTuple):
    """What a walk through a document found, in its order.

    Attributes:
        problems: those of form, then those of sense.
        extensions: the unknown extension keys; nothing where they are too many.
    """

    problems: Problems
    extensions: tuple[Extension, ...] | None


def checked(definition: ApiDefinition) -> Checked:
    """Walk through a document."""
    form = Form(definition)
    form.walk()
    _check_sense(definition, form.problems)
    _check_expansion(definition, form.problems)
    return Checked(form.problems, None if form.are_more else tuple(form.extensions.values()))


def _check_sense(definition: ApiDefinition, problems: Problems) -> None:
    """Say what each part may say, but not together."""
    document, say = definition.document, problems.say
    defined = _defined_names(document)
    for message in _undefined_schemes(document, document.security):
        say(("security",), "undefined", message)
    for path, item in document.paths.items():
        for index, message in _parameters_twice(document, item):
            say(("paths", path, "parameters", index), "duplicate-parameter", message)
    for operation in definition.operations:
        for index, message in _parameters_twice(document, operation.raw):
            say((*operation.place, "parameters", index), "duplicate-parameter", message)
        for key, known in defined.items():
            for name in operation.names(key):
                if name not in known:
                    say((*operation.place, key), "undefined", f"{quoted(name)} is not defined")
        if operation.has_own_security:
            for message in _undefined_schemes(document, operation.security):
                say((*operation.place, "security"), "undefined", message)


def _parameters_twice(document: Document, holder: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    """The places of the parameters that one before them has made useless, and what is to be said."""
    parameters, seen = as_list(holder.get("parameters")), set()
    if len(parameters) < 2:
        return
    for index, item in enumerate(parameters):
        written = as_map(document.references.follow(item))
        key = parameter_key(written)
        if key in seen and key != (None, None):
            name, place = as_text(written.get("name")), as_text(written.get("in"))
            yield index, f"{quoted(name)} in {quoted(place)} is given twice; the last one counts"
        seen.add(key)


def _undefined_schemes(document: Document, alternatives: tuple[Requirement, ...]) -> tuple[str, ...]:
    """What is to be said of the schemes that are named and not defined."""

    def said(alternatives: tuple[Requirement, ...]) -> tuple[str, ...]:
        names = dict.fromkeys(name for names in alternatives for name in names)
        undefined = (name for name in names if name not in document.security_schemes)
        return tuple(f"the security scheme {quoted(name)} is not defined" for name in undefined)

    return document.memo_by_id("undefined schemes", alternatives, said)


def _defined_names(document: Document) -> dict[str, set[str]]:
    """Extension key that binds something by name → the names there are."""
    defined = {
        "x-apigateway-ratelimit": {policy.name for policy in document.ratelimits},
        "x-apigateway-access-control": {policy.name for policy in document.access_controls},
    }
    sets = {response.name for response in document.gateway_responses}
    if sets:
        # Only exports of everything define the sets; in others a name says nothing.
        defined["x-apigateway-response"] = sets | {"default"}
    return defined


def _check_expansion(definition: ApiDefinition, problems: Problems) -> None:
    """Say where references, each written out, would grow beyond all bounds."""
    sizes: dict[int, int] = {}
    for name, schema in definition.document.schemas.items():
        if _expanded_size(definition.document.references, schema, sizes) > MAX_EXPANDED_SCHEMAS:
            message = f"written out, it holds more than {MAX_EXPANDED_SCHEMAS:,} schemas; references are kept"
            problems.say((*definition.document.dialect.SCHEMAS, name), "reference-expansion", message)
            return


def _expanded_size(references: References, schema: Any, sizes: dict[int, int]) -> int:
    """How many objects a schema holds with every reference written out once per way to it; circles count once."""
    # What is to be looked into, and, with its leaves and what else it holds, that which is done when the latter is.
    todo: list[Any] = [schema] if schema.__class__ in HOLDERS else []
    while todo:
        node = todo.pop()
        if node.__class__ is tuple:
            node, leaves, inner = node
            sizes[id(node)] = 1 + leaves + sum([sizes[id(child)] for child in inner])
        elif id(node) not in sizes:
            is_object = node.__class__ is dict
            children = [child for child in (node.values() if is_object else node) if child.__class__ in HOLDERS]
            # Most hold nothing and refer to nothing: they count one each, without a turn of their own.
            inner = [
                child
                for child in children
                if "$ref" in child
                or not HOLDERS.isdisjoint(map(type, child.values() if child.__class__ is dict else child))
            ]
            leaves = len(children) - len(inner)
            if is_object and "$ref" in node and isinstance(ref := node["$ref"], str):
                target = references.target(ref)
                inner += [target] if target.__class__ in HOLDERS else []
            # Itself: it is done when these are, and until then a circle that comes back to it counts nothing more.
            sizes[id(node)] = 0 if inner else 1 + leaves
            if inner:
                todo += [(node, leaves, inner), *inner]
    return sizes.get(id(schema), 0)
