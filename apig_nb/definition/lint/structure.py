"""What is odd in the form of a document: a walk through it along the grammar."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias, cast

from apig_nb.definition.grammar import OPENAPI, OPENAPI_31, SWAGGER, Shape, is_method
from apig_nb.definition.model.references import References, reference_parts
from apig_nb.definition.problem import MAX_POINTED, Problems, pointer, quoted
from apig_nb.definition.values import HOLDERS, as_map, as_whole, written_form

if TYPE_CHECKING:
    from apig_nb.definition.api_definition import ApiDefinition

_STATUS = re.compile(r"default(?:-cors)?|[1-5](?:[0-9]{2}|[xX]{2})")

MOST_KEYS: Final = 50
"""Objects with more keys are hardly ever alike."""

MOST_LEVELS: Final = 50
"""So deep the walk goes by recursion, which is quick; objects that lie deeper are looked into after all others."""

ENOUGH_SEEN: Final = 200
"""From so many objects of a kind on it shows whether many are written alike."""

_OFTEN_ALIKE: Final = frozenset(
    (
        "parameter",
        "request_body",
        "responses",
        "response",
        "backend",
        "backend_policy",
    )
)
"""Kinds of objects that many operations write alike. None of them can hold one of its own kind: each level of these
would be written out again for those above it."""

_Place: TypeAlias = "tuple[_Place, object] | None"
"""Where a value stands: the place above and a key, written out as a pointer only when a problem needs it."""


class Extension(NamedTuple):
    """An extension key that the gateway's documentation gives no meaning where it stands."""

    pointer: str
    key: str
    value: Any


class _Field(NamedTuple):
    """What may be in a field, by its kind (see `grammar`).

    Attributes:
        kind: as the grammar writes it.
        fine: classes whose values hold nothing to look into, as most values are.
        holder: `list` or `dict` where it is a collection.
        inner: what is in the collection.
    """

    kind: str
    fine: frozenset[type]
    holder: type | None = None
    inner: _Field | None = None


# An empty YAML field, which is null, is as good as none.
_FINE: Final[Mapping[str, frozenset[type]]] = {
    "any": frozenset((str, int, float, bool, type(None), list, dict)),
    "list": frozenset((list,)),
    "text": frozenset((str, int, float, type(None))),
    "flag": frozenset((bool, type(None))),
    "number": frozenset((int, float, type(None))),
    "name_s": frozenset((str, list, type(None))),
    # One beyond 64 bits has been named when the numbers were read; of other numbers the value counts as well.
    "whole": frozenset((int, type(None))),
}


@cache
def _field(kind: str) -> _Field:
    if kind[0] in "+*":
        return _Field(kind, frozenset(), list if kind[0] == "+" else dict, _field(kind[1:]))
    return _Field(kind, _FINE.get(kind, frozenset()))


class _Form(NamedTuple):
    """A shape made ready for walking.

    Attributes:
        shape: as the grammar writes it.
        fields: all keys that mean something, the gateway's too.
        others: the field of every other key, where there is one; in responses, of a status.
    """

    shape: Shape
    fields: Mapping[str, _Field]
    others: _Field | None


class _Look(NamedTuple):
    """What there is to do in all objects that have the same keys, with values of the same classes.

    Attributes:
        is_reference: whether it may lead elsewhere, and does.
        fields: the keys whose values may hold something odd; without a field where the standard does not name them.
        missing: the keys that must be there and are not, choices among several in one.
    """

    is_reference: bool
    fields: tuple[tuple[str, _Field | None], ...]
    missing: tuple[tuple[str, ...], ...]


_NOTHING: Final = _Look(is_reference=False, fields=(), missing=())
"""What there is to do in most objects."""


@cache
def _forms(standard: str) -> Mapping[str, _Form]:
    shapes = {"swagger": SWAGGER, "openapi": OPENAPI, "openapi 3.1": OPENAPI_31}[standard]
    return {
        name: _Form(
            shape,
            {key: _field(kind) for key, kind in {**shape.extensions, **shape.fields}.items()},
            None if shape.others is None else _field(shape.others),
        )
        for name, shape in shapes.items()
    }


