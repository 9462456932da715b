"""Extension keys outside of operations, and parameters of the path that one side does not declare."""

from typing import Any

import pytest

from tests.compare.comparing import Row, change_rows, compared, differences, openapi, swagger

B, W, I = "breaking", "warning", "info"  # noqa: E741  # of a table that is read in columns


def with_key(*place: Any) -> dict[str, Any]:
    """A document with keys and their value at a place."""
    *keys, last, value = place
    document = openapi({}, servers=[{"url": "https://a.example"}], components={"schemas": {}})
    holder: Any = document
    for key in keys:
        holder = holder[key] if isinstance(holder, list) else holder.setdefault(key, {})
    holder[last] = value
    return document


@pytest.mark.parametrize(
    ("place", "pointer"),
    [
        (("x-throttling-tier",), "/x-throttling-tier"),
        (("x-apigateway-new",), "/x-apigateway-new"),
        (("unknown",), "/unknown"),
        (("info", "x-logo"), "/info/x-logo"),
        (("components", "x-common"), "/components/x-common"),
        (("paths", "x-note"), "/paths/x-note"),
        (("servers", 0, "x-region"), "/servers"),
    ],
)
def test_an_extension_key_outside_of_operations(place: Any, pointer: str):
    without, old, new = with_key(*place[:-1], "x-other", 0), with_key(*place, "a"), with_key(*place, "b")
    (change,) = compared(old, new).found
    assert (change.severity, change.rule.id, change.pointer) == (I, "extension-altered", pointer)
    assert (I, "extension-altered") in differences(without, new)
    assert (I, "extension-altered") in differences(old, without)


def test_fields_for_readers():
    for place in (("info", "summary"), ("jsonSchemaDialect",)):
        assert differences(with_key(*place, "a"), with_key(*place, "b")) == [(I, "document-altered")]


def test_the_definition_of_a_plug_in_concerns_the_operations_it_is_bound_to():
    def document(limit: int) -> Any:
        bound = {"x-apigateway-plugins": ["p"], "responses": {}}
        definitions = {"p": {"limit": limit}, "unused": {"limit": limit}}
        return swagger(paths={"/a": {"get": bound}}, **{"x-apigateway-plugins": definitions})

    assert [
        (change.severity, change.rule.id, change.pointer, change.affected)
        for change in compared(document(1), document(2)).found
    ] == [
        (W, "plugin-altered", "/x-apigateway-plugins/p", ("GET /a",)),
        (I, "extension-altered", "/x-apigateway-plugins/unused", ()),
    ]


def declared(**schema: Any) -> dict[str, Any]:
    """A document with a parameter in the path, declared if a schema is given."""
    parameters = [{"name": "id", "in": "path", "required": True, "schema": schema}] if schema else []
    return openapi(paths={"/a/{id}": {"get": {"responses": {}, "parameters": parameters}}})


def declared_in_swagger(**schema: Any) -> dict[str, Any]:
    parameters = [{"name": "key", "in": "path", "required": True} | schema] if schema else []
    return swagger(paths={"/a/{key}": {"get": {"responses": {}, "parameters": parameters}}})


@pytest.mark.parametrize(
    ("schema", "appears", "goes"),
    [
        ({"type": "string"}, [], []),
        ({"type": "string", "enum": ["a"]}, [(B, "enum-tightened")], [(I, "enum-loosened")]),
        ({"type": "string", "maxLength": 3}, [(B, "max-length-tightened")], [(I, "max-length-loosened")]),
        ({"type": "string", "pattern": "^a"}, [(B, "pattern-tightened")], [(I, "pattern-loosened")]),
    ],
)
@pytest.mark.parametrize("document", [declared, declared_in_swagger])
def test_a_parameter_in_the_path_that_one_side_does_not_declare_is_a_text_without_limits(
    document: Any, schema: Any, appears: list[Row], goes: list[Row]
):
    assert differences(document(), document(**schema)) == appears
    assert differences(document(**schema), document()) == goes


def test_a_parameter_in_the_path_of_another_name_that_one_side_does_not_declare():
    renamed = (I, "path-parameter-renamed")
    found = differences(declared(), declared_in_swagger(type="integer"))
    assert (renamed in found, [rule for rule in found if rule[0] == B]) == (True, [(B, "type-tightened")])
    assert differences(declared_in_swagger(type="integer"), declared()) == [(I, "type-loosened"), renamed]
    assert change_rows(declared(), declared(type="integer"))[0][2] == "parameter id in path"
