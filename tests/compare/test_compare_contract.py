"""Changes of operations, schemas, security and servers, in both directions; one row per root cause."""

from typing import Any

import pytest

from tests.compare.comparing import (
    RECEIVED,
    change_rows,
    compared,
    differences,
    openapi,
    swagger,
    with_parameter,
    with_schema,
)

B, W, I = "breaking", "warning", "info"  # noqa: E741  # of a table that is read in columns
OK = {"200": {"description": "ok"}}
JSON = {"content": {"application/json": {"schema": {"type": "string"}}}}


def of_two(name: str, one: Any, other: Any, base: Any = openapi) -> tuple[Any, Any]:
    return base({name: one}), base({name: other})


def with_response(**response: Any) -> dict[str, Any]:
    return openapi({"responses": {"200": {"description": "ok"} | response}})


def form(**field: Any) -> dict[str, Any]:
    return swagger({"parameters": [{"name": "f", "in": "formData", "type": "string"} | field]})


def array(**parameter: Any) -> dict[str, Any]:
    return with_parameter(schema={"type": "array", "items": {"type": "string"}}, **parameter)


APP = {"type": "apiKey", "in": "header", "name": "X"}


def secured(*alternatives: Any, **schemes: Any) -> dict[str, Any]:
    known = {"a": APP, "b": APP | {"name": "Y"}, "o": {"type": "oauth2", "flows": {}}} | schemes
    return openapi({"security": list(alternatives)}, components={"securitySchemes": known})


