"""Nothing where nothing changed, and a comparison seen from the other side says the mirrored thing."""

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

import apig_nb as apig
from tests.compare import making_documents
from tests.compare.comparing import (
    DATA,
    RECEIVED,
    SENT,
    change_rows,
    compared,
    differences,
    gateway,
    mirrored,
    openapi,
    swagger,
    text,
    with_parameter,
    with_schema,
)
from tests.compare.making_documents import REWRITERS, document, mutated, rewritten
from tests.shared import needs_shared, shared

SEEDS = st.integers(min_value=0, max_value=10**6)
I = "info"  # noqa: E741  # of a table that is read in columns


@pytest.mark.parametrize("rewriter", REWRITERS, ids=lambda rewriter: rewriter.__name__)
@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_a_document_written_otherwise_is_the_same(rewriter: Callable[..., None], seed: int):
    old = document(seed)
    new = rewritten(old, rewriter, seed)
    assert [change_rows(old, new), change_rows(new, old)] == [[], []]


@given(seed=SEEDS, orders=st.permutations(range(len(REWRITERS))))
@example(seed=1612, orders=list(range(len(REWRITERS))))
@settings(max_examples=25, deadline=None)
def test_a_document_written_otherwise_in_every_way_is_the_same(seed: int, orders: list[int]):
    old = document(seed)
    new = copy.deepcopy(old)
    # Inlining and renaming need the components as they are, and a new version of the standard comes last.
    for number in sorted(orders[:5]):
        if REWRITERS[number] is not making_documents.as_openapi_31:
            new = rewritten(new, REWRITERS[number], seed)
    assert [change_rows(old, new), change_rows(new, old)] == [[], []]


@given(seed=SEEDS)
@settings(max_examples=25, deadline=None)
def test_json_and_yaml_of_one_document_are_the_same(seed: int):
    old = document(seed)
    assert change_rows(old, yaml.safe_dump(old, sort_keys=False).encode()) == []


@given(seed=SEEDS, count=st.integers(min_value=0, max_value=4))
@settings(max_examples=200, deadline=None)
def test_the_other_way_round_every_change_has_its_mirrored_effect(seed: int, count: int):
    old = document(seed)
    there, back = mirrored(text(old), text(mutated(old, seed, count)))
    assert there == back


@given(seed=SEEDS)
@settings(max_examples=100, deadline=None)
def test_a_change_is_found_through_whatever_the_document_is_written_like(seed: int):
    """What is found does not depend on how the old document is written."""
    old = document(seed)
    new = mutated(old, seed)
    plain = sorted((severity, rule) for severity, rule, *_ in change_rows(old, new))
    shuffled = sorted(
        (severity, rule) for severity, rule, *_ in change_rows(rewritten(old, making_documents.other_order, seed), new)
    )
    assert shuffled == plain


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (with_schema({"type": "string", "nullable": True}), with_schema({"type": ["string", "null"]})),
        (with_schema({"type": "string", "x-nullable": True}), with_schema({"type": "string", "nullable": True})),
        (with_schema({"type": "string", "enum": ["a"]}), with_schema({"type": "string", "const": "a"})),
        (with_schema({"enum": [1, 2]}), with_schema({"enum": [2.0, 1]})),
        (with_schema({"enum": ["a", None]}), with_schema({"enum": ["a"], "nullable": True})),
        (
            with_schema({"maximum": 5, "exclusiveMaximum": True}),
            with_schema({"exclusiveMaximum": 5}, openapi="3.1.0"),
        ),
        (with_schema({"type": "string", "example": "a"}), with_schema({"type": "string", "examples": ["a"]})),
        (
            with_schema({"type": "string", "format": "byte"}),
            with_schema({"type": "string", "contentEncoding": "base64"}, openapi="3.1.0"),
        ),
        (
            with_schema({"type": "string", "format": "binary"}),
            with_schema({"type": "string", "contentMediaType": "application/octet-stream"}, openapi="3.1.0"),
        ),
        (with_schema({"type": "array", "items": {}}), with_schema({"type": "array"})),
        (with_schema({"additionalProperties": {}}), with_schema({"additionalProperties": True})),
        (with_schema({"dependentRequired": {"a": ["b", "c"]}}), with_schema({"dependentRequired": {"a": ["c", "b"]}})),
        (with_parameter(style="form", explode=True), with_parameter()),
        (openapi({"tags": ["a", "b"]}), openapi({"tags": ["b", "a"]})),
        (openapi({"description": ""}), openapi({})),
        (openapi({"security": [{"a": []}, {"b": []}]}), openapi({"security": [{"b": []}, {"a": []}]})),
        (openapi({"servers": [{"url": "https://a/"}]}), openapi({}, servers=[{"url": "https://a"}])),
        (openapi({"responses": {"2xx": {"description": ""}}}), openapi({"responses": {"2XX": {"description": ""}}})),
        (
            openapi({"requestBody": {"content": {"application/json": {}}}}),
            openapi({"requestBody": {"content": {"Application/JSON; charset=utf-8": {}}}}),
        ),
    ],
)
def test_two_ways_to_say_one_thing_are_no_difference(old: Any, new: Any):
    assert [change_rows(old, new), change_rows(new, old)] == [[], []]


