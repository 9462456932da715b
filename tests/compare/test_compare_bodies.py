"""Statuses, media types, parts of forms and headers, in both directions."""

from typing import Any

import pytest

import apig_nb as apig
from tests.compare.comparing import differences, openapi, swagger, text

B, W, I = "breaking", "warning", "info"  # noqa: E741  # of a table that is read in columns

Changes = list[tuple[str, str]]


def responses(**schemas: str | None) -> dict[str, Any]:
    """Return a document with responses `_200="string"`: by status, the type of the body; None for no body."""
    found = {}
    for status, kind in schemas.items():
        content = {"content": {"application/json": {"schema": {"type": kind}}}} if kind else {}
        found[status.removeprefix("_")] = {"description": "d", **content}
    return openapi({"responses": found})


REMOVED: Changes = [(B, "success-response-removed")]
ADDED: Changes = [(I, "response-added")]
TIGHTER: Changes = [(I, "response-tightened")]
LOOSER: Changes = [(W, "response-loosened")]


@pytest.mark.parametrize(
    ("old", "new", "forward", "backward"),
    [
        (responses(_2XX=None), responses(_204=None), TIGHTER, LOOSER),
        (responses(_2xx="string"), responses(_200="string"), TIGHTER, LOOSER),
        (responses(_2XX="string"), responses(_200="string", _201="string"), TIGHTER, LOOSER),
        (responses(_2XX="string"), responses(_200="string", _204=None), TIGHTER, LOOSER),
        (responses(_2XX="string"), responses(_204=None), [(B, "media-type-removed"), *TIGHTER],
         [*LOOSER, (I, "media-type-added")]),
        (responses(_2XX="string"), responses(_200="integer"), [(B, "type-altered"), *TIGHTER],
         [(B, "type-altered"), *LOOSER]),
        # A success that is not in the range.
        (responses(_2XX="string"), responses(_302=None), [*REMOVED, *ADDED], [*REMOVED, *ADDED]),
        # The range stays, or its code does.
        (responses(_200=None, _4XX="string"), responses(_200=None, _4XX="string", _404="string"), ADDED,
         [(I, "response-merged")]),
        (responses(_200=None, _4XX="string"), responses(_200=None, _4XX="string", _404="integer"),
         [(B, "type-altered"), *ADDED], [(B, "type-altered"), (I, "response-merged")]),
        (responses(_2XX="string"), responses(_2XX="string", _204=None), ADDED, [(I, "response-merged")]),
        (responses(_200="string"), responses(_200="string", _2XX="string"), ADDED, TIGHTER),
        # `default` is for failures beside a success, and stands for all without one.
        (responses(_200="string"), responses(default="string"), LOOSER, TIGHTER),
        (responses(_200="string"), responses(default="integer"), [(B, "type-altered"), *LOOSER],
         [(B, "type-altered"), *TIGHTER]),
        (responses(_200="string", default="string"), responses(default="string"), REMOVED, ADDED),
        (responses(_200="string"), responses(_201="string", default="string"), [*REMOVED, *ADDED, *ADDED],
         [*REMOVED, (W, "response-removed"), *ADDED]),
        (responses(_200=None, _404="string"), responses(_200=None, default="string"), LOOSER, TIGHTER),
        (responses(_200=None, _404="string", default="integer"), responses(_200=None, default="integer"),
         [(W, "response-removed")], ADDED),
        (responses(_200="string"), responses(_204=None), [*REMOVED, *ADDED], [*REMOVED, *ADDED]),
    ],
)  # fmt: skip
def test_ranges_of_statuses(old: Any, new: Any, forward: Changes, backward: Changes) -> None:
    """A status and a range that includes it are compared with each other."""
    assert differences(old, new) == forward
    assert differences(new, old) == backward


def accepting(*media_types: str) -> dict[str, Any]:
    return openapi({"requestBody": {"content": {name: {"schema": {"type": "string"}} for name in media_types}}})


def producing(*media_types: str) -> dict[str, Any]:
    content = {name: {"schema": {"type": "string"}} for name in media_types}
    return openapi({"responses": {"200": {"description": "d", "content": content}}})


