"""One way to see a schema, whichever version of the standard it was written in and however it was put together.

References are followed, `allOf` is one schema, null is a flag, `const` an enumeration of one, exclusive limits stand
with their limits. Two schemas that mean the same look the same here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from apig_nb.definition.problem import pointer
from apig_nb.definition.references import MISSING, References, ref_name
from apig_nb.definition.values import as_flag, as_list, as_map, as_number

MAX_PARTS: Final = 500
"""How many parts of nested `allOf` are put together; what is beyond is left out."""

TEXTS: Final = ("title", "description", "summary", "example", "examples", "externalDocs", "xml", "$comment")

_NOT_KEYWORDS: Final = frozenset(
    "$ref allOf oneOf anyOf properties required items type const enum nullable x-nullable exclusiveMinimum"  # noqa: SIM905
    " exclusiveMaximum minimum maximum $schema $id $anchor $dynamicAnchor $defs definitions".split()
) | set(TEXTS)
_LIMITS: Final = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}
_PLAIN_LIMITS: Final = [
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "minProperties",
    "maxProperties",
    "minContains",
    "maxContains",
]
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
}


@dataclass(frozen=True, slots=True)
class Part:
    """A schema as written, and where."""

    node: Any
    pointer: str

    def at(self, *keys: object) -> Part:
        """The schema under some keys of this one."""
        node = self.node
        for key in keys:
            node = node[key]
        return Part(node, self.pointer + pointer(*keys))


@dataclass(slots=True)
class SchemaView:
    """What a schema asks for.

    Attributes:
        pointer: where it is written.
        keywords: keyword → value; of `minimum` and `maximum` the value and whether it is excluded.
        properties: properties by name, of all parts of `allOf`.
        required: names of the properties that are always there.
        items: the schema of a list's items.
        alternatives: `oneOf` and `anyOf` by keyword.
        texts: what is only for readers.
        others: keywords that nobody documented.
    """

    pointer: str
    keywords: dict[str, Any] = field(default_factory=dict)
    properties: dict[str, Part] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    items: Part | None = None
    alternatives: dict[str, list[Part]] = field(default_factory=dict)
    texts: dict[str, Any] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)


class SchemaViewer:
    """Makes views of the schemas of one document; `known` keywords are those with a rule."""

    def __init__(self, references: References, known: frozenset[str]) -> None:
        self._references, self._known = references, known
        self._views: dict[int, SchemaView] = {}
        self._broken: dict[str, Any] = {}

    def resolve(self, part: Part) -> Part:
        """The schema a reference leads to, and where that is written."""
        seen: set[str] = set()
        while isinstance(part.node, dict) and isinstance(ref := part.node.get("$ref"), str):
            target = self._references.target(ref)
            if target is MISSING or ref in seen:
                # What cannot be followed is known by its name, and equals another reference of that name.
                name = ref_name(ref)
                return Part(self._broken.setdefault(name, {"x-reference": name}), part.pointer)
            seen.add(ref)
            part = Part(target, ref.removeprefix("#"))
        return part

    def view(self, part: Part) -> SchemaView:
        """The view of a schema that is no reference itself."""
        found = self._views.get(id(part.node))
        if found is None:
            found = self._views[id(part.node)] = self._put_together(part)
        return found

    def _put_together(self, part: Part) -> SchemaView:
        view, seen = SchemaView(part.pointer), set[int]()
        todo = [part]
        while todo and len(seen) < MAX_PARTS:
            part = self.resolve(todo.pop())
            if id(part.node) in seen:
                continue
            seen.add(id(part.node))
            if part.node is False:
                view.keywords["not"] = {}
            if isinstance(part.node, dict):
                self._take(view, part)
                todo.extend(reversed(self._parts_in(view, part)))
        return view

    def _parts_in(self, view: SchemaView, part: Part) -> list[Part]:
        """The parts of `allOf`, and the one alternative there is where another one only allows null."""
        inner = [part.at("allOf", index) for index in range(len(as_list(part.node.get("allOf"))))]
        for key in ("oneOf", "anyOf"):
            every = [part.at(key, index) for index in range(len(as_list(part.node.get(key))))]
            real = [alternative for alternative in every if not _is_null(alternative.node)]
            if len(real) < len(every):
                view.keywords["nullable"] = True
            if len(real) == 1 < len(every):
                inner.append(real[0])
            elif real:
                view.alternatives.setdefault(key, []).extend(real)
        return inner

    def _take(self, view: SchemaView, part: Part) -> None:
        """Add what one part of a schema asks for; of two limits the tighter one holds."""
        written: Mapping[str, Any] = part.node
        for key, value in written.items():
            if key in self._known and key not in _NOT_KEYWORDS:
                if _SAYS_NOTHING.get(key, MISSING) != value and not (key == "default" and value is None):
                    _put(view.keywords, key, value)
            elif key in TEXTS:
                view.texts.setdefault(key, value)
            elif key not in _NOT_KEYWORDS:
                view.others.setdefault(key, value)
        _take_type(view, written)
        for name, exclusive in _LIMITS.items():
            _take_limit(view, written, name, exclusive)
        for name, inner in as_map(written.get("properties")).items():
            view.properties.setdefault(name, part.at("properties", name))
            # As drafts of JSON Schema before the fourth had it, and some authors still do.
            if as_map(inner).get("required") is True:
                view.required.add(name)
        view.required |= {name for name in as_list(written.get("required")) if isinstance(name, str)}
        if view.items is None and isinstance(written.get("items"), dict | bool):
            view.items = part.at("items")


def _put(keywords: dict[str, Any], key: str, value: Any) -> None:
    """Set a keyword; where two parts of a schema set it, the tighter limit holds."""
    if key == "discriminator" and isinstance(value, dict):
        value = value if value.get("mapping") else value.get("propertyName")
    before = keywords.get(key)
    if before is None or key not in _PLAIN_LIMITS:
        keywords.setdefault(key, value)
    elif as_number(value) is not None and as_number(before) is not None:
        keywords[key] = max(before, value) if key.startswith("min") else min(before, value)


def _take_type(view: SchemaView, written: Mapping[str, Any]) -> None:
    types = written.get("type")
    kinds = {"null" if kind is None else str(kind) for kind in (types if isinstance(types, list) else [types])}
    kinds = set() if types is None else kinds
    if "null" in kinds or as_flag(written.get("nullable")) or as_flag(written.get("x-nullable")):
        view.keywords["nullable"] = True
        kinds.discard("null")
    if kinds == {"file"}:
        # Swagger 2.0's word for what OpenAPI 3.0 writes as a binary text.
        kinds = {"string"}
        view.keywords.setdefault("format", "binary")
    if not kinds and "properties" in written:
        kinds = {"object"}
    if kinds:
        view.keywords["type"] = frozenset(kinds) & view.keywords.get("type", frozenset(kinds)) or frozenset(kinds)
    values = [written["const"]] if "const" in written else written.get("enum")
    if isinstance(values, list):
        if None in values:
            view.keywords["nullable"] = view.keywords.get("nullable", False) or bool(kinds)
        view.keywords.setdefault("enum", [value for value in values if value is not None])


def _take_limit(view: SchemaView, written: Mapping[str, Any], name: str, exclusive: str) -> None:
    """A limit as value and whether it is excluded: 3.1 writes the second as a number, the older ones as a flag."""
    limits = []
    flag = written.get(exclusive)
    if (value := as_number(written.get(name))) is not None:
        limits.append((value, flag is True))
    if not isinstance(flag, bool) and (value := as_number(flag)) is not None:
        limits.append((value, True))
    if name in view.keywords:
        limits.append(view.keywords[name])
    if limits:
        sign = 1 if name == "minimum" else -1
        view.keywords[name] = max(limits, key=lambda limit: (sign * limit[0], limit[1]))


def _is_null(node: Any) -> bool:
    written = as_map(node)
    return written.get("type") == "null" or written.get("enum") == [None]
