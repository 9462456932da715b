"""Values that the standard does not list, and keywords of another version, are problems; what it allows is none."""

import json
from typing import Any

import pytest

from tests.definition.making import OK, openapi, problems, read, rows, swagger

S = "/components/schemas/S"
P = "/paths/~1a/get/parameters/0"
TYPES = ["array", "boolean", "integer", "number", "object", "string"]


def with_schema(schema: dict[str, Any], version: str = "3.0.3") -> dict[str, Any]:
    return openapi(version, components={"schemas": {"S": schema}})


def with_parameter(path: str = "/a", /, version: str = "3.0.3", **parameter: Any) -> dict[str, Any]:
    paths = {path: {"get": {**OK, "parameters": [{"name": "n", "in": "query", **parameter}]}}}
    return swagger(paths=paths) if version == "2.0" else openapi(version, paths=paths)


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (with_schema({"type": "Integer"}), [(f"{S}/type", "wrong-value")]),
        (with_schema({"type": "int"}), [(f"{S}/type", "wrong-value")]),
        (with_schema({"type": "file"}), [(f"{S}/type", "wrong-value")]),
        (with_schema({"type": "null"}), [(f"{S}/type", "wrong-value")]),
        (with_schema({"type": ["string", "null"]}), [(f"{S}/type", "wrong-value"), (f"{S}/type", "wrong-type")]),
        (with_schema({"type": ["string", "Null"]}, "3.1.0"), [(f"{S}/type", "wrong-value")]),
        (
            with_schema({"allOf": [{"$ref": "#/components/schemas/S"}, {"items": {"type": "String"}}]}),
            [(f"{S}/allOf/1/items/type", "wrong-value")],
        ),
        (
            with_schema({"$ref": "#/components/schemas/T", "type": "str"}, "3.1.0") | {"x": 1},
            [(f"{S}/type", "wrong-value"), (f"{S}/$ref", "reference"), ("/x", "unknown-key")],
        ),
        (swagger(definitions={"S": {"type": "Integer"}}), [("/definitions/S/type", "wrong-value")]),
        (with_parameter(version="2.0", type="object"), [(f"{P}/type", "wrong-value")]),
        (with_parameter(version="2.0", type="array", collectionFormat="CSV"), [(f"{P}/collectionFormat", "wrong-value")]),  # noqa: E501
        (with_parameter(version="2.0", type="integer", **{"in": "quary"}), [(f"{P}/in", "wrong-value")]),
        (with_parameter(version="2.0", type="integer", **{"in": "cookie"}), [(f"{P}/in", "wrong-value")]),
        (with_parameter(**{"in": "quary"}), [(f"{P}/in", "wrong-value")]),
        (with_parameter(**{"in": "Query"}), [(f"{P}/in", "wrong-value")]),
        (with_parameter(**{"in": "querystring"}), [(f"{P}/in", "wrong-value")]),
        # Read as a request body, which is a problem of its own.
        (with_parameter(**{"in": "formData"}), [(P, "body-parameter")]),
        (with_parameter(style="deepobject"), [(f"{P}/style", "wrong-value")]),
        (
            openapi(components={"headers": {"H": {"style": "form", "schema": {}}}}),
            [("/components/headers/H/style", "wrong-value")],
        ),
        (
            openapi(components={"securitySchemes": {"s": {"type": "apikey", "in": "Header", "name": "n"}}}),
            [(f"/components/securitySchemes/s/{key}", "wrong-value") for key in ("type", "in")],
        ),
        (
            swagger(securityDefinitions={"s": {"type": "oauth2", "flow": "accesscode"}}),
            [("/securityDefinitions/s/flow", "wrong-value")],
        ),
    ],
)  # fmt: skip
def test_a_value_that_the_standard_does_not_list_is_a_problem(
    document: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    assert problems(document) == found


@pytest.mark.parametrize(
    "document",
    [
        *(with_schema({"type": kind}) for kind in TYPES),
        *(with_schema({"type": [kind, "null"]}, "3.1.0") for kind in TYPES),
        with_schema({"type": "string", "format": "of-our-own"}),
        swagger(definitions={"S": {"type": ["string", "null"]}}),
        *(with_parameter(**{"in": location}) for location in ("query", "header", "cookie")),
        *(with_parameter(version="2.0", type="string", **{"in": location}) for location in ("query", "header")),
        with_parameter(version="2.0", type="file", **{"in": "formData"}),
        with_parameter(version="3.1.0", **{"in": "querystring", "content": {"a/b": {}}}),
        with_parameter(version="2.0", type="array", items={"type": "string"}, collectionFormat="multi"),
        with_parameter(style="deepObject", schema={"type": "object"}),
        openapi("3.1.0", components={"securitySchemes": {"s": {"type": "mutualTLS"}}}),
    ],
)
def test_what_the_standard_allows_is_no_problem(document: dict[str, Any]) -> None:
    assert problems(document) == []


@pytest.mark.parametrize("key", ["exclusiveMinimum", "exclusiveMaximum"])
@pytest.mark.parametrize(
    ("version", "value", "is_problem"),
    [
        *(("3.0.3", flag, False) for flag in (True, False)),
        *(("3.0.3", other, True) for other in (5, 0, 1.5, "5")),
        *(("3.1.0", number, False) for number in (5, 1.5)),
        *(("3.1.0", other, True) for other in (True, "5")),
        ("2.0", True, False),
        ("2.0", 5, True),
    ],
)
def test_an_exclusive_limit_is_a_flag_or_a_number_as_its_version_has_it(
    key: str, version: str, value: Any, is_problem: bool
) -> None:
    schema = {"type": "integer", key: value}
    document = swagger(definitions={"S": schema}) if version == "2.0" else with_schema(schema, version)
    at = f"/definitions/S/{key}" if version == "2.0" else f"{S}/{key}"
    assert problems(document) == ([(at, "wrong-type")] if is_problem else [])
    of_parameter = with_parameter(version="2.0", **schema)
    assert version != "2.0" or problems(of_parameter) == ([(f"{P}/{key}", "wrong-type")] if is_problem else [])


def test_nullable_is_a_problem_since_openapi_31() -> None:
    schema = {"type": "string", "nullable": True}
    assert problems(with_schema(schema)) == []
    assert problems(with_schema({"properties": {"a": schema}}, "3.1.0")) == [
        (f"{S}/properties/a/nullable", "unknown-key")
    ]
    (row,) = rows("schemas", with_schema(schema, "3.1.0"))
    assert row["nullable"] is True


@pytest.mark.parametrize(
    ("required", "found"),
    [
        ({"required": True}, []),
        ({}, [(P.replace("a/", "a~1{n}/"), "missing")]),
        ({"required": None}, [(P.replace("a/", "a~1{n}/"), "missing")]),
        ({"required": False}, [(f"{P.replace('a/', 'a~1{n}/')}/required", "wrong-value")]),
    ],
)
@pytest.mark.parametrize("version", ["2.0", "3.0.3", "3.1.0"])
def test_a_parameter_in_the_path_must_be_required(
    version: str, required: dict[str, Any], found: list[tuple[str, str]]
) -> None:
    kind = {"type": "string"} if version == "2.0" else {"schema": {"type": "string"}}
    assert problems(with_parameter("/a/{n}", version=version, **{"in": "path"}, **kind, **required)) == found


def test_values_of_objects_with_the_same_keys_are_checked_for_each() -> None:
    schemas = {
        f"S{index}": {"type": kind} for index, kind in enumerate(["string", "String", "integer", "Int", "string"])
    }
    assert problems(openapi(components={"schemas": schemas})) == [
        ("/components/schemas/S1/type", "wrong-value"),
        ("/components/schemas/S3/type", "wrong-value"),
    ]


def test_the_message_lists_what_the_standard_has() -> None:
    messages = {
        problem.message
        for problem in read(json.dumps(with_parameter(schema={"type": "int"}, **{"in": "quary"}))).problems
    }
    assert messages == {
        "the standard has no location 'quary' here, but cookie, header, path and query",
        "the standard has no type 'int' here, but array, boolean, integer, number, object and string",
    }
