"""Matching of operations: names of path parameters, moves, equal method and path, many operations."""

from typing import Any

import pytest

from tests.compare.comparing import compared, differences, openapi
from tests.timing import least_seconds

B, W, I = "breaking", "warning", "info"  # noqa: E741  # of a table that is read in columns
ANY = "x-apigateway-any-method"


def api(*operations: tuple[Any, ...], **parts: Any) -> dict[str, Any]:
    """A document of operations, each a method, a path and perhaps its keys."""
    paths: dict[str, Any] = {}
    for method, path, *keys in operations:
        paths.setdefault(path, {})[method] = {"responses": {}} | (keys[0] if keys else {})
    return openapi(paths=paths, **parts)


def states(old: Any, new: Any, **options: Any) -> list[list[Any]]:
    return compared(old, new, **options).operations[["method", "path", "state"]].values.tolist()


SWA = {"x-apigateway-match-mode": "SWA"}


def test_operations_match_whatever_the_names_of_path_parameters():
    old, new = api(("get", "/a/{id}/b/{x}")), api(("get", "/a/{key}/b/{y}"))
    assert states(old, new) == [["GET", "/a/{key}/b/{y}", "changed"]]
    assert differences(old, new) == [(I, "path-parameter-renamed")] * 2


def test_a_moved_operation_with_the_same_id_is_one_row_with_both_paths():
    old, new = api(("get", "/v1/a", {"operationId": "find"})), api(("get", "/v2/a", {"operationId": "find"}))
    comparison = compared(old, new)
    assert [(change.rule.id, change.before, change.after) for change in comparison.found] == [
        ("operation-moved", "GET /v1/a", "GET /v2/a")
    ]
    assert comparison.found[0].operations == {("GET", "/v1/a"): B, ("GET", "/v2/a"): B}
    assert states(old, new) == [["GET", "/v1/a", "removed"], ["GET", "/v2/a", "added"]]


def test_a_moved_operation_without_an_id_is_recognized_by_its_content():
    def document(version: str) -> Any:
        parameters = [{"name": "q", "in": "query", "schema": {"type": "string"}}]
        return api(("get", f"/{version}/a/{{id}}", {"parameters": parameters}), ("get", "/other"))

    assert differences(document("v1"), document("v2")) == [(B, "operation-moved")]
    assert states(document("v1"), document("v2"))[0] == ["GET", "/other", "unchanged"]


def test_other_changes_of_a_moved_operation_are_reported_too():
    old = api(("get", "/v1/a", {"operationId": "find", "summary": "a"}))
    new = api(("get", "/v2/a", {"operationId": "find", "summary": "b"}))
    assert differences(old, new) == [(B, "operation-moved"), (I, "description-altered")]


def test_a_parameter_that_becomes_part_of_the_path_is_removed_and_not_moved():
    query = [{"name": "id", "in": "query", "required": True, "schema": {}}]
    path = [{"name": "id", "in": "path", "required": True, "schema": {}}]
    old = api(("get", "/a", {"operationId": "find", "parameters": query}))
    new = api(("get", "/a/{id}", {"operationId": "find", "parameters": path}))
    assert sorted(differences(old, new)) == [(B, "operation-moved"), (B, "required-parameter-removed")]
    assert sorted(differences(new, old)) == [(B, "operation-moved"), (B, "required-parameter-added")]


def test_operations_with_equal_method_and_path_shape_are_paired_by_names_and_match_mode():
    old = api(("get", "/a/{x}", SWA), ("get", "/a/{y}", {"summary": "one"}))
    new = api(("get", "/a/{y}", {"summary": "two"}), ("get", "/a/{z}", SWA))
    assert sorted(differences(old, new)) == [(I, "description-altered"), (I, "path-parameter-renamed")]
    assert states(old, new) == [["GET", "/a/{y}", "changed"], ["GET", "/a/{z}", "changed"]]


def test_the_table_of_operations_has_states_and_counts():
    old = api(("get", "/removed"), ("get", "/same"), ("get", "/text", {"summary": "a"}), (ANY, "/schema"))
    new = api(("get", "/added"), ("get", "/same"), ("get", "/text", {"summary": "b"}), (ANY, "/schema"))
    for document, limit in ((old, 3), (new, 2)):
        schema = {"$ref": "#/components/schemas/X"}
        body = {"content": {"application/json": {"schema": schema}}}
        document["paths"]["/schema"][ANY]["requestBody"] = body
        document["components"] = {"schemas": {"X": {"maxLength": limit}}}
    table = compared(old, new).operations
    assert table.values.tolist() == [
        ["GET", "/added", "added", 0, 0, 1, 0],
        ["GET", "/removed", "removed", 1, 0, 0, 0],
        ["GET", "/same", "unchanged", 0, 0, 0, 0],
        ["ANY", "/schema", "changed", 1, 0, 0, 0],
        ["GET", "/text", "changed", 0, 0, 1, 0],
    ]
    assert list(table.columns) == ["method", "path", "state", "breaking", "warning", "info", "security"]
    assert [str(dtype) for dtype in table.dtypes] == ["str"] * 3 + ["Int64"] * 4


@pytest.mark.slow
def test_thousands_of_moved_operations_are_paired():
    def document(prefix: str) -> Any:
        return api(*(("get", f"/{prefix}/a{number}", {"operationId": f"o{number}"}) for number in range(3000)))

    assert set(differences(document("v1"), document("v2"))) == {(B, "operation-moved")}


@pytest.mark.slow
def test_thousands_of_operations_of_one_path_shape_are_paired_in_linear_time():
    """Eight times as many operations take about eight times the time; a quadratic search would take sixty-four."""

    def document(count: int, name: str) -> Any:
        return api(*(("get", f"/a/{{{name}{number}}}") for number in range(count)))

    def pair(count: int) -> None:
        assert len(compared(document(count, "x"), document(count, "y")).found) == count

    assert least_seconds(lambda: pair(4_000)) < 30 * least_seconds(lambda: pair(500))


@pytest.mark.slow
def test_a_path_of_many_segments_is_looked_up_in_linear_time():
    def look_up(count: int) -> None:
        path = "/a" * count
        found = differences(api(("get", path)), api(("get", "/b"), ("post", path)))
        assert sorted(found) == [(B, "operation-removed"), (I, "operation-added"), (I, "operation-added")]

    assert least_seconds(lambda: look_up(40_000)) < 30 * least_seconds(lambda: look_up(5_000))
