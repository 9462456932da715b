"""Reading of schemas as written into the form that is the same for all versions of the standard.

References are followed, the parts of `allOf` are merged, null is a flag, `const` is an `enum` of one value, and an
exclusive limit is part of its limit. Schemas that mean the same have the same content.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from apig_nb.definition.model.references import MISSING, References, ref_name
from apig_nb.definition.model.schema import Condition, Limit, Schema, SchemaSource
from apig_nb.definition.problem import pointer
from apig_nb.definition.values import as_flag, as_list, as_map, as_number, equal, json_text

MAX_MERGED: Final = 500
"""Maximum number of schemas that are merged into one through `allOf`; the rest is left out."""

KEYWORDS: Final = frozenset(
    "format multipleOf minLength maxLength pattern minItems maxItems uniqueItems minProperties maxProperties"  # noqa: SIM905
    " minContains maxContains additionalProperties additionalItems unevaluatedProperties unevaluatedItems not contains"
    " propertyNames contentSchema default discriminator readOnly writeOnly deprecated x-extensible-enum".split()
)
"""Keywords whose value is kept as written."""

ANNOTATIONS: Final = frozenset(
    ("title", "description", "summary", "example", "examples", "externalDocs", "xml", "$comment")
)
"""Keywords that are for readers only."""

_NORMALIZED: Final = frozenset(
    "$ref allOf oneOf anyOf properties required items type const enum nullable x-nullable minimum maximum"  # noqa: SIM905
    " exclusiveMinimum exclusiveMaximum prefixItems patternProperties dependentSchemas dependentRequired if then else"
    " contentEncoding contentMediaType".split()
)
_IDENTIFIERS: Final = frozenset(("$schema", "$id", "$anchor", "$dynamicAnchor", "$defs", "definitions"))
_KNOWN: Final = KEYWORDS | ANNOTATIONS | _NORMALIZED | _IDENTIFIERS

_COUNT_LIMITS: Final = frozenset(
    "minLength maxLength minItems maxItems minProperties maxProperties minContains maxContains".split()  # noqa: SIM905
)
_DEFAULTS: Final = {
    # Values that mean the same as leaving the keyword out.
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
# How two values of a keyword are combined where two parts of `allOf` set it: both must hold.
_COMBINED_BY: Final = {
    "not": "anyOf",
    "additionalProperties": "allOf",
    "additionalItems": "allOf",
    "contains": "allOf",
    "propertyNames": "allOf",
    "unevaluatedProperties": "allOf",
    "unevaluatedItems": "allOf",
}
# Encoded content as OpenAPI 3.1 writes it, and the format that means the same in older versions.
_CONTENT_FORMATS: Final = {
    ("contentEncoding", "base64"): "byte",
    ("contentMediaType", "application/octet-stream"): "binary",
}


class SchemaReader:
    """Reads the schemas of one document, each once."""

    def __init__(self, references: References, *, reads_siblings_of_ref: bool) -> None:
        """Create a reader.

        Args:
            references: the references of the document.
            reads_siblings_of_ref: True if keywords next to `$ref` count; before OpenAPI 3.1 they are ignored.
        """
        self._references = references
        self._reads_siblings_of_ref = reads_siblings_of_ref
        # The source is kept with its schema: its key contains the ids of objects that must stay alive.
        self._schemas: dict[tuple[object, ...], tuple[SchemaSource, Schema]] = {}
        self._unresolved: dict[str, Any] = {}

    def resolve(self, source: SchemaSource) -> SchemaSource:
        """Follow the reference that a schema consists of."""
        seen: set[str] = set()
        while not source.also and (ref := _ref(source.node)) is not None:
            if self._reads_siblings_of_ref and len(source.node) > 1:
                return source
            source = self._target(ref, source) if ref not in seen else self._missing_target(ref, source)
            seen.add(ref)
        return source

    def read(self, source: SchemaSource) -> Schema:
        """Read a schema, with references and `allOf` resolved on its first level."""
        source = self.resolve(source)
        known = self._schemas.get(source.key)
        if known is None:
            known = self._schemas[source.key] = source, self._merged(source)
        return known[1]

    def types(self, source: SchemaSource) -> frozenset[str]:
        """Return the types of a schema, or else those of its alternatives; empty where they are not restricted."""
        found: set[str] = set()
        todo, seen = [source], 0
        while todo and seen < MAX_MERGED:
            schema, seen = self.read(todo.pop()), seen + 1
            types = schema.keywords.get("type")
            if types is None:
                todo += [each for alternatives in schema.alternatives.values() for each in alternatives]
            else:
                found |= types
        return frozenset(found)

    def _target(self, ref: str, source: SchemaSource) -> SchemaSource:
        target = self._references.target(ref)
        return self._missing_target(ref, source) if target is MISSING else SchemaSource(target, ref.removeprefix("#"))

    def _missing_target(self, ref: str, source: SchemaSource) -> SchemaSource:
        """Stand-in for the target of a broken reference; equal for references of one name."""
        name = ref_name(ref)
        return SchemaSource(self._unresolved.setdefault(name, {"x-reference": name}), source.pointer)

    def _merged(self, source: SchemaSource) -> Schema:
        """Merge a schema, the schemas at the same location and the parts of their `allOf`."""
        schema, seen = Schema(source.pointer), set[int]()
        todo = [*reversed(source.also), SchemaSource(source.node, source.pointer)]
        while todo and len(seen) < MAX_MERGED:
            part = self.resolve(todo.pop())
            if id(part.node) in seen:
                continue
            seen.add(id(part.node))
            if part.node is False:
                _set_keyword(schema, "not", {}, part.pointer)
            if isinstance(part.node, dict):
                _add(schema, part)
                todo.extend(reversed(self._parts_of(schema, part)))
        return schema

    def _parts_of(self, schema: Schema, part: SchemaSource) -> list[SchemaSource]:
        """List the parts of `allOf`, and the only alternative next to one that accepts just null."""
        parts = [part.child("allOf", index) for index in range(len(as_list(part.node.get("allOf"))))]
        if (ref := _ref(part.node)) is not None:
            parts.insert(0, self._target(ref, part))
        for key in ("oneOf", "anyOf"):
            alternatives = [part.child(key, index) for index in range(len(as_list(part.node.get(key))))]
            not_null = [alternative for alternative in alternatives if not _is_null(alternative.node)]
            if len(not_null) < len(alternatives):
                _set_keyword(schema, "nullable", True, part.pointer)
            if len(not_null) == 1 < len(alternatives):
                parts.append(not_null[0])
            elif not_null:
                schema.alternatives.setdefault(key, []).extend(not_null)
        return parts


def _ref(node: Any) -> str | None:
    ref = node.get("$ref") if isinstance(node, dict) else None
    return ref if isinstance(ref, str) else None


def _is_null(node: Any) -> bool:
    written = as_map(node)
    return written.get("type") in ("null", ["null"]) or written.get("enum") == [None]


def _add(schema: Schema, part: SchemaSource) -> None:
    """Add the content of one schema object; where both restrict a value, both restrictions hold."""
    written: Mapping[str, Any] = part.node
    for key, value in written.items():
        if key in KEYWORDS:
            if _DEFAULTS.get(key, MISSING) != value:
                _set_keyword(schema, key, value, part.pointer)
        elif key in ANNOTATIONS:
            _set_annotation(schema, key, value, part.pointer)
        elif key not in _KNOWN:
            schema.unknown_keywords.setdefault(key, value)
            schema.pointers.setdefault(key, part.pointer)
    _add_type(schema, written, part.pointer)
    _add_enum(schema, written, part.pointer)
    _add_content(schema, written, part.pointer)
    _add_limit(schema, part, "minimum", "exclusiveMinimum")
    _add_limit(schema, part, "maximum", "exclusiveMaximum")
    _add_properties(schema, part)
    _add_dependencies(schema, part)
    _add_items(schema, part)
    if "if" in written:
        branches = {key: part.child(key) for key in ("then", "else") if key in written}
        schema.conditions.append(Condition(part.pointer, part.child("if"), branches))


def _set_keyword(schema: Schema, key: str, value: Any, at: str) -> None:
    """Set a keyword; combine it with the value that another part of the schema has set."""
    if key == "discriminator":
        value = _discriminator(value)
    before = schema.keywords.get(key)
    if before is None:
        schema.keywords[key] = value
        schema.pointers[key] = at
    elif key in _COUNT_LIMITS:
        tightest = max if key.startswith("min") else min
        numbers = [number for number in (as_number(before), as_number(value)) if number is not None]
        if numbers and as_number(before) != tightest(numbers):
            schema.keywords[key], schema.pointers[key] = value, at
    elif key in _COMBINED_BY and before != value:
        both = {_COMBINED_BY[key]: [before, value]}
        schema.keywords[key] = False if False in (before, value) else both
    elif key == "pattern" and isinstance(before, str) and isinstance(value, str):
        schema.keywords[key] = " and ".join(sorted({*before.split(" and "), value}))


def _set_annotation(schema: Schema, key: str, value: Any, at: str) -> None:
    if key == "examples" and isinstance(value, list) and len(value) == 1:
        # OpenAPI 3.1 writes the `example` of 3.0 as a list of one.
        key, value = "example", value[0]
    if value is not None and value != "":
        schema.annotations.setdefault(key, value)
        schema.pointers.setdefault(key, at)


def _discriminator(value: Any) -> Any:
    """A discriminator as the name of its property, with the mapping where values differ from the names of schemas."""
    if not isinstance(value, dict):
        return value
    targets = {str(key): ref_name(str(target)) for key, target in as_map(value.get("mapping")).items()}
    mapping = {key: name for key, name in targets.items() if key != name}
    return {"propertyName": value.get("propertyName"), "mapping": mapping} if mapping else value.get("propertyName")


def _add_type(schema: Schema, written: Mapping[str, Any], at: str) -> None:
    value = written.get("type")
    types = {"null" if name is None else str(name) for name in (value if isinstance(value, list) else [value])}
    types = set() if value is None else types
    if "null" in types or as_flag(written.get("nullable")) or as_flag(written.get("x-nullable")):
        _set_keyword(schema, "nullable", True, at)
        types.discard("null")
    if types == {"file"}:
        # Swagger 2.0 has the type `file` for what OpenAPI 3.0 writes as a binary string.
        types = {"string"}
        _set_keyword(schema, "format", "binary", at)
    if not types and "properties" in written:
        types = {"object"}
    if types:
        known = schema.keywords.get("type", frozenset(types))
        schema.keywords["type"] = frozenset(types) & known or frozenset(types)
        schema.pointers.setdefault("type", at)


def _add_enum(schema: Schema, written: Mapping[str, Any], at: str) -> None:
    values = [written["const"]] if "const" in written else written.get("enum")
    if not isinstance(values, list):
        return
    if None in values:
        _set_keyword(schema, "nullable", True, at)
    allowed = [value for value in values if value is not None]
    if "enum" in schema.keywords:
        texts = set(map(json_text, allowed))
        allowed = [value for value in schema.keywords["enum"] if json_text(value) in texts]
    schema.keywords["enum"] = allowed
    schema.pointers["enum"] = at


def _add_content(schema: Schema, written: Mapping[str, Any], at: str) -> None:
    for key in ("contentEncoding", "contentMediaType"):
        value = written.get(key)
        if isinstance(value, str) and (known := _CONTENT_FORMATS.get((key, value))):
            _set_keyword(schema, "format", known, at)
        elif value is not None:
            _set_keyword(schema, key, value, at)


def _add_limit(schema: Schema, part: SchemaSource, key: str, exclusive_key: str) -> None:
    """Add `minimum` or `maximum`; an exclusive limit is a number in OpenAPI 3.1 and a flag in older versions."""
    limits = []
    exclusive = part.node.get(exclusive_key)
    if (value := as_number(part.node.get(key))) is not None:
        limits.append(Limit(value, exclusive is True))
    if not isinstance(exclusive, bool) and (value := as_number(exclusive)) is not None:
        limits.append(Limit(value, True))
    if not limits:
        return
    if key in schema.keywords:
        limits.append(schema.keywords[key])
    sign = 1 if key == "minimum" else -1
    tightest = max(limits, key=lambda limit: (sign * limit.value, limit.is_exclusive))
    if tightest != schema.keywords.get(key):
        schema.keywords[key], schema.pointers[key] = tightest, part.pointer


def _add_properties(schema: Schema, part: SchemaSource) -> None:
    for name, inner in as_map(part.node.get("properties")).items():
        _join(schema.properties, name, part.child("properties", name))
        # Drafts of JSON Schema before the fourth write it in the property, and some authors still do.
        if as_map(inner).get("required") is True:
            schema.required.setdefault(name, f"{part.pointer}{pointer('properties', name)}")
    for name in as_list(part.node.get("required")):
        if isinstance(name, str):
            schema.required.setdefault(name, part.pointer)
    for name in as_map(part.node.get("patternProperties")):
        _join(schema.pattern_properties, name, part.child("patternProperties", name))


def _add_dependencies(schema: Schema, part: SchemaSource) -> None:
    for name in as_map(part.node.get("dependentSchemas")):
        _join(schema.dependent_schemas, name, part.child("dependentSchemas", name))
    required = as_map(part.node.get("dependentRequired")).items()
    if pairs := {f"{name} → {other}" for name, every in required for other in as_list(every) if isinstance(other, str)}:
        _set_keyword(schema, "dependentRequired", frozenset(), part.pointer)
        schema.keywords["dependentRequired"] |= pairs


def _add_items(schema: Schema, part: SchemaSource) -> None:
    items = part.node.get("items")
    if isinstance(items, dict) and items:
        schema.items = _joined(schema.items, part.child("items"))
    elif items is False:
        schema.items = schema.items or part.child("items")
    # Before OpenAPI 3.1, a list under `items` describes the first items.
    key = "items" if isinstance(items, list) else "prefixItems"
    if not schema.prefix_items:
        schema.prefix_items = [part.child(key, index) for index in range(len(as_list(part.node.get(key))))]


def _join(sources: dict[str, SchemaSource], name: str, source: SchemaSource) -> None:
    sources[name] = _joined(sources.get(name), source)


def _joined(known: SchemaSource | None, source: SchemaSource) -> SchemaSource:
    """A schema together with another one that applies at the same location."""
    if known is None:
        return source
    if equal(known.node, source.node) or len(known.also) >= MAX_MERGED:
        return known
    return SchemaSource(known.node, known.pointer, (*known.also, source))