# Name, old, new, changes from old to new, changes from new to old.
CASES: list[tuple[str, Any, Any, list[Any], list[Any]]] = [
    ("operation", openapi({}), openapi(), [(B, "operation-removed")], [(I, "operation-added")]),
    ("deprecated operation", openapi({"deprecated": True}), openapi(), [(W, "deprecated-operation-removed")],
     [(I, "operation-added")]),
    ("deprecated", openapi({}), openapi({"deprecated": True}), [(I, "operation-deprecated")],
     [(I, "operation-deprecated")]),
    ("operationId", *of_two("operationId", "a", "b"), [(W, "operation-id-altered")], [(W, "operation-id-altered")]),
    ("summary", *of_two("summary", "a", "b"), [(I, "description-altered")], [(I, "description-altered")]),
    ("tags", *of_two("tags", ["a"], ["a", "b"]), [(I, "tags-altered")], [(I, "tags-altered")]),
    ("extension", *of_two("x-own", 1, 2), [(I, "extension-altered")], [(I, "extension-altered")]),
    ("lifecycle", *of_two("x-sunset", "2026", "2027"), [(W, "lifecycle-altered")], [(W, "lifecycle-altered")]),
    ("callbacks", *of_two("callbacks", {}, {"c": {}}), [(I, "extension-altered")], [(I, "extension-altered")]),
    # parameters
    ("parameter", openapi({}), with_parameter(), [(I, "parameter-added")], [(B, "parameter-removed")]),
    ("required parameter", openapi({}), with_parameter(required=True), [(B, "required-parameter-added")],
     [(B, "required-parameter-removed")]),
    ("required", with_parameter(), with_parameter(required=True), [(B, "parameter-required-tightened")],
     [(I, "parameter-required-loosened")]),
    ("location", with_parameter(), with_parameter(**{"in": "header"}), [(B, "parameter-place-altered")],
     [(B, "parameter-place-altered")]),
    ("type", with_parameter(), with_parameter(schema={"type": "integer"}), [(B, "type-tightened")],
     [(I, "type-loosened")]),
    ("limit", with_parameter(), with_parameter(schema={"type": "string", "maxLength": 3}),
     [(B, "max-length-tightened")], [(I, "max-length-loosened")]),
    ("parameter default", with_parameter(), with_parameter(schema={"type": "string", "default": "a"}),
     [(W, "default-altered")], [(W, "default-altered")]),
    ("null", with_parameter(), with_parameter(schema={"type": "string", "nullable": True}), [(I, "nullable-loosened")],
     [(B, "nullable-tightened")]),
    ("explode", array(), array(explode=False), [(B, "serialisation-altered")], [(B, "serialisation-altered")]),
    ("style", array(), array(style="pipeDelimited"), [(B, "serialisation-altered")], [(B, "serialisation-altered")]),
    ("matrix", with_parameter(**{"in": "path"}), with_parameter(**{"in": "path", "style": "matrix"}),
     [(B, "serialisation-altered")], [(B, "serialisation-altered")]),
    ("empty value", with_parameter(), with_parameter(allowEmptyValue=True), [(I, "empty-value-loosened")],
     [(B, "empty-value-tightened")]),
    ("reserved", with_parameter(), with_parameter(allowReserved=True), [(I, "reserved-characters-loosened")],
     [(B, "reserved-characters-tightened")]),
    ("parameter text", with_parameter(), with_parameter(description="d"), [(I, "description-altered")],
     [(I, "description-altered")]),
    ("parameter deprecated", with_parameter(), with_parameter(deprecated=True), [(I, "deprecated-altered")],
     [(I, "deprecated-altered")]),
    ("parameter extension", with_parameter(), with_parameter(**{"x-own": 1}), [(I, "extension-altered")],
     [(I, "extension-altered")]),
    ("parameter examples", with_parameter(), with_parameter(examples={"a": {"value": 1}}),
     [(I, "description-altered")], [(I, "description-altered")]),
    ("form field", swagger({"parameters": []}), form(required=True), [(B, "required-request-body-added")],
     [(B, "required-request-body-removed")]),
    ("form field required", form(), form(required=True), [(B, "request-body-required-tightened"),
                                                          (B, "required-tightened")],
     [(I, "request-body-required-loosened"), (I, "required-loosened")]),
    ("form field list", form(type="array", items={"type": "string"}),
     form(type="array", items={"type": "string"}, collectionFormat="multi"), [(B, "serialisation-altered")],
     [(B, "serialisation-altered")]),
    # bodies
    ("body", openapi({}), openapi({"requestBody": JSON}), [(I, "request-body-added")], [(B, "request-body-removed")]),
    ("body required", openapi({"requestBody": JSON}), openapi({"requestBody": JSON | {"required": True}}),
     [(B, "request-body-required-tightened")], [(I, "request-body-required-loosened")]),
    ("body text", openapi({"requestBody": JSON}), openapi({"requestBody": JSON | {"description": "d"}}),
     [(I, "description-altered")], [(I, "description-altered")]),
    ("media type", openapi({"requestBody": JSON}),
     openapi({"requestBody": {"content": {**JSON["content"], "text/csv": {}}}}), [(I, "media-type-added")],
     [(B, "media-type-removed")]),
    ("media example", openapi({"requestBody": JSON}),
     openapi({"requestBody": {"content": {"application/json": {"schema": {"type": "string"}, "example": "x"}}}}),
     [(I, "description-altered")], [(I, "description-altered")]),
    ("body described", openapi({"requestBody": {"content": {"application/json": {}}}}), openapi({"requestBody": JSON}),
     [(B, "schema-added")], [(I, "schema-removed")]),
    # responses
    ("success", openapi({"responses": OK | {"201": {"description": "d"}}}), openapi({"responses": OK}),
     [(B, "success-response-removed")], [(I, "response-added")]),
    ("failure", openapi({"responses": OK | {"404": {"description": "d"}}}), openapi({"responses": OK}),
     [(W, "response-removed")], [(I, "response-added")]),
    ("response text", with_response(), with_response(description="d"), [(I, "description-altered")],
     [(I, "description-altered")]),
    ("response media type", with_response(), with_response(**JSON), [(I, "media-type-added")],
     [(B, "media-type-removed")]),
    ("response described", with_response(content={"application/json": {}}), with_response(**JSON),
     [(I, "schema-added")], [(W, "schema-removed")]),
    ("links", with_response(), with_response(links={"l": {}}), [(I, "extension-altered")], [(I, "extension-altered")]),
    ("header", with_response(), with_response(headers={"X-A": {"schema": {"type": "string"}}}),
     [(I, "header-added")], [(W, "header-removed")]),
    ("required header", with_response(), with_response(headers={"X-A": {"required": True}}),
     [(I, "required-header-added")], [(B, "required-header-removed")]),
    ("header required", with_response(headers={"X-A": {}}), with_response(headers={"X-A": {"required": True}}),
     [(I, "header-required-tightened")], [(B, "header-required-loosened")]),
    ("header type", with_response(headers={"X-A": {"schema": {"type": "integer"}}}),
     with_response(headers={"x-a": {"schema": {"type": "number"}}}), [(B, "type-loosened")], [(I, "type-tightened")]),
    ("header text", with_response(headers={"X-A": {}}), with_response(headers={"X-A": {"description": "d"}}),
     [(I, "description-altered")], [(I, "description-altered")]),
    # authentication
    ("authentication", secured(), secured({"a": []}), [(B, "authentication-added")], [(W, "authentication-removed")]),
    ("optional", secured({"a": []}), secured({"a": []}, {}), [(W, "authentication-removed")],
     [(B, "authentication-added")]),
    ("another alternative", secured({"a": []}), secured({"a": []}, {"b": []}), [(W, "authentication-weakened")],
     [(B, "authentication-strengthened")]),
    ("both or one", secured({"a": [], "b": []}), secured({"a": []}), [(W, "authentication-weakened")],
     [(B, "authentication-strengthened")]),
    ("weaker and removed alternative", secured({"a": [], "b": []}, {"o": []}), secured({"a": []}),
     [(B, "authentication-altered")], [(B, "authentication-altered")]),
    ("another scheme", secured({"a": []}), secured({"b": []}), [(B, "authentication-altered")],
     [(B, "authentication-altered")]),
    ("scope", secured({"o": ["r"]}), secured({"o": ["r", "w"]}), [(B, "scopes-tightened")], [(W, "scopes-loosened")]),
    ("scheme", secured({"a": []}), secured({"a": []}, a=APP | {"name": "Z"}), [(B, "security-scheme-altered")],
     [(B, "security-scheme-altered")]),
    ("http scheme", secured({"a": []}, a={"type": "http", "scheme": "basic"}),
     secured({"a": []}, a={"type": "http", "scheme": "bearer"}), [(B, "security-scheme-altered")],
     [(B, "security-scheme-altered")]),
    ("token address", secured({"o": []}, o={"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "a"}}}),
     secured({"o": []}, o={"type": "oauth2", "flows": {"clientCredentials": {"tokenUrl": "b"}}}),
     [(W, "scheme-address-altered")], [(W, "scheme-address-altered")]),
    # servers
    ("server", openapi({}, servers=[{"url": "https://a"}]), openapi({}, servers=[{"url": "https://b"}]),
     [(B, "server-altered")], [(B, "server-altered")]),
    ("more servers", openapi({}, servers=[{"url": "https://a"}]),
     openapi({}, servers=[{"url": "https://a"}, {"url": "https://b"}]), [(I, "server-added")],
     [(B, "server-removed")]),
    ("http in addition", openapi({}, servers=[{"url": "https://a"}]),
     openapi({}, servers=[{"url": "https://a"}, {"url": "http://a"}]), [(W, "unencrypted-calls-allowed")],
     [(B, "unencrypted-calls-refused")]),
    ("server variable", openapi({}, servers=[{"url": "https://{e}.x", "variables": {"e": {"default": "a"}}}]),
     openapi({}, servers=[{"url": "https://{e}.x", "variables": {"e": {"default": "b"}}}]), [(B, "server-altered")],
     [(B, "server-altered")]),
    ("host", swagger({}, host="a", schemes=["https"]), swagger({}, host="b", schemes=["https"]),
     [(B, "server-altered")], [(B, "server-altered")]),
    ("basePath", swagger({}, host="a", basePath="/v1"), swagger({}, host="a", basePath="/v2"),
     [(B, "server-altered")], [(B, "server-altered")]),
    ("schemes", swagger({"schemes": ["https"]}, host="a"), swagger({"schemes": ["https", "http"]}, host="a"),
     [(W, "unencrypted-calls-allowed")], [(B, "unencrypted-calls-refused")]),
    # document
    ("title", openapi({}), openapi({}, info={"title": "u", "version": "1"}), [(I, "document-altered")],
     [(I, "document-altered")]),
    ("version", openapi({}), openapi({}, info={"title": "t", "version": "2"}), [(I, "document-altered")],
     [(I, "document-altered")]),
    ("contact", openapi({}), openapi({}, info={"title": "t", "version": "1", "contact": {"name": "n"}}),
     [(I, "document-altered")], [(I, "document-altered")]),
    ("root tags", openapi({}), openapi({}, tags=[{"name": "a", "description": "d"}]), [(I, "document-altered")],
     [(I, "document-altered")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "forward", "backward"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_each_change_has_one_rule_and_severity_in_both_directions(old: Any, new: Any, forward: Any, backward: Any):
    assert [differences(old, new), differences(new, old)] == [forward, backward]


def object_of(required: tuple[str, ...] = (), **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(required)}


@pytest.mark.parametrize(
    ("old", "new", "sent", "received"),
    [
        (object_of(), object_of(a={}), (I, "property-added"), (I, "property-added")),
        (object_of(), object_of(("a",), a={}), (B, "required-property-added"), (I, "required-property-added")),
        (object_of(a={}), object_of(), (W, "property-removed"), (W, "property-removed")),
        (object_of(("a",), a={}), object_of(), (W, "required-property-removed"), (B, "required-property-removed")),
        (object_of(a={}), object_of(("a",), a={}), (B, "required-tightened"), (I, "required-tightened")),
        (object_of(("a",), a={}), object_of(a={}), (I, "required-loosened"), (B, "required-loosened")),
        (
            {"oneOf": [{"type": "string"}]},
            {"oneOf": [{"type": "string"}, {"type": "integer"}]},
            (I, "alternative-added"),
            (B, "alternative-added"),
        ),
        (
            {"anyOf": [{"type": "string"}, {"type": "integer"}]},
            {"anyOf": [{"type": "string"}]},
            (B, "alternative-removed"),
            (I, "alternative-removed"),
        ),
        (
            {"type": "string"},
            {"oneOf": [{"type": "string"}, {"type": "integer"}]},
            (I, "alternative-added"),
            (B, "alternative-added"),
        ),
        (
            {"allOf": [object_of(a={"type": "string"}), object_of(a={"maxLength": 5})]},
            {"allOf": [object_of(a={"type": "string"}), object_of(a={"maxLength": 4})]},
            (B, "max-length-tightened"),
            (I, "max-length-tightened"),
        ),
        (
            {"allOf": [{"pattern": "^a"}, {"pattern": "z$"}]},
            {"allOf": [{"pattern": "^a"}, {"pattern": "y$"}]},
            (W, "pattern-altered"),
            (W, "pattern-altered"),
        ),
    ],
)
def test_the_severity_of_a_schema_change_depends_on_the_side(old: Any, new: Any, sent: Any, received: Any):
    assert differences(with_schema(old), with_schema(new)) == [sent]
    assert differences(with_schema(old, RECEIVED), with_schema(new, RECEIVED)) == [received]


def test_keywords_next_to_a_reference_apply_since_openapi_31():
    def document(version: str, limit: int) -> Any:
        schema = {"$ref": "#/components/schemas/A", "maxLength": limit}
        return with_schema(schema, openapi=version, components={"schemas": {"A": {"type": "string"}}})

    assert differences(document("3.1.0", 5), document("3.1.0", 4)) == [(B, "max-length-tightened")]
    assert differences(document("3.0.3", 5), document("3.0.3", 4)) == []


# ---------------------------------------------------------------------- one row per root cause


def shared_everywhere(limit: int, required: bool, text: str) -> dict[str, Any]:
    operation = {
        "parameters": [{"$ref": "#/components/parameters/Limit"}],
        "responses": {"200": {"$ref": "#/components/responses/Found"}},
    }
    return openapi(
        paths={f"/{name}": {"get": operation, "post": operation} for name in "abc"},
        security=[{"app": []}] if required else [],
        components={
            "parameters": {
                "Limit": {"name": "limit", "in": "query", "required": required, "schema": {"maximum": limit}},
            },
            "responses": {
                "Found": {"description": text, "content": {"a/b": {"schema": {"$ref": "#/components/schemas/X"}}}}
            },
            "schemas": {"X": {"type": "string", "maxLength": limit}},
            "securitySchemes": {"app": APP},
        },
    )


def test_a_change_in_a_shared_component_is_one_row_with_all_affected_operations():
    changes = compared(shared_everywhere(9, False, "a"), shared_everywhere(8, True, "b")).changes
    every = tuple(f"{method} /{name}" for name in "abc" for method in ("GET", "POST"))
    assert changes[["severity", "rule", "pointer", "location"]].values.tolist() == [
        [B, "authentication-added", "/security", "authentication"],
        [B, "maximum-tightened", "/components/parameters/Limit/schema", "parameter limit in query"],
        [B, "parameter-required-tightened", "/components/parameters/Limit", "parameter limit in query"],
        [I, "description-altered", "/components/responses/Found", "response 200, description"],
        [I, "max-length-tightened", "/components/schemas/X", "schema X"],
    ]
    assert changes["operations"].to_list() == [every] * 5
    assert changes[["method", "path"]].isna().all(axis=None)


def test_explode_returns_a_row_per_operation_with_its_own_severity():
    old = shared_everywhere(9, True, "a")
    new = shared_everywhere(8, True, "a")
    new["paths"]["/c"]["post"] = new["paths"]["/c"]["post"] | {"x-stability-level": "draft"}
    old["paths"]["/c"]["post"] = old["paths"]["/c"]["post"] | {"x-stability-level": "draft"}
    exploded = compared(old, new).explode()
    tightened = exploded[exploded["rule"] == "maximum-tightened"]
    assert tightened[["severity", "method", "path"]].values.tolist() == [
        [W if (method, name) == ("POST", "c") else B, method, f"/{name}"]
        for name in "abc"
        for method in ("GET", "POST")
    ]
    assert "operations" not in exploded.columns


def test_a_change_in_a_schema_used_by_many_all_ofs_is_one_row():
    def document(limit: int) -> Any:
        schemas = {"Base": {"properties": {"id": {"type": "string", "maxLength": limit}}, "minProperties": limit}}
        schemas |= {name: {"allOf": [{"$ref": "#/components/schemas/Base"}]} for name in ("A", "B", "C")}
        content = {name: {"schema": {"$ref": f"#/components/schemas/{name}"}} for name in ("A", "B", "C")}
        return openapi({"requestBody": {"content": content}}, components={"schemas": schemas})

    assert change_rows(document(3), document(2)) == [
        (B, "max-length-tightened", "schema Base: id", "3", "2"),
        (I, "min-properties-loosened", "schema Base", "3", "2"),
    ]


def test_a_schema_that_is_sent_and_received_gets_the_more_severe_side():
    def document(limit: int) -> Any:
        body = {"content": {"a/b": {"schema": {"$ref": "#/components/schemas/X"}}}}
        schemas = {"X": {"type": "string", "maxLength": limit}}
        operation = {"requestBody": body, "responses": {"200": {"description": "", **body}}}
        return openapi(operation, components={"schemas": schemas})

    assert [differences(document(3), document(2)), differences(document(2), document(3))] == [
        [(B, "max-length-tightened")],
        [(B, "max-length-loosened")],
    ]


def test_the_pointer_of_a_change_resolves_in_the_new_document():
    old, new = shared_everywhere(9, False, "a"), shared_everywhere(8, True, "b")
    for change in compared(old, new).found:
        node: Any = new
        for step in change.pointer.split("/")[1:]:
            node = node[step.replace("~1", "/").replace("~0", "~")]


def test_changes_are_sorted_by_severity_whatever_the_order_in_the_documents():
    old, new = shared_everywhere(9, False, "a"), shared_everywhere(8, True, "b")
    turned = {**new, "paths": dict(reversed(new["paths"].items()))}
    first, second = compared(old, new), compared(dict(reversed(old.items())), turned)
    assert [change.fingerprint for change in first.found] == [change.fingerprint for change in second.found]
    assert list(first.changes["severity"]) == sorted(first.changes["severity"], key=(B, W, I).index)


# ---------------------------------------------------------------------- recursive, deep and large documents


def nested(depth: int, leaf: Any) -> Any:
    for _ in range(depth):
        leaf = {"type": "object", "properties": {"a": leaf}}
    return leaf


def test_recursive_aliased_and_deeply_nested_schemas_are_compared():
    def document(limit: int) -> Any:
        schemas = {
            "Alias": {"$ref": "#/components/schemas/Node"},
            "Node": {"properties": {"next": {"$ref": "#/components/schemas/Alias"}, "v": {"maxLength": limit}}},
            "Loop": {"$ref": "#/components/schemas/Loop"},
        }
        body = {"anyOf": [{"$ref": "#/components/schemas/Alias"}, {"$ref": "#/components/schemas/Loop"}]}
        return with_schema(body, components={"schemas": schemas})

    assert change_rows(document(3), document(2)) == [(B, "max-length-tightened", "schema Node: v", "3", "2")]
    location = f"request body application/json: {'.'.join('a' * 100)}"
    assert change_rows(with_schema(nested(100, {"maxLength": 3})), with_schema(nested(100, {"maxLength": 2}))) == [
        (B, "max-length-tightened", location, "3", "2")
    ]


def test_a_change_at_the_end_of_a_long_chain_of_components_affects_all_operations():
    def document(limit: int) -> Any:
        schemas: dict[str, Any] = {
            f"S{number}": {"properties": {"next": {"$ref": f"#/components/schemas/S{number + 1}"}}}
            for number in range(3000)
        }
        schemas["S3000"] = {"type": "string", "maxLength": limit}
        paths = {
            f"/{number}": {
                "get": {
                    "responses": {
                        "200": {"content": {"a/b": {"schema": {"$ref": f"#/components/schemas/S{number * 10}"}}}}
                    }
                }
            }
            for number in range(300)
        }
        return openapi(paths=paths, components={"schemas": schemas})

    found = compared(document(3), document(2)).found
    assert [(change.rule.id, len(change.operations)) for change in found] == [("max-length-tightened", 300)]


def test_nested_and_long_server_variables_do_not_exhaust_memory():
    def called(scheme: str, variables: dict[str, Any]) -> Any:
        return openapi({}, servers=[{"url": scheme + "://{v0}", "variables": variables}])

    doubling = {f"v{i}": {"default": f"{{v{i + 1}}}" * 2} for i in range(25)}
    long = {"v0": {"default": "a" * 100_000}}
    for variables in (doubling, long):
        (change,) = compared(called("https", variables), called("http", variables)).found
        assert len(str(change.after)) < 20_000
    many = openapi({}, servers=[{"url": "https://" + "{v0}" * 20_000, "variables": long}])
    assert len(compared(many, many)) == 0


@pytest.mark.parametrize("side", ["parameter", "body", "answer"])
def test_equal_inline_changes_in_two_operations_are_two_rows(side: str) -> None:
    def document(maximum: int) -> dict[str, Any]:
        schema = {"type": "integer", "maximum": maximum}
        content = {"application/json": {"schema": schema}}
        answers = {"200": {"description": "ok", **({"content": content} if side == "answer" else {})}}
        operation: dict[str, Any] = {"responses": answers}
        if side == "parameter":
            operation["parameters"] = [{"name": "n", "in": "query", "schema": schema}]
        if side == "body":
            operation["requestBody"] = {"content": content}
        return openapi(paths={path: {"post": operation} for path in ("/a", "/b")})

    found = compared(document(1), document(2)).found
    assert [(change.rule.id, [path for _, path in change.operations]) for change in found] == [
        ("maximum-loosened", ["/a"]),
        ("maximum-loosened", ["/b"]),
    ]
