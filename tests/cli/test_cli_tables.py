"""Tables on a terminal, in a pipe, and as CSV, JSON and Markdown; lists of a gateway; names in them are harmless."""

import csv
import io
import json
import re
from pathlib import Path

import pytest

import apig_nb as apig
from apig_nb.cli.program import main
from apig_nb.cli.show import TABLES
from apig_nb.tables import TABLES as ALL_TABLES
from tests.cli.running import NEEDS_A_SHELL, on_terminal, repository, run

EXPORT = Path(__file__).parents[1] / "data" / "exports" / "export-all-oas2.json"
HOSTILE = "a\x1b[31m\nb\t=1+1\u202e|`x"


def shown(capsys: pytest.CaptureFixture[str], *arguments: str | Path) -> str:
    assert main([str(argument) for argument in arguments]) == 0
    output = capsys.readouterr()
    assert output.err == ""
    return output.out


@pytest.fixture
def hostile(tmp_path: Path) -> Path:
    document = {"swagger": "2.0", "paths": {"/p": {"get": {"operationId": HOSTILE, "summary": "通知"}}}}
    file = tmp_path / "hostile.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    return file


def test_every_table_can_be_shown(capsys: pytest.CaptureFixture[str]):
    assert set(TABLES) == set(ALL_TABLES)
    for table in TABLES:
        frame = getattr(apig.load(EXPORT), table)
        lines = shown(capsys, "show", table, EXPORT).splitlines()
        assert lines[0] == "\t".join(frame.columns)
        assert len(lines) == len(frame) + 1


def test_json_has_the_values_and_null_for_what_is_missing(capsys: pytest.CaptureFixture[str]):
    frame = apig.load(EXPORT).backends
    records = json.loads(shown(capsys, "show", "backends", EXPORT, "--format", "json"))
    assert [list(record) for record in records] == [list(frame.columns)] * len(frame)
    assert {record["timeout_ms"] for record in records} >= {5000, None}
    assert {record["client_ssl"] for record in records} <= {True, False, None}


def test_csv_has_no_formula_and_markdown_no_markup(capsys: pytest.CaptureFixture[str], hostile: Path):
    [row] = csv.DictReader(io.StringIO(shown(capsys, "show", "operations", hostile, "--format", "csv")))
    assert "'=1+1" in row["operation_id"]
    head, rule, line = shown(capsys, "show", "operations", hostile, "--format", "markdown").splitlines()
    assert head.startswith("| method | path | operation\\_id |")
    assert re.fullmatch(r"(\| --- )+\|", rule)
    assert "a␛\\[31m b =1+1\\\\u202e\\|\\`x" in line


@pytest.mark.slow
@NEEDS_A_SHELL
def test_a_terminal_shows_columns_that_fit_without_control_characters(hostile: Path):
    seen = on_terminal("show", "operations", hostile, columns=60)
    head, row, note = seen.splitlines()
    assert re.fullmatch(r"\x1b\[1mmethod +path +operation_id +summary +deprecated\x1b\[0m", head)
    assert row == "GET     /p    a␛[31m b =1+1\\u202e|`x  通知     False"
    assert re.fullmatch(r"\(1 row; more columns with --format csv or a wider terminal: auth, .*\)", note)
    assert len(row) <= 60
    wide = on_terminal("show", "operations", hostile, columns=1000)
    assert "more columns" not in wide


@pytest.mark.slow
@NEEDS_A_SHELL
def test_wide_characters_keep_the_columns_aligned():
    head, *rows = on_terminal("list", "groups", "--sandbox", columns=60, variables={"NO_COLOR": "1"}).splitlines()
    assert "\x1b" not in head
    [chinese] = [row for row in rows if row.startswith("通知")]
    # Two characters take four cells of the terminal.
    assert chinese.index("95b092a2") == head.index("id") - 2


def test_a_condition_chooses_rows(capsys: pytest.CaptureFixture[str]):
    output = shown(capsys, "show", "operations", EXPORT, "--query", "method == 'GET' and timeout_ms > 5000")
    frame = apig.load(EXPORT).operations
    expected = frame[(frame["method"] == "GET") & (frame["timeout_ms"] > 5000).fillna(False)]["path"]
    assert [line.split("\t")[1] for line in output.splitlines()[1:]] == [*expected]
    assert len(expected) > 0


def test_a_condition_finds_one_of_several_values_of_a_cell(capsys: pytest.CaptureFixture[str]):
    output = shown(capsys, "show", "paths", EXPORT, "--query", "methods.str.contains('POST')")
    frame = apig.load(EXPORT).paths
    expected = frame[["POST" in methods for methods in frame["methods"]]]["path"]
    assert [line.split("\t")[0] for line in output.splitlines()[1:]] == [*expected]
    assert len(expected) > 1


@pytest.mark.parametrize("condition", ["nonsense > 1", "method ==", "__import__('os')", "@main", "method"])
def test_a_condition_that_is_none_is_unusable_input(capsys: pytest.CaptureFixture[str], condition: str):
    assert main(["show", "operations", str(EXPORT), "--query", condition]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert re.fullmatch(r"apig-nb: --query .*; columns: method, path.*; see apig-nb show --help\n", output.err)


@pytest.mark.slow
def test_a_file_of_a_git_revision_is_shown(tmp_path: Path):
    repository(tmp_path, EXPORT)
    (tmp_path / "a.json").unlink()
    done = run("show", "paths", "HEAD:a.json", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert len(done.stdout.splitlines()) == len(apig.load(EXPORT).paths) + 1


@pytest.mark.parametrize(("ending", "begins"), [("csv", '"rule"'), ("json", "["), ("md", "| rule"), ("txt", "rule\t")])
def test_the_ending_of_the_output_chooses_the_format(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, ending: str, begins: str
):
    file = tmp_path / f"rules.{ending}"
    assert shown(capsys, "rules", "compare", "--output", file) == ""
    assert file.read_text("utf-8").startswith(begins)


@pytest.mark.parametrize("items", ["gateways", "environments", "groups", "apis"])
def test_a_list_is_the_table_of_the_client(capsys: pytest.CaptureFixture[str], client: apig.Client, items: str):
    expected = [*getattr(client, items)()["id"]]
    assert [row["id"] for row in json.loads(shown(capsys, "list", items, "--sandbox", "--format", "json"))] == expected
    assert expected


def test_apis_are_listed_of_a_group_and_an_environment(capsys: pytest.CaptureFixture[str], client: apig.Client):
    options = ("--group", "orders", "--env", "RELEASE", "--gateway", "retail-prod")
    listed = json.loads(shown(capsys, "list", "apis", "--sandbox", *options, "--format", "json"))
    assert [row["name"] for row in listed] == [*client.apis("orders", "RELEASE")["name"]]