@pytest.mark.parametrize(
    ("mapping", "same"),
    [({"c": "#/components/schemas/CatV2"}, True), ({"c": "CatV2"}, True), ({"d": "CatV2"}, False)],
)
def test_a_discriminator_may_name_its_schemas_otherwise(mapping: Any, same: bool):
    def document(name: str, mapping: Any) -> Any:
        schema = {
            "oneOf": [{"$ref": f"#/components/schemas/{name}"}],
            "discriminator": {"propertyName": "kind", "mapping": mapping},
        }
        return with_schema(schema, components={"schemas": {name: {"type": "object"}}})

    found = differences(document("Cat", {"c": "#/components/schemas/Cat"}), document("CatV2", mapping))
    assert found == ([] if same else [(I, "discriminator-altered")])


def one_of(**schemas: Any) -> Any:
    """A document whose one answer is one of these."""
    names = [{"$ref": f"#/components/schemas/{name}"} for name in schemas]
    return with_schema({"oneOf": names}, components={"schemas": schemas})


@pytest.mark.parametrize(
    "other",
    [
        {"required": ["size"]},
        {"properties": {"size": {"type": "integer", "nullable": True}}},
        {"properties": {"size": {"type": "integer", "maximum": 9}}},
        {"properties": {"size": {"type": "integer", "format": "int32"}}},
        {"properties": {"size": {"type": "integer", "description": "Of the box."}}},
        {"x-kind": "other"},
        {"description": "The other one."},
    ],
)
def test_alternatives_that_differ_in_little_are_known_by_it_in_another_order_under_another_name(other: Any):
    one: Any = {"type": "object", "properties": {"size": {"type": "integer"}}}
    old, new = one_of(A=one, B={**one, **other}), one_of(D={**one, **other}, C=one)
    assert [change_rows(old, new), change_rows(new, old)] == [[], []]


def test_alternatives_that_differ_in_alternatives_of_their_own_are_known_by_these():
    def one(*kinds: str) -> Any:
        return {"type": "object", "properties": {"size": {"oneOf": [{"type": kind} for kind in kinds]}}}

    old = one_of(A=one("string", "integer"), B=one("string", "boolean"))
    new = one_of(D=one("boolean", "string"), C=one("integer", "string"))
    assert [change_rows(old, new), change_rows(new, old)] == [[], []]


def test_alternatives_that_grow_without_end_are_known_by_their_first_levels():
    def endless(name: str, kind: str) -> Any:
        ends = {f"p{number}": {"$ref": f"#/components/schemas/{name}"} for number in range(300)}
        return {"type": "object", "properties": {**ends, "size": {"type": kind}}}

    old = one_of(A=endless("A", "string"), B=endless("B", "integer"))
    new = one_of(D=endless("D", "integer"), C=endless("C", "string"))
    assert [change_rows(old, new), change_rows(new, old)] == [[], []]


def test_very_many_alternatives_are_compared_in_order():
    def alternatives(name: str) -> Any:
        return {f"{name}{number}": {"properties": {"size": {"enum": [number]}}} for number in range(3000)}

    old, new = one_of(**alternatives("A")), one_of(**alternatives("B"))
    assert [change_rows(old, new), change_rows(new, old)] == [[], []]


def test_changes_that_reach_millions_of_operations_end_in_words():
    def document(kind: str) -> Any:
        schema = {"properties": {f"p{number}": {"type": kind} for number in range(1000)}}
        content = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S"}}}}
        operation = {"get": {"responses": {"200": {"description": "ok", **content}}}}
        return {
            **openapi({}, components={"schemas": {"S": schema}}),
            "paths": {f"/{n}": operation for n in range(2100)},
        }

    with pytest.raises(apig.DocumentError, match="reach more than 2,000,000 operations"):
        change_rows(document("string"), document("integer"))


