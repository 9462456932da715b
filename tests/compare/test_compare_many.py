"""A table of the operations of several exports: `matrix`."""

from typing import Any

import pytest

import apig_nb as apig
from tests.compare.comparing import text
from tests.compare.test_compare_matching import api


def test_matrix_marks_each_operation_in_each_export():
    def document(limit: int, *paths: str, summary: str = "s") -> Any:
        parameters = [{"name": "q", "in": "query", "schema": {"maxLength": limit}}]
        keys = {"parameters": parameters, "summary": summary}
        return text(api(*(("get", path, keys) for path in paths)))

    table = apig.matrix(
        {
            "one": document(3, "/a", "/b/{id}"),
            "two": document(3, "/a", "/b/{key}", "/c", summary="t"),
            "three": document(2, "/b/{id}", "/c"),
            "four": document(3, "/a"),
        }
    )
    assert table.values.tolist() == [
        ["GET", "/a", "same", "differs", "absent", "same"],
        ["GET", "/b/{id}", "same", "differs", "breaking", "absent"],
        ["GET", "/c", "absent", "same", "breaking", "absent"],
    ]
    assert list(table.columns) == ["method", "path", "one", "two", "three", "four"]


def test_operations_that_a_path_mapping_makes_equal_have_one_row():
    exports = {"RELEASE": text(api(("get", "/a"))), "TEST": text(api(("get", "/test/a"), ("get", "/test/b")))}
    table = apig.matrix(exports, ignore={"paths": {"/test": ""}})
    assert table.values.tolist() == [["GET", "/a", "same", "same"], ["GET", "/test/b", "absent", "same"]]


def test_two_operations_with_the_same_path_shape_have_one_row():
    same = text(api(("get", "/a/{x}"), ("get", "/a/{y}", {"x-apigateway-match-mode": "SWA"})))
    assert apig.matrix({"one": same, "two": same}).values.tolist() == [["GET", "/a/{x}", "same", "same"]]


def test_an_empty_mapping_is_an_error():
    with pytest.raises(apig.ArgumentError):
        apig.matrix({})


def test_a_matrix_of_a_set_has_the_groups_as_rows_and_the_environments_as_columns():
    exports = {
        ("orders", "RELEASE"): text(api(("get", "/a"), ("get", "/b"))),
        ("orders", "TEST"): text(api(("get", "/a"))),
        ("devices", "RELEASE"): text(api(("get", "/a"))),
    }
    table = apig.matrix(
        apig.load_many({apig.ExportKey(environment=env, group=group): one for (group, env), one in exports.items()})
    )
    assert list(table.columns) == ["group", "method", "path", "RELEASE", "TEST"]
    assert table.values.tolist() == [
        ["orders", "GET", "/a", "same", "same"],
        ["orders", "GET", "/b", "same", "absent"],
        ["devices", "GET", "/a", "same", "absent"],
    ]
