"""`additionalOperations` of OpenAPI 3.2: operations with methods that the standard does not name."""

import json
from typing import Any

import pytest

import apig_nb as apig

LINK: dict[str, Any] = {
    "operationId": "link",
    "parameters": [{"name": "to", "in": "query", "schema": {"type": "string"}}],
}
GET = {"operationId": "get", "responses": {"200": {"description": "ok"}}}


def document(additional: dict[str, Any], standard: str = "3.2.0", **more: Any) -> apig.Export:
    item = {"get": GET, "additionalOperations": additional, **more}
    root = {"swagger": "2.0"} if standard == "2.0" else {"openapi": standard}
    return apig.load(json.dumps({**root, "info": {"title": "t", "version": "1"}, "paths": {"/a": item}}))


def methods(export: apig.Export) -> list[str]:
    return list(export.operations["method"])


def test_they_are_read_as_operations_with_their_method_as_written():
    export = document({"LINK": LINK, "Purge": {"operationId": "purge"}})
    assert methods(export) == ["GET", "LINK", "Purge"]
    assert export.parameters[["method", "name"]].values.tolist() == [["LINK", "to"]]
    operation = export.definition.operations[1]
    assert operation.pointer == "/paths/~1a/additionalOperations/LINK"
    assert not any("additionalOperations" in pointer for pointer in export.problems["pointer"])


def test_one_that_the_path_item_has_itself_is_not_read_twice():
    assert methods(document({"GET": {"operationId": "other"}, "Get": {}, "POST": {"operationId": "post"}})) == [
        *("GET", "POST"),
    ]


@pytest.mark.parametrize("standard", ["2.0", "3.0.0"])
def test_earlier_versions_do_not_have_them(standard):
    export = document({"LINK": LINK}, standard)
    assert methods(export) == ["GET"]
    assert "unknown-key" in list(export.problems["kind"])


@pytest.mark.parametrize("value", [None, [], "x", {"LINK": None}, {"LINK": []}, {"LINK": "x"}])
def test_malformed_ones_are_problems(value):
    export = document(value)
    assert methods(export)[0] == "GET"
    assert len(export.problems) > 0


def test_they_are_compared():
    old, new = (
        document({"LINK": LINK}),
        document({"LINK": {**LINK, "parameters": [{**LINK["parameters"][0], "required": True}]}}),
    )
    (change,) = apig.compare(old, new).changes.to_dict("records")
    assert (change["severity"], change["method"], change["path"]) == ("breaking", "LINK", "/a")
    (removed,) = apig.compare(old, document({})).changes.to_dict("records")
    assert (removed["rule"], removed["method"]) == ("operation-removed", "LINK")


def test_their_problems_have_pointers():
    export = document({"LINK": {"parameters": 5}})
    assert "/paths/~1a/additionalOperations/LINK/parameters" in list(export.problems["pointer"])


def test_their_path_items_may_be_referenced():
    root = {
        "openapi": "3.2.0",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"$ref": "#/components/pathItems/A"}},
    }
    export = apig.load(
        json.dumps({**root, "components": {"pathItems": {"A": {"additionalOperations": {"LINK": LINK}}}}})
    )
    assert methods(export) == ["LINK"]
