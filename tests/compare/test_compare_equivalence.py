"""Equivalent documents have no changes, and comparing in the other direction gives the mirrored changes."""

import copy
import json
import os
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

import apig_nb as apig
from apig_nb.compare.rules import REVERSED, Rule
from tests.compare import making_documents
from tests.compare.comparing import (
    DATA,
    RECEIVED,
    SENT,
    change_rows,
    compared,
    differences,
    gateway,
    openapi,
    swagger,
    text,
    with_parameter,
    with_schema,
)
from tests.compare.making_documents import REWRITERS, document, mutated, rewritten
from tests.shared import needs_shared, shared

SEEDS = st.integers(min_value=0, max_value=10**6)
# `make long` sets more.
EXAMPLES = int(os.environ.get("APIG_NB_FUZZ_EXAMPLES", "10"))
W, I = "warning", "info"  # noqa: E741  # of a table that is read in columns


@pytest.mark.slow
@pytest.mark.parametrize("rewriter", REWRITERS, ids=lambda rewriter: rewriter.__name__)
@given(seed=SEEDS)
@example(seed=226)
@settings(max_examples=EXAMPLES, deadline=None)
def test_a_rewritten_document_has_no_changes(rewriter: Callable[..., None], seed: int):
    old = document(seed)
    new = rewritten(old, rewriter, seed)
    assert [change_rows(old, new), change_rows(new, old)] == [[], []]


@pytest.mark.slow
@given(seed=SEEDS, orders=st.permutations(range(len(REWRITERS))))
@example(seed=1612, orders=list(range(len(REWRITERS))))
@example(seed=1, orders=list(range(len(REWRITERS))))
@settings(max_examples=EXAMPLES, deadline=None)
def test_a_document_rewritten_several_times_has_no_changes(seed: int, orders: list[int]):
    old = document(seed)
    new = copy.deepcopy(old)
    # Inlining and renaming need the original components; the version of the standard stays the same.
    for number in sorted(orders[:5]):
        if REWRITERS[number] is not making_documents.as_openapi_31:
            new = rewritten(new, REWRITERS[number], seed)
    assert [change_rows(old, new), change_rows(new, old)] == [[], []]


@pytest.mark.slow
@given(seed=SEEDS)
@settings(max_examples=EXAMPLES, deadline=None)
def test_json_and_yaml_of_a_document_have_no_changes(seed: int):
    old = document(seed)
    assert change_rows(old, yaml.safe_dump(old, sort_keys=False).encode()) == []


@pytest.mark.slow
@given(seed=SEEDS, count=st.integers(min_value=0, max_value=4))
@settings(max_examples=4 * EXAMPLES, deadline=None)
def test_the_other_direction_gives_mirrored_effects(seed: int, count: int):
    old = document(seed)
    one, other = text(old), text(mutated(old, seed, count))
    forward, backward = (_without_former_limits(apig.compare(*pair)) for pair in ((one, other), (other, one)))
    assert Counter(REVERSED[rule.effect] for rule in forward) == Counter(rule.effect for rule in backward)


def _without_former_limits(comparison: apig.Comparison) -> list[Rule]:
    """Return the rules of the changes without patterns and formats of parameters whose type changes.

    Those of the former type have no row of their own, those of the new type have one.
    """
    retyped = {change.location for change in comparison.found if change.rule.id.startswith("type-")}
    return [
        change.rule
        for change in comparison.found
        if not (change.location in retyped and change.rule.id.startswith(("pattern-", "format-")))
    ]


@pytest.mark.slow
@given(seed=SEEDS)
@settings(max_examples=2 * EXAMPLES, deadline=None)
def test_changes_do_not_depend_on_the_order_of_keys(seed: int):
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
def test_equivalent_notations_have_no_changes(old: Any, new: Any):
    assert [change_rows(old, new), change_rows(new, old)] == [[], []]


@pytest.mark.parametrize(
    ("mapping", "same"),
    [({"c": "#/components/schemas/CatV2"}, True), ({"c": "CatV2"}, True), ({"d": "CatV2"}, False)],
)
def test_a_discriminator_follows_renamed_schemas(mapping: Any, same: bool):
    def document(name: str, mapping: Any) -> Any:
        schema = {
            "oneOf": [{"$ref": f"#/components/schemas/{name}"}],
            "discriminator": {"propertyName": "kind", "mapping": mapping},
        }
        return with_schema(schema, components={"schemas": {name: {"type": "object"}}})

    found = differences(document("Cat", {"c": "#/components/schemas/Cat"}), document("CatV2", mapping))
    assert found == ([] if same else [(W, "discriminator-altered")])


def one_of(**schemas: Any) -> Any:
    """Return a document with a request body that is one of these schemas."""
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
def test_similar_alternatives_are_matched_after_reordering_and_renaming(other: Any):
    one: Any = {"type": "object", "properties": {"size": {"type": "integer"}}}
    old, new = one_of(A=one, B={**one, **other}), one_of(D={**one, **other}, C=one)
    assert [change_rows(old, new), change_rows(new, old)] == [[], []]


def test_alternatives_are_matched_by_their_nested_alternatives():
    def one(*kinds: str) -> Any:
        return {"type": "object", "properties": {"size": {"oneOf": [{"type": kind} for kind in kinds]}}}

    old = one_of(A=one("string", "integer"), B=one("string", "boolean"))
    new = one_of(D=one("boolean", "string"), C=one("integer", "string"))
    assert [change_rows(old, new), change_rows(new, old)] == [[], []]


