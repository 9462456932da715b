"""Callbacks and webhooks: callers receive the request and send the answer."""

import copy
from typing import Any

import pytest

from tests.compare.comparing import Row, change_rows, compared, differences, openapi

B, W, I = "breaking", "warning", "info"  # noqa: E741  # of a table that is read in columns
URL = "{$request.body#/url}"


def request(schema: Any = None, *, required: bool = True, **keys: Any) -> dict[str, Any]:
    """A request that the API sends."""
    body = {"content": {"application/json": {"schema": schema or event()}}, "required": required}
    return {"requestBody": body, "responses": {"200": {"description": "ok"}}} | keys


def event(**keys: Any) -> dict[str, Any]:
    """The schema of what is sent."""
    return {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}, "kind": kind("a")}} | keys


def kind(*values: str) -> dict[str, Any]:
    return {"type": "string", "enum": list(values)}


def in_callback(post: Any, *, name: str = "done", url: str = URL, method: str = "post") -> dict[str, Any]:
    return openapi({"callbacks": {name: {url: {method: post}}}})


def in_webhook(post: Any) -> dict[str, Any]:
    return openapi({}, webhooks={"done": {"post": post}}) | {"openapi": "3.1.0"}


def in_old_webhook(post: Any) -> dict[str, Any]:
    return openapi({}, **{"x-webhooks": {"done": {"post": post}}})


def in_components(post: Any) -> dict[str, Any]:
    """A callback, its path item and its schema by reference."""
    post = copy.deepcopy(post)
    content = post["requestBody"]["content"].get("application/json", {})
    schemas = {"Event": content["schema"]} if "schema" in content else {}
    if schemas:
        content["schema"] = {"$ref": "#/components/schemas/Event"}
    components = {
        "schemas": schemas,
        "callbacks": {"Done": {URL: {"$ref": "#/components/pathItems/Done"}}},
        "pathItems": {"Done": {"post": post}},
    }
    return openapi({"callbacks": {"done": {"$ref": "#/components/callbacks/Done"}}}, components=components) | {
        "openapi": "3.1.0"
    }


def parameters(**parameter: Any) -> dict[str, Any]:
    return request(parameters=[{"name": "q", "in": "query", "schema": {"type": "string"}} | parameter])


def answers(*statuses: str) -> dict[str, Any]:
    return request(responses={status: {"description": "ok"} for status in statuses})


def answer(schema: Any) -> dict[str, Any]:
    content = {"application/json": {"schema": schema}}
    return request(responses={"200": {"description": "ok", "content": content}})


def properties(**changed: Any) -> dict[str, Any]:
    return request(event(properties=event()["properties"] | changed))


def media(*names: str) -> dict[str, Any]:
    return request() | {"requestBody": {"content": {name: {} for name in names}, "required": True}}


# The change, with the rows in both directions.
CASES: list[tuple[str, Any, Any, list[Row], list[Row]]] = [
    ("required", request(), request(event(required=[])), [(B, "required-loosened")], [(I, "required-tightened")]),
    ("type", request(), properties(id={"type": "string"}), [(B, "type-altered")], [(B, "type-altered")]),
    ("enum", request(), properties(kind=kind("a", "b")), [(W, "enum-loosened")], [(I, "enum-tightened")]),
    ("property", request(), properties(more={}), [(I, "property-added")], [(W, "property-removed")]),
    ("required body", request(), request(required=False), [(B, "request-body-required-loosened")],
     [(I, "request-body-required-tightened")]),
    ("parameter", request(), parameters(), [(I, "parameter-added")], [(W, "parameter-removed")]),
    ("required parameter", request(), parameters(required=True), [(I, "required-parameter-added")],
     [(B, "required-parameter-removed")]),
    ("parameter required", parameters(), parameters(required=True), [(I, "parameter-required-tightened")],
     [(B, "parameter-required-loosened")]),
    ("parameter limit", parameters(), parameters(schema={"type": "string", "maxLength": 3}),
     [(I, "max-length-tightened")], [(B, "max-length-loosened")]),
    ("answer", answers("200"), answers("204"), [(B, "success-response-removed"), (I, "response-added")],
     [(B, "success-response-removed"), (I, "response-added")]),
    ("answers", answers("200"), answers("200", "202"), [(I, "response-added")], [(B, "success-response-removed")]),
    ("answer schema", answer(event()), answer(event(required=[])), [(I, "required-loosened")],
     [(B, "required-tightened")]),
    ("media type", media("application/json"), media("application/xml"),
     [(B, "callback-media-type-added"), (I, "callback-media-type-removed")],
     [(B, "callback-media-type-added"), (I, "callback-media-type-removed")]),
    ("one more media type", media("application/json"), media("application/json", "application/xml"),
     [(B, "callback-media-type-added")], [(I, "callback-media-type-removed")]),
    ("security", request(), request(security=[{"key": []}]), [(W, "callback-authentication-altered")],
     [(W, "callback-authentication-altered")]),
    ("summary", request(), request(summary="a"), [(I, "description-altered")], [(I, "description-altered")]),
]  # fmt: skip


