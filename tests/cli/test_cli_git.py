"""Documents of git revisions, and the driver for `git diff`."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import NEEDS_A_SHELL, on_terminal, repository, run, shell

pytestmark = pytest.mark.slow  # starts processes

DIFF = """
git config diff.apig.command "apig-nb git-diff"
echo 'a.json diff=apig' > .gitattributes
"""


def document(*paths: str, limit: int = 3) -> dict[str, Any]:
    parameters = [{"name": "q", "in": "query", "type": "string", "maxLength": limit}]
    return {"swagger": "2.0", "paths": {path: {"get": {"parameters": parameters, "responses": {}}} for path in paths}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with two versions of `a.json`; the second breaks callers."""
    versions = []
    for number, version in enumerate([document("/a", "/b"), document("/a", limit=2)]):
        versions.append(tmp_path / f"version-{number}.json")
        versions[-1].write_text(json.dumps(version))
    folder = tmp_path / "repository"
    folder.mkdir()
    repository(folder, *versions)
    return folder


def test_a_revision_is_compared_with_a_file(folder: Path):
    done = run("compare", "HEAD~1:a.json", "a.json", "--fail-on", "breaking", folder=folder)
    assert (done.returncode, done.stderr) == (1, "")
    assert "operation-removed  GET /b" in done.stdout
    assert run("compare", "HEAD:a.json", "a.json", "--fail-on", "any", folder=folder).returncode == 0


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("HEAD~9:a.json", "'HEAD~9:a.json' cannot be read: not a valid object name: HEAD~9"),
        ("HEAD:b.json", "'HEAD:b.json' cannot be read: pathspec 'b.json' did not match any files"),
        ("HEAD:a.json:b", "'HEAD:a.json:b' cannot be read: pathspec 'a.json:b' did not match any files"),
        ("--output=x:y", "No such option: --output=x; .*"),
        ("b.json", "'b.json' cannot be read: No such file or directory"),
    ],
)
def test_a_revision_that_is_not_there_is_unusable_input(folder: Path, source: str, message: str):
    done = run("show", "operations", source, folder=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.match(f"apig-nb: {message}", done.stderr) or source.startswith("--")


def test_a_file_with_a_colon_in_its_name_is_a_file(folder: Path):
    (folder / "HEAD:b.json").write_text(json.dumps(document("/c")))
    assert "/c" in run("show", "paths", "HEAD:b.json", folder=folder).stdout


def test_a_document_of_a_revision_that_is_none_is_named(folder: Path):
    repository(folder, Path(__file__))
    done = run("compare", "HEAD:a.json", "HEAD~1:a.json", folder=folder)
    assert done.returncode == 2
    assert done.stderr.startswith("apig-nb: HEAD:a.json: not valid YAML")


@NEEDS_A_SHELL
def test_severities_have_colours_on_a_terminal(folder: Path):
    versions = sorted(folder.parent.glob("version-*.json"))
    assert "\x1b[31mbreaking\x1b[0m operation-removed" in on_terminal("compare", *versions)
    assert "\x1b" not in on_terminal("compare", *versions, variables={"NO_COLOR": "1"})
    assert "\x1b" not in run("compare", *versions).stdout


@NEEDS_A_SHELL
def test_git_diff_and_git_log_show_changes_of_the_api(folder: Path):
    done = shell(f"{DIFF} git --no-pager log --patch --ext-diff --format=%s -1", folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("x\n\ndiff a.json\n2 breaking\n")
    assert "operation-removed  GET /b" in done.stdout


@NEEDS_A_SHELL
def test_git_diff_shows_files_that_are_new_removed_renamed_or_no_api_documents(folder: Path):
    attributes = "echo '*.json diff=apig' > .gitattributes"
    new = "sed s=/a=/new= a.json > b.json; git add -N b.json; git --no-pager diff"
    assert "diff b.json\nadded, 1 operation\n" in shell(f"{DIFF}{attributes}; {new} b.json", folder).stdout
    removed = shell("rm a.json; git --no-pager diff -- a.json", folder)
    assert removed.stdout == "diff a.json\nremoved, 1 operation\n"
    renamed = shell("git checkout -q a.json; git mv a.json c.json; git --no-pager diff --cached -M", folder)
    assert renamed.stdout.endswith("diff a.json\nno difference\n")
    odd = shell("echo text > c.json; git --no-pager diff c.json", folder)
    assert (odd.returncode, odd.stdout) == (0, "diff c.json\nnot compared: this is not an API document but a text\n")


@NEEDS_A_SHELL
def test_git_diff_names_a_file_with_a_conflict(folder: Path):
    git = "git -c user.name=n -c user.email=n@example.com"
    script = (
        f"{DIFF} git checkout -qb other HEAD~1; echo 1 > a.json; {git} commit -qam o; git checkout -q -; "
        f"{git} merge -q other || true; git --no-pager diff --cached"
    )
    assert shell(script, folder).stdout.endswith("diff a.json\nhas a conflict\n")


@NEEDS_A_SHELL
def test_a_folder_and_a_pattern_of_a_revision_are_shown(folder: Path):
    (folder / "exports" / "gateway").mkdir(parents=True)
    script = "cp a.json exports/gateway/one-TEST-all-1.json; cp a.json exports/gateway/two-TEST-all-1.json; git add ."
    git = "git -c user.name=n -c user.email=n@example.com"
    assert shell(f"{script}; {git} commit -qm x; rm -r exports/*", folder).returncode == 0
    below = folder / "exports"  # paths begin at the root of the repository, as those of git
    for source, expected in (("HEAD:exports", {"one", "two"}), ("HEAD:exports/*/two-*.json", {"two"})):
        done = run("show", "paths", source, folder=below)
        assert (done.returncode, done.stderr) == (0, "")
        rows = [line.split("\t") for line in done.stdout.splitlines()[1:]]
        assert {(gateway, environment) for _, gateway, environment, *_ in rows} == {("gateway", "TEST")}
        assert {group for _, _, _, group, *_ in rows} == expected


@NEEDS_A_SHELL
def test_a_link_of_a_revision_is_not_followed(folder: Path):
    git = "git -c user.name=n -c user.email=n@example.com"
    shell(f"ln -s {folder}/a.json link.json; git add .; {git} commit -qm x", folder)
    done = run("show", "paths", "HEAD:link.json", folder=folder)
    assert (done.returncode, done.stdout) == (2, "")


def test_a_folder_with_something_else_is_unusable_input(folder: Path):
    (folder / "README.md").write_text("# Exports\n")
    done = run("show", "paths", ".", folder=folder)
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(r"apig-nb: README\.md: .*; a pattern such as 'exports/\*\.json' chooses files\n", done.stderr)
