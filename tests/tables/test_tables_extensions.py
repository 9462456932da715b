"""Every documented field of the gateway's extensions is in a table, in Swagger 2.0 and in OpenAPI 3.0."""

import copy
import re
from typing import Any

import pytest
import yaml

from tests.definition.making import DATA, cells, openapi, places, read, replaced, row, rows, swagger, table, tables_of
from tests.shared import needs_shared, shared

SWAGGER = yaml.safe_load((DATA / "every-field.yaml").read_text("utf-8"))


def as_openapi(document: dict[str, Any]) -> dict[str, Any]:
    """The same fields where OpenAPI 3.0 has them."""
    moved = copy.deepcopy(document)
    del moved["swagger"]
    schemes = moved.pop("securityDefinitions")
    components = {"securitySchemes": schemes, "x-apigateway-responses": moved.pop("x-apigateway-responses")}
    for item in moved["paths"].values():
        for operation in item.values():
            responses = operation["responses"]
            for key in [key for key in responses if key.startswith("x-")]:
                responses["default"][key] = responses.pop(key)
            for parameter in operation.get("parameters", ()):
                parameter["schema"] = {"type": parameter.pop("type")}
    return {"openapi": "3.0.3", **moved, "components": components}


DOCUMENTS = {"2.0": SWAGGER, "3.0": as_openapi(SWAGGER)}


def is_gateway_field(at: tuple[str | int, ...]) -> bool:
    return (
        any(str(key).startswith("x-apigateway-") for key in at) or "security" in str(at[0]) or "securitySchemes" in at
    )


FIELDS = [
    pytest.param(version, at, value, id=f"{version}-{'/'.join(map(str, at))}")
    for version, document in DOCUMENTS.items()
    for at, value in places(document)
    if is_gateway_field(at) and not isinstance(value, dict | list)
]


@pytest.mark.slow
@pytest.mark.parametrize(("version", "at", "value"), FIELDS)
def test_the_value_of_every_documented_field_is_in_a_table(version: str, at: tuple[str | int, ...], value: Any) -> None:
    document = DOCUMENTS[version]
    if isinstance(value, bool):
        before, after = (tables_of(read(replaced(document, at, flag))) for flag in (True, False))
        assert any(not before[name].equals(after[name]) for name in before if name != "problems")
        return
    mark = 55555 if isinstance(value, int) else "5555" if at[-1] == "retryCount" else "sentinel"
    shown = [cell.lower() for cell in cells(read(replaced(document, at, mark)))]
    assert any(str(mark) in cell for cell in shown)


@pytest.mark.parametrize("version", DOCUMENTS)
def test_a_documented_text_field_that_looks_like_a_number_stays_text(version: str) -> None:
    document, numbers = DOCUMENTS[version], {}
    for index, (at, value) in enumerate(places(DOCUMENTS[version])):
        # Bodies and headers of gateway responses are templates, which no number is.
        is_text = isinstance(value, str) and at[-1] not in ("retryCount", "application/json") and "headers" not in at
        if is_gateway_field(at) and is_text:
            numbers[at] = f"10.{index}0"
            document = replaced(document, at, f"SENTINEL{index}E")
    text = re.sub(r"SENTINEL(\d+)E", r"10.\g<1>0", yaml.safe_dump(document))
    shown = "\n".join(cells(read(text)))
    assert [at for at, number in numbers.items() if not re.search(rf"\b{number}\b", shown)] == []


@pytest.mark.parametrize("version", DOCUMENTS)
def test_a_document_of_documented_fields_has_no_problems_and_no_unknown_extensions(version: str) -> None:
    definition = read(DOCUMENTS[version])
    assert (definition.problems, len(table("extensions", definition))) == ((), 0)