@pytest.mark.parametrize("place", [in_callback, in_webhook, in_old_webhook, in_components])
@pytest.mark.parametrize(("old", "new", "forth", "back"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_sides_are_reversed(place: Any, old: Any, new: Any, forth: list[Row], back: list[Row]):
    assert sorted(differences(place(old), place(new))) == forth
    assert sorted(differences(place(new), place(old))) == back
    affected = () if place in (in_webhook, in_old_webhook) else ("GET /a",)
    assert all(change.affected == affected for change in compared(place(old), place(new)).found)


def test_callbacks_that_are_added_removed_or_called_in_another_way():
    old, without = in_callback(request()), openapi({})
    assert change_rows(without, old) == [(I, "callback-added", "callback done POST", None, URL)]
    assert change_rows(old, without) == [(B, "callback-removed", "callback done POST", URL, None)]
    other = "{$request.body#/hook}"
    assert change_rows(old, in_callback(request(), url=other)) == [
        (B, "callback-address-altered", "callback done POST, expression of its URL", URL, other)
    ]
    assert differences(old, in_callback(request(), method="put")) == [(B, "callback-method-altered")]
    assert differences(old, in_callback(request(), name="ready")) == [(I, "callback-renamed")]
    assert compared(old, without).operations["state"].to_list() == ["changed"]


def test_webhooks_that_are_added_or_removed_have_no_operation():
    old, without = in_webhook(request()), openapi({}) | {"openapi": "3.1.0"}
    assert change_rows(without, old) == [(I, "callback-added", "webhook done POST", None, "done")]
    comparison = compared(old, without)
    assert change_rows(old, without) == [(B, "callback-removed", "webhook done POST", "done", None)]
    assert comparison.changes[["method", "path"]].isna().all().all()
    assert comparison.operations["state"].to_list() == ["unchanged"]


def test_a_reference_or_the_key_of_another_version_is_no_change():
    assert differences(in_callback(request()), in_components(request())) == []
    assert differences(in_old_webhook(request()), in_webhook(request())) == []


def test_a_schema_that_an_operation_sends_and_a_webhook_receives_has_the_graver_severity():
    def document(*values: str) -> Any:
        content = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Kind"}}}}
        webhook = {"done": {"post": {"requestBody": content, "responses": {}}}}
        return openapi({"requestBody": content}, webhooks=webhook, components={"schemas": {"Kind": kind(*values)}})

    (change,) = compared(document("a"), document("a", "b")).found
    assert (change.severity, change.rule.id, change.side) == (W, "enum-loosened", "both")
    assert change.operations == {("GET", "/a"): I}


def test_a_callback_of_a_callback_has_the_sides_of_an_operation():
    def document(schema: Any) -> Any:
        inner = {"again": {"{$request.body#/back}": {"post": request(schema)}}}
        return in_callback(request(callbacks=inner))

    assert differences(document(event()), document(event(required=[]))) == [(I, "required-loosened")]
    assert differences(document(event(required=[])), document(event())) == [(B, "required-tightened")]


def test_callbacks_that_refer_to_each_other_in_a_circle_end():
    def document(limit: int) -> Any:
        own = {"again": {"$ref": "#/components/callbacks/Done"}}
        post = request({"type": "string", "maxLength": limit}, callbacks=own)
        components = {"callbacks": {"Done": {URL: {"post": post}}}}
        return openapi({"callbacks": {"done": {"$ref": "#/components/callbacks/Done"}}}, components=components)

    # The request is on both sides.
    assert differences(document(3), document(4)) == [(B, "max-length-loosened")]
