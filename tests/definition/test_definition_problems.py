"""Nothing is lost silently: values of a wrong type and missing or unknown keys are in the problems or in a table."""

import copy
import json
import string
from typing import Any

import pandas as pd
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from apig_nb.definition.problem import KINDS, pointer
from apig_nb.definition.read.yaml_reader import plain_value
from apig_nb.errors import DocumentError
from apig_nb.tables import TABLES
from tests.definition.making import (
    DATA,
    export,
    harmful,
    openapi,
    places,
    problems,
    read,
    replaced,
    resolves,
    rows,
    swagger,
    table,
    tables_of,
    texts,
)

DOCUMENTS = {
    "oas2": export("export-all-oas2.json"),
    "oas3": export("export-all-oas3.json"),
    "quirks": export("quirks-oas2.json"),
    "every field": yaml.safe_load((DATA / "every-field.yaml").read_text("utf-8")),
    "standard": openapi(
        tags=[{"name": "t"}],
        servers=[{"url": "https://example.com", "variables": {"v": {"default": "d"}}}],
        paths={
            "/a/{id}": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
                "put": {
                    "tags": ["t"],
                    "requestBody": {"content": {"a/b": {"schema": {"$ref": "#/components/schemas/S"}}}},
                    "responses": {"200": {"description": "ok", "headers": {"X-H": {"schema": {"type": "integer"}}}}},
                },
            }
        },
        components={
            "schemas": {"S": {"type": "object", "required": ["a"], "properties": {"a": {"enum": ["b"]}}}},
            "securitySchemes": {"o": {"type": "oauth2", "flows": {"implicit": {"scopes": {"read": "r"}}}}},
        },
    ),
}  # fmt: skip
DTYPES = {name: list(frame.dtypes.items()) for name, frame in tables_of(read(swagger())).items()}


def is_shown_nowhere(at: tuple[str | int, ...]) -> bool:
    """Values that no table has a column for: texts of the standard, and defaults of response headers."""
    in_header = "headers" in at and at[-1] == "default"
    return in_header or at[:1] in (("swagger",), ("openapi",), ("servers",))


CHANGES = [
    (name, at, {"Sentinel": 1} if not isinstance(value, dict | list) else 77123)
    for name, document in DOCUMENTS.items()
    for at, value in places(document)
    if not is_shown_nowhere(at)
]


@pytest.mark.slow
@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_value_of_the_wrong_type_is_a_problem_or_is_shown_as_it_is(name: str) -> None:
    silent = []
    for _, at, value in (change for change in CHANGES if change[0] == name):
        definition = read(replaced(DOCUMENTS[name], at, value))
        mark = "sentinel" if isinstance(value, dict) else "77123"
        is_reported = pointer(*at) in {problem.pointer for problem in definition.problems}
        if not is_reported and mark not in texts(definition).lower():
            silent.append(pointer(*at))
    assert silent == []


@pytest.mark.slow
@pytest.mark.parametrize("name", ["quirks", "every field", "standard"])
def test_every_table_keeps_its_columns_and_dtypes_if_values_are_null(name: str) -> None:
    for at in PLACES[name][::2]:
        definition = read(replaced(DOCUMENTS[name], at, None))
        assert {table_: list(frame.dtypes.items()) for table_, frame in tables_of(definition).items()} == DTYPES


