"""Everything odd in a document, named once: readers are tolerant, this is where they are called to account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from apig_nb.definition.form import Extension, Form
from apig_nb.definition.operation import parameter_key
from apig_nb.definition.problem import Problem, pointer, quoted
from apig_nb.definition.references import References
from apig_nb.definition.requirement import Requirement
from apig_nb.definition.values import as_list, as_map, as_text

if TYPE_CHECKING:
    from apig_nb.definition.api_definition import ApiDefinition

MAX_EXPANDED_SCHEMAS = 10_000_000
"""How many schemas a document may hold when each reference is written out, before that is worth a word."""


class Checked(NamedTuple):
    """What a walk through a document found, in its order: problems of form and of sense, and unknown extension keys."""

    problems: tuple[Problem, ...]
    extensions: tuple[Extension, ...]


def checked(definition: ApiDefinition, most: int) -> Checked:
    """Walk through a document, for so many problems at most; those of sense come after those of form."""
    form = Form(definition, most)
    form.walk()
    problems = islice(chain(form.problems, _sense(definition), _expansion(definition)), most)
    return Checked(tuple(problems), tuple(form.extensions.values()))


def _sense(definition: ApiDefinition) -> Iterator[Problem]:
    """What each part may say, but not together."""
    defined = _defined_names(definition)
    yield from _undefined_schemes(definition, "/security", definition.document.security)
    for path, item in definition.document.paths.items():
        yield from _parameters_twice(definition, pointer("paths", path), item)
    for operation in definition.operations:
        yield from _parameters_twice(definition, operation.pointer, operation.raw)
        for key, known in defined.items():
            for name in operation.names(key):
                if name not in known:
                    yield Problem(f"{operation.pointer}/{key}", "undefined", f"{quoted(name)} is not defined")
        if operation.has_own_security:
            yield from _undefined_schemes(definition, f"{operation.pointer}/security", operation.security)


def _parameters_twice(definition: ApiDefinition, at: str, holder: Mapping[str, Any]) -> Iterator[Problem]:
    seen = set()
    for index, item in enumerate(as_list(holder.get("parameters"))):
        written = as_map(definition.document.references.follow(item))
        key = parameter_key(written)
        if key in seen and key != (None, None):
            name, place = as_text(written.get("name")), as_text(written.get("in"))
            message = f"{quoted(name)} in {quoted(place)} is given twice; the last one counts"
            yield Problem(f"{at}/parameters/{index}", "duplicate-parameter", message)
        seen.add(key)


def _defined_names(definition: ApiDefinition) -> dict[str, set[str]]:
    """Extension key that binds something by name → the names there are."""
    defined = {
        "x-apigateway-ratelimit": {policy.name for policy in definition.document.ratelimits},
        "x-apigateway-access-control": {policy.name for policy in definition.document.access_controls},
    }
    sets = {response.name for response in definition.document.gateway_responses}
    if sets:
        # Only exports of everything define the sets; in others a name says nothing.
        defined["x-apigateway-response"] = sets | {"default"}
    return defined


def _undefined_schemes(definition: ApiDefinition, at: str, alternatives: tuple[Requirement, ...]) -> Iterator[Problem]:
    for name in dict.fromkeys(name for names in alternatives for name in names):
        if name not in definition.document.security_schemes:
            yield Problem(at, "undefined", f"the security scheme {quoted(name)} is not defined")


def _expansion(definition: ApiDefinition) -> Iterator[Problem]:
    """Whether references, each written out, would grow beyond all bounds."""
    sizes: dict[int, int] = {}
    for name, schema in definition.document.schemas.items():
        if _expanded_size(definition.document.references, schema, sizes) > MAX_EXPANDED_SCHEMAS:
            at = pointer(*definition.document.dialect.SCHEMAS, name)
            message = f"written out, it holds more than {MAX_EXPANDED_SCHEMAS:,} schemas; references are kept"
            yield Problem(at, "reference-expansion", message)
            return


def _expanded_size(references: References, schema: Any, sizes: dict[int, int]) -> int:
    """How many objects a schema holds with every reference written out once per way to it; circles count once."""
    todo: list[tuple[Any, bool]] = [(schema, False)] if isinstance(schema, dict | list) else []
    while todo:
        node, is_done = todo.pop()
        children = [
            child for child in (node.values() if isinstance(node, dict) else node) if isinstance(child, dict | list)
        ]
        if isinstance(node, dict) and isinstance(ref := node.get("$ref"), str):
            target = references.target(ref)
            children += [target] if isinstance(target, dict | list) else []
        if is_done:
            sizes[id(node)] = 1 + sum(sizes[id(child)] for child in children)
        elif id(node) not in sizes:
            sizes[id(node)] = 0
            todo.append((node, True))
            todo.extend((child, False) for child in children)
    return sizes.get(id(schema), 0)
