"""Operations: parameters, bodies, responses, security, servers and references, in every version."""

import gc
import json
import weakref
from typing import Any

import pytest

import apig_nb as apig
from apig_nb.definition.model.references import References
from apig_nb.definition.values import as_flag, as_number, as_whole
from apig_nb.tables import TABLES
from tests.definition.making import OK, openapi, problems, read, row, rows, swagger


def with_parameters(*own: Any, path: Any = (), **parts: Any) -> dict[str, Any]:
    item = {"parameters": list(path), "get": {**OK, "parameters": list(own)}}
    return openapi(paths={"/a": item}, **parts)


def names(document: dict[str, Any]) -> list[tuple[str, str, str | None]]:
    return [(found["name"], found["in"], found.get("description")) for found in rows("parameters", document)]


def parameter(name: str, location: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": location, "description": description}


@pytest.mark.parametrize(
    ("of_path", "own", "merged"),
    [
        (("a", "query"), ("a", "query"), [("a", "query", "own")]),
        (("a", "query"), ("a", "header"), [("a", "query", "path"), ("a", "header", "own")]),
        (("a", "query"), ("A", "query"), [("a", "query", "path"), ("A", "query", "own")]),
        (("a", "Query"), ("a", "QUERY"), [("a", "query", "own")]),
        (("X-Trace", "header"), ("x-trace", "header"), [("x-trace", "header", "own")]),
    ],
)
def test_an_operation_overrides_a_path_parameter_of_the_same_name_and_location(
    of_path: tuple[str, str], own: tuple[str, str], merged: list[tuple[str, str, str]]
) -> None:
    document = with_parameters(parameter(*own, "own"), path=(parameter(*of_path, "path"),))
    assert names(document) == merged
    assert "duplicate-parameter" not in {kind for _, kind in problems(document)}


@pytest.mark.parametrize("where", ["own", "path"])
def test_a_duplicate_parameter_counts_once_and_is_reported(where: str) -> None:
    twice = (parameter("a", "query", "first"), parameter("a", "QUERY", "last"))
    document = with_parameters(*twice) if where == "own" else with_parameters(path=twice)
    at = "/paths/~1a/get/parameters/1" if where == "own" else "/paths/~1a/parameters/1"
    found = [(f"{at}/in", "wrong-value"), (at, "duplicate-parameter")]
    assert (names(document), problems(document)) == ([("a", "query", "last")], found)


def test_parameters_are_followed_through_chains_of_references() -> None:
    components = {"parameters": {"P": {"$ref": "#/components/parameters/Q"}, "Q": parameter("q", "query", "there")}}
    document = with_parameters({"$ref": "#/components/parameters/P"}, components=components)
    assert (names(document), problems(document)) == ([("q", "query", "there")], [])


@pytest.mark.parametrize(
    "ref",
    [
        *("#/nowhere", "other.yaml#/P", "https://example.com/p", "#/paths/~1a/get/parameters/0", "#", "", "#x"),
        *(f"#/tags/{index}" for index in ("9", "1" * 5000, "٣", "00", "-1")),
    ],
)
def test_a_reference_without_a_target_is_reported_and_left_out(ref: str) -> None:
    document = with_parameters({"$ref": ref}, tags=[{"name": "t"}])
    assert rows("parameters", document) == [] or ref == "#"
    assert problems(document) == [("/paths/~1a/get/parameters/0/$ref", "reference")]


@pytest.mark.parametrize("ref", [5, None, ["#/a"], {"$ref": "#/a"}])
def test_a_reference_that_is_not_text_is_reported(ref: Any) -> None:
    assert ("/components/schemas/S/$ref", "reference") in problems(
        openapi(components={"schemas": {"S": {"$ref": ref}}})
    )


@pytest.mark.parametrize(
    ("key", "ref"),
    [
        ("a/b~c", "#/components/parameters/a~1b~0c"),
        ("ä {x}", "#/components/parameters/%C3%A4%20%7Bx%7D"),
        ("0", "#/components/parameters/0"),
        ("a%2fb", "#/components/parameters/a%252fb"),
    ],
)
def test_references_are_unescaped(key: str, ref: str) -> None:
    document = with_parameters({"$ref": ref}, components={"parameters": {key: parameter("q", "query", "there")}})
    assert (names(document), problems(document)) == ([("q", "query", "there")], [])


def test_the_target_of_a_reference_is_checked_wherever_it_is() -> None:
    document = with_parameters({"$ref": "#/x-shared/0"}, **{"x-shared": [{"name": "n", "required": "perhaps"}]})
    assert problems(document) == [("/x-shared/0", "missing"), ("/x-shared/0/required", "wrong-type")]


def test_a_key_next_to_a_reference_is_ignored_and_reported() -> None:
    reference = {"$ref": "#/components/parameters/P", "required": True, "description": "allowed"}
    document = with_parameters(reference, components={"parameters": {"P": parameter("p", "query", "there")}})
    assert problems(document) == [("/paths/~1a/get/parameters/0/required", "unknown-key")]
    assert row("parameters", document)["required"] is False


def test_operations_next_to_the_reference_of_a_path_item_are_merged_with_its_target() -> None:
    document = openapi(
        "3.1.0",
        paths={
            "/a": {"$ref": "#/components/pathItems/I", "get": {"operationId": "own"}, "post": {"operationId": "too"}}
        },
        components={"pathItems": {"I": {"get": {"operationId": "there"}, "put": {"operationId": "there"}}}},
    )
    found = [(operation["method"], operation["operation_id"]) for operation in rows("operations", document)]
    assert (found, problems(document)) == ([("GET", "own"), ("PUT", "there"), ("POST", "too")], [])


@pytest.mark.parametrize(
    ("key", "method", "found"),
    [
        *[(method, method.upper(), []) for method in ("get", "put", "post", "delete", "options", "head", "patch")],
        ("x-apigateway-any-method", "ANY", []),
        ("GET", "GET", [("/paths/~1a/GET", "unknown-key")]),
        ("Post", "POST", [("/paths/~1a/Post", "unknown-key")]),
    ],
)
def test_methods_in_any_letter_case_are_operations(key: str, method: str, found: list[tuple[str, str]]) -> None:
    document = swagger(paths={"/a": {key: OK}})
    assert (row("operations", document)["method"], problems(document)) == (method, found)


def test_an_extension_key_with_operations_is_a_path() -> None:
    document = swagger(paths={"x-real": {"get": OK}, "x-note": {"a": 1}})
    assert [found["path"] for found in rows("paths", document)] == ["x-real"]
    assert [found["pointer"] for found in rows("extensions", document)] == ["/paths/x-note"]
    assert problems(document) == [("/paths/x-real", "extension-path")]


SCHEMES = {
    "app": {"type": "apiKey", "name": "n", "in": "header", "x-apigateway-auth-type": "AppSigv1"},
    "iam": {"type": "apiKey", "name": "n", "in": "header", "x-apigateway-auth-type": "IAM"},
    "own": {"type": "apiKey", "name": "n", "in": "header", "x-apigateway-authorizer": {"authorizer_uri": "u"}},
    "oauth": {"type": "oauth2"},
}


@pytest.mark.parametrize(
    ("of_document", "own", "auth", "security"),
    [
        (None, None, "NONE", None),
        ([{"app": []}], None, "APP", ("app",)),
        ([{"app": []}], [], "NONE", None),
        ([{"app": []}], [{"iam": []}], "IAM", ("iam",)),
        ([{"app": []}], "missing", "APP", ("app",)),
        (None, [{"app": []}, {"iam": []}], "APP | IAM", ("app", "iam")),
        (None, [{"app": [], "iam": []}], "APP + IAM", ("app + iam",)),
        (None, [{}, {"own": []}], "NONE | AUTHORIZER", ("none", "own")),
        (None, [{"oauth": ["read", "write"]}], "oauth2", ("oauth(read, write)",)),
    ],
)
def test_security_of_an_operation_replaces_that_of_the_document(
    of_document: Any, own: Any, auth: str, security: tuple[str, ...] | None
) -> None:
    operation = OK if own == "missing" else {**OK, "security": own}
    root = {} if of_document is None else {"security": of_document}
    found = row("operations", swagger(paths={"/a": {"get": operation}}, securityDefinitions=SCHEMES, **root))
    assert (found["auth"], found.get("security")) == (auth, security)


def test_an_undefined_scheme_is_reported_once_where_it_is_used() -> None:
    document = openapi(
        security=[{"gone": []}],
        paths={"/a": {"get": OK, "put": OK, "post": {**OK, "security": [{"lost": []}]}}},
    )
    assert problems(document) == [("/security", "undefined"), ("/paths/~1a/post/security", "undefined")]


def body(document: dict[str, Any]) -> list[tuple[str | None, str | None, bool]]:
    return [
        (found.get("media_type"), found.get("schema"), found["required"]) for found in rows("request_bodies", document)
    ]


BODY = {"name": "b", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Order"}}
FORM = [{"name": "f", "in": "formData", "type": "string", "required": True}, {"name": "g", "in": "FormData"}]
FILE = {"name": "f", "in": "formData", "type": "file"}


@pytest.mark.parametrize(
    ("root", "own", "parameters", "bodies"),
    [
        ({}, {}, [], []),
        # What the document does not state stays empty.
        ({}, {}, [BODY], [(None, "Order", True)]),
        ({"consumes": ["text/plain"]}, {}, [BODY], [("text/plain", "Order", True)]),
        ({"consumes": ["a/b"]}, {"consumes": ["c/d", "e/f"]}, [BODY], [("c/d", "Order", True), ("e/f", "Order", True)]),
        ({"consumes": ["text/plain"]}, {"consumes": []}, [BODY], [(None, "Order", True)]),
        ({}, {}, FORM, [(None, "object", True)]),
        ({}, {}, [FILE], [(None, "object", False)]),
        ({}, {"x-apigateway-content-type": "application/xml"}, [], [("application/xml", None, False)]),
        ({"consumes": ["text/plain"]}, {}, [], []),
    ],
)  # fmt: skip
def test_the_request_body_of_swagger_is_read_from_parameters_and_consumes(
    root: dict[str, Any], own: dict[str, Any], parameters: list[Any], bodies: list[Any]
) -> None:
    operation = {**OK, **own, "parameters": parameters}
    document = swagger(paths={"/a": {"post": operation}}, definitions={"Order": {}}, **root)
    assert (body(document), rows("parameters", document)) == (bodies, [])


def test_a_second_body_parameter_is_reported() -> None:
    document = swagger(paths={"/a": {"post": {**OK, "parameters": [BODY, {**BODY, "name": "c", "required": False}]}}},
                       definitions={"Order": {}})  # fmt: skip
    assert body(document) == [(None, "Order", False)]
    assert problems(document) == [("/paths/~1a/post/parameters/1", "duplicate-parameter")]


@pytest.mark.parametrize(
    ("root", "own", "media_types"),
    [
        ({}, {}, [None]),
        ({"produces": []}, {}, [None]),
        ({"produces": ["text/csv"]}, {}, ["text/csv"]),
        ({"produces": ["text/csv"]}, {"produces": ["a/b"]}, ["a/b"]),
    ],
)
def test_the_media_types_of_swagger_responses_are_read_from_produces(
    root: dict[str, Any], own: dict[str, Any], media_types: list[str | None]
) -> None:
    responses = {
        "200": {"description": "", "schema": {"type": "array", "items": {"type": "string"}}},
        "204": {"description": ""},
    }
    document = swagger(paths={"/a": {"get": {"responses": responses, **own}}}, **root)
    assert [
        (found["status"], found.get("media_type"), found.get("schema")) for found in rows("responses", document)
    ] == [
        *[("200", media_type, "string[]") for media_type in media_types],
        ("204", None, None),
    ]


@pytest.mark.parametrize(
    ("document", "protocols"),
    [
        (swagger(paths={"/a": {"get": OK}}), None),
        (swagger(paths={"/a": {"get": OK}}, schemes=["HTTPS"]), ("https",)),
        (swagger(paths={"/a": {"get": {**OK, "schemes": ["https", "http"]}}}, schemes=["wss"]), ("http", "https")),
        (openapi(paths={"/a": {"get": OK}}, servers=[{"url": "HTTPS://a"}]), ("https",)),
        (
            openapi(paths={"/a": {"get": OK, "servers": [{"url": "http://b"}]}}, servers=[{"url": "https://a"}]),
            ("http",),
        ),
        (
            openapi(paths={"/a": {"get": {**OK, "servers": [{"url": "ws://c"}]}, "servers": [{"url": "http://b"}]}}),
            ("ws",),
        ),
        (openapi(paths={"/a": {"get": OK}}, servers=[{"url": "/base"}]), None),
    ],
)
def test_protocols_are_those_of_the_nearest_servers(
    document: dict[str, Any], protocols: tuple[str, ...] | None
) -> None:
    assert row("operations", document).get("protocols") == protocols


@pytest.mark.parametrize(
    ("limits", "kept"),
    [
        ({"type": "string", "maxLength": 0, "minLength": 0, "maximum": 0, "minimum": 0}, {}),
        ({"type": "number", "maximum": 0, "minimum": 0}, {}),
        ({"type": "number", "maximum": 0}, {}),
        ({"type": "number", "maximum": 9, "minimum": 0}, {"maximum": 9.0, "minimum": 0.0}),
        ({"type": "number", "maximum": 0, "minimum": -5}, {"maximum": 0.0, "minimum": -5.0}),
        ({"type": "number", "minimum": 0}, {"minimum": 0.0}),
        ({"type": "string", "maxLength": 9, "minLength": 0}, {"max_length": 9}),
        ({"type": "number", "maximum": "7", "minimum": "1e0"}, {"maximum": 7.0, "minimum": 1.0}),
    ],
)
def test_zero_limits_of_a_gateway_export_are_ignored(limits: dict[str, Any], kept: dict[str, Any]) -> None:
    operation = {**OK, "x-apigateway-cors": True, "parameters": [{"name": "p", "in": "query", **limits}]}
    found = row("parameters", swagger(paths={"/a": {"get": operation}}))
    assert {key: value for key, value in found.items() if key.startswith("m")} == {"method": "GET", **kept}


def test_zero_limits_of_other_documents_are_kept() -> None:
    limits = {"type": "string", "maxLength": 0, "minLength": 0}
    found = row("parameters", with_parameters({"name": "p", "in": "query", "schema": limits}))
    assert (found["max_length"], found["min_length"]) == (0, 0)


@pytest.mark.parametrize(
    ("schema", "type_", "nullable"),
    [
        ({"type": "string"}, "string", False),
        ({"type": ["string", "null"]}, "string", True),
        ({"type": ["null"]}, "null", True),
        ({"type": ["string", "integer"]}, "string | integer", False),
        ({"type": "string", "nullable": True}, "string", True),
        ({"type": "string", "x-nullable": True}, "string", True),
        ({"type": ["string", None]}, "string", True),
        ({"properties": {}}, "object", False),
        ({"type": "array", "items": {"$ref": "#/components/schemas/A~1B"}}, "A/B[]", False),
        ({"type": "array"}, "anything[]", False),
        ({"oneOf": [{"$ref": "#/components/schemas/A"}, {"type": "null"}]}, "oneOf(A, null)", False),
        (True, "anything", False),
        (False, "nothing", False),
        ({}, "anything", False),
    ],
)
def test_types_of_schemas_are_read_in_every_notation(schema: Any, type_: str, nullable: bool) -> None:
    found = rows("schemas", openapi("3.1.0", components={"schemas": {"S": schema}}))[0]
    assert (found["type"], found["nullable"]) == (type_, nullable)


def test_a_schema_has_a_row_for_each_property() -> None:
    order = {
        "required": ["id", "lines"],
        "properties": {
            "id": {"type": "string", "maxLength": 36, "x-note": 1},
            "lines": {"type": "array", "items": {"properties": {"sku": {"type": "string"}}, "required": ["sku"]}},
            "buyer": {"$ref": "#/definitions/Buyer"},
        },
        "allOf": [{"properties": {"at": {"type": "string", "format": "date"}}}],
    }
    found = rows("schemas", swagger(definitions={"Order": order}))
    assert [(part["property"], part["type"], part["required"]) for part in found] == [
        ("", "allOf(object)", False),
        ("id", "string", True),
        ("lines", "object[]", True),
        ("lines[]", "object", False),
        ("lines[].sku", "string", True),
        ("buyer", "Buyer", False),
        ("at", "string", False),
    ]
    assert (found[1]["constraints"], found[1]["extensions"]) == ("maxLength=36", '{"x-note": 1}')


@pytest.mark.parametrize(
    ("value", "whole", "number", "flag"),
    [
        (5, 5, 5.0, None),
        (5.0, 5, 5.0, None),
        (5.5, None, 5.5, None),
        ("-1", -1, -1.0, None),
        ("1e2", None, 100.0, None),
        ("1_000", None, None, None),
        (" 5", None, None, None),
        ("٣", None, None, None),
        ("nan", None, None, None),
        ("infinity", None, None, None),
        (2**63 - 1, 2**63 - 1, float(2**63), None),
        (2**63, None, float(2**63), None),
        (-(2**63), -(2**63), -float(2**63), None),
        (10**400, None, None, None),
        ("9" * 5000, None, None, None),
        (float("nan"), None, None, None),
        (float("-inf"), None, None, None),
        (True, None, None, True),
        ("false", None, None, False),
        ("ON", None, None, True),
        (None, None, None, None),
        ([5], None, None, None),
        ({}, None, None, None),
    ],
)
def test_texts_are_converted_to_numbers_and_flags(
    value: Any, whole: int | None, number: float | None, flag: bool | None
) -> None:
    assert (as_whole(value), as_number(value), as_flag(value)) == (whole, number, flag)


@pytest.mark.parametrize("version", ["2.0", "3.0"])
@pytest.mark.parametrize(
    ("statuses", "carrier"), [(["200", "default"], "default"), (["200", "404"], "200"), ([], "default")]
)
def test_samples_next_to_responses_are_listed_with_one_of_them(version: str, statuses: list[str], carrier: str) -> None:
    responses = {status: {"description": ""} for status in statuses} | {"x-apigateway-result-normal-sample": "fine"}
    make = swagger if version == "2.0" else openapi
    found = rows("responses", make(paths={"/a": {"get": {"responses": responses}}}))
    assert [one["status"] for one in found if one.get("normal_sample") == "fine"] == [carrier]
    assert len(found) == max(len(statuses), 1)


def test_reading_does_not_change_the_document() -> None:
    document = openapi(paths={"/a": {"get": OK}}, components={"schemas": {"S": {"type": "string"}}})
    definition = read(document)
    assert (definition.operations, definition.problems) == (definition.operations, definition.problems)
    assert json.dumps(definition.tree) == json.dumps(document)


@pytest.mark.parametrize("version", ["swagger", "openapi"])
def test_a_document_is_freed_without_the_garbage_collector(version: str) -> None:
    """Loading many documents would otherwise keep the former ones in memory, and search them again and again."""
    body = {"application/json": {"schema": {"type": "object"}}}
    operation = {
        "parameters": [{"name": "id", "in": "query", "type": "string", "schema": {"type": "string"}}],
        "requestBody": {"content": body},
        "responses": {"200": {"description": "", "content": body, "headers": {"X-A": {"schema": {}}}}},
    }
    tree = {version: "2.0" if version == "swagger" else "3.0.3", "paths": {"/a": {"post": operation}}}
    export = apig.load(json.dumps(tree))
    for name in TABLES:
        getattr(export, name)
    references = weakref.ref(export.definition.document.references)  # it holds the tree
    gc.disable()
    try:
        del export
        assert references() is None
    finally:
        gc.enable()


def test_media_types_that_are_not_stated_are_empty_in_the_operations_too() -> None:
    operation = {"parameters": [BODY], "responses": {"200": {"description": "", "schema": {}}}}
    found = row("operations", swagger(paths={"/a": {"post": operation}}, definitions={"Order": {}}))
    assert (found.get("request_media_types"), found.get("response_media_types")) == (None, None)
    response = {"description": "", "schema": {}, "examples": {"text/csv": "a"}}
    stated = {"consumes": ["a/b"], "parameters": [BODY], "responses": {"200": response}}
    found = row("operations", swagger(paths={"/a": {"post": stated}}, definitions={"Order": {}}))
    assert (found["request_media_types"], found["response_media_types"]) == (("a/b",), ("text/csv",))


def test_an_anchor_is_found_while_another_thread_collects_all():
    answers: list[Any] = []

    class Meanwhile(dict[str, Any]):
        def values(self) -> Any:
            if not answers:
                answers.append(None)
                answers.append(references.target("#order"))
            return super().values()

    references = References({"components": Meanwhile(schemas={"Order": {"$anchor": "order"}})})
    assert [references.target("#order"), answers[1]] == [{"$anchor": "order"}] * 2


def test_reading_a_table_again_counts_no_parts_again(monkeypatch):
    export = apig.load(json.dumps(openapi(paths={"/a": {"post": {"requestBody": {"content": {"text/plain": {}}}}}})))
    monkeypatch.setattr("apig_nb.definition.model.document.MAX_PARTS", 5)
    for _ in range(10):
        assert apig.ExportSet({apig.ExportKey(): export}).operations["request_media_types"][0] == ("text/plain",)
