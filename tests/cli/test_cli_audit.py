"""`apig-nb audit`: exit codes, formats, baselines, and names that are harmless."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from apig_nb.cli.program import main
from tests.cli.running import repository, run

EXPORT = Path(__file__).parents[1] / "data" / "exports" / "export-all-oas2.json"


def document(*paths: str) -> dict[str, Any]:
    """A document of which everybody may call every path, which is a finding of high severity."""
    gateway = {"x-apigateway-auth-type": "None", "x-apigateway-request-type": "public"}
    return {"swagger": "2.0", "paths": {path: {"get": {"responses": {}, **gateway}} for path in paths}}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    file = tmp_path / "a.json"
    file.write_text(json.dumps(document("/a")))
    return file


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ([], 0),
        (["--fail-on", "critical"], 0),
        (["--fail-on", "high"], 1),
        (["--fail-on", "info"], 1),
        (["--fail-on", "nonsense"], 2),
        (["--ignore", "missing.yaml"], 2),
        (["--baseline", "missing.json"], 2),
    ],
)
def test_the_exit_code_depends_on_the_most_severe_finding(
    file: Path, capsys: pytest.CaptureFixture[str], options: list[str], code: int
):
    assert main(["audit", str(file), *options]) == code
    output = capsys.readouterr()
    assert (output.out == "", output.err != "") == (code == 2, code == 2)


def test_the_text_says_what_was_not_checked_and_how_to_mend_what_was_found(
    file: Path, capsys: pytest.CaptureFixture[str]
):
    assert main(["audit", str(file)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"\d+ rules not checked: the export contains no .*", lines[0])
    number = lines.index("high     open-to-all  GET /a")
    assert re.fullmatch(
        r" {9}authentication: everybody may call it .*\. Set the .*\. *\[[0-9a-f]+\]", lines[number + 1]
    )


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("markdown", "## "),
        ("html", "<!doctype html>"),
        ("json", "{"),
        ("junit", "<?xml"),
        ("csv", '"severity"'),
        ("sarif", "{"),
        ("github", "::error file="),
    ],
)
def test_the_option_format_chooses_the_output(capsys: pytest.CaptureFixture[str], name: str, begins: str):
    assert main(["audit", str(EXPORT), "--format", name]) == 0
    assert capsys.readouterr().out.startswith(begins)


def test_an_annotation_is_one_line_that_names_of_a_document_cannot_leave(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    file = tmp_path / "a,b.json"
    file.write_text(json.dumps(document("/a\n::error::%0Aforged")))
    assert main(["audit", str(file), "--format", "github"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [
        line for line in lines if not re.match(r"::(error|warning|notice) file=[^,:]*a%2Cb\.json,title=", line)
    ] == []


def test_findings_of_a_baseline_do_not_count(file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    former = tmp_path / "former.json"
    assert main(["audit", str(file), "--output", str(former)]) == 0
    assert main(["audit", str(file), "--baseline", str(former), "--fail-on", "info"]) == 0
    assert "no new finding" in capsys.readouterr().out
    file.write_text(json.dumps(document("/a", "/b")))
    assert main(["audit", str(file), "--baseline", str(former), "--fail-on", "high"]) == 1
    output = capsys.readouterr().out
    assert "open-to-all  GET /b" in output
    assert "open-to-all  GET /a" not in output


@pytest.mark.slow
def test_a_revision_can_be_the_baseline(file: Path, tmp_path: Path):
    folder = tmp_path / "repository"
    folder.mkdir()
    repository(folder, file)
    unchanged = run("audit", "a.json", "--baseline", "HEAD:a.json", "--fail-on", "info", folder=folder)
    assert (unchanged.returncode, unchanged.stderr) == (0, "")
    (folder / "a.json").write_text(json.dumps(document("/a", "/b")))
    changed = run("audit", "a.json", "--baseline", "HEAD:a.json", "--fail-on", "high", folder=folder)
    assert changed.returncode == 1


def test_the_rules_are_those_of_comparisons_and_audits(capsys: pytest.CaptureFixture[str]):
    for command, rule in (("compare", "operation-removed"), ("audit", "open-to-all")):
        assert main(["rules", command, "--format", "json"]) == 0
        assert rule in {row["rule"] for row in json.loads(capsys.readouterr().out)}
