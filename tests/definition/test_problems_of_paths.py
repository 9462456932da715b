"""Paths that fit the same calls, ids given twice and parameters in the path that are not declared are problems."""

from typing import Any

import pytest

from tests.definition.making import OK, openapi, problems, swagger

ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
KEY = {**ID, "name": "key"}


def get(*parameters: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"get": {**OK, "parameters": list(parameters), **fields}}


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        ({"/a/{id}": get(ID), "/a/{key}": get(KEY)}, ["/paths/~1a~1{key}"]),
        ({"/a/{id}": get(ID), "/a/{key}": {"put": get(KEY)["get"]}}, ["/paths/~1a~1{key}"]),
        ({"/a/{id}/b": get(ID), "/a/{key}/b": get(KEY), "/a/{id}/c": get(ID)}, ["/paths/~1a~1{key}~1b"]),
        ({"/caf\u00e9": get(), "/cafe\u0301": get()}, ["/paths/~1cafe\u0301"]),
        ({"/\u2126/{id}": get(ID), "/\u03a9/{key}": get(KEY)}, ["/paths/~1\u03a9~1{key}"]),
        # These fit other calls.
        ({"/a/{id}": get(ID), "/a/b": get(), "/a/{id}/": get(ID), "/A/{id}": get(ID)}, []),
        ({"/a/{id}": get(ID), "/a/{id+}": get()}, []),
        ({"/caf\u00e9": get(), "/cafe": get()}, []),
    ],
)
def test_paths_that_fit_the_same_calls_are_reported(paths: dict[str, Any], found: list[str]) -> None:
    assert problems(openapi(paths=paths)) == [(at, "duplicate-path") for at in found]


@pytest.mark.parametrize("make", [openapi, swagger])
def test_an_operation_id_given_twice_is_reported(make: Any) -> None:
    paths = {
        "/a": {"get": {**OK, "operationId": "one"}, "put": {**OK, "operationId": "one"}},
        "/b": {"get": {**OK, "operationId": "One"}, "put": OK},
        "/c": {"get": {**OK, "operationId": "one"}, "put": OK},
    }
    assert problems(make(paths=paths)) == [
        ("/paths/~1a/put/operationId", "duplicate-operation-id"),
        ("/paths/~1c/get/operationId", "duplicate-operation-id"),
    ]


def test_an_operation_that_two_paths_refer_to_is_written_once() -> None:
    paths = {"/a": {"get": {**OK, "operationId": "one"}}, "/b": {"$ref": "#/paths/~1a"}}
    assert problems(openapi(paths=paths)) == []


@pytest.mark.parametrize(
    ("paths", "found"),
    [
        ({"/a/{id}": get()}, ["/paths/~1a~1{id}/get"]),
        ({"/a/{id}/{key}": get(KEY)}, ["/paths/~1a~1{id}~1{key}/get"]),
        ({"/a/{id}": get({**ID, "in": "query"})}, ["/paths/~1a~1{id}/get"]),
        ({"/a/{id}": get({**ID, "name": "ID"})}, ["/paths/~1a~1{id}/get"]),
        ({"/a/{id}": {"get": get(ID)["get"], "put": OK}}, ["/paths/~1a~1{id}/put"]),
        ({"/a/{id}": {"parameters": [ID], "get": OK, "put": OK}}, []),
        ({"/a/{id}": get({"$ref": "#/components/parameters/id"})}, []),
        ({"/a/{id}.{key}": get(ID, KEY)}, []),
        # Published exports of the gateway do not declare these.
        ({"/a/{proxy+}": get()}, []),
        ({"/a/{}": get(), "/b/{": get()}, []),
    ],
)
def test_a_parameter_of_the_path_that_is_not_declared_is_reported(paths: dict[str, Any], found: list[str]) -> None:
    document = openapi(paths=paths, components={"parameters": {"id": ID}})
    assert problems(document) == [(at, "undefined") for at in found]