@pytest.mark.parametrize(
    ("document", "found"),
    [
        (swagger(), []),
        (openapi(paths=None), [("/paths", "wrong-type")]),
        (openapi(paths=[]), [("/paths", "wrong-type")]),
        (openapi(paths={"/a": "text"}), [("/paths/~1a", "wrong-type")]),
        (openapi(paths={"/a": {"get": None}}), [("/paths/~1a/get", "wrong-type")]),
        (openapi(info="t"), [("/info", "wrong-type")]),
        (openapi(info={"title": "t"}), [("/info", "missing")]),
        (swagger(definitions={"S": {"enum": "a"}}), [("/definitions/S/enum", "wrong-type")]),
        (swagger(definitions={"S": {"type": 5}}), [("/definitions/S/type", "wrong-type")]),
        (swagger(definitions={"S": {"required": True}}), [("/definitions/S/required", "wrong-type")]),
        (openapi(unknown=1), [("/unknown", "unknown-key")]),
        (openapi(swagger="2.0"), [("", "version"), ("/swagger", "unknown-key")]),
        (
            openapi(components={"securitySchemes": {"b": {"type": "http", "scheme": "bearer", "name": "n"}}}),
            [("/components/securitySchemes/b/name", "unknown-key")],
        ),
        (
            swagger(securityDefinitions={"k": {"type": "apiKey", "in": "header", "name": "X", "flow": "implicit"}}),
            [("/securityDefinitions/k/flow", "unknown-key")],
        ),
        (
            openapi(paths={"/a": {"get": {"responses": {"20": {"description": ""}}}}}),
            [("/paths/~1a/get/responses/20", "unknown-key")],
        ),
        (
            swagger(paths={"/a": {"get": {"responses": {}, "x-apigateway-ratelimit": "r"}}}),
            [("/paths/~1a/get/x-apigateway-ratelimit", "undefined")],
        ),
        (
            swagger(paths={"/a": {"get": {"responses": {}, "x-apigateway-access-control": ["a"]}}}),
            [("/paths/~1a/get/x-apigateway-access-control", "undefined")],
        ),
        (
            swagger(
                paths={"/a": {"get": {"responses": {}, "x-apigateway-response": "s"}}},
                **{"x-apigateway-responses": {"t": {}}},
            ),
            [("/paths/~1a/get/x-apigateway-response", "undefined")],
        ),
        (openapi(security=[{"a": "b"}]), [("/security/0/a", "wrong-type"), ("/security", "undefined")]),
    ],
)  # fmt: skip
def test_problems_are_reported_with_their_pointer(document: dict[str, Any], found: list[tuple[str, str]]) -> None:
    assert problems(document) == found


def test_problems_keep_the_order_of_the_document() -> None:
    operation = {"odd": 3, "responses": 4, "tags": 5}
    document = openapi(info=1, paths={"/b": 2, "/a": {"get": operation}}, odd=6, components=7, tags=8)
    assert [at for at, _ in problems(document)] == [
        "/info",
        "/paths/~1b",
        "/paths/~1a/get/odd",
        "/paths/~1a/get/responses",
        "/paths/~1a/get/tags",
        "/odd",
        "/components",
        "/tags",
    ]


def test_extensions_keep_the_order_of_the_document() -> None:
    operation = {"x-a": 1, "responses": {"200": {"description": "d", "x-b": 2}}, "x-c": 3}
    document = openapi(paths={"/a": {"get": operation}, "x-d": 4}, **{"x-e": 5})
    assert [row["key"] for row in rows("extensions", document)] == ["x-a", "x-b", "x-c", "x-d", "x-e"]


@pytest.mark.parametrize("siblings", [{}, {"$ref": "#/components/schemas/T"}], ids=["plain", "next to references"])
def test_problems_are_found_at_any_depth(siblings: dict[str, str]) -> None:
    schema: dict[str, Any] = {"readOnly": 1}
    for _ in range(300):
        schema = {"items": schema, "readOnly": 1, **siblings}
    found = [at for at, _ in problems(openapi(components={"schemas": {"S": schema, "T": {}}}))]
    assert sorted(found) == sorted(f"/components/schemas/S{'/items' * level}/readOnly" for level in range(301))


def test_problems_deep_in_equal_responses_are_reported_for_each() -> None:
    def answers() -> dict[str, Any]:
        schema: dict[str, Any] = {"type": 1}
        for _ in range(100):
            schema = {"items": schema}
        return {"200": {"description": "d", "content": {"a/b": {"schema": schema}}}}

    paths = {f"/{name}": {"get": {"responses": answers()}} for name in "abc"}
    deep = "/get/responses/200/content/a~1b/schema" + "/items" * 100 + "/type"
    assert [at for at, _ in problems(openapi(paths=paths))] == [f"/paths/~1{name}{deep}" for name in "abc"]


def test_an_integer_beyond_64_bits_is_reported_once() -> None:
    schemas = {"S": {"type": "string", "maxLength": 2**63}, "T": {"type": "string", "maxLength": 2**63 - 1}}
    assert problems(openapi(components={"schemas": schemas})) == [("/components/schemas/S/maxLength", "number")]


def doubled(name: str = "S{}", to: str = "#/components/schemas/S{}", **siblings: Any) -> dict[str, Any]:
    """Schemas that each refer to the next one twice."""
    links = {name.format(i): {"allOf": [{"$ref": to.format(i + 1)}] * 2, **siblings} for i in range(60)}
    return {**links, name.format(60): {"type": "string"}}


def test_references_that_expand_beyond_the_limit_are_reported() -> None:
    document = openapi(components={"schemas": doubled()})
    assert problems(document) == [("/components/schemas/S0", "reference-expansion")]