@pytest.mark.parametrize(
    ("wider", "narrower"),
    [
        (["*/*"], ["application/json"]),
        (["application/*"], ["application/json"]),
        (["*/*"], ["image/*"]),
        (["image/*", "text/csv"], ["image/png", "IMAGE/JPEG", "text/csv"]),
        (["application/json"], ["application/json; version=1"]),
        (["image/*", "image/png"], ["image/png"]),
    ],
)
def test_ranges_of_media_types(wider: list[str], narrower: list[str]) -> None:
    """A range is wider than the media types it includes; callers that ask for one still receive it."""
    assert differences(accepting(*wider), accepting(*narrower)) == [(B, "media-type-tightened")]
    assert differences(producing(*wider), producing(*narrower)) == [(I, "media-type-tightened")]
    is_added = set(narrower) < set(wider)
    rule = "media-type-added" if is_added else "media-type-loosened"
    assert differences(accepting(*narrower), accepting(*wider)) == [(I, rule)]
    assert differences(producing(*narrower), producing(*wider)) == [(I if is_added else W, rule)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (["image/*"], ["image/*", "image/png"]),
        (["application/json"], ["application/json; charset=utf-8"]),
        (["text/csv", "text/plain"], ["text/plain", "text/csv"]),
    ],
)
def test_equivalent_media_types(one: list[str], other: list[str]) -> None:
    """A media type beside a range that includes it adds nothing."""
    for make in (accepting, producing):
        assert differences(make(*one), make(*other)) == []
        assert differences(make(*other), make(*one)) == []


@pytest.mark.parametrize("media_type", ["application/vnd.a+json", "text/json", "application/xml"])
def test_other_media_types(media_type: str) -> None:
    """A media type with a suffix is not the same as the suffix alone."""
    change = [(B, "media-type-removed"), (I, "media-type-added")]
    for make in (accepting, producing):
        assert differences(make("application/json"), make(media_type)) == change


def test_schema_below_a_range() -> None:
    """The schemas of a range and of a media type in it are compared."""
    body = {"content": {"application/json": {"schema": {"type": "integer"}}}}
    assert differences(accepting("*/*"), openapi({"requestBody": body})) == [
        (B, "media-type-tightened"),
        (B, "type-altered"),
    ]


def test_assumed_media_type() -> None:
    """Where Swagger 2.0 names no media type, OpenAPI 3 has any."""
    ok = {"description": "d", "schema": {"type": "string"}}
    assert differences(swagger({"responses": {"200": ok}}), producing("*/*")) == []
    assert differences(swagger({"responses": {"200": ok}}, produces=["text/plain"]), producing("*/*")) == [
        (W, "media-type-loosened")
    ]


def test_list_of_media_types_is_one_cause() -> None:
    """The list of a document in Swagger 2.0 is about the responses of all operations."""
    ok = {"description": "d", "schema": {"type": "string"}}
    responses = {"200": ok, "400": ok, "default": ok}
    paths = {path: {"get": {"responses": responses}, "put": {"responses": responses}} for path in ("/a", "/b")}
    old, new = (
        swagger(paths=paths, produces=media_types) for media_types in (["text/csv", "text/plain"], ["text/csv"])
    )
    assert differences(old, new) == [(B, "media-type-removed")]
    assert differences(new, old) == [(I, "media-type-added")]


BINARY = {"type": "string", "format": "binary"}
STRING, INTEGER = {"type": "string"}, {"type": "integer"}
LIST = {"type": "array", "items": STRING}
OBJECT = {"type": "object", "properties": {"a": STRING}}
MULTIPART, URLENCODED = "multipart/form-data", "application/x-www-form-urlencoded"


def form(field: Any = STRING, media_type: str = MULTIPART, **encoding: Any) -> dict[str, Any]:
    """Return a document with a form of one field `f`, and the encoding of it if one is given."""
    schema = {"schema": {"type": "object", "properties": {"f": field}}}
    content = schema | ({"encoding": {"f": encoding}} if encoding else {})
    components = {"headers": {"H": {"schema": STRING}}, "schemas": {"L": LIST}}
    return openapi({"requestBody": {"content": {media_type: content}}}, components=components)


PNG, IMAGES = {"contentType": "image/png"}, {"contentType": "image/*"}
BOTH = {"contentType": "image/png, image/jpeg"}
WRITTEN: Changes = [(B, "serialisation-altered")]