class Form:
    """Walks a document along the grammar, each object once.

    Attributes:
        problems: what is odd, in the document's order, but for what is nested deeper than `MOST_LEVELS`, which comes
            after it.
        extensions: the extension keys nobody documented, by their pointers.
        are_more: whether there was no room for all extension keys.
    """

    def __init__(self, definition: ApiDefinition) -> None:
        self.problems = Problems()
        self.extensions: dict[str, Extension] = {}
        self.are_more = False
        self._room = MAX_POINTED
        self._references = definition.document.references
        self._root = definition.tree
        is_30 = definition.standard.startswith("OpenAPI 3.0")
        self._forms = _forms("swagger" if definition.document.is_swagger else "openapi" if is_30 else "openapi 3.1")
        self._level = 0
        self._deeper: deque[tuple[_Place, _Field, Any]] = deque()
        self._targets: list[tuple[str, _Field]] = []
        # An alias or a reference can bring one object to several places; what is odd in it is said once.
        self._seen: dict[str, set[int]] = {kind: set() for kind in (*self._forms, "map")}
        self._skipped = 0  # how often that was so, or an object was left for later
        self._looks: dict[str, dict[tuple[object, ...], _Look]] = {kind: {} for kind in self._forms}
        self._flaws: dict[str, str | None] = {}  # what is wrong with each reference
        self._entered: set[tuple[str, str]] = set()
        # How objects are written that nothing was found in, and how often that was known already.
        self._fine: dict[str, set[bytes]] = {kind: set() for kind in _OFTEN_ALIKE}
        self._known_fine = dict.fromkeys(_OFTEN_ALIKE, 0)

    def walk(self) -> None:
        """Look at every part of the document."""
        self._look_into(None, _field("document"), self._root)
        while self._deeper or self._enter_target():
            self._look_into(*self._deeper.popleft())

    def _enter_target(self) -> bool:
        """Go on with what a reference leads to, after all else: most of it has been seen by then, where it stands."""
        while self._targets:
            ref, field = self._targets.pop()
            value = self._references.target(ref)
            if id(value) not in self._seen[field.kind]:
                place: _Place = None
                for part in reference_parts(ref):
                    place = (place, part)
                self._deeper.append((place, field, value))
                return True
        return False

    def _look_at(self, place: _Place, field: _Field, value: Any) -> None:
        """Look at a value, or at what is in it where it is a collection."""
        if value.__class__ is field.holder:
            self._look_at_each(place, field, value)
        elif value.__class__ not in field.fine:
            self._look_into(place, field, value)

    def _look_at_each(self, place: _Place, field: _Field, values: Any) -> None:
        inner = cast("_Field", field.inner)
        look = self._look_into if inner.holder is None else self._look_at
        for key, item in values.items() if field.holder is dict else enumerate(values):
            if item.__class__ not in inner.fine:
                look((place, key), inner, item)

    def _look_into(self, place: _Place, field: _Field, value: Any) -> None:
        """Look at a value that is no fine one of its kind, unless it shows at once that there is nothing to find."""
        kind = field.kind
        if kind not in self._forms:
            self._check(place, field, value)
        elif value.__class__ is not dict:
            if kind != "schema" or not isinstance(value, bool):
                self._say(place, "wrong-type", f"{_name(value)} stands where an object is expected")
        elif kind in self._fine:
            self._look_into_alike(place, field, value)
        elif (look := self._look_of(kind, value)) is not _NOTHING:
            self._check_object(place, field, value, look)

    def _look_into_alike(self, place: _Place, field: _Field, value: dict[str, Any]) -> None:
        kind, form = field.kind, written_form(value)
        fine = self._fine[kind]
        if form in fine:
            self._known_fine[kind] += 1
            return
        found_before = self._found()
        self._check_object(place, field, value, self._look_of(kind, value))
        if form is not None and self._found() == found_before:
            fine.add(form)
        if len(self._seen[kind]) > max(ENOUGH_SEEN, self._known_fine[kind]):
            # In this document they are hardly ever alike: to write them out would cost more than it saves.
            del self._fine[kind]

    def _found(self) -> int:
        # What was skipped may hold something that was said elsewhere.
        return len(self.problems) + len(self.extensions) + self._skipped

    def _say(self, place: _Place, kind: str, message: str) -> None:
        self.problems.say(_parts(place), kind, message)

    def _keep(self, place: _Place, key: str, value: Any) -> None:
        if self._room <= 0:
            self.are_more = True
            return
        at = pointer(*_parts(place))
        self._room -= len(at)
        self.extensions[at] = Extension(at, key, value)

    def _check(self, place: _Place, field: _Field, value: Any) -> None:
        if field.holder is not None:
            noun = "an object" if field.holder is dict else "a list"
            self._say(place, "wrong-type", f"{_name(value)} stands where {noun} is expected")
        elif field.kind == "map" and isinstance(value, dict):
            self._gather_extensions(place, value)
        elif field.kind != "whole" or as_whole(value) is None:
            self._say(place, "wrong-type", f"{_name(value)} stands where {_WANTED[field.kind]} is expected")

    def _check_object(self, place: _Place, field: _Field, value: dict[str, Any], look: _Look) -> None:
        seen = self._seen[field.kind]
        if id(value) in seen:
            self._skipped += 1
            return
        if self._level == MOST_LEVELS:
            self._deeper.append((place, field, value))
            self._skipped += 1
            return
        seen.add(id(value))
        self._level += 1
        if look.is_reference and isinstance(value["$ref"], str):
            self._check_reference(place, field, value["$ref"])
            if len(value) > 1:
                self._check_beside_reference(place, field.kind, value)
        else:
            self._check_fields(place, field.kind, value, look)
        self._level -= 1

    def _check_fields(self, place: _Place, kind: str, value: dict[str, Any], look: _Look) -> None:
        if look.is_reference:
            self._say((place, "$ref"), "reference", f"a reference must be text, not {_name(value['$ref'])}")
        for names in look.missing:
            self._say(place, "missing", f"{' or '.join(map(quoted, names))} is mandatory")
        for key, inner in look.fields:
            item = value[key]
            if inner is None:
                if not (look.is_reference and key == "$ref"):
                    self._check_other(place, kind, key, item)
            elif item.__class__ is inner.holder:
                self._look_at_each((place, key), inner, item)
            else:
                self._look_into((place, key), inner, item)

    def _look_of(self, kind: str, value: dict[str, Any]) -> _Look:
        if len(value) > MOST_KEYS:
            return _look(kind, self._forms[kind], value)
        alike, looks = (*value, *map(type, value.values())), self._looks[kind]
        known = looks.get(alike)
        if known is None:
            known = looks[alike] = _look(kind, self._forms[kind], value)
        return known

    def _check_other(self, above: _Place, kind: str, key: str, item: Any) -> None:
        """Look at a key that the standard neither names nor leaves to the author."""
        place, form = (above, key), self._forms[kind]
        if kind == "path_item" and is_method(key):
            self._say(place, "unknown-key", f"the method {quoted(key)} is not written in lower case")
            self._look_at(place, _field("operation"), item)
            return
        if key[:2] == "x-" and not self._is_extension_path(place, kind, item):
            self._keep(place, key, item)
            return
        if kind == "responses":
            self._say(place, "unknown-key", f"{quoted(key)} is no status code")
        if form.others is None:
            self._say(place, "unknown-key", f"the standard knows no {quoted(key)} here; it is left out")
        else:
            self._look_at(place, form.others, item)

    def _is_extension_path(self, place: _Place, kind: str, item: Any) -> bool:
        is_path = kind == "paths" and any(map(is_method, as_map(item)))
        if is_path:
            self._say(place, "extension-path", "an extension key that holds operations; read as a path")
        return is_path

    def _check_reference(self, place: _Place, field: _Field, ref: str) -> None:
        if ref not in self._flaws:
            self._flaws[ref] = reference_problem(self._references, ref)
        if problem := self._flaws[ref]:
            self._say((place, "$ref"), "reference", problem)
        elif ref.startswith("#/") and (ref, field.kind) not in self._entered:
            self._entered.add((ref, field.kind))
            self._targets.append((ref, field))

    def _check_beside_reference(self, place: _Place, kind: str, value: dict[str, Any]) -> None:
        """A path item and a schema may say more than a reference; what others say beside it does not count."""
        fields = self._forms[kind].fields
        for key, item in value.items():
            if kind in ("path_item", "schema") or key.startswith("x-"):
                if key in fields:
                    self._look_at((place, key), fields[key], item)
                elif key != "$ref":
                    self._check_other(place, kind, key, item)
            elif key not in ("$ref", "summary", "description"):
                self._say((place, key), "unknown-key", f"{quoted(key)} stands beside a $ref; it is left out")

    def _gather_extensions(self, place: _Place, value: dict[str, Any]) -> None:
        """Extension keys in objects the grammar does not look into."""
        todo: list[tuple[_Place, Any]] = [(place, value)]
        seen = self._seen["map"]
        while todo:
            at, node = todo.pop()
            if id(node) in seen:
                self._skipped += 1
                continue
            seen.add(id(node))
            for key, item in node.items() if isinstance(node, dict) else enumerate(node):
                if isinstance(key, str) and key[:2] == "x-":
                    self._keep((at, key), key, item)
                elif item.__class__ in HOLDERS:
                    todo.append(((at, key), item))


