"""Folders, archives and several files: compared, audited, kept as snapshots."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

import apig_nb as apig
from apig_nb.cli.program import main
from tests.cli.running import run


def document(*paths: str, title: str = "") -> dict[str, Any]:
    """A document of which everybody may call every path, which is a finding of high severity."""
    gateway = {"x-apigateway-auth-type": "None", "x-apigateway-request-type": "public"}
    operations = {path: {"get": {"responses": {}, **gateway}} for path in paths}
    return {"swagger": "2.0", "info": {"title": title, "version": "1"}, "paths": operations}


def write(folder: Path, **groups: dict[str, Any]) -> Path:
    (folder / "prod").mkdir(parents=True)
    for group, content in groups.items():
        (folder / "prod" / f"{group}-RELEASE-all-1.json").write_text(json.dumps(content))
    return folder


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two folders of exports: in the second, an operation is missing, and a group."""
    write(tmp_path / "old", one=document("/a", "/b"), two=document("/c"))
    write(tmp_path / "new", one=document("/a"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def output(capsys: pytest.CaptureFixture[str], code: int, *arguments: str) -> str:
    assert main(arguments) == code
    captured = capsys.readouterr()
    assert (captured.err == "") == (code != 2)
    return captured.out if code != 2 else captured.err


@pytest.fixture
def archive(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """An archive with a snapshot of each folder."""
    output(capsys, 0, "archive", "add", "archive", "old", "--time", "2026-11-29T03:00:00Z")
    output(capsys, 0, "archive", "add", "archive", "new", "--time", "2026-11-30T03:00:00Z")
    return "archive"


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("old", "new"),
        ("old/*/*.json", "new/**/*.json"),
        ("archive@2026-11-29", "archive@latest"),
        ("archive@2026-11-29T03:00:00Z", "new"),
    ],
)
def test_sets_are_compared_however_they_are_named(capsys: pytest.CaptureFixture[str], old: str, new: str):
    text = output(capsys, 1, "compare", old, new, "--fail-on", "breaking")
    assert text.startswith("2 breaking")
    assert "operation-removed  prod RELEASE one: GET /b\n" in text
    assert "group-removed  prod RELEASE two: GET /c\n" in text
    assert output(capsys, 0, "compare", new, new, "--fail-on", "any").startswith("no difference\n")


def test_annotations_name_the_file_of_the_group(folder: Path, capsys: pytest.CaptureFixture[str]):
    (folder / "new" / "test").mkdir()
    (folder / "new" / "test" / "one-RELEASE-all-1.json").write_text(json.dumps(document("/a")))
    for new in ("new", "new/*/*.json"):
        for command in (["compare", "old", new], ["audit", new]):
            text = output(capsys, 0, *command, "--format", "github")
            files = re.findall(r"^::error file=([^,]+),", text, re.MULTILINE)
            assert "new/prod/one-RELEASE-all-1.json" in files


def test_a_document_and_a_set_are_not_compared(folder: Path, capsys: pytest.CaptureFixture[str]):
    assert "not one of each" in output(capsys, 2, "compare", "old", "new/prod/one-RELEASE-all-1.json")


def test_a_required_part_must_be_compared_in_every_group(folder: Path, capsys: pytest.CaptureFixture[str]):
    write(folder / "front", one=document("/a"))
    for path in (folder / "front").rglob("*.json"):
        path.rename(path.with_name("one-RELEASE-spec-1.json"))
    message = output(capsys, 2, "compare", "new", "front", "--require", "backends")
    assert re.fullmatch(r"apig-nb: not compared: backends \(.*scope .*\); export with --define all\n", message)


def test_a_folder_and_several_files_are_audited(folder: Path, capsys: pytest.CaptureFixture[str]):
    text = output(capsys, 1, "audit", "old", "--fail-on", "high")
    assert "open-to-all  prod RELEASE one: GET /a\n" in text
    assert "open-to-all  prod RELEASE two: GET /c\n" in text
    first, second = "old/prod/one-RELEASE-all-1.json", "old/prod/two-RELEASE-all-1.json"
    text = output(capsys, 0, "audit", first, second)
    assert f"open-to-all  {second}: GET /c\n" in text
    text = output(capsys, 0, "audit", first, second, "--format", "github")
    assert {first, second} == set(re.findall(r"^::error file=([^,]+),title=open-to-all", text, re.MULTILINE))
    assert "missing.json" in output(capsys, 2, "audit", first, "missing.json")


@pytest.mark.usefixtures("archive")
@pytest.mark.parametrize("baseline", ["old", "archive@2026-11-29", "report.json"])
def test_a_set_is_audited_against_a_baseline(folder: Path, capsys: pytest.CaptureFixture[str], baseline: str):
    output(capsys, 0, "audit", "old", "--output", "report.json")
    assert output(capsys, 0, "audit", "new", "--baseline", baseline, "--fail-on", "info").startswith("no new finding")
    write(folder / "newer", one=document("/a", "/d"))
    text = output(capsys, 1, "audit", "newer", "--baseline", baseline, "--fail-on", "high")
    assert "open-to-all  prod RELEASE one: GET /d\n" in text


@pytest.mark.usefixtures("archive")
def test_the_log_lists_the_snapshots(capsys: pytest.CaptureFixture[str]):
    rows = json.loads(output(capsys, 0, "archive", "log", "archive", "--format", "json"))
    assert [(row["time"][:10], row["groups"], row["operations"]) for row in rows] == [
        ("2026-11-29", 2, 3),
        ("2026-11-30", 1, 1),
    ]


@pytest.mark.usefixtures("archive")
def test_the_timeline_lists_the_changes(folder: Path, capsys: pytest.CaptureFixture[str]):
    rows = json.loads(output(capsys, 0, "archive", "timeline", "archive", "--format", "json"))
    assert {(row["time"][:10], row["group"], row["rule"]) for row in rows} == {
        ("2026-11-30", "one", "operation-removed"),
        ("2026-11-30", "two", "group-removed"),
    }
    options = ("--group", "one", "--since", "2026-11-30", "--severity", "breaking")
    assert output(capsys, 0, "archive", "timeline", "archive", *options).count("operation-removed") == 1
    assert output(capsys, 0, "archive", "timeline", "archive", "--since", "2026-12-01").count("\n") == 1
    for name, begins in (("changes.html", "<!doctype html>"), ("changes.atom", "<?xml"), ("changes.csv", '"time"')):
        assert output(capsys, 0, "archive", "timeline", "archive", "--output", name) == ""
        assert (folder / name).read_text("utf-8").startswith(begins)


@pytest.mark.usefixtures("archive")
def test_the_documents_of_a_time_are_written_to_a_folder(folder: Path, capsys: pytest.CaptureFixture[str]):
    command = ("archive", "at", "archive", "2026-11-29", "--output", "then")
    output(capsys, 0, *command)
    assert "then exists; give a new folder" in output(capsys, 2, *command)
    comparison = apig.compare(apig.load_many("old"), apig.load_many("then"))
    assert (len(comparison), len(apig.load_many("then"))) == (0, 2)


def test_damage_is_found(folder: Path, archive: str, capsys: pytest.CaptureFixture[str]):
    assert output(capsys, 0, "archive", "verify", archive) == "file\tproblem\tobservations\n"
    next((folder / archive / "objects").rglob("*.gz")).unlink()
    assert output(capsys, 2, "archive", "verify", archive).startswith("apig-nb: missing or damaged: 1 file; ")


@pytest.mark.parametrize(
    "arguments",
    [
        ("archive", "log", "missing"),
        ("archive", "timeline", "missing"),
        ("archive", "verify", "missing"),
        ("archive", "at", "missing", "latest", "--output", "then"),
        ("show", "paths", "missing@2026-11-30"),
        ("archive", "log", "unknown://bucket"),
        ("archive", "add", "archive", "missing"),
        ("archive", "add", "archive", "old", "--time", "yesterday"),
        ("export", "--sandbox", "--env", "RELEASE", "--group", "orders", "--archive", "archive"),
    ],
)
def test_an_archive_that_is_not_there_or_cannot_be_added_to_is_unusable_input(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
):
    assert output(capsys, 2, *arguments).count("\n") == 1
    assert {path.name for path in folder.iterdir()} == {"new", "old"}


@pytest.mark.slow
def test_every_group_is_exported_to_an_archive(tmp_path: Path):
    command = ("export", "--sandbox", "--env", "RELEASE", "--all", "--archive", tmp_path / "archive")
    done = run(*command)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert run(*command, "--output", tmp_path / "files").returncode == 0
    same = run("compare", f"{tmp_path}/archive@latest", tmp_path / "files", "--fail-on", "any")
    assert (same.returncode, same.stderr) == (0, "")
    assert len(json.loads(run("archive", "log", tmp_path / "archive", "--format", "json").stdout)) == 2
