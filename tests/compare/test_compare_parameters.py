"""Parameters: values that are sent as text, their serialisation, and headers that the standard ignores."""

from typing import Any

import pytest

from tests.compare.comparing import change_rows, differences, gateway, openapi, swagger, with_parameter

B, W, I = "breaking", "warning", "info"  # noqa: E741  # of a table that is read in columns

Changes = list[tuple[str, str]]

STRING, INTEGER, NUMBER, BOOLEAN = ({"type": kind} for kind in ("string", "integer", "number", "boolean"))
WIDER: Changes = [(I, "type-loosened")]
NARROWER: Changes = [(B, "type-tightened")]
MORE: Changes = [(I, "enum-loosened")]
FEWER: Changes = [(B, "enum-tightened")]


def listed(items: Any, **keywords: Any) -> dict[str, Any]:
    return {"type": "array", "items": items, **keywords}


def or_null(schema: Any) -> dict[str, Any]:
    return {"anyOf": [schema, {"type": "null"}]}


def with_value(**parameter: Any) -> dict[str, Any]:
    """Return a document with a parameter that has a schema or content, and a named list of strings."""
    default = {} if "content" in parameter else {"schema": STRING}
    parameters = [{"name": "q", "in": "query"} | default | parameter]
    return openapi({"parameters": parameters}, components={"schemas": {"L": listed(STRING)}})


@pytest.mark.parametrize(
    ("old", "new", "forward", "backward"),
    [
        (INTEGER, STRING, WIDER, NARROWER),
        (INTEGER, NUMBER, WIDER, NARROWER),
        (NUMBER, STRING, WIDER, NARROWER),
        (BOOLEAN, STRING, WIDER, NARROWER),
        (INTEGER, BOOLEAN, [(B, "type-altered")], [(B, "type-altered")]),
        (INTEGER | {"format": "int32"}, NUMBER | {"format": "double"}, WIDER, NARROWER),
        (INTEGER | {"format": "int64"}, STRING, WIDER, NARROWER),
        ({}, STRING, [], []),
        ({}, INTEGER, NARROWER, WIDER),
        # Values that are written out say more than the types.
        (BOOLEAN, STRING | {"enum": ["true", "false"]}, [], []),
        (BOOLEAN, STRING | {"enum": ["true", "false", "maybe"]}, MORE, FEWER),
        (BOOLEAN, STRING | {"enum": ["yes"]}, [*MORE, *FEWER], [*MORE, *FEWER]),
        (INTEGER | {"enum": [1, 2]}, STRING | {"enum": ["2", "1"]}, [], []),
        (INTEGER | {"enum": [1, 2]}, STRING, MORE, FEWER),
        (STRING | {"enum": ["1", "2"]}, INTEGER, MORE, FEWER),
        (STRING | {"enum": ["a"]}, INTEGER, [*NARROWER, *MORE], [*FEWER, *WIDER]),
        (INTEGER | {"default": 5}, INTEGER | {"default": "5"}, [], []),
        (BOOLEAN | {"default": True}, BOOLEAN | {"default": "true"}, [], []),
        # Limits that the types say already, or that all numbers are within.
        (INTEGER | {"minimum": 1, "maximum": 9}, STRING, WIDER, NARROWER),
        (INTEGER, STRING | {"maxLength": 36, "minLength": 1}, WIDER, NARROWER),
        (BOOLEAN, STRING | {"maxLength": 5, "minLength": 4}, WIDER, NARROWER),
        (INTEGER, STRING | {"maxLength": 3}, [(B, "max-length-tightened"), *WIDER], NARROWER),
        (INTEGER, STRING | {"pattern": "a"}, [(B, "pattern-tightened"), *WIDER], NARROWER),
        (INTEGER, STRING | {"format": "date"}, [(B, "format-tightened"), *WIDER], NARROWER),
        # A format of texts restricts no truth values.
        (BOOLEAN | {"format": "date"}, STRING | {"format": "date"}, [(B, "format-tightened"), *WIDER], NARROWER),
        (INTEGER | {"format": "date"}, BOOLEAN, [(B, "type-altered")], [(B, "type-altered")]),
        (INTEGER | {"minimum": 1}, NUMBER, [(I, "minimum-loosened"), *WIDER], [(B, "minimum-tightened"), *NARROWER]),
        (STRING | {"enum": ["1", "12"]}, INTEGER | {"maximum": 9}, [(B, "maximum-tightened"), *MORE],
         [*FEWER, (I, "maximum-loosened")]),
        ({"type": "object"}, {}, WIDER, NARROWER),
        # In a list, too.
        (listed(INTEGER), listed(STRING), WIDER, NARROWER),
        ({"allOf": [INTEGER]}, {"allOf": [STRING]}, WIDER, NARROWER),
    ],
)  # fmt: skip
@pytest.mark.parametrize("location", ["query", "header", "path", "cookie"])
def test_values_as_texts(location: str, old: Any, new: Any, forward: Changes, backward: Changes) -> None:
    """What callers send in a parameter is text: every integer is a number, and everything is a string."""
    one, other = (sorted(changes) for changes in (forward, backward))
    assert sorted(differences(*(with_parameter(schema=each, **{"in": location}) for each in (old, new)))) == one
    assert sorted(differences(*(with_parameter(schema=each, **{"in": location}) for each in (new, old)))) == other


