"""The files of an archive as other programs read them, without this library."""

from __future__ import annotations

import gzip
import re
import subprocess
import sys

import duckdb
import pandas as pd
import pytest
from pyarrow import parquet

import apig_nb as apig
import apig_nb.archive
from apig_nb.archive.documents import NO_TIME
from apig_nb.export_set import ExportKey, ExportSet
from tests.archive.making import day, document, estate, key, usual


@pytest.fixture
def folder(tmp_path):
    """Return a folder with an archive of four days: `a` changes on the third, `b` fails on the last."""
    archive = apig.Archive(tmp_path)
    archive.add(usual(0, "ab"), day(0))
    archive.add(usual(1, "ab"), day(1))
    changed = estate({"a": document("a", 2, tags=[{"name": "new"}]), "b": document("b", 2)}, 2)
    archive.add(changed, day(2))
    failed: dict[ExportKey | str, Exception] = {key("b"): apig.ServiceError(503, "APIG.0201", "busy")}
    archive.add(ExportSet(dict(usual(3, "a")), failures=failed), day(3))
    return tmp_path


def test_duckdb_answers_questions_over_all_days(folder):
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    question = f"""SELECT "group", count(DISTINCT hash), count(*), min(time)
        FROM '{folder}/observations/*.parquet' GROUP BY ALL ORDER BY ALL"""
    answers = connection.execute(question).fetchall()
    assert [row[:3] for row in answers] == [("a", 2, 4), ("b", 1, 4)]
    assert {row[3].timestamp() for row in answers} == {day(0).timestamp()}


def test_pandas_reads_the_folder_of_observations(folder):
    rows = pd.read_parquet(folder / "observations")
    assert len(rows) == 8
    (failure,) = rows[rows["error"].notna()].to_dict("records")
    assert (failure["group"], failure["time"]) == ("b", pd.Timestamp(day(3)))
    assert "busy" in failure["error"]


def test_a_document_is_restored_with_zcat_and_sed(folder):
    rows = pd.read_parquet(folder / "observations")
    (row,) = rows[(rows["group"] == "a") & (rows["time"] == day(2))].to_dict("records")
    path = folder / f"objects/{row['hash'][:2]}/{row['hash']}-{row['variant']}.{row['format']}.gz"
    restored = gzip.decompress(path.read_bytes()).replace(NO_TIME.encode(), row["version"].encode())
    assert restored == document("a", 2, tags=[{"name": "new"}])
    assert len(restored) == row["bytes"]


def test_the_documented_columns_are_those_of_the_files(folder):
    kinds = {"string": "string", "int64": "int64", "timestamp[us, tz=UTC]": "timestamp, UTC"}
    rows = re.findall(r"^\| (`.*`) \| (.*?) \|", apig_nb.archive.__doc__ or "", re.MULTILINE)
    documented = {name: kind for names, kind in rows for name in re.findall("`(.*?)`", names)}
    (first, *_) = (folder / "observations").glob("*.parquet")
    assert {field.name: kinds[str(field.type)] for field in parquet.read_schema(first)} == documented


@pytest.mark.parametrize("package", ["fsspec", "pyarrow"])
def test_without_its_packages_an_archive_names_the_extra_to_install(package):
    code = (
        f"import sys; sys.modules['{package}'] = None\n"
        "import apig_nb\n"
        "try: apig_nb.Archive('memory://archive')\n"
        "except apig_nb.MissingExtraError as error: print(error)\n"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output == "an archive needs packages that are not installed: pip install 'apig_nb[archive]'\n"