@needs_shared
def test_the_document_of_every_field_holds_every_documented_key_and_subfield() -> None:
    held = [tuple(str(part) for part in at if isinstance(part, str)) for at, _ in places(SWAGGER)]
    fields = yaml.safe_load(shared("contract", "extensions.yaml").read_text("utf-8"))["extensions"]
    wanted = {(entry["key"], "") for entry in fields} | {
        (entry["key"], field["name"]) for entry in fields for field in entry.get("fields", ())
    }
    # Placeholders for names the author gives.
    spelled = {"<set name>": "strict", "<set name>.<type>": "THROTTLED"}
    missing = []
    for key, field in sorted(wanted):
        root, *below = key.replace(".policy", "").split(".")
        # The document has each kind of backend once, most of them in a policy; these fields are next to their key.
        roots = {root, f"{root}-policies"} if root == "x-apigateway-backend" else {root}
        siblings = {"securityDefinitions"} if root == "x-apigateway-auth-type" else set()
        names = {*below, spelled.get(field, field).removeprefix("<type>.")} - {""}
        if not any(names <= set(at) and (roots | siblings) & set(at) for at in held):
            missing.append((key, field))
    assert missing == []


UNKNOWN = {"x-apigateway-tomorrow": {"kept": True}, "x-": "bare", "x-PATH": None}
"""Undocumented keys with several types of value."""


def unknown_at(version: str) -> list[tuple[str | int, ...]]:
    """Objects of a document in which the standard allows extensions."""
    named = {"paths", "securityDefinitions", "securitySchemes", "body", "strict"}
    named |= {"x-apigateway-ratelimits", "x-apigateway-access-controls", "x-apigateway-responses"}
    return [
        at
        for at, value in places(DOCUMENTS[version])
        if isinstance(value, dict) and at[-1] not in named and at[-2:-1] != ("security",) and "headers" not in at
    ]


@pytest.mark.parametrize(("version", "at"), [(version, at) for version in DOCUMENTS for at in unknown_at(version)])
def test_unknown_extension_keys_are_kept_everywhere(version: str, at: tuple[str | int, ...]) -> None:
    holder: Any = DOCUMENTS[version]
    for part in at:
        holder = holder[part]
    definition = read(replaced(DOCUMENTS[version], at, {**holder, **UNKNOWN}))
    found = table("extensions", definition)
    assert list(zip(found["key"], found["value"], strict=True)) == [
        ("x-apigateway-tomorrow", '{"kept": true}'),
        ("x-", '"bare"'),
        ("x-PATH", "null"),
    ]


@pytest.mark.parametrize(
    ("place", "column_of"),
    [
        (("paths", "/a/{id}"), "paths"),
        (("paths", "/a/{id}", "post"), "operations"),
        (("paths", "/a/{id}", "post", "parameters", 0), "parameters"),
        (("paths", "/a/{id}", "post", "responses", "default"), "responses"),
        (("paths", "/a/{id}", "post", "x-apigateway-backend"), "backends"),
        (("paths", "/a/{id}", "post", "x-apigateway-backend", "httpEndpoints"), "backends"),
        (("paths", "/a/{id}", "post", "x-apigateway-backend", "parameters", 0), "backend_parameters"),
        (("securityDefinitions", "app"), "security_schemes"),
        (("x-apigateway-ratelimits", "limit-1"), "ratelimits"),
        (("x-apigateway-access-controls", "acl-1"), "access_controls"),
        (("x-apigateway-responses", "strict", "THROTTLED"), "gateway_responses"),
    ],
)
def test_unknown_keys_of_a_row_are_in_its_extensions_column(place: tuple[str | int, ...], column_of: str) -> None:
    holder: Any = SWAGGER
    for part in place:
        holder = holder[part]
    definition = read(replaced(SWAGGER, place, {**holder, "x-mine": [1, "a"]}))
    assert '{"x-mine": [1, "a"]}' in set(table(column_of, definition)["extensions"].dropna())