def buried(levels: int) -> dict[str, Any]:
    """A schema with so many levels."""
    return {"items": buried(levels - 1)} if levels else {}


@pytest.mark.parametrize(
    ("schemas", "first"),
    [
        (doubled("S/{}", "#/components/schemas/S~1{}"), "S~10"),
        (doubled("S ü{}", "#/components/schemas/S%20%C3%BC{}"), "S ü0"),
        (doubled(properties={"a": {"$ref": "other.yaml#/A"}, "b": {"$ref": "#/components/schemas/S0"}}), "S0"),
        (doubled(items=buried(300)), "S0"),
        (doubled(maximum=2**70), "S0"),
        ({"S": {"properties": doubled("p{}", "#/components/schemas/S/properties/p{}")}}, "S"),
        ({name: {**link, "$anchor": name} for name, link in doubled(to="#S{}").items()}, "S0"),
    ],
    ids=["slash", "escapes", "elsewhere", "deep", "number", "inside", "anchors"],
)
def test_expanding_references_are_reported_in_any_notation(schemas: dict[str, Any], first: str) -> None:
    found = problems(openapi("3.1.0", components={"schemas": schemas}))
    assert [at for at, kind in found if kind == "reference-expansion"] == [f"/components/schemas/{first}"]


def test_many_references_that_do_not_expand_are_not_a_problem() -> None:
    schemas = {f"S{i}": {"properties": {"a": {"$ref": f"#/components/schemas/S{i + 1}"}}} for i in range(2000)}
    assert problems(openapi(components={"schemas": {**schemas, "S2000": {"type": "string"}}})) == []


@pytest.mark.parametrize(
    "schemas",
    [
        {"S": {"$ref": "#/components/schemas/S"}},
        {"S": {"$ref": "#/components/schemas/T"}, "T": {"$ref": "#/components/schemas/S"}},
    ],
)
def test_circular_references_are_reported(schemas: dict[str, Any]) -> None:
    assert {kind for _, kind in problems(openapi(components={"schemas": schemas}))} == {"reference"}


def test_a_recursive_schema_is_not_a_problem() -> None:
    tree = {"properties": {"next": {"$ref": "#/components/schemas/Tree"}}}
    assert problems(openapi(components={"schemas": {"Tree": tree}})) == []


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["#/paths", "#", "https://example.com/a.yaml", "default", "x-", "\x00\u202e", "HTTPS"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=5)
            | st.sampled_from(
                ["$ref", "type", "name", "in", "x-a", "get", "parameters", "schema", "default", "properties"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=10,
)
PLACES = {name: [at for at, _ in places(document)] for name, document in DOCUMENTS.items()}


@st.composite
def mutated(draw: st.DrawFn) -> Any:
    """A document with a few nodes replaced, dropped or added."""
    name = draw(st.sampled_from(sorted(DOCUMENTS)))
    document = copy.deepcopy(DOCUMENTS[name])
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.sampled_from(PLACES[name]))
        holder: Any = document
        for part in at[:-1]:
            # An earlier change may have put something else in its place, a list for a mapping too.
            if isinstance(holder, dict):
                known = part in holder
            else:
                known = isinstance(holder, list) and isinstance(part, int) and part < len(holder)
            if not known:
                break
            holder = holder[part]
        else:
            change(draw, holder, at[-1])
    return document


def change(draw: st.DrawFn, holder: Any, key: str | int) -> None:
    what = draw(st.sampled_from(["replace", "drop", "add"]))
    if isinstance(holder, dict):
        if what == "drop":
            holder.pop(key, None)
        else:
            holder[key if what == "replace" else draw(st.text(max_size=5))] = draw(JSON)
    elif isinstance(holder, list):
        holder.append(draw(JSON))


@pytest.mark.slow
@settings(deadline=None, max_examples=100)
@given(mutated())
def test_any_changed_document_has_stable_tables_and_harmless_messages(document: Any) -> None:
    try:
        definition = read(json.dumps(document))
    except DocumentError as error:
        assert str(error)
        return
    built = tables_of(definition)
    assert {name: list(frame.dtypes.items()) for name, frame in built.items()} == DTYPES
    assert harmful(definition) == []
    assert {problem.kind for problem in definition.problems} <= set(KINDS)
    # A reference can bring a path's operations from elsewhere; its problems are compared by method and path.
    elsewhere = [problem for problem in definition.problems if not resolves(definition.tree, problem)]
    by_path = ("dropped-operation", "undefined", "duplicate-parameter", "body-parameter", "duplicate-operation-id")
    assert all(problem.kind in by_path for problem in elsewhere)


