"""Check the structure of a document against the grammar: unknown keys, missing fields, wrong types, references."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, NamedTuple, TypeAlias

from apig_nb.definition.grammar import OPENAPI, OPENAPI_31, SWAGGER, Shape, is_method
from apig_nb.definition.lint.allowed_values import WrongValue, watched_keys, wrong_values
from apig_nb.definition.model.document import Document
from apig_nb.definition.model.references import References, reference_parts
from apig_nb.definition.problem import MAX_POINTER_CHARACTERS, Problems, pointer, quoted
from apig_nb.definition.values import HOLDERS, as_map, as_whole, json_text

_STATUS = re.compile(r"default(?:-cors)?|[1-5](?:[0-9]{2}|[xX]{2})")

MAX_PLANNED_KEYS: Final = 50
"""Plans of objects with more keys are not kept, because such objects rarely have the same keys."""

MAX_RECURSION: Final = 50
"""Objects nested deeper are checked after all others, without recursion."""

_Location: TypeAlias = "tuple[_Location, object] | None"
"""The location above and a key; joined to a pointer only when a problem needs it."""


class Extension(NamedTuple):
    """An extension key that the gateway's documentation does not define where it is used."""

    pointer: str
    key: str
    value: Any


@dataclass(frozen=True, slots=True)
class _Field:
    """The values that a field accepts.

    Attributes:
        kind: the kind as the grammar writes it.
        accepted: classes of values that need no further check, which most values have.
        holder: `list` or `dict` if the field holds a collection.
        items: the field of the items of the collection.
    """

    kind: str
    accepted: frozenset[type]
    holder: type | None = None
    items: _Field | None = None


# Null, which an empty YAML field is, counts as a missing value.
_ACCEPTED: Final[Mapping[str, frozenset[type]]] = {
    "any": frozenset((str, int, float, bool, type(None), list, dict)),
    "list": frozenset((list,)),
    "text": frozenset((str, int, float, type(None))),
    "flag": frozenset((bool, type(None))),
    "number": frozenset((int, float, type(None))),
    "name_s": frozenset((str, list, type(None))),
    # Integers beyond 64 bits are reported by the reader. Other classes are accepted by value, see `_report_type`.
    "whole": frozenset((int, type(None))),
}


@cache
def _field(kind: str) -> _Field:
    if kind[0] in "+*":
        return _Field(kind, frozenset(), list if kind[0] == "+" else dict, _field(kind[1:]))
    return _Field(kind, _ACCEPTED.get(kind, frozenset()))


class _ObjectType(NamedTuple):
    """A shape of the grammar with its kinds resolved to fields.

    Attributes:
        shape: the shape.
        fields: all defined keys, with those of the gateway.
        others: the field of all other keys, if they are allowed; in responses, of a status.
    """

    shape: Shape
    fields: Mapping[str, _Field]
    others: _Field | None


@dataclass(frozen=True, slots=True)
class _Plan:
    """The checks that objects with equal keys, classes of values and watched values have in common.

    Attributes:
        is_reference: True if the object is a reference.
        fields: the keys whose values must be checked; without a field if the standard does not define the key.
        missing: the mandatory keys that are missing; alternatives in one tuple.
        wrong: the values that the standard does not allow.
    """

    is_reference: bool
    fields: tuple[tuple[str, _Field | None], ...]
    missing: tuple[tuple[str, ...], ...]
    wrong: tuple[WrongValue, ...]


_NOTHING_TO_CHECK: Final = _Plan(is_reference=False, fields=(), missing=(), wrong=())
"""The plan of most objects."""


@cache
def _object_types(standard: str) -> Mapping[str, _ObjectType]:
    shapes = {"swagger": SWAGGER, "openapi": OPENAPI, "openapi 3.1": OPENAPI_31}[standard]
    return {
        name: _ObjectType(
            shape,
            {key: _field(kind) for key, kind in {**shape.extensions, **shape.fields}.items()},
            None if shape.others is None else _field(shape.others),
        )
        for name, shape in shapes.items()
    }