@pytest.mark.parametrize(
    ("place", "name", "cell"),
    [
        (("paths", "/a/{id}", "post", "x-apigateway-backend-policies", 0, "conditions", 0), "backends", "conditions"),
        (("x-apigateway-ratelimits", "limit-1", "special", 0), "ratelimits", "special"),
        (
            ("securityDefinitions", "custom", "x-apigateway-authorizer", "identities", 0),
            "security_schemes",
            "identities",
        ),
    ],
)
def test_undocumented_fields_of_small_objects_follow_their_description(
    place: tuple[str | int, ...], name: str, cell: str
) -> None:
    holder: Any = SWAGGER
    for part in place:
        holder = holder[part]
    shown = table(name, read(replaced(SWAGGER, place, {**holder, "tomorrow": 1})))[cell]
    assert any(text.endswith(' {"tomorrow": 1}') for texts in shown for text in texts)


def test_the_undocumented_name_of_an_http_backend_is_kept() -> None:
    at = ("paths", "/a/{id}", "post", "x-apigateway-backend", "httpEndpoints", "name")
    shown = rows("backends", replaced(SWAGGER, at, "mine"))
    assert (shown[0]["extensions"], "channel" in shown[0]) == ('{"name": "mine"}', False)


def test_extension_keys_of_form_fields_are_kept_with_the_body() -> None:
    field = {"name": "f", "in": "formData", "type": "file", "x-apigateway-sample": "s", "x-q": 1}
    document = swagger(paths={"/a": {"post": {"responses": {}, "parameters": [field]}}})
    assert row("request_bodies", document)["extensions"] == '{"f.x-apigateway-sample": "s", "f.x-q": 1}'


NAMED_WITH_X: list[tuple[str, dict[str, Any]]] = [
    ("a header", {"components": {"responses": {"R": {"description": "", "headers": {"x-rate": {}}}}}}),
    ("a property", {"components": {"schemas": {"S": {"properties": {"x-rate": {"type": "string"}}}}}}),
    ("a schema", {"components": {"schemas": {"x-rate": {"type": "string"}}}}),
    (
        "a scheme asked for",
        {"security": [{"x-key": []}], "components": {"securitySchemes": {"x-key": {"type": "http"}}}},
    ),
    ("an example's value", {"components": {"examples": {"E": {"value": {"x-rate": 1}}}}}),
    (
        "a scope",
        {"components": {"securitySchemes": {"o": {"type": "oauth2", "flows": {"f": {"scopes": {"x-s": ""}}}}}}},
    ),
]


@pytest.mark.parametrize("parts", [pytest.param(parts, id=name) for name, parts in NAMED_WITH_X])
def test_names_chosen_by_authors_are_not_extensions(parts: dict[str, Any]) -> None:
    definition = read(openapi(**parts))
    assert (rows("extensions", openapi(**parts)), definition.problems) == ([], ())


HOLDERS: list[tuple[str, dict[str, Any]]] = [
    ("discriminator", {"components": {"schemas": {"S": {"discriminator": {"propertyName": "p", "x-mine": 1}}}}}),
    ("xml", {"components": {"schemas": {"S": {"xml": {"x-mine": 1}}}}}),
    ("externalDocs", {"components": {"schemas": {"S": {"externalDocs": {"url": "u", "x-mine": 1}}}}}),
    ("example", {"components": {"examples": {"E": {"value": 1, "x-mine": 1}}}}),
    ("flow", {"components": {"securitySchemes": {"o": {"type": "oauth2", "flows": {"f": {"x-mine": 1}}}}}}),
    ("link", {"components": {"links": {"L": {"operationId": "o", "x-mine": 1}}}}),
    ("contact", {"info": {"title": "t", "version": "1", "contact": {"x-mine": 1}}}),
    ("next to a reference", {"components": {"parameters": {"P": {"$ref": "#/components/parameters/Q", "x-mine": 1}}}}),
]


@pytest.mark.parametrize("parts", [pytest.param(parts, id=name) for name, parts in HOLDERS])
def test_extensions_are_found_in_every_object_of_the_standard(parts: dict[str, Any]) -> None:
    assert [found["key"] for found in rows("extensions", openapi(**parts))] == ["x-mine"]