PLAIN = st.text(string.printable + "äß订😀", max_size=12).filter(lambda text: text.isprintable() or text in "\n\t")
ODD_TEXT = st.sampled_from(
    ["no", "on", "~", "null", "1.10", "010", "0x1F", "2024-01-01", "12:30", "", " a", "- b", "#c", "<<", "=", "true"]
)


def is_text_for_both_readers(text: str) -> bool:
    # PyYAML writes by YAML 1.1, where `1e5` and `0o7` are text and need no quotes.
    return isinstance(plain_value(text), str) or text in ("~", "null", "true", "1.10", "0x1F", "")


TEXT = ODD_TEXT | PLAIN.filter(is_text_for_both_readers)
LEAVES = {
    name: [
        at for at, value in places(document) if isinstance(value, str) and at[-1] not in ("swagger", "openapi", "$ref")
    ]
    for name, document in DOCUMENTS.items()
}


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(st.sampled_from(sorted(DOCUMENTS)), st.data())
def test_a_document_as_json_and_as_yaml_gives_equal_tables(name: str, data: st.DataObject) -> None:
    document = DOCUMENTS[name]
    for _ in range(data.draw(st.integers(1, 4))):
        document = replaced(document, data.draw(st.sampled_from(LEAVES[name])), data.draw(TEXT))
    value = st.recursive(
        st.integers(-9, 9) | st.booleans() | TEXT, lambda inner: st.lists(inner, max_size=3), max_leaves=4
    )
    document = {**document, "x-value": data.draw(value)}
    of_json = read(json.dumps(document))
    of_yaml = read(yaml.safe_dump(document, allow_unicode=data.draw(st.booleans()), sort_keys=False))
    assert of_yaml.format == "yaml"
    for table_ in TABLES:
        pd.testing.assert_frame_equal(table(table_, of_json), table(table_, of_yaml))


def test_every_kind_of_problem_is_documented() -> None:
    assert all(text and not text.endswith(".") for text in KINDS.values())


@pytest.mark.parametrize(
    ("flawed", "kind"),
    [
        ({"name": 5, "in": "query", "required": "so", "schema": {}}, "wrong-type"),
        ({"name": "a", "in": "query", "schema": {}, "unheard": 1}, "unknown-key"),
        ({"name": "a", "in": "query", "schema": {"$ref": "#/nowhere"}}, "reference"),
    ],
)
def test_problems_in_equal_parts_are_reported_for_each(flawed: dict[str, Any], kind: str) -> None:
    fine = {"name": "b", "in": "query", "schema": {"type": "string"}}
    answers = {"200": {"description": "ok"}}
    operations = [{"parameters": [fine, copy.deepcopy(flawed)], "responses": answers} for _ in range(3)]
    found = problems(json.dumps(openapi(paths={f"/{i}": {"get": operation} for i, operation in enumerate(operations)})))
    assert [at.split("/")[2] for at, found_kind in found if found_kind == kind] == ["~10", "~11", "~12"]


def test_extension_keys_of_equal_parts_are_all_listed() -> None:
    parameter = {"name": "a", "in": "query", "schema": {"type": "string", "x-of-schema": 1}, "x-own": [2]}
    operation = {"parameters": [parameter], "responses": {"200": {"description": "ok", "x-of-answer": 3}}}
    listed = rows("extensions", json.dumps(openapi(paths={f"/{i}": {"get": operation} for i in range(2)})))
    assert sorted((row["pointer"].split("/")[2], row["key"]) for row in listed) == [
        (path, key) for path in ("~10", "~11") for key in ("x-of-answer", "x-of-schema", "x-own")
    ]


def test_a_problem_in_an_alias_is_reported_once_and_in_an_equal_part_again() -> None:
    text = """
openapi: 3.0.3
info: {title: t, version: '1'}
paths:
  /0: {get: {parameters: [&flawed {name: a, in: query, schema: {}, unheard: 1}], responses: {'200': {description: d}}}}
  /1: {get: {parameters: [*flawed], responses: {'200': {description: d}}}}
  /2: {get: {parameters: [{name: a, in: query, schema: {}, unheard: 1}], responses: {'200': {description: d}}}}
"""
    assert problems(text) == [
        ("/paths/~10/get/parameters/0/unheard", "unknown-key"),
        ("/paths/~12/get/parameters/0/unheard", "unknown-key"),
    ]
