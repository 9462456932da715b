"""Everything odd in a document, named once: readers are tolerant, this is where they are called to account."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from apig_nb.definition.duplicates import is_method
from apig_nb.definition.grammar import OPENAPI, OPENAPI_31, SWAGGER, Shape
from apig_nb.definition.operation import Requirement, parameter_key
from apig_nb.definition.problem import Problem, pointer, quoted
from apig_nb.definition.references import References, reference_parts
from apig_nb.definition.values import as_list, as_map, as_text, as_whole

if TYPE_CHECKING:
    from apig_nb.definition.api_definition import ApiDefinition

MAX_EXPANDED_SCHEMAS = 10_000_000
"""How many schemas a document may hold when each reference is written out, before that is worth a word."""

_STATUS = re.compile(r"default(?:-cors)?|[1-5](?:[0-9]{2}|[xX]{2})")


class Extension(NamedTuple):
    """An extension key that the gateway's documentation gives no meaning where it stands."""

    pointer: str
    key: str
    value: Any


class Checked(NamedTuple):
    """What a walk through a document found, in its order: problems of form and of sense, and unknown extension keys."""

    problems: tuple[Problem, ...]
    extensions: tuple[Extension, ...]


def checked(definition: ApiDefinition) -> Checked:
    """Walk through a document; its problems of sense come after those of form."""
    walk = _Walk(definition)
    walk.run()
    problems = (*walk.problems, *_sense(definition), *_expansion(definition))
    return Checked(problems, tuple(walk.extensions.values()))


class _Place(NamedTuple):
    """Where a value stands: a chain, written out as a pointer only when a problem needs it."""

    above: _Place | None
    key: object

    def pointer(self) -> str:
        parts: list[object] = []
        place: _Place | None = self
        while place is not None and place.above is not None:
            parts.append(place.key)
            place = place.above
        return pointer(*reversed(parts))


