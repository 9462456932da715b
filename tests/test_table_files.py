"""Tables taken away: workbooks, Parquet and SQLite of exports, sets and comparisons, read by other programs."""

import gc
import io
import os
import sqlite3
import subprocess
import sys
import tempfile
from contextlib import closing, nullcontext
from typing import Any

import duckdb
import openpyxl
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import apig_nb as apig
from apig_nb import table_files
from apig_nb.tables import TABLES
from tests.connected import no_progress
from tests.definition.making import EXPORTS
from tests.small_disk import room_for


def exports(client: apig.Client) -> apig.ExportSet:
    requests = client.requests(env=["RELEASE", "TEST"], groups=["orders", "devices"], define="all")
    return client.export_many(requests, progress=no_progress)


OBJECTS: dict[str, Any] = {
    "an export": lambda client: apig.load(EXPORTS / "export-all-oas2.json"),
    "a set": exports,
    "a comparison": lambda client: apig.compare(*list(exports(client).values())[::2]),
    "a comparison of sets": lambda client: apig.compare(
        exports(client).where(environment="RELEASE"), exports(client).where(environment="TEST")
    ),
}


@pytest.fixture(params=OBJECTS)
def taken(request: pytest.FixtureRequest, client: apig.Client) -> Any:
    return OBJECTS[request.param](client)


def shown(value: Any) -> Any:
    """A cell as a program without lists and types of pandas shows it."""
    if isinstance(value, tuple):
        return ", ".join(value) or None
    if isinstance(value, float) and not pd.isna(value):
        # A workbook keeps 16 digits.
        return round(value, 12)
    return None if pd.isna(value) or value == "" else value


def test_a_workbook_has_a_sheet_for_each_table_with_every_cell(taken, tmp_path):
    book = openpyxl.load_workbook(taken.to_excel(tmp_path / "taken.xlsx"))
    frames = taken._frames()
    assert book.sheetnames == list(frames)
    for name, frame in frames.items():
        head, *rows = book[name].iter_rows(values_only=True)
        assert list(head) == list(frame.columns)
        assert len(rows) == len(frame)
        for row, expected in zip(rows, frame.itertuples(index=False), strict=True):
            for cell, value in zip(row, expected, strict=True):
                if not hasattr(value, "isoformat"):
                    assert shown(cell) == shown(value)
        assert book[name].freeze_panes == "A2"
        assert all(8 <= width.width <= 61 for width in book[name].column_dimensions.values())


def test_a_database_has_every_table_with_every_cell(taken, tmp_path):
    with closing(sqlite3.connect(taken.to_sqlite(tmp_path / "taken.sqlite"))) as database:
        for name, frame in taken._frames().items():
            read = database.execute(f'select * from "{name}"')
            assert [column[0] for column in read.description] == list(frame.columns)
            rows = read.fetchall()
            for row, expected in zip(rows, frame.itertuples(index=False), strict=True):
                for cell, value in zip(row, expected, strict=True):
                    if not hasattr(value, "isoformat"):
                        assert shown(cell) == shown(value)


def test_parquet_files_have_the_rows_and_the_dtypes_and_keep_lists(taken, tmp_path):
    folder = taken.to_parquet(tmp_path / "taken")
    frames = taken._frames()
    assert {path.name for path in folder.iterdir()} == {f"{name}.parquet" for name in frames}
    for name, frame in frames.items():
        read = pd.read_parquet(folder / f"{name}.parquet")
        lists = [column for column in frame.columns if frame[column].dtype == object]
        assert [str(dtype) for dtype in read.dtypes] == [str(dtype) for dtype in frame.dtypes]
        read = read.assign(**{column: read[column].map(tuple) for column in lists})
        # The names of the dtypes are equal; pandas reads texts into its other storage.
        pd.testing.assert_frame_equal(read, frame, check_column_type=False, check_dtype=False)
        assert all(str(pq.read_schema(folder / f"{name}.parquet").field(one).type).startswith("list<") for one in lists)