def test_values_as_texts_in_swagger() -> None:
    """Swagger 2.0 has the keywords in the parameter itself."""
    old, new = (
        swagger({"parameters": [{"name": "q", "in": "query", **each}]}) for each in (INTEGER | {"default": 1}, STRING)
    )
    assert sorted(differences(old, new)) == [(I, "type-loosened"), (W, "default-altered")]
    old, new = (
        swagger({"parameters": [NUMBER | {"name": "q", "in": "query", "default": each}]}) for each in (123, "123")
    )
    assert differences(old, new) == []


def test_json_keeps_its_types() -> None:
    """A value in a media type of its own is no text, and neither is a property of an object."""
    old, new = (with_value(content={"application/json": {"schema": each}}) for each in (INTEGER, STRING))
    assert differences(old, new) == [(B, "type-altered")]
    old, new = (with_value(schema={"type": "object", "properties": {"a": each}}) for each in (INTEGER, STRING))
    assert differences(old, new) == [(B, "type-altered")]


@pytest.mark.parametrize(
    ("parameter", "one", "many", "is_alike"),
    [
        ({}, STRING, listed(STRING), True),
        ({}, or_null(STRING), or_null(listed(STRING)), True),
        ({}, STRING | {"default": "a", "description": "d"}, listed(STRING, default=["a"], description="d"), True),
        ({"in": "path"}, STRING, listed(STRING), True),
        ({"in": "header"}, INTEGER, listed(INTEGER), True),
        ({"explode": False}, INTEGER, listed(INTEGER), True),
        ({"style": "pipeDelimited"}, INTEGER, listed(INTEGER), True),
        ({"in": "path", "style": "label"}, STRING, listed(STRING), True),
        ({"in": "path", "style": "matrix", "explode": True}, STRING, listed(STRING), True),
        # A text with a comma in it would be two.
        ({"explode": False}, STRING, listed(STRING), False),
        ({"style": "deepObject"}, STRING, listed(STRING), False),
    ],
)
def test_one_value_is_a_list_of_one(parameter: Any, one: Any, many: Any, is_alike: bool) -> None:
    """A list accepts a single value if it is written the same."""
    old, new = (with_parameter(schema=schema, **parameter) for schema in (one, many))
    if is_alike:
        assert differences(old, new) == WIDER
        assert differences(new, old) == NARROWER
    else:
        assert (B, "type-altered") in differences(old, new)
        assert (B, "type-altered") in differences(new, old)


def test_items_of_a_list_that_was_one_value() -> None:
    """The value is compared with the items of the list."""
    old = with_parameter(schema=STRING)
    assert differences(old, with_parameter(schema=listed(INTEGER))) == [(B, "type-tightened"), (I, "type-loosened")]
    assert differences(old, with_parameter(schema=listed(STRING | {"maxLength": 3}))) == [
        (B, "max-length-tightened"),
        (I, "type-loosened"),
    ]
    assert differences(old, with_parameter(schema=listed(STRING, minItems=2))) == [
        (B, "min-items-tightened"),
        (I, "type-loosened"),
    ]
    assert differences(old, with_parameter(schema=listed(STRING, minItems=1))) == WIDER