class StructureCheck:
    """Checks each object of a document once, along the grammar.

    Attributes:
        problems: the problems in document order; those of objects deeper than `MAX_RECURSION` come last.
        extensions: the undocumented extension keys, by pointer.
        extensions_truncated: True if some extension keys were left out.
    """

    def __init__(self, document: Document) -> None:
        self.problems = Problems()
        self.extensions: dict[str, Extension] = {}
        self.extensions_truncated = False
        self._characters_left = MAX_POINTER_CHARACTERS
        self._references = document.references
        self._root = document.tree
        is_30 = document.standard.startswith("OpenAPI 3.0")
        self._standard = "swagger" if document.is_swagger else "openapi" if is_30 else "openapi 3.1"
        self._types = _object_types(self._standard)
        self._depth = 0
        self._too_deep: deque[tuple[_Location, _Field, Any]] = deque()
        self._targets: list[tuple[str, _Field]] = []
        # Aliases and references can use an object several times; its problems are reported once.
        self._seen: dict[str, set[int]] = {kind: set() for kind in (*self._types, "map")}
        # Looking up the plan by the keys of an object saves 25 of 175 ms for an export of 1,000 operations.
        watched = watched_keys(self._standard)
        self._plans: dict[str, tuple[dict[tuple[object, ...], _Plan], tuple[str, ...]]] = {
            kind: ({}, watched.get(kind, ())) for kind in self._types
        }
        self._reference_problems: dict[str, str | None] = {}
        self._entered: set[tuple[str, str]] = set()

    def run(self) -> None:
        """Check the whole document."""
        self._check(None, _field("document"), self._root)
        while self._too_deep or self._enter_target():
            self._check(*self._too_deep.popleft())

    def _enter_target(self) -> bool:
        """Queue the next target of a reference that was not checked where it is defined."""
        while self._targets:
            ref, field = self._targets.pop()
            value = self._references.target(ref)
            if id(value) not in self._seen[field.kind]:
                location: _Location = None
                for part in reference_parts(ref):
                    location = (location, part)
                self._too_deep.append((location, field, value))
                return True
        return False

    def _check(self, location: _Location, field: _Field, value: Any) -> None:
        """Check a value, or its items if it is a collection."""
        kind = field.kind
        if value.__class__ in field.accepted:
            return
        if field.items is not None and value.__class__ is field.holder:
            children: Any = value
            for key, item in children.items() if field.holder is dict else enumerate(children):
                if item.__class__ not in field.items.accepted:
                    self._check((location, key), field.items, item)
        elif kind not in self._types:
            self._report_type(location, field, value)
        elif value.__class__ is not dict:
            if kind != "schema" or not isinstance(value, bool):
                self._add(location, "wrong-type", f"{_name(value)} where an object is expected")
        elif (plan := self._plan(kind, value)) is not _NOTHING_TO_CHECK:
            self._check_object(location, field, value, plan)

    def _add(self, location: _Location, kind: str, message: str) -> None:
        self.problems.add(_parts(location), kind, message)

    def _add_extension(self, location: _Location, key: str, value: Any) -> None:
        if self._characters_left <= 0:
            self.extensions_truncated = True
            return
        at = pointer(*_parts(location))
        self._characters_left -= len(at)
        self.extensions[at] = Extension(at, key, value)

    def _report_type(self, location: _Location, field: _Field, value: Any) -> None:
        if field.holder is not None:
            noun = "an object" if field.holder is dict else "a list"
            self._add(location, "wrong-type", f"{_name(value)} where {noun} is expected")
        elif field.kind == "map" and isinstance(value, dict):
            self._collect_extensions(location, value)
        elif field.kind != "whole" or as_whole(value) is None:
            self._add(location, "wrong-type", f"{_name(value)} where {_EXPECTED[field.kind]} is expected")

    def _check_object(self, location: _Location, field: _Field, value: dict[str, Any], plan: _Plan) -> None:
        seen = self._seen[field.kind]
        if id(value) in seen:
            return
        if self._depth == MAX_RECURSION:
            self._too_deep.append((location, field, value))
            return
        seen.add(id(value))
        self._depth += 1
        is_reference = plan.is_reference and isinstance(value["$ref"], str)
        for key, problem, message in plan.wrong:
            # Next to a reference, the keys of schemas are checked only.
            if not is_reference or field.kind == "schema":
                self._add(location if key is None else (location, key), problem, message)
        if is_reference:
            self._check_reference(location, field, value["$ref"])
            if len(value) > 1:
                self._check_siblings_of_reference(location, field.kind, value)
        else:
            self._check_fields(location, field.kind, value, plan)
        self._depth -= 1

    def _check_fields(self, location: _Location, kind: str, value: dict[str, Any], plan: _Plan) -> None:
        if plan.is_reference:
            self._add((location, "$ref"), "reference", f"a reference must be text, not {_name(value['$ref'])}")
        for names in plan.missing:
            self._add(location, "missing", f"{' or '.join(map(quoted, names))} is mandatory")
        for key, inner in plan.fields:
            item = value[key]
            if inner is None:
                if not (plan.is_reference and key == "$ref"):
                    self._check_undefined_key(location, kind, key, item)
            else:
                self._check((location, key), inner, item)

    def _plan(self, kind: str, value: dict[str, Any]) -> _Plan:
        if len(value) > MAX_PLANNED_KEYS:
            return self._make_plan(kind, value)
        plans, watched = self._plans[kind]
        form: tuple[object, ...] = (*value, *map(type, value.values()), *map(value.get, watched))
        try:
            plan = plans.get(form)
        except TypeError:  # a list of types
            form = (*value, *map(type, value.values()), *map(json_text, map(value.get, watched)))
            plan = plans.get(form)
        if plan is None:
            plan = plans[form] = self._make_plan(kind, value)
        return plan

    def _make_plan(self, kind: str, value: Mapping[str, Any]) -> _Plan:
        object_type = self._types[kind]
        fields = [(key, object_type.fields.get(key) or _other_field(kind, object_type, key)) for key in value]
        required = ((names,) if isinstance(names, str) else names for names in object_type.shape.required)
        plan = _Plan(
            object_type.shape.ref and "$ref" in value,
            tuple(
                [(key, field) for key, field in fields if field is None or value[key].__class__ not in field.accepted]
            ),
            tuple([names for names in required if value.keys().isdisjoint(names)]),
            tuple(wrong_values(self._standard, kind, value)),
        )
        return _NOTHING_TO_CHECK if plan == _NOTHING_TO_CHECK else plan

    def _check_undefined_key(self, parent: _Location, kind: str, key: str, item: Any) -> None:
        """Check a key that the standard neither defines nor leaves to the author."""
        location, others = (parent, key), self._types[kind].others
        if kind == "path_item" and is_method(key):
            self._add(location, "unknown-key", f"the method {quoted(key)} is not in lower case")
            self._check(location, _field("operation"), item)
            return
        if key[:2] == "x-" and not self._is_extension_path(location, kind, item):
            self._add_extension(location, key, item)
            return
        if kind == "responses":
            self._add(location, "unknown-key", f"{quoted(key)} is not a status code")
        if kind == "document":
            # The gateway may write keys that nobody published.
            self._add_extension(location, key, item)
            self._add(location, "unknown-key", f"the standard does not define {quoted(key)} here; see extensions")
        elif others is None:
            self._add(location, "unknown-key", f"the standard does not define {quoted(key)} here; it is ignored")
        else:
            self._check(location, others, item)

    def _is_extension_path(self, location: _Location, kind: str, item: Any) -> bool:
        is_path = kind == "paths" and any(map(is_method, as_map(item)))
        if is_path:
            self._add(location, "extension-path", "an extension key that holds operations; read as a path")
        return is_path

    def _check_reference(self, location: _Location, field: _Field, ref: str) -> None:
        if ref not in self._reference_problems:
            self._reference_problems[ref] = reference_problem(self._references, ref)
        if problem := self._reference_problems[ref]:
            self._add((location, "$ref"), "reference", problem)
        elif ref.startswith("#/") and (ref, field.kind) not in self._entered:
            self._entered.add((ref, field.kind))
            self._targets.append((ref, field))

    def _check_siblings_of_reference(self, location: _Location, kind: str, value: dict[str, Any]) -> None:
        """Check the keys next to a `$ref`, which count in path items and schemas only."""
        fields = self._types[kind].fields
        for key, item in value.items():
            if kind in ("path_item", "schema") or key.startswith("x-"):
                if key in fields:
                    self._check((location, key), fields[key], item)
                elif key != "$ref":
                    self._check_undefined_key(location, kind, key, item)
            elif key not in ("$ref", "summary", "description"):
                self._add((location, key), "unknown-key", f"{quoted(key)} next to a $ref is ignored")

    def _collect_extensions(self, location: _Location, value: dict[str, Any]) -> None:
        """Collect the extension keys in an object that the grammar does not describe."""
        todo: list[tuple[_Location, Any]] = [(location, value)]
        seen = self._seen["map"]
        while todo:
            at, node = todo.pop()
            if id(node) in seen:
                continue
            seen.add(id(node))
            for key, item in node.items() if isinstance(node, dict) else enumerate(node):
                if isinstance(key, str) and key[:2] == "x-":
                    self._add_extension((at, key), key, item)
                elif item.__class__ in HOLDERS:
                    todo.append(((at, key), item))


def _other_field(kind: str, object_type: _ObjectType, key: str) -> _Field | None:
    """Return the field of a key that the author chooses, such as a path, a status or a property."""
    return None if key[:2] == "x-" or (kind == "responses" and not _STATUS.fullmatch(key)) else object_type.others


def _parts(location: _Location) -> Iterator[object]:
    keys = []
    while location is not None:
        location, key = location
        keys.append(key)
    yield from reversed(keys)


_EXPECTED = {
    "text": "text",
    "flag": "true or false",
    "number": "a number",
    "whole": "an integer",
    "map": "an object",
    "list": "a list",
    "name_s": "a name or a list of names",
}


def _name(value: Any) -> str:
    if value is None:
        return "null"
    names = {dict: "an object", list: "a list", bool: "true or false", str: "a text"}
    return names.get(type(value), "a number")


def reference_problem(references: References, ref: str) -> str | None:
    """Describe why a reference cannot be followed; `None` if it can."""
    if not ref.startswith("#"):
        return f"{quoted(ref)} leads out of the document; it is not followed"
    if ref in ("#", "#/"):
        return "the reference points at the whole document"
    return references.follow_with_error({"$ref": ref})[1]