@pytest.mark.parametrize(
    ("old", "new", "forward", "backward"),
    [
        (form(BINARY, **PNG), form(BINARY, **IMAGES), [(I, "media-type-loosened")], [(B, "media-type-tightened")]),
        (form(BINARY, **PNG), form(BINARY, **BOTH), [(I, "media-type-added")], [(B, "media-type-removed")]),
        (form(BINARY, **PNG), form(BINARY), [(I, "media-type-loosened")], [(B, "media-type-tightened")]),
        (form(OBJECT), form(OBJECT, contentType="application/xml"),
         [(B, "media-type-removed"), (I, "media-type-added")], [(B, "media-type-removed"), (I, "media-type-added")]),
        # Defaults that are written out, and lists in another order.
        (form(BINARY, **BOTH), form(BINARY, contentType="image/jpeg,Image/PNG"), [], []),
        (form(BINARY), form(BINARY, contentType="application/octet-stream"), [], []),
        (form(STRING), form(STRING, contentType="text/plain; charset=utf-8"), [], []),
        (form(OBJECT), form(OBJECT, contentType="application/json"), [], []),
        (form({"type": "array", "items": OBJECT}),
         form({"type": "array", "items": OBJECT}, contentType="application/json"), [], []),
        (form(LIST, URLENCODED), form(LIST, URLENCODED, style="form", explode=True), [], []),
        (form(STRING, URLENCODED), form(STRING, URLENCODED, explode=False), [], []),
        # Style of a list or object, whichever way it is written.
        (form(LIST, URLENCODED), form(LIST, URLENCODED, explode=False), WRITTEN, WRITTEN),
        (form({"$ref": "#/components/schemas/L"}, URLENCODED),
         form({"$ref": "#/components/schemas/L"}, URLENCODED, explode=False), WRITTEN, WRITTEN),
        (form({"allOf": [LIST]}, URLENCODED), form({"allOf": [LIST]}, URLENCODED, explode=False), WRITTEN, WRITTEN),
        (form(OBJECT, URLENCODED, style="deepObject"), form(OBJECT, URLENCODED, style="form"), WRITTEN, WRITTEN),
        (form(STRING, URLENCODED), form(STRING, URLENCODED, allowReserved=True),
         [(I, "reserved-characters-loosened")], [(B, "reserved-characters-tightened")]),
        # A file is sent in another way than a text.
        (form(BINARY), form(STRING), [*WRITTEN, (I, "format-loosened")], [(B, "format-tightened"), *WRITTEN]),
        # A field is a text of its own.
        (form(INTEGER), form(STRING), [(I, "type-loosened")], [(B, "type-tightened")]),
        (form({"type": "object", "properties": {"a": INTEGER}}), form(OBJECT), [(B, "type-altered")],
         [(B, "type-altered")]),
    ],
)  # fmt: skip
def test_fields_of_a_form(old: Any, new: Any, forward: Changes, backward: Changes) -> None:
    """Fields have media types or a serialisation, by their type where none is given."""
    assert differences(old, new) == forward
    assert differences(new, old) == backward


def headers(header: Any, side: str) -> dict[str, Any]:
    """Return a document with a header `X` of the part of a form (sent) or of a response (received)."""
    found = {"X": header} if header is not None else {}
    if side == "sent":
        return form(OBJECT, headers=found)
    response = {"200": {"description": "d", "headers": found}}
    return openapi({"responses": response}, components={"headers": {"H": {"schema": STRING}}})


OPTIONAL, REQUIRED, NAMED = {"schema": STRING}, {"schema": STRING, "required": True}, {"$ref": "#/components/headers/H"}


@pytest.mark.parametrize(
    ("old", "new", "sent", "received"),
    [
        (None, OPTIONAL, [(I, "header-added")], [(I, "header-added")]),
        (OPTIONAL, None, [(W, "header-removed")], [(W, "header-removed")]),
        (None, REQUIRED, [(B, "required-header-added")], [(I, "required-header-added")]),
        (REQUIRED, None, [(W, "required-header-removed")], [(B, "required-header-removed")]),
        (OPTIONAL, REQUIRED, [(B, "header-required-tightened")], [(I, "header-required-tightened")]),
        (REQUIRED, OPTIONAL, [(I, "header-required-loosened")], [(B, "header-required-loosened")]),
        (OPTIONAL, {"schema": INTEGER}, [(B, "type-tightened")], [(B, "type-altered")]),
        (NAMED, {"schema": STRING}, [], []),
        (NAMED, {"schema": INTEGER}, [(B, "type-tightened")], [(B, "type-altered")]),
        ({"schema": LIST}, {"schema": LIST | {"maxItems": 2}}, [(B, "max-items-tightened")],
         [(I, "max-items-tightened")]),
    ],
)  # fmt: skip
def test_headers_on_both_sides(old: Any, new: Any, sent: Changes, received: Changes) -> None:
    """Headers of the part of a form are sent; what tightens them breaks callers, what loosens them does not."""
    assert differences(headers(old, "sent"), headers(new, "sent")) == sent
    assert differences(headers(old, "received"), headers(new, "received")) == received