class _Walk:
    """Walks a document along the grammar, each object once, without recursion."""

    def __init__(self, definition: ApiDefinition) -> None:
        self.problems: list[Problem] = []
        self.extensions: dict[str, Extension] = {}
        self._references = definition.references
        self._root = definition.tree
        is_30 = definition.standard.startswith("OpenAPI 3.0")
        self._shapes = SWAGGER if definition.is_swagger else OPENAPI if is_30 else OPENAPI_31
        self._todo: list[tuple[_Place, str, Any]] = []
        self._targets: list[tuple[_Place, str, Any]] = []
        self._seen: set[tuple[int, str]] = set()
        self._flaws: dict[str, str | None] = {}  # what is wrong with each reference
        self._entered: set[tuple[str, str]] = set()

    def run(self) -> None:
        self._todo.append((_Place(None, ""), "document", self._root))
        while self._todo or self._targets:
            # What a reference leads to is looked at last: most of it has been seen by then, where it stands.
            place, kind, value = (self._todo or self._targets).pop()
            start = len(self._todo)
            self._check(place, kind, value)
            # The last one pushed comes first: turn them round, so that problems keep the document's order.
            self._todo[start:] = reversed(self._todo[start:])

    def _say(self, place: _Place, kind: str, message: str) -> None:
        self.problems.append(Problem(place.pointer(), kind, message))

    def _keep(self, place: _Place, key: str, value: Any) -> None:
        at = place.pointer()
        self.extensions[at] = Extension(at, key, value)

    def _check(self, place: _Place, kind: str, value: Any) -> None:
        if kind[0] in "*+":
            self._check_collection(place, kind, value)
        elif kind in self._shapes:
            self._check_object(place, kind, value)
        elif not _IS_OF_KIND[kind](value):
            self._say(place, "wrong-type", f"{_name(value)} stands where {_WANTED[kind]} is expected")
        elif kind == "map":
            self._gather_extensions(place, value)

    def _check_collection(self, place: _Place, kind: str, value: Any) -> None:
        wanted, noun = (dict, "an object") if kind[0] == "*" else (list, "a list")
        if not isinstance(value, wanted):
            self._say(place, "wrong-type", f"{_name(value)} stands where {noun} is expected")
            return
        inner = kind[1:]
        items = value.items() if isinstance(value, dict) else enumerate(value)
        self._todo.extend((_Place(place, key), inner, item) for key, item in items if not _is_settled(inner, item))

    def _check_object(self, place: _Place, kind: str, value: Any) -> None:
        if kind == "schema" and isinstance(value, bool):
            return
        if not isinstance(value, dict):
            self._say(place, "wrong-type", f"{_name(value)} stands where an object is expected")
            return
        # An alias or a reference can bring one object to several places; what is odd in it is said once.
        if (id(value), kind) in self._seen:
            return
        self._seen.add((id(value), kind))
        shape = self._shapes[kind]
        if shape.ref and "$ref" in value:
            if isinstance(value["$ref"], str):
                self._check_reference(place, kind, value["$ref"])
                self._check_beside_reference(place, kind, shape, value)
                return
            self._say(_Place(place, "$ref"), "reference", f"a reference must be text, not {_name(value['$ref'])}")
        self._check_missing(place, shape, value)
        for key, item in value.items():
            if _is_settled(shape.fields.get(key), item):
                continue
            if key != "$ref" or not shape.ref:
                self._check_field(_Place(place, key), kind, shape, key, item)

    def _check_missing(self, place: _Place, shape: Shape, value: dict[str, Any]) -> None:
        for names in shape.required:
            choice = (names,) if isinstance(names, str) else names
            if not any(name in value for name in choice):
                self._say(place, "missing", f"{' or '.join(map(quoted, choice))} is mandatory")

    def _check_field(self, place: _Place, kind: str, shape: Shape, key: str, item: Any) -> None:
        inner = shape.fields.get(key) or shape.extensions.get(key)
        if kind == "path_item" and inner is None and is_method(key):
            inner = "operation"
            self._say(place, "unknown-key", f"the method {quoted(key)} is not written in lower case")
        if inner is None and key.startswith("x-") and not self._is_extension_path(place, kind, item):
            self._keep(place, key, item)
            return
        if kind == "responses" and inner is None and not _STATUS.fullmatch(key):
            self._say(place, "unknown-key", f"{quoted(key)} is no status code")
        inner = inner or shape.others
        if inner is None:
            self._say(place, "unknown-key", f"the standard knows no {quoted(key)} here; it is left out")
        elif inner != "any":
            self._todo.append((place, inner, item))

    def _is_extension_path(self, place: _Place, kind: str, item: Any) -> bool:
        is_path = kind == "paths" and any(map(is_method, as_map(item)))
        if is_path:
            self._say(place, "extension-path", "an extension key that holds operations; read as a path")
        return is_path

    def _check_reference(self, place: _Place, kind: str, ref: str) -> None:
        if ref not in self._flaws:
            self._flaws[ref] = reference_problem(self._references, ref)
        if problem := self._flaws[ref]:
            self._say(_Place(place, "$ref"), "reference", problem)
        elif ref.startswith("#/") and (ref, kind) not in self._entered:
            self._entered.add((ref, kind))
            at = _Place(None, "")
            for part in reference_parts(ref):
                at = _Place(at, part)
            self._targets.append((at, kind, self._references.target(ref)))

    def _check_beside_reference(self, place: _Place, kind: str, shape: Shape, value: dict[str, Any]) -> None:
        """A path item and a schema may say more than a reference; what others say beside it does not count."""
        for key, item in value.items():
            at = _Place(place, key)
            if kind in ("path_item", "schema") or key.startswith("x-"):
                if key != "$ref":
                    self._check_field(at, kind, shape, key, item)
            elif key not in ("$ref", "summary", "description"):
                self._say(at, "unknown-key", f"{quoted(key)} stands beside a $ref; it is left out")

    def _gather_extensions(self, place: _Place, value: dict[str, Any]) -> None:
        """Extension keys in objects the grammar does not look into."""
        todo: list[tuple[_Place, Any]] = [(place, value)]
        while todo:
            at, node = todo.pop()
            if not isinstance(node, dict | list) or (id(node), "map") in self._seen:
                continue
            self._seen.add((id(node), "map"))
            for key, item in node.items() if isinstance(node, dict) else enumerate(node):
                if isinstance(key, str) and key.startswith("x-"):
                    self._keep(_Place(at, key), key, item)
                else:
                    todo.append((_Place(at, key), item))