def _look(kind: str, form: _Form, value: Mapping[str, Any]) -> _Look:
    fields = [(key, form.fields.get(key) or _other(kind, form, key)) for key in value]
    required = ((names,) if isinstance(names, str) else names for names in form.shape.required)
    look = _Look(
        form.shape.ref and "$ref" in value,
        tuple([(key, field) for key, field in fields if field is None or value[key].__class__ not in field.fine]),
        tuple([names for names in required if value.keys().isdisjoint(names)]),
    )
    return _NOTHING if look == _NOTHING else look


def _other(kind: str, form: _Form, key: str) -> _Field | None:
    """What is in a field whose name is the author's choice."""
    return None if key[:2] == "x-" or (kind == "responses" and not _STATUS.fullmatch(key)) else form.others


def _parts(place: _Place) -> Iterator[object]:
    """The keys on the way to a place."""
    keys = []
    while place is not None:
        place, key = place
        keys.append(key)
    yield from reversed(keys)


_WANTED = {
    "text": "text",
    "flag": "true or false",
    "number": "a number",
    "whole": "a whole number",
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
    """What is wrong with a reference, in words."""
    if not ref.startswith("#"):
        return f"{quoted(ref)} leads out of the document; it is not followed"
    if ref in ("#", "#/"):
        return "the reference points at the whole document"
    return references.end({"$ref": ref})[1]