LIST = {"schema": listed(STRING)}
OBJECT = {"schema": {"type": "object", "properties": {"a": STRING}}}
EITHER = {"oneOf": [STRING, listed(STRING)]}
NAMED = {"$ref": "#/components/schemas/L"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (OBJECT, {"content": {"application/json": OBJECT}}),
        ({"schema": STRING}, {"content": {"text/csv": {"schema": STRING}}}),
        ({"content": {"application/json": OBJECT}}, {"content": {"application/xml": OBJECT}}),
        (LIST, LIST | {"explode": False}),
        (OBJECT, OBJECT | {"style": "deepObject"}),
        (OBJECT, OBJECT | {"explode": False}),
        ({"schema": {"allOf": [listed(STRING)]}}, {"schema": {"allOf": [listed(STRING)]}, "explode": False}),
        ({"schema": or_null(listed(STRING))}, {"schema": or_null(listed(STRING)), "explode": False}),
        ({"schema": EITHER}, {"schema": EITHER, "explode": False}),
        ({"schema": NAMED}, {"schema": NAMED, "explode": False}),
        ({"in": "path"}, {"in": "path", "style": "matrix"}),
        ({"in": "path", "style": "label"}, {"in": "path", "style": "matrix"}),
        ({"in": "path", "style": "matrix", **LIST}, {"in": "path", "style": "matrix", "explode": True, **LIST}),
        ({"in": "header", **OBJECT}, {"in": "header", "explode": True, **OBJECT}),
    ],
)  # fmt: skip
def test_serialisation(one: Any, other: Any) -> None:
    """Another serialisation is another text, both ways, whichever way the type is written."""
    old, new = with_value(**one), with_value(**other)
    assert differences(old, new) == [(B, "serialisation-altered")]
    assert differences(new, old) == [(B, "serialisation-altered")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (LIST, LIST | {"style": "form", "explode": True}),
        (LIST | {"style": "spaceDelimited"}, LIST | {"style": "spaceDelimited", "explode": False}),
        ({"explode": True}, {"explode": False}),
        ({"in": "path"}, {"in": "path", "style": "simple", "explode": True}),
        ({"in": "path", "style": "matrix"}, {"in": "path", "style": "matrix", "explode": True}),
        ({"in": "header", **LIST}, {"in": "header", "style": "simple", "explode": True, **LIST}),
        ({"in": "header"}, {"in": "header", "allowReserved": True}),
        ({"content": {"application/json": {"schema": STRING}}}, {"content": {"Application/JSON": {"schema": STRING}}}),
    ],
)
def test_equal_serialisation(one: Any, other: Any) -> None:
    """Defaults that are written out, and fields without effect on the type or location, change nothing."""
    old, new = with_value(**one), with_value(**other)
    assert differences(old, new) == differences(new, old) == []


def test_message_of_a_serialisation() -> None:
    """The row says how the value was and is written."""
    old = with_parameter(schema={"type": "object"})
    new = with_value(content={"application/json": {"schema": {}}})
    expected = (B, "serialisation-altered", "parameter q in query", "repetition", "application/json")
    assert expected in change_rows(old, new)


@pytest.mark.parametrize("name", ["Accept", "content-type", "Authorization"])
def test_ignored_headers(name: str) -> None:
    """OpenAPI 3 ignores some header parameters; Swagger 2.0 does not."""
    header: dict[str, Any] = {"name": name, "in": "header"}
    header_with_schema = header | {"schema": STRING | {"enum": ["a"]}}
    optional, required = (openapi({"parameters": [header_with_schema | {"required": each}]}) for each in (False, True))
    ignored = [(I, "ignored-header-altered")]
    assert differences(optional, required) == differences(required, optional) == ignored
    assert differences(openapi({}), required) == differences(required, openapi({})) == ignored
    assert differences(required, required) == []
    old, new = (swagger({"parameters": [header | STRING | {"required": each}]}) for each in (False, True))
    assert differences(old, new) == [(B, "parameter-required-tightened")]
    assert differences(old, openapi({"parameters": [header | {"schema": STRING}]})) == []


def test_ignored_header_of_a_response() -> None:
    """The header Content-Type of a response is described by its media types."""
    old, new = (
        openapi({"responses": {"200": {"description": "d", "headers": headers}}})
        for headers in ({}, {"Content-Type": {"required": True, "schema": STRING}})
    )
    assert differences(old, new) == differences(new, old) == [(I, "ignored-header-altered")]


def test_letter_case_of_a_name() -> None:
    """Names in a query are case-sensitive, except on the gateway; header names never are."""
    changed = [(B, "parameter-case-altered")]
    assert differences(with_parameter(name="q"), with_parameter(name="Q")) == changed
    assert differences(*(with_parameter(name=name, **{"in": "cookie"}) for name in "qQ")) == changed
    assert differences(*(with_parameter(name=name, **{"in": "header"}) for name in "qQ")) == []
    old, new = gateway(), gateway()
    for document, name in ((old, "q"), (new, "Q")):
        document["paths"]["/a"]["get"]["parameters"] = [STRING | {"name": name, "in": "query"}]
    assert differences(old, new) == [(W, "gateway-parameter-case-altered")]


