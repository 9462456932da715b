"""Schemas in one form: the content is the same, whichever version of the standard they are written in."""

from typing import Any

import pytest

from apig_nb.compare.rules import KEYWORDS
from apig_nb.definition.model.references import References
from apig_nb.definition.model.schema import Schema, SchemaSource
from apig_nb.definition.model.schema_reader import MAX_MERGED, SchemaReader

POINTER = "/components/schemas/S"


def read(schema: Any, *, reads_siblings_of_ref: bool = False, **schemas: Any) -> Schema:
    document = {"components": {"schemas": {"S": schema, **schemas}}}
    reader = SchemaReader(References(document), {}, reads_siblings_of_ref=reads_siblings_of_ref)
    return reader.read(SchemaSource(schema, POINTER))


@pytest.mark.parametrize(
    ("written", "keywords"),
    [
        ({"type": "string", "nullable": True}, {"type": {"string"}, "nullable": True}),
        ({"type": "string", "x-nullable": True}, {"type": {"string"}, "nullable": True}),
        ({"type": ["string", "null"]}, {"type": {"string"}, "nullable": True}),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, {"type": {"string"}, "nullable": True}),
        ({"properties": {}}, {"type": {"object"}}),
        ({"type": "file"}, {"type": {"string"}, "format": "binary"}),
        ({"const": 1}, {"enum": [1]}),
        ({"enum": ["a", None]}, {"enum": ["a"], "nullable": True}),
        ({"maximum": 5, "exclusiveMaximum": True}, {"maximum": (5, True)}),
        ({"exclusiveMaximum": 5}, {"maximum": (5, True)}),
        ({"maximum": 5, "exclusiveMaximum": 6}, {"maximum": (5, False)}),
        ({"contentEncoding": "base64"}, {"format": "byte"}),
        ({"minLength": 0, "uniqueItems": False, "additionalProperties": True}, {}),
        ({"dependentRequired": {"a": ["b"]}}, {"dependentRequired": {"a → b"}}),
        (False, {"not": {}}),
        ({"allOf": [{"minLength": 1}, {"minLength": 3}, {"pattern": "a"}]}, {"minLength": 3, "pattern": "a"}),
        (
            {"allOf": [{"not": {"minLength": 1}}, {"not": {"enum": [1]}}]},
            {"not": {"anyOf": [{"minLength": 1}, {"enum": [1]}]}},
        ),
    ],
)
def test_keywords_are_normalized(written: Any, keywords: Any):
    assert read(written).keywords == keywords


def test_parts_of_all_of_are_merged_with_their_pointers():
    schema = read(
        {"allOf": [{"$ref": "#/components/schemas/Base"}, {"required": ["id"], "maxProperties": 3}]},
        Base={"properties": {"id": {"type": "string"}}, "description": "base"},
    )
    assert schema.properties["id"].pointer == "/components/schemas/Base/properties/id"
    assert schema.required == {"id": f"{POINTER}/allOf/1"}
    assert schema.annotations == {"description": "base"}
    assert schema.pointers["description"] == "/components/schemas/Base"
    assert schema.pointers["maxProperties"] == f"{POINTER}/allOf/1"


def test_keywords_next_to_a_reference_count_from_openapi_31_on():
    written = {"$ref": "#/components/schemas/Base", "maxLength": 3}
    assert read(written, Base={"type": "string"}).keywords == {"type": {"string"}}
    assert read(written, Base={"type": "string"}, reads_siblings_of_ref=True).keywords == {
        "type": {"string"},
        "maxLength": 3,
    }


def test_conditions_discriminator_and_access_are_attributes():
    schema = read(
        {
            "if": {"required": ["a"]},
            "else": {"required": ["b"]},
            "readOnly": "true",
            "discriminator": {"propertyName": "kind", "mapping": {"x": "#/components/schemas/Cat", "Dog": "Dog"}},
        }
    )
    (condition,) = schema.conditions
    assert (condition.test.pointer, list(condition.branches)) == (f"{POINTER}/if", ["else"])
    assert (schema.read_only, schema.write_only) == (True, False)
    assert (schema.discriminator_property, dict(schema.discriminator_mapping)) == ("kind", {"x": "Cat", "Dog": "Dog"})


def test_unknown_keywords_are_kept():
    assert read({"x-kind": 1, "$id": "a"}).unknown_keywords == {"x-kind": 1}


def test_circular_and_broken_references_end():
    assert read({"$ref": "#/components/schemas/S"}).unknown_keywords == {"x-reference": "S"}
    assert read({"allOf": [{"$ref": "#/components/schemas/S"}], "maxLength": 1}).keywords == {"maxLength": 1}
    assert read({"$ref": "other.yaml#/A"}).unknown_keywords == {"x-reference": "A"}


def test_merging_is_bounded():
    deep: Any = {"title": "deepest"}
    for _ in range(MAX_MERGED + 1):
        deep = {"allOf": [deep]}
    assert read(deep).annotations == {}


def test_sources_have_names():
    assert SchemaSource({"$ref": "#/components/schemas/Cat"}, "/x").name == "Cat"
    assert SchemaSource({}, "/definitions/a~1b").name == "a/b"
    assert SchemaSource({"title": "T", "type": "string"}, "/paths/~1a").name == "T"
    assert SchemaSource({}, "/components/schemas/A/items").component is None


def test_every_keyword_with_a_rule_is_read():
    """Keywords without a rule are unknown ones, compared as plain values."""
    structure = {"prefixItems", "patternProperties", "dependentSchemas", "if", "then", "else"}
    written: dict[str, Any] = {keyword.name: "x" for keyword in KEYWORDS if keyword.name not in structure}
    written |= {"type": ["string", "number", "object"], "enum": [], "minimum": 1, "maximum": 1, "nullable": True}
    written["dependentRequired"] = {"a": ["b"]}
    schema = read(written)
    assert schema.unknown_keywords == {}
    assert set(schema.keywords) == set(written)