def test_named_header_of_a_part() -> None:
    """A header component that only the part of a form uses is compared."""
    old, new = headers(NAMED, "sent"), headers(NAMED, "sent")
    new["components"] = new["components"] | {"headers": {"H": {"schema": INTEGER}}}
    assert differences(old, new) == [(B, "type-tightened")]


def swagger_form(*fields: Any, **operation: Any) -> dict[str, Any]:
    parameters = [{"name": f"f{number}", "in": "formData"} | field for number, field in enumerate(fields)]
    return swagger({"parameters": parameters} | operation)


NEEDED = STRING | {"required": True}
FILE = {"type": "file"}


@pytest.mark.parametrize(
    ("old", "new", "forward", "backward"),
    [
        (swagger_form(STRING, STRING), swagger_form(STRING), [(B, "parameter-removed")], [(I, "property-added")]),
        (swagger_form(NEEDED, NEEDED), swagger_form(NEEDED), [(B, "required-parameter-removed")],
         [(B, "required-property-added")]),
        (swagger_form(INTEGER), swagger_form(STRING), [(I, "type-loosened")], [(B, "type-tightened")]),
        (swagger_form(FILE, consumes=[MULTIPART]), swagger_form(STRING, consumes=[MULTIPART]),
         [*WRITTEN, (I, "format-loosened")], [(B, "format-tightened"), *WRITTEN]),
        (swagger_form(LIST), swagger_form(LIST | {"collectionFormat": "csv"}), [], []),
    ],
)  # fmt: skip
def test_fields_of_a_form_in_swagger(old: Any, new: Any, forward: Changes, backward: Changes) -> None:
    """Fields of a form are parameters in Swagger 2.0."""
    assert differences(old, new) == forward
    assert differences(new, old) == backward


def with_parameters(*parameters: Any, **operation: Any) -> dict[str, Any]:
    return openapi({"parameters": list(parameters)} | operation)


@pytest.mark.parametrize(
    ("parameters", "content"),
    [
        ([{"name": "b", "in": "body", "schema": OBJECT}], {"application/json": {"schema": OBJECT}}),
        ([{"name": "f", "in": "formData", "schema": STRING}],
         {URLENCODED: {"schema": {"type": "object", "properties": {"f": STRING}}}}),
        ([{"name": "f", "in": "formData", "type": "string", "description": "d"}],
         {URLENCODED: {"schema": {"type": "object", "properties": {"f": STRING | {"description": "d"}}}}}),
        ([{"name": "f", "in": "FORMDATA", "type": "file"}, {"name": "l", "in": "formData", "schema": LIST}],
         {MULTIPART: {"schema": {"type": "object", "properties": {"f": BINARY, "l": LIST}}}}),
    ],
)  # fmt: skip
def test_body_parameters_in_openapi(parameters: Any, content: Any) -> None:
    """OpenAPI 3 documents with the body parameters of Swagger 2.0 are read as if they had a request body."""
    written, proper = with_parameters(*parameters), openapi({"requestBody": {"content": content}})
    assert differences(written, proper) == differences(proper, written) == []
    assert list(apig.load(text(written)).problems["kind"]).count("body-parameter") == len(parameters)


def test_body_parameter_beside_a_request_body() -> None:
    """The request body of the standard counts."""
    body = {"content": {"application/json": {"schema": OBJECT}}}
    written = with_parameters({"name": "f", "in": "formData", "type": "string"}, requestBody=body)
    assert differences(written, openapi({"requestBody": body})) == []


def test_assumed_media_type_of_a_form() -> None:
    """A form without a media type may be any form."""
    written = with_parameters({"name": "f", "in": "formData", "type": "string"})
    for media_type in (MULTIPART, URLENCODED):
        assert differences(written, form(STRING, media_type)) == differences(form(STRING, media_type), written) == []
    assert differences(swagger_form(STRING), swagger_form(STRING, consumes=[MULTIPART])) == []
