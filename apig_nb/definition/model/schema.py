"""Schemas in one form, whichever version of the standard they are written in; see `SchemaReader`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Final, NamedTuple

from apig_nb.definition.model.references import ref_name
from apig_nb.definition.problem import pointer, pointer_parts
from apig_nb.definition.values import as_flag, as_map

COMPONENT_SECTIONS: Final = (["components", "schemas"], ["definitions"])
"""The sections of a document that hold its named schemas, as parts of a pointer."""


@dataclass(frozen=True, slots=True)
class SchemaSource:
    """A schema as written, and its location.

    Attributes:
        node: the schema as written.
        pointer: its JSON pointer.
        also: further schemas that apply at the same location, as two parts of an `allOf` may describe one property.
    """

    node: Any
    pointer: str
    also: tuple[SchemaSource, ...] = ()

    def child(self, *keys: object) -> SchemaSource:
        """The schema under some keys of this one."""
        node = self.node
        for key in keys:
            node = node[key]
        return SchemaSource(node, self.pointer + pointer(*keys))

    @property
    def parts(self) -> tuple[SchemaSource, ...]:
        """Itself and the schemas that apply at the same location."""
        return (self, *self.also)

    @property
    def key(self) -> tuple[object, ...]:
        """Identity of the schema within its document; equal for sources of the same object at the same location."""
        return (self.pointer, id(self.node), *(id(source.node) for source in self.also))

    @property
    def component(self) -> str | None:
        """Name of the component it is, `None` for a schema without a name of its own."""
        parts = pointer_parts(self.pointer)
        return parts[-1] if parts[:-1] in COMPONENT_SECTIONS else None

    @property
    def name(self) -> str:
        """Name of the component that it refers to or is; else its title, its type, or `schema`."""
        written = as_map(self.node)
        return self.reference or str(written.get("title") or written.get("type") or "schema")

    @property
    def reference(self) -> str | None:
        """Name of the component that it refers to or is, `None` for a schema without such a name."""
        ref = as_map(self.node).get("$ref")
        return ref_name(ref) if isinstance(ref, str) else self.component


class Limit(NamedTuple):
    """A value of `minimum` or `maximum`."""

    value: Fraction
    is_exclusive: bool


class Choice(NamedTuple):
    """A list of alternatives of which a value must match one.

    Attributes:
        keyword: `oneOf` or `anyOf`.
        pointer: JSON pointer of the schema object that contains it.
        members: the alternatives, without those that accept only null.
    """

    keyword: str
    pointer: str
    members: tuple[SchemaSource, ...]


class Condition(NamedTuple):
    """An `if` and its branches.

    Attributes:
        pointer: JSON pointer of the schema object that contains it.
        test: the schema under `if`.
        branches: the schemas under `then` and `else`, by keyword.
    """

    pointer: str
    test: SchemaSource
    branches: Mapping[str, SchemaSource]


@dataclass(slots=True)
class Schema:
    """The content of a schema, independent of the version of the standard.

    Attributes:
        pointer: JSON pointer of the schema.
        keywords: value by keyword. `type` is a set without null, `nullable` is True or missing, `minimum` and
            `maximum` are `Limit`, `dependentRequired` is a set of texts such as `a → b`; other values are as written.
        pointers: by keyword, annotation and unknown keyword, the JSON pointer of the schema object that contains it,
            which may be a part of an `allOf`.
        properties: properties by name.
        required: by name of a required property, the JSON pointer of the schema object that requires it.
        items: the schema of the items of an array.
        prefix_items: the schemas of the first items of an array.
        pattern_properties: schemas of properties, by the pattern of their names.
        dependent_schemas: schemas that apply when a property is present, by its name.
        conditions: `if` with `then` and `else`.
        choices: the lists of alternatives, all of which hold together.
        implies_object: True if the type object follows from `properties` and is not written.
        annotations: keywords for readers, such as `description`.
        unknown_keywords: keywords that the standard does not define.
    """

    pointer: str
    keywords: dict[str, Any] = field(default_factory=dict)
    pointers: dict[str, str] = field(default_factory=dict)
    properties: dict[str, SchemaSource] = field(default_factory=dict)
    required: dict[str, str] = field(default_factory=dict)
    items: SchemaSource | None = None
    prefix_items: list[SchemaSource] = field(default_factory=list)
    pattern_properties: dict[str, SchemaSource] = field(default_factory=dict)
    dependent_schemas: dict[str, SchemaSource] = field(default_factory=dict)
    conditions: list[Condition] = field(default_factory=list)
    choices: list[Choice] = field(default_factory=list)
    implies_object: bool = False
    annotations: dict[str, Any] = field(default_factory=dict)
    unknown_keywords: dict[str, Any] = field(default_factory=dict)

    @property
    def accepts_any_type(self) -> bool:
        """True if the type of a value is not restricted, so that null is accepted too."""
        return not self.choices and self.keywords.keys().isdisjoint(("type", "enum"))

    @property
    def read_only(self) -> bool:
        """True if values are only received, never sent."""
        return as_flag(self.keywords.get("readOnly")) is True

    @property
    def write_only(self) -> bool:
        """True if values are only sent, never received."""
        return as_flag(self.keywords.get("writeOnly")) is True

    @property
    def discriminator_property(self) -> Any:
        """Name of the property that selects one of the alternatives."""
        value = self.keywords.get("discriminator")
        return value.get("propertyName") if isinstance(value, dict) else value

    @property
    def discriminator_mapping(self) -> Mapping[str, str]:
        """Name of the selected schema by value of that property, for values that are not the names themselves."""
        value = self.keywords.get("discriminator")
        return value["mapping"] if isinstance(value, dict) else {}

    def subschema(self, keyword: str) -> SchemaSource | None:
        """The schema that is the value of a keyword; `None` where it is missing, empty, or true or false."""
        value = self.keywords.get(keyword)
        if not isinstance(value, dict) or not value:
            return None
        return SchemaSource(value, f"{self.pointers[keyword]}/{keyword}")