def test_recursive_alternatives_are_matched_by_their_first_levels():
    def endless(name: str, kind: str) -> Any:
        ends = {f"p{number}": {"$ref": f"#/components/schemas/{name}"} for number in range(300)}
        return {"type": "object", "properties": {**ends, "size": {"type": kind}}}

    old = one_of(A=endless("A", "string"), B=endless("B", "integer"))
    new = one_of(D=endless("D", "integer"), C=endless("C", "string"))
    assert [change_rows(old, new), change_rows(new, old)] == [[], []]


@pytest.mark.slow
def test_very_many_alternatives_are_matched_in_order():
    def alternatives(name: str) -> Any:
        return {f"{name}{number}": {"properties": {"size": {"enum": [number]}}} for number in range(3000)}

    old, new = one_of(**alternatives("A")), one_of(**alternatives("B"))
    assert [change_rows(old, new), change_rows(new, old)] == [[], []]


@pytest.mark.slow
def test_changes_that_affect_millions_of_operations_are_refused():
    def document(kind: str) -> Any:
        schema = {"properties": {f"p{number}": {"type": kind} for number in range(1000)}}
        content = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/S"}}}}
        operation = {"get": {"responses": {"200": {"description": "ok", **content}}}}
        return {
            **openapi({}, components={"schemas": {"S": schema}}),
            "paths": {f"/{n}": operation for n in range(2100)},
        }

    with pytest.raises(apig.DocumentError, match="affect more than 2,000,000 operations"):
        change_rows(document("string"), document("integer"))


def test_the_version_counts_unless_it_is_the_time_of_the_export():
    def document(version: str) -> Any:
        return openapi({}, info={"title": "t", "version": version})

    assert differences(document("2026-01-02-03:04:05"), document("2026-02-03-04:05:06")) == []
    assert differences(document("1.0"), document("1.1")) == [(I, "document-altered")]


@pytest.mark.parametrize("limit", ["maxLength", "minLength", "maximum", "minimum"])
def test_a_limit_of_zero_in_a_gateway_export_means_no_limit(limit: str):
    def document(**limits: int) -> Any:
        parameters = [{"name": "q", "in": "query", "type": "string", **limits}]
        return swagger({"x-apigateway-request-type": "public", "parameters": parameters})

    assert differences(document(), document(**{limit: 0})) == []


def test_a_renamed_path_parameter_is_one_info_change():
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


def test_one_api_in_both_standards_has_no_changes():
    assert [change_rows(TWO, THREE), change_rows(THREE, TWO)] == [[], []]


@pytest.mark.parametrize("version", ["3.0.0", "3.0.3", "3.1.0"])
def test_the_version_of_the_standard_alone_is_no_change(version: str):
    assert change_rows(TWO, {**THREE, "openapi": version}) == []


def test_a_change_is_the_same_across_standards():
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


# ---------------------------------------------------------------------- real documents


def compared_with_itself(path: Any) -> Any:
    """Compare a document with itself; return None if it cannot be read."""
    try:
        return compared(path, path)
    except apig.ApigError:
        return None


@pytest.mark.parametrize("path", sorted(DATA.rglob("*.*")), ids=lambda path: path.name)
def test_a_document_compared_with_itself_has_no_changes(path: Any):
    comparison = compared_with_itself(path)
    assert comparison is None or len(comparison) == 0


@pytest.mark.slow
@needs_shared
def test_no_shared_document_compared_with_itself_has_changes():
    files = [path for path in shared("data").rglob("*") if path.is_file() and "large" not in path.parts]
    files += [path for path in shared("data", "large").iterdir() if path.suffix == ".json"]
    comparisons = [comparison for comparison in map(compared_with_itself, files) if comparison is not None]
    assert len(comparisons) > 700
    assert [comparison.old.source for comparison in comparisons if len(comparison)] == []


@pytest.mark.slow
@needs_shared
@pytest.mark.parametrize("name", ["large/twilio_api_v2010.json", "large/box-swagger2.2024-05-21.json"])
def test_a_real_document_with_reordered_keys_has_no_changes(name: str):
    tree = json.loads(shared("data", name).read_bytes())
    assert change_rows(tree, rewritten(tree, making_documents.other_order, 1)) == []


@pytest.mark.slow
@needs_shared
@pytest.mark.parametrize(
    "rewriter",
    [making_documents.renamed_components, making_documents.single_all_of, making_documents.parameters_of_path],
    ids=lambda rewriter: rewriter.__name__,
)
@pytest.mark.parametrize("name", ["large/twilio_api_v2010.json", "large/github-api.2021-03-08.json"])
def test_a_rewritten_real_document_has_no_changes(name: str, rewriter: Callable[..., None]):
    tree = json.loads(shared("data", name).read_bytes())
    assert change_rows(tree, rewritten(tree, rewriter, 1)) == []


@pytest.mark.parametrize("side", [SENT, RECEIVED])
def test_an_object_without_properties_has_no_changes(side: str):
    assert differences(with_schema({"type": "object"}, side), with_schema({"type": "object"}, side)) == []
    assert differences(gateway(), gateway(cors=False)) == []


@pytest.mark.parametrize("value", ["NaN", "[NaN]", "1"])
@pytest.mark.parametrize("levels", [0, 300, 900])
def test_nan_and_deeply_nested_values_have_no_changes(value: str, levels: int):
    deep = '{"a-long-name": [' * (levels // 2) + value + "]}" * (levels // 2)
    parameter = {"name": "p", "in": "query", "schema": {"type": "string", "x-s": "?", "example": "?"}, "x-p": "?"}
    written = json.dumps(openapi({"x-a": "?", "parameters": [parameter]}, **{"x-r": "?"})).replace('"?"', deep)
    assert compared(written.encode(), written.encode()).found == ()
