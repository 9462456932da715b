"""The tables name a schema as the table of schemas does, and show the type of one that has no name."""

from typing import Any

import pytest

from apig_nb.definition.problem import pointer
from tests.definition.making import openapi, rows, swagger

NAMED = "#/components/schemas/"


def body_schema(schema: dict[str, Any], **schemas: Any) -> str:
    paths = {
        "/a": {"post": {"requestBody": {"content": {"a/b": {"schema": schema}}}, "responses": {}}},
        "/inline": {
            "get": {"responses": {"200": {"description": "", "content": {"a/b": {"schema": {"type": "integer"}}}}}}
        },
    }
    components = {
        "schemas": {
            "Order": {"properties": {"id": {"type": "string"}, "lines": {"type": "array", "items": {}}}},
            **schemas,
        },
        "responses": {"Any": {"description": "", "content": {"a/b": {"schema": {"$ref": f"{NAMED}Order"}}}}},
    }
    return str(rows("request_bodies", openapi(paths=paths, components=components))[0]["schema"])


@pytest.mark.parametrize(
    ("name", "ref"),
    [
        ("Result«Order»", f"{NAMED}Result%C2%ABOrder%C2%BB"),
        ("Result«Order»", f"{NAMED}Result«Order»"),
        ("Order Line", f"{NAMED}Order%20Line"),
        ("a/b~c", f"{NAMED}a~1b~0c"),
        ("50%", f"{NAMED}50%25"),
        ("50%", f"{NAMED}50%"),
    ],
)
def test_a_schema_is_named_as_in_the_table_of_schemas(name: str, ref: str) -> None:
    assert body_schema({"$ref": ref}, **{name: {}}) == name
    assert body_schema({"type": "array", "items": {"$ref": ref}}, **{name: {}}) == f"{name}[]"
    assert body_schema({"oneOf": [{"$ref": ref}, {"type": "string"}]}, **{name: {}}) == f"oneOf({name}, string)"
    property_ = {"properties": {"a": {"$ref": ref}}}
    found = rows("schemas", openapi(components={"schemas": {"S": property_, name: {}}}))
    assert {row["type"] for row in found if row.get("property") == "a"} <= {row["schema"] for row in found}


def test_a_name_of_swagger_is_decoded_as_well() -> None:
    response = {"description": "", "schema": {"$ref": "#/definitions/Result%C2%ABOrder%C2%BB"}}
    document = swagger(paths={"/a": {"get": {"responses": {"200": response}}}}, definitions={"Result«Order»": {}})
    assert rows("responses", document)[0]["schema"] == "Result«Order»"


def test_a_name_with_harmful_characters_is_decoded_as_well() -> None:
    name = "a\0\u202eb"
    document = openapi(components={"schemas": {"S": {"items": {"$ref": f"{NAMED}a%00%E2%80%AEb"}}, name: {}}})
    # The type of a list is that of its items.
    assert rows("schemas", document)[0]["type"] == f"{name}[]"


@pytest.mark.parametrize(
    ("ref", "shown"),
    [
        (f"{NAMED}Order/properties/id", "string"),
        (f"{NAMED}Order/properties/lines", "anything[]"),
        (f"#{pointer('paths', '/inline', 'get', 'responses', '200', 'content', 'a/b', 'schema')}", "integer"),
        # The target is a reference to a named schema.
        ("#/components/responses/Any/content/a~1b/schema", "Order"),
        (f"{NAMED}Union/properties/a", "oneOf(…)"),
        (f"{NAMED}Union/properties/orders", "Order[]"),
        # References without a target keep their name.
        (f"{NAMED}Order/properties/none", "none"),
        ("other.yaml#/Order", "Order"),
        (f"{NAMED}Missing", "Missing"),
    ],
)
def test_a_reference_to_a_schema_without_a_name_shows_its_type(ref: str, shown: str) -> None:
    orders = {"type": "array", "items": {"$ref": f"{NAMED}Order"}}
    union = {"properties": {"a": {"oneOf": [{"type": "string"}]}, "orders": orders}}
    assert body_schema({"$ref": ref}, Union=union) == shown
