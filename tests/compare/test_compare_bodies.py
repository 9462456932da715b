"""Statuses, media types, parts of forms and headers, in both directions."""

from typing import Any

import pytest

from tests.compare.comparing import differences, openapi, swagger

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
