"""The tables of every document of `../shared/data`: counts, equal formats, stable columns, no harmful text."""

import csv
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from apig_nb.definition import ApiDefinition, read_definition
from apig_nb.errors import DocumentError
from apig_nb.text import encodable
from tests.definition.making import read, swagger, tables_of
from tests.shared import needs_shared, shared

DATA = shared("data")
# Argued exceptions: the index counts the wrapping answer, and follows no reference of a path item.
COUNTED_OTHERWISE = {
    "hostile/made/export-task-wrapper.json": 1,
    "hostile/real/openapi-spec-validator/v3.1/petstore.yaml": 3,
}
NO_DOCUMENTS = ("truth", "table")
DTYPES = {name: list(frame.dtypes.items()) for name, frame in tables_of(read(swagger())).items()}


def listed(name: str) -> list[dict[str, str]]:
    path = DATA / name
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


INDEX = [row for row in listed("index.csv") if row["kind"] not in NO_DOCUMENTS and row["format"] in ("json", "yaml")]
FOLDERS = sorted({str(Path(row["file"]).parent) for row in INDEX})


@cache
def document(file: str) -> ApiDefinition | None:
    try:
        return read_definition((DATA / file).read_bytes())
    except DocumentError:
        return None


@needs_shared
@pytest.mark.parametrize("folder", FOLDERS)
def test_the_number_of_operations_agrees_with_an_independent_count(folder: str) -> None:
    wrong = {}
    for row in INDEX:
        if str(Path(row["file"]).parent) != folder or row["parse"] != "ok":
            continue
        counted = int(row["operations"] or 0) + int(row["any_method_operations"] or 0)
        definition = document(row["file"])
        found = 0 if definition is None else len(definition.operations)
        if found != COUNTED_OTHERWISE.get(row["file"], counted):
            wrong[row["file"]] = (found, counted)
    assert wrong == {}


@needs_shared
@pytest.mark.parametrize("folder", FOLDERS)
def test_every_document_has_stable_tables_that_can_be_encoded(folder: str) -> None:
    for row in INDEX:
        definition = document(row["file"])
        if str(Path(row["file"]).parent) != folder or definition is None:
            continue
        built = tables_of(definition)
        assert {name: list(frame.dtypes.items()) for name, frame in built.items()} == DTYPES, row["file"]
        assert (shown := "".join(texts(built))) == encodable(shown), row["file"]
        counts = len(built["operations"]), len(definition.operations), built["paths"]["operation_count"].sum()
        assert len(set(counts)) == 1, row["file"]


def texts(built: dict[str, pd.DataFrame]) -> Iterator[str]:
    for frame in built.values():
        for name in frame.columns:
            if frame[name].dtype in ("str", "object"):
                yield from map(str, frame[name].to_list())


TWINS = [
    pytest.param(row["file_a"], row["file_b"], id=row["file_a"])
    for row in listed("equivalents.csv")
    if row["loaded_values"] == "equal"
]


def in_any_order(frame: pd.DataFrame) -> pd.DataFrame:
    """A table with its rows, and the values that a cell joins, in an order of their own: files differ in theirs."""

    def ordered(cell: object) -> object:
        if isinstance(cell, tuple):
            return tuple(sorted(cell))
        return ", ".join(sorted(cell.split(", "))) if isinstance(cell, str) else cell

    parts = frame.map(ordered)
    return parts.sort_values(list(parts.columns), ignore_index=True)


@needs_shared
@pytest.mark.parametrize(("file_a", "file_b"), TWINS)
def test_the_same_document_as_json_and_yaml_has_equal_tables(file_a: str, file_b: str) -> None:
    a, b = document(file_a), document(file_b)
    if a is None or b is None:
        assert a is b
        return
    tables_a, tables_b = tables_of(a), tables_of(b)
    for name, frame in tables_a.items():
        pd.testing.assert_frame_equal(in_any_order(frame), in_any_order(tables_b[name]))


@needs_shared
@pytest.mark.parametrize(
    "pair", [row for row in listed("equivalents.csv") if row["loaded_values"].startswith("same API")], ids=str
)
def test_the_same_api_in_two_versions_has_equal_tables(pair: dict[str, Any]) -> None:
    one, other = (tables_of(read((DATA / pair[key]).read_bytes())) for key in ("file_a", "file_b"))
    keys = ["method", "path", "operation_id", "backend_type", "backend", "timeout_ms", "auth"]
    pd.testing.assert_frame_equal(one["operations"][keys], other["operations"][keys])
    names = ["method", "path", "name", "in", "required", "type"]
    pd.testing.assert_frame_equal(in_any_order(one["parameters"][names]), in_any_order(other["parameters"][names]))