_WANTED = {
    "text": "text",
    "flag": "true or false",
    "number": "a number",
    "whole": "a whole number",
    "map": "an object",
    "list": "a list",
    "name_s": "a name or a list of names",
}


# An empty YAML field, which is null, is as good as none.
_IS_OF_KIND: Final[Mapping[str, Callable[[Any], bool]]] = {
    "any": lambda value: True,
    "map": lambda value: isinstance(value, dict),
    "list": lambda value: isinstance(value, list),
    "text": lambda value: value is None or (isinstance(value, str | int | float) and not isinstance(value, bool)),
    "flag": lambda value: value is None or isinstance(value, bool),
    "number": lambda value: value is None or (isinstance(value, int | float) and not isinstance(value, bool)),
    "whole": lambda value: value is None or as_whole(value) is not None,
    "name_s": lambda value: value is None or isinstance(value, str | list),
}


def _is_settled(kind: str | None, value: Any) -> bool:
    """Whether a value is of its kind and holds nothing to look into, as most are."""
    if value.__class__ is str and (kind == "text" or kind == "name_s"):
        return True
    return kind is not None and kind != "map" and kind in _IS_OF_KIND and _IS_OF_KIND[kind](value)


def _name(value: Any) -> str:
    if value is None:
        return "null"
    names = {dict: "an object", list: "a list", bool: "true or false", str: "a text"}
    return names.get(type(value), "a number")


def reference_problem(references: References, ref: str) -> str | None:
    """What is wrong with a reference, in words."""
    if not ref.startswith("#"):
        return f"{quoted(ref)} leads out of the document; it is not followed"
    if ref in ("#", "#/"):
        return "the reference points at the whole document"
    return references.end({"$ref": ref})[1]


def _sense(definition: ApiDefinition) -> Iterator[Problem]:
    """What each part may say, but not together."""
    defined = _defined_names(definition)
    yield from _undefined_schemes(definition, "/security", definition.security)
    for path, item in definition.paths.items():
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
        written = as_map(definition.references.follow(item))
        key = parameter_key(written)
        if key in seen and key != (None, None):
            name, place = as_text(written.get("name")), as_text(written.get("in"))
            message = f"{quoted(name)} in {quoted(place)} is given twice; the last one counts"
            yield Problem(f"{at}/parameters/{index}", "duplicate-parameter", message)
        seen.add(key)


def _defined_names(definition: ApiDefinition) -> dict[str, set[str]]:
    """Extension key that binds something by name → the names there are."""
    defined = {
        "x-apigateway-ratelimit": {policy.name for policy in definition.ratelimits},
        "x-apigateway-access-control": {policy.name for policy in definition.access_controls},
    }
    sets = {response.name for response in definition.gateway_responses}
    if sets:
        # Only exports of everything define the sets; in others a name says nothing.
        defined["x-apigateway-response"] = sets | {"default"}
    return defined


def _undefined_schemes(definition: ApiDefinition, at: str, alternatives: tuple[Requirement, ...]) -> Iterator[Problem]:
    for name in dict.fromkeys(name for names in alternatives for name in names):
        if name not in definition.security_schemes:
            yield Problem(at, "undefined", f"the security scheme {quoted(name)} is not defined")


def _expansion(definition: ApiDefinition) -> Iterator[Problem]:
    """Whether references, each written out, would grow beyond all bounds."""
    sizes: dict[int, int] = {}
    for name, schema in definition.schemas.items():
        if _expanded_size(definition.references, schema, sizes) > MAX_EXPANDED_SCHEMAS:
            at = pointer(*definition.dialect.SCHEMAS, name)
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