def test_response_header_keeps_its_type() -> None:
    """Clients convert a received header to its type."""
    old, new = (
        openapi({"responses": {"200": {"description": "d", "headers": {"X-A": {"schema": schema}}}}})
        for schema in (STRING, INTEGER)
    )
    assert differences(old, new) == differences(new, old) == [(B, "type-altered")]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (OBJECT, OBJECT | {"explode": True}),
        ({"schema": STRING}, {"content": {"application/json": {"schema": STRING}}}),
    ],
)
def test_serialisation_of_a_response_header(one: Any, other: Any) -> None:
    """Headers of responses have a serialisation, too."""
    old, new = (
        openapi({"responses": {"200": {"description": "d", "headers": {"X-A": header}}}}) for header in (one, other)
    )
    assert differences(old, new) == differences(new, old) == [(B, "serialisation-altered")]


@pytest.mark.parametrize("place", ["parameter", "body", "links"])
def test_references_to_examples_and_links(place: str) -> None:
    """An example or link that moved into a component is the same; a changed component is reported."""

    def document(value: Any, **components: Any) -> dict[str, Any]:
        parts = {"components": components}
        if place == "parameter":
            return openapi(
                {"parameters": [{"name": "q", "in": "query", "schema": STRING, "examples": {"e": value}}]}, **parts
            )
        if place == "body":
            content = {"application/json": {"schema": STRING, "examples": {"e": value}}}
            return openapi({"requestBody": {"content": content}}, **parts)
        return openapi({"responses": {"200": {"description": "d", "links": {"e": value}}}}, **parts)

    kind = "links" if place == "links" else "examples"
    ref = {"$ref": f"#/components/{kind}/E"}
    inline, moved = document({"summary": "a"}), document(ref, **{kind: {"E": {"summary": "a"}}})
    changed = document(ref, **{kind: {"E": {"summary": "b"}}})
    assert differences(inline, moved) == differences(moved, inline) == []
    assert [severity for severity, _ in differences(moved, changed)] == [I]


@pytest.mark.parametrize("place", ["operation", "parameter", "body", "response"])
def test_references_in_extensions(place: str) -> None:
    """A value of an extension key that moved into a component is the same; a changed component is reported."""

    def document(value: Any, **components: Any) -> dict[str, Any]:
        own: dict[str, Any] = {"x-own": {"a": [value]}}
        operations = {
            "operation": own,
            "parameter": {"parameters": [{"name": "q", "in": "query", "schema": STRING} | own]},
            "body": {"requestBody": {"content": {}} | own},
            "response": {"responses": {"200": {"description": "d"} | own}},
        }
        return openapi(operations[place], components=components)

    ref = {"$ref": "#/components/x-parts/E"}
    inline, moved = document({"b": 1}), document(ref, **{"x-parts": {"E": {"b": 1}}})
    changed = document(ref, **{"x-parts": {"E": {"b": 2}}})
    assert differences(inline, moved) == differences(moved, inline) == []
    assert differences(moved, changed) == [(I, "extension-altered")]


def test_circular_references_in_extensions() -> None:
    """References that lead in a circle or nowhere stay as they are."""
    parts = {"components": {"x-parts": {"E": {"next": {"$ref": "#/components/x-parts/E"}}}}}
    one = openapi({"x-own": {"$ref": "#/components/x-parts/E"}}, **parts)
    other = openapi({"x-own": {"$ref": "#/nowhere"}}, **parts)
    assert differences(one, other) == [(I, "extension-altered")]
    assert differences(one, one) == []


@pytest.mark.parametrize(
    ("schema", "declared", "undeclared"),
    [
        (STRING, [], []),
        (INTEGER, NARROWER, WIDER),
        (STRING | {"enum": ["a"]}, FEWER, MORE),
        (STRING | {"maxLength": 3}, [(B, "max-length-tightened")], [(I, "max-length-loosened")]),
    ],
)
@pytest.mark.parametrize("name", ["id", "key"])
def test_parameter_in_the_path_that_is_not_declared(
    name: str, schema: Any, declared: Changes, undeclared: Changes
) -> None:
    """A parameter in the path that is not declared accepts any text, also if it has another name."""
    parameter = {"name": "id", "in": "path", "required": True, "schema": schema}
    old = openapi(paths={f"/a/{{{name}}}": {"get": {}}})
    new = openapi(paths={"/a/{id}": {"get": {"parameters": [parameter]}}})
    renamed = [(I, "path-parameter-renamed")] if name != "id" else []
    assert sorted(differences(old, new)) == sorted([*declared, *renamed])
    assert sorted(differences(new, old)) == sorted([*undeclared, *renamed])