def test_duckdb_counts_tags_without_our_code(client, tmp_path):
    estate = exports(client)
    estate.to_parquet(tmp_path)
    counted = duckdb.sql(
        f"select tag, count(*) from (select unnest(tags) as tag from '{tmp_path / 'operations.parquet'}') group by tag"
    )
    assert counted is not None
    assert dict(counted.fetchall()) == estate.operations.explode("tags").groupby("tags").size().to_dict()


@pytest.mark.parametrize("name", ["to_excel", "to_parquet", "to_sqlite"])
def test_an_export_without_operations_can_be_taken_away(name, tmp_path):
    export = apig.load("swagger: '2.0'\npaths: {}\n")
    target = getattr(export, name)(tmp_path / "taken")
    assert target.exists()
    if name == "to_parquet":
        assert pq.read_schema(target / "operations.parquet").names == list(export.operations.columns)


@given(st.text(max_size=30))
@example('=HYPERLINK("http://example.com")')
@example("@SUM(1)")
@example("+1")
@example("-1")
@example("{=1}")
@example("http://example.com")
@example("1.0")
@example("2026-01-02")
@example("\x00\x07")
@example("_x0041_")
@example("x" * 40_000)
def test_a_cell_of_a_workbook_is_text_and_no_formula_or_link(text):
    content = table_files.excel_bytes({"t": pd.DataFrame({"a": pd.Series([text], dtype="str")})})
    cell = openpyxl.load_workbook(io.BytesIO(content))["t"]["A2"]
    assert cell.data_type in ("s", "n")
    assert cell.hyperlink is None
    assert cell.value is None or isinstance(cell.value, str)
    if len(text) <= 32_767 and text.isprintable() and not text.startswith("_x") and text.strip() == text:
        assert (cell.value or "") == text


def test_a_table_with_too_many_rows_for_a_sheet_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setattr(table_files, "MAX_EXCEL_ROWS", 3)
    export = apig.load(EXPORTS / "export-all-oas2.json")
    with pytest.raises(apig.ArgumentError, match="the table paths has 5 rows, a sheet at most 3"):
        export.to_excel(tmp_path / "taken.xlsx")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("module", "call", "extra"), [("xlsxwriter", "to_excel", "excel"), ("pyarrow", "to_parquet", "parquet")]
)
def test_a_missing_package_is_named_by_its_extra(module, call, extra, tmp_path):
    code = (
        f"import sys; sys.modules[{module!r}] = None\n"
        "import apig_nb\n"
        f'try: apig_nb.load(\'{{"swagger": "2.0", "paths": {{}}}}\').{call}({str(tmp_path / "x")!r})\n'
        "except apig_nb.MissingExtraError as error: print(error)\n"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert f"pip install 'apig_nb[{extra}]'" in output


def test_an_existing_file_is_unchanged_where_writing_fails(monkeypatch, tmp_path):
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    target = tmp_path / "taken.xlsx"
    target.write_text("before")
    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        apig.load(EXPORTS / "export-all-oas2.json").to_excel(target)
    assert target.read_text() == "before"


# XlsxWriter leaves its temporary files open.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
@pytest.mark.parametrize("folder", ["full", "missing"])
def test_a_folder_for_temporary_files_that_cannot_be_used_is_an_error(folder, monkeypatch, tmp_path):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / folder))
    room = room_for(32) if folder == "full" else nullcontext()
    (tmp_path / "full").mkdir()
    export = apig.load(EXPORTS / "export-all-oas2.json")
    with room, pytest.raises(OSError, match=r"File too large|No such file or directory"):
        export.to_excel(tmp_path / "new.xlsx")
    gc.collect()
    assert [path.name for path in tmp_path.rglob("*")] == ["full"]


def test_the_sheets_of_an_export_are_its_tables(tmp_path):
    book = openpyxl.load_workbook(apig.load(EXPORTS / "export-all-oas2.json").to_excel(str(tmp_path / "a.xlsx")))
    assert tuple(book.sheetnames) == tuple(TABLES)
