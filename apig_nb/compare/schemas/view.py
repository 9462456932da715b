"""One way to see a schema, whichever version of the standard it was written in and however it was put together.

References are followed, `allOf` is one schema, null is a flag, `const` an enumeration of one, exclusive limits stand
with their limits. Two schemas that mean the same look the same here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from apig_nb.compare.equality import equal
from apig_nb.compare.schemas.keywords import KNOWN
from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.references import MISSING, ref_name
from apig_nb.definition.problem import pointer
from apig_nb.definition.values import as_flag, as_list, as_map, as_number, json_text

MAX_PARTS: Final = 500
"""How many parts of nested `allOf` are put together; what is beyond is left out."""

TRAIT_LEVELS: Final = 4
"""Levels by which a schema is known again: itself, its properties, theirs, and theirs."""

TRAIT_PARTS: Final = 1000
"""A level of more schemas is not looked at for that."""

TEXTS: Final = ("title", "description", "summary", "example", "examples", "externalDocs", "xml", "$comment")

_NOT_KEYWORDS: Final = frozenset(
    "$ref allOf oneOf anyOf properties required items type const enum nullable x-nullable exclusiveMinimum"  # noqa: SIM905
    " exclusiveMaximum minimum maximum prefixItems patternProperties dependentSchemas dependentRequired if then else"
    " contentEncoding contentMediaType $schema $id $anchor $dynamicAnchor $defs definitions".split()
) | set(TEXTS)
_LIMITS: Final = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}
_PLAIN_LIMITS: Final = frozenset(
    "minLength maxLength minItems maxItems minProperties maxProperties minContains maxContains".split()  # noqa: SIM905
)
_SAYS_NOTHING: Final = {
    # Values that equal the keyword's absence.
    "minLength": 0,
    "minItems": 0,
    "minProperties": 0,
    "uniqueItems": False,
    "readOnly": False,
    "writeOnly": False,
    "deprecated": False,
    "additionalProperties": True,
    "additionalItems": True,
    "unevaluatedProperties": True,
    "unevaluatedItems": True,
    "default": None,
}
# Of a value that is one of several by `allOf`, all of them hold: `not` refuses what any of them refuses.
_HOLD_TOGETHER: Final = {
    "not": "anyOf",
    "additionalProperties": "allOf",
    "additionalItems": "allOf",
    "contains": "allOf",
    "propertyNames": "allOf",
    "unevaluatedProperties": "allOf",
    "unevaluatedItems": "allOf",
}
# Content of a text, as OpenAPI 3.1 writes it → the format by which the older versions say it.
_CONTENT_FORMATS: Final = {
    ("contentEncoding", "base64"): "byte",
    ("contentMediaType", "application/octet-stream"): "binary",
}


@dataclass(frozen=True, slots=True)
class Part:
    """A schema as written, and where.

    Attributes:
        node: the schema.
        pointer: where it is written.
        also: further schemas that hold at the same place, as two parts of an `allOf` may describe one property.
    """

    node: Any
    pointer: str
    also: tuple[Part, ...] = ()

    def at(self, *keys: object) -> Part:
        """The schema under some keys of this one."""
        node = self.node
        for key in keys:
            node = node[key]
        return Part(node, self.pointer + pointer(*keys))

    @property
    def key(self) -> tuple[object, ...]:
        """What tells it from any other part of its document; operations share what they write alike."""
        return (self.pointer, id(self.node), *(id(part.node) for part in self.also))


@dataclass(slots=True)
class SchemaView:
    """What a schema asks for.

    Attributes:
        pointer: where it is written.
        keywords: keyword → value; of `minimum` and `maximum` the value and whether it is excluded.
        places: keyword or text → where it is written, which may be in a part of an `allOf`.
        properties: properties by name, of all parts of `allOf`.
        required: names of the properties that are always there → where that is said.
        items: the schema of a list's items.
        first_items: the schemas of a list's first items.
        named: of `patternProperties` and `dependentSchemas`, the schemas by name.
        conditions: the objects that hold an `if`.
        alternatives: `oneOf` and `anyOf` by keyword.
        texts: what is only for readers.
        others: keywords that nobody documented.
    """

    pointer: str
    keywords: dict[str, Any] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    properties: dict[str, Part] = field(default_factory=dict)
    required: dict[str, str] = field(default_factory=dict)
    items: Part | None = None
    first_items: list[Part] = field(default_factory=list)
    named: dict[str, dict[str, Part]] = field(default_factory=dict)
    conditions: list[Part] = field(default_factory=list)
    alternatives: dict[str, list[Part]] = field(default_factory=dict)
    texts: dict[str, Any] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)

    @property
    def takes_any_type(self) -> bool:
        """Whether nothing says of which type a value is, so that null is one as well."""
        return not self.alternatives and self.keywords.keys().isdisjoint(("type", "enum"))


class Traits(NamedTuple):
    """What a schema is known by.

    Attributes:
        coarse: types, values and properties, which make it what it is.
        fine: all else that is said of them, which tells it from others of its kind.
        schemas: how many were looked at for it.
    """

    coarse: frozenset[str]
    fine: frozenset[str]
    schemas: int


class SchemaViewer:
    """Makes views of the schemas of one document."""

    def __init__(self, definition: ApiDefinition) -> None:
        self._references = definition.document.references
        # Before OpenAPI 3.1, what stands beside a reference counts for nothing.
        self._reads_beside = definition.standard.startswith("OpenAPI 3.") and "3.0" not in definition.standard
        self._views: dict[tuple[object, ...], tuple[Part, SchemaView]] = {}
        self._broken: dict[str, Any] = {}

    def resolve(self, part: Part) -> Part:
        """The schema a reference leads to, and where that is written."""
        seen: set[str] = set()
        while not part.also and (ref := _reference(part.node)) is not None:
            if self._reads_beside and len(part.node) > 1:
                return part
            part = self._target(ref, part) if ref not in seen else self._no_target(ref, part)
            seen.add(ref)
        return part

    def _target(self, ref: str, part: Part) -> Part:
        target = self._references.target(ref)
        return self._no_target(ref, part) if target is MISSING else Part(target, ref.removeprefix("#"))

    def _no_target(self, ref: str, part: Part) -> Part:
        """What cannot be followed is known by its name, and equals another reference of that name."""
        name = ref_name(ref)
        return Part(self._broken.setdefault(name, {"x-reference": name}), part.pointer)

    def view(self, part: Part) -> SchemaView:
        """The view of a schema that is no reference itself."""
        known = self._views.get(part.key)
        if known is None:
            # The part is kept, so that its id stays its own.
            known = self._views[part.key] = part, self._put_together(part)
        return known[1]

    def traits(self, part: Part) -> Traits:
        """What a schema is known by, whatever it is called, on its first levels."""
        coarse, fine, schemas = set[str](), set[str](), 0
        level = [("", part, coarse)]
        for _ in range(TRAIT_LEVELS):
            schemas += len(level)
            inner: list[tuple[str, Part, set[str]]] = []
            for path, part, kinds in level:
                view = self.view(self.resolve(part))
                kinds.add(f"{path}: {sorted(view.keywords.get('type', ()))} {sorted(view.alternatives)}")
                kinds.update(f"{path}= {json_text(value)}" for value in as_list(view.keywords.get("enum")))
                said = {**view.keywords, **view.texts, **view.others}
                fine.update(f"{path} {key}: {json_text(said[key])}" for key in said.keys() - {"type", "enum"})
                fine.update(f"{path} requires {name}" for name in view.required)
                if len(inner) <= TRAIT_PARTS:
                    inner += [(f"{path}.{name}", each, kinds) for name, each in view.properties.items()]
                    inner += [(f"{path}.[]", view.items, kinds)] if view.items is not None else []
                    # Alternatives come in any order: what they are tells a schema from others of its kind at most.
                    inner += [(f"{path}.|", each, fine) for parts in view.alternatives.values() for each in parts]
            if len(inner) > TRAIT_PARTS:
                break
            level = inner
        return Traits(frozenset(coarse), frozenset(fine), schemas)

    def _put_together(self, part: Part) -> SchemaView:
        view, seen = SchemaView(part.pointer), set[int]()
        todo = [*reversed(part.also), Part(part.node, part.pointer)]
        while todo and len(seen) < MAX_PARTS:
            part = self.resolve(todo.pop())
            if id(part.node) in seen:
                continue
            seen.add(id(part.node))
            if part.node is False:
                _put(view, "not", {}, part.pointer)
            if isinstance(part.node, dict):
                self._take(view, part)
                todo.extend(reversed(self._parts_in(view, part)))
        return view

    def _parts_in(self, view: SchemaView, part: Part) -> list[Part]:
        """The parts of `allOf`, and the one alternative there is where another one only allows null."""
        inner = [part.at("allOf", index) for index in range(len(as_list(part.node.get("allOf"))))]
        if (ref := _reference(part.node)) is not None:
            inner.insert(0, self._target(ref, part))
        for key in ("oneOf", "anyOf"):
            every = [part.at(key, index) for index in range(len(as_list(part.node.get(key))))]
            real = [alternative for alternative in every if not _is_null(alternative.node)]
            if len(real) < len(every):
                _put(view, "nullable", True, part.pointer)
            if len(real) == 1 < len(every):
                inner.append(real[0])
            elif real:
                view.alternatives.setdefault(key, []).extend(real)
        return inner

    def _take(self, view: SchemaView, part: Part) -> None:
        """Add what one part of a schema asks for; of two limits the tighter one holds."""
        written: Mapping[str, Any] = part.node
        for key, value in written.items():
            if key in KNOWN and key not in _NOT_KEYWORDS:
                if _SAYS_NOTHING.get(key, MISSING) != value:
                    _put(view, key, value, part.pointer)
            elif key in TEXTS:
                _put_text(view, key, value, part.pointer)
            elif key not in _NOT_KEYWORDS:
                view.others.setdefault(key, value)
                view.places.setdefault(key, part.pointer)
        _take_type(view, written, part.pointer)
        _take_content(view, written, part.pointer)
        for name, exclusive in _LIMITS.items():
            _take_limit(view, part, name, exclusive)
        _take_properties(view, part)
        _take_items(view, part)
        if "if" in written:
            view.conditions.append(part)


def _reference(node: Any) -> str | None:
    ref = node.get("$ref") if isinstance(node, dict) else None
    return ref if isinstance(ref, str) else None


def _put(view: SchemaView, key: str, value: Any, at: str) -> None:
    """Set a keyword; where two parts of a schema set it, both hold."""
    if key == "discriminator":
        value = _discriminator(value)
    before = view.keywords.get(key)
    if before is None:
        view.keywords[key] = value
        view.places[key] = at
    elif key in _PLAIN_LIMITS:
        order = max if key.startswith("min") else min
        numbers = [number for number in (as_number(before), as_number(value)) if number is not None]
        if numbers and as_number(before) != order(numbers):
            view.keywords[key], view.places[key] = value, at
    elif key in _HOLD_TOGETHER and before != value:
        both = {_HOLD_TOGETHER[key]: [before, value]}
        view.keywords[key] = False if False in (before, value) else both
    elif key == "pattern" and isinstance(before, str) and isinstance(value, str):
        view.keywords[key] = " and ".join(sorted({*before.split(" and "), value}))


def _put_text(view: SchemaView, key: str, value: Any, at: str) -> None:
    if key == "examples" and isinstance(value, list) and len(value) == 1:
        # OpenAPI 3.1 writes the one example of 3.0 so.
        key, value = "example", value[0]
    if value is not None and value != "":
        view.texts.setdefault(key, value)
        view.places.setdefault(key, at)


def _discriminator(value: Any) -> Any:
    """The property that tells alternatives apart, and the values that are no names of schemas."""
    if not isinstance(value, dict):
        return value
    named = {str(key): ref_name(str(target)) for key, target in as_map(value.get("mapping")).items()}
    mapping = {key: name for key, name in named.items() if key != name}
    return {"propertyName": value.get("propertyName"), "mapping": mapping} if mapping else value.get("propertyName")


def _take_type(view: SchemaView, written: Mapping[str, Any], at: str) -> None:
    types = written.get("type")
    kinds = {"null" if kind is None else str(kind) for kind in (types if isinstance(types, list) else [types])}
    kinds = set() if types is None else kinds
    if "null" in kinds or as_flag(written.get("nullable")) or as_flag(written.get("x-nullable")):
        _put(view, "nullable", True, at)
        kinds.discard("null")
    if kinds == {"file"}:
        # Swagger 2.0's word for what OpenAPI 3.0 writes as a binary text.
        kinds = {"string"}
        _put(view, "format", "binary", at)
    if not kinds and "properties" in written:
        kinds = {"object"}
    if kinds:
        known = view.keywords.get("type", frozenset(kinds))
        view.keywords["type"] = frozenset(kinds) & known or frozenset(kinds)
        view.places.setdefault("type", at)
    values = [written["const"]] if "const" in written else written.get("enum")
    if isinstance(values, list):
        if None in values:
            _put(view, "nullable", True, at)
        allowed = [value for value in values if value is not None]
        if "enum" in view.keywords:
            texts = set(map(json_text, allowed))
            allowed = [value for value in view.keywords["enum"] if json_text(value) in texts]
        view.keywords["enum"] = allowed
        view.places["enum"] = at


def _take_content(view: SchemaView, written: Mapping[str, Any], at: str) -> None:
    for key in ("contentEncoding", "contentMediaType"):
        value = written.get(key)
        if isinstance(value, str) and (known := _CONTENT_FORMATS.get((key, value))):
            _put(view, "format", known, at)
        elif value is not None:
            _put(view, key, value, at)


def _take_limit(view: SchemaView, part: Part, name: str, exclusive: str) -> None:
    """A limit as value and whether it is excluded: 3.1 writes the second as a number, the older ones as a flag."""
    limits = []
    flag = part.node.get(exclusive)
    if (value := as_number(part.node.get(name))) is not None:
        limits.append((value, flag is True))
    if not isinstance(flag, bool) and (value := as_number(flag)) is not None:
        limits.append((value, True))
    if not limits:
        return
    if name in view.keywords:
        limits.append(view.keywords[name])
    sign = 1 if name == "minimum" else -1
    tightest = max(limits, key=lambda limit: (sign * limit[0], limit[1]))
    if tightest != view.keywords.get(name):
        view.keywords[name], view.places[name] = tightest, part.pointer


def _take_properties(view: SchemaView, part: Part) -> None:
    for name, inner in as_map(part.node.get("properties")).items():
        _join(view.properties, name, part.at("properties", name))
        # As drafts of JSON Schema before the fourth had it, and some authors still do.
        if as_map(inner).get("required") is True:
            view.required.setdefault(name, f"{part.pointer}{pointer('properties', name)}")
    for name in as_list(part.node.get("required")):
        if isinstance(name, str):
            view.required.setdefault(name, part.pointer)
    for key in ("patternProperties", "dependentSchemas"):
        for name in as_map(part.node.get(key)):
            _join(view.named.setdefault(key, {}), name, part.at(key, name))
    dependent = as_map(part.node.get("dependentRequired")).items()
    if pairs := {
        f"{name} → {other}" for name, every in dependent for other in as_list(every) if isinstance(other, str)
    }:
        _put(view, "dependentRequired", frozenset(), part.pointer)
        view.keywords["dependentRequired"] |= pairs


def _take_items(view: SchemaView, part: Part) -> None:
    items = part.node.get("items")
    if isinstance(items, dict) and items:
        view.items = _joined(view.items, part.at("items"))
    elif items is False:
        view.items = view.items or part.at("items")
    # A list of schemas is how the drafts before OpenAPI 3.1 wrote what the first items are.
    key = "items" if isinstance(items, list) else "prefixItems"
    if not view.first_items:
        view.first_items = [part.at(key, index) for index in range(len(as_list(part.node.get(key))))]


def _join(parts: dict[str, Part], name: str, part: Part) -> None:
    parts[name] = _joined(parts.get(name), part)


def _joined(known: Part | None, part: Part) -> Part:
    """A schema together with another one that holds at the same place."""
    if known is None:
        return part
    if equal(known.node, part.node) or len(known.also) >= MAX_PARTS:
        return known
    return Part(known.node, known.pointer, (*known.also, part))


def _is_null(node: Any) -> bool:
    written = as_map(node)
    return written.get("type") in ("null", ["null"]) or written.get("enum") == [None]