def test_the_time_of_an_export_is_no_difference_and_a_version_is():
    def document(version: str) -> Any:
        return openapi({}, info={"title": "t", "version": version})

    assert differences(document("2026-01-02-03:04:05"), document("2026-02-03-04:05:06")) == []
    assert differences(document("1.0"), document("1.1")) == [(I, "document-altered")]


@pytest.mark.parametrize("limit", ["maxLength", "minLength", "maximum", "minimum"])
def test_a_limit_of_zero_that_the_gateway_writes_is_not_set(limit: str):
    def document(**limits: int) -> Any:
        parameters = [{"name": "q", "in": "query", "type": "string", **limits}]
        return swagger({"x-apigateway-request-type": "public", "parameters": parameters})

    assert differences(document(), document(**{limit: 0})) == []


def test_a_renamed_path_parameter_is_one_quiet_row():
    def document(name: str) -> Any:
        parameter = {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        operation = {
            "parameters": [parameter],
            "responses": {},
            "x-apigateway-backend": {
                "type": "HTTP",
                "httpEndpoints": {"address": "a", "scheme": "https", "method": "GET", "path": f"/b/{{{name}}}"},
                "parameters": [{"name": name, "in": "PATH", "origin": "REQUEST", "value": name}],
            },
        }
        return openapi(paths={f"/a/{{{name}}}/b": {"get": operation, "post": operation}})

    assert change_rows(document("id"), document("key")) == [
        (I, "path-parameter-renamed", "path parameter key", "id", "key")
    ]


# ---------------------------------------------------------------------- the same API by both standards

TWO = swagger(
    {
        "consumes": ["application/json"],
        "produces": ["application/json"],
        "schemes": ["https"],
        "security": [{"app": []}, {"basic": []}, {"oauth": ["read"]}],
        "parameters": [
            {"name": "ids", "in": "query", "type": "array", "items": {"type": "string"}, "collectionFormat": "multi"},
            {"name": "codes", "in": "query", "type": "array", "items": {"type": "integer"}},
            {"name": "X-Trace", "in": "header", "type": "string", "maxLength": 10, "description": "a trace"},
            {"name": "body", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Order"}},
        ],
        "responses": {
            "200": {
                "description": "ok",
                "schema": {"$ref": "#/definitions/Order"},
                "headers": {"X-Left": {"type": "integer", "description": "calls left"}},
                "examples": {"application/json": {"id": "1"}},
            }
        },
    },
    host="api.example.com",
    basePath="/v1",
    definitions={"Order": {"type": "object", "properties": {"id": {"type": "string", "x-nullable": True}}}},
    securityDefinitions={
        "app": {"type": "apiKey", "in": "header", "name": "X-Key"},
        "basic": {"type": "basic"},
        "oauth": {
            "type": "oauth2",
            "flow": "accessCode",
            "authorizationUrl": "https://a",
            "tokenUrl": "https://t",
            "scopes": {"read": "r"},
        },
    },
)
THREE = openapi(
    {
        "security": [{"app": []}, {"basic": []}, {"oauth": ["read"]}],
        "parameters": [
            {"name": "ids", "in": "query", "schema": {"type": "array", "items": {"type": "string"}}},
            {
                "name": "codes",
                "in": "query",
                "explode": False,
                "schema": {"type": "array", "items": {"type": "integer"}},
            },
            {
                "name": "X-Trace",
                "in": "header",
                "description": "a trace",
                "schema": {"type": "string", "maxLength": 10},
            },
        ],
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Order"}}},
        },
        "responses": {
            "200": {
                "description": "ok",
                "content": {
                    "application/json": {"schema": {"$ref": "#/components/schemas/Order"}, "example": {"id": "1"}}
                },
                "headers": {"X-Left": {"description": "calls left", "schema": {"type": "integer"}}},
            }
        },
    },
    servers=[{"url": "https://api.example.com/v1"}],
    components={
        "schemas": {"Order": {"type": "object", "properties": {"id": {"type": "string", "nullable": True}}}},
        "securitySchemes": {
            "app": {"type": "apiKey", "in": "header", "name": "X-Key"},
            "basic": {"type": "http", "scheme": "basic"},
            "oauth": {
                "type": "oauth2",
                "flows": {
                    "authorizationCode": {
                        "authorizationUrl": "https://a",
                        "tokenUrl": "https://t",
                        "scopes": {"read": "r"},
                    }
                },
            },
        },
    },
)


def test_one_api_by_both_standards_is_the_same():
    assert [change_rows(TWO, THREE), change_rows(THREE, TWO)] == [[], []]


@pytest.mark.parametrize("version", ["3.0.0", "3.0.3", "3.1.0"])
def test_the_version_of_the_standard_alone_is_no_difference(version: str):
    assert change_rows(TWO, {**THREE, "openapi": version}) == []


def test_a_change_is_the_same_change_between_the_standards():
    newer = copy.deepcopy(THREE)
    newer["paths"]["/a"]["get"]["parameters"][2]["schema"]["maxLength"] = 9
    newer["components"]["schemas"]["Order"]["properties"]["id"] = {"type": "integer"}
    rows = [
        ("breaking", "max-length-tightened", "parameter X-Trace in header", "10", "9"),
        ("breaking", "nullable-tightened", "schema Order: id", "true", "false"),
        ("breaking", "type-altered", "schema Order: id", "string", "integer"),
    ]
    assert [change_rows(TWO, newer), change_rows(THREE, newer)] == [rows, rows]
    prints = [
        [change.fingerprint for change in compared(old, newer).found if "id" in change.location] for old in (TWO, THREE)
    ]
    assert prints[0] == prints[1]


# ---------------------------------------------------------------------- documents of others


def readable(path: Any) -> Any:
    """The comparison of a document with itself, `None` where it is no document."""
    from apig_nb.errors import ApigError

    try:
        return compared(path, path)
    except ApigError:
        return None


@pytest.mark.parametrize("path", sorted(DATA.rglob("*.*")), ids=lambda path: path.name)
def test_a_document_does_not_differ_from_itself(path: Any):
    comparison = readable(path)
    assert comparison is None or len(comparison) == 0


@needs_shared
def test_no_document_differs_from_itself_nor_from_its_twin():
    files = [path for path in shared("data").rglob("*") if path.is_file() and "large" not in path.parts]
    files += [path for path in shared("data", "large").iterdir() if path.suffix == ".json"]
    comparisons = [comparison for comparison in map(readable, files) if comparison is not None]
    assert len(comparisons) > 700
    assert [comparison.old.source for comparison in comparisons if len(comparison)] == []


@needs_shared
@pytest.mark.parametrize("name", ["large/twilio_api_v2010.json", "large/box-swagger2.2024-05-21.json"])
def test_a_real_document_with_its_keys_in_another_order_is_the_same(name: str):
    tree = json.loads(shared("data", name).read_bytes())
    assert change_rows(tree, rewritten(tree, making_documents.other_order, 1)) == []


@needs_shared
@pytest.mark.parametrize(
    "rewriter",
    [making_documents.renamed_components, making_documents.single_all_of, making_documents.parameters_of_path],
    ids=lambda rewriter: rewriter.__name__,
)
@pytest.mark.parametrize("name", ["large/twilio_api_v2010.json", "large/github-api.2021-03-08.json"])
def test_a_real_document_written_otherwise_is_the_same(name: str, rewriter: Callable[..., None]):
    tree = json.loads(shared("data", name).read_bytes())
    assert change_rows(tree, rewritten(tree, rewriter, 1)) == []


@pytest.mark.parametrize("side", [SENT, RECEIVED])
def test_gateway_documents_keep_a_schema_that_is_no_more_than_an_object(side: str):
    assert differences(with_schema({"type": "object"}, side), with_schema({"type": "object"}, side)) == []
    assert differences(gateway(), gateway(cors=False)) == []


@pytest.mark.parametrize("value", ["NaN", "[NaN]", "1"])
@pytest.mark.parametrize("levels", [0, 300, 900])
def test_a_value_that_cannot_be_compared_does_not_differ_from_itself(value: str, levels: int):
    deep = '{"a-long-name": [' * (levels // 2) + value + "]}" * (levels // 2)
    parameter = {"name": "p", "in": "query", "schema": {"type": "string", "x-s": "?", "example": "?"}, "x-p": "?"}
    written = json.dumps(openapi({"x-a": "?", "parameters": [parameter]}, **{"x-r": "?"})).replace('"?"', deep)
    assert compared(written.encode(), written.encode()).found == ()
