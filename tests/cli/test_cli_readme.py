"""The commands and the jobs in README.md run, as shell scripts: against the sandbox, in a clone of a repository."""

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from apig_nb.sandbox import Sandbox
from tests.cli.running import NEEDS_A_SHELL, ROOT, of_sandbox, repository, run, shell

pytestmark = pytest.mark.slow  # starts processes

README = (ROOT / "README.md").read_text("utf-8")
BLOCKS = re.findall(r"^```yaml\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def lines(job: dict[str, Any]) -> list[str]:
    """The lines of a job, of either system."""
    return job.get("script") or [step["run"] for step in job["steps"] if "run" in step]


JOBS = {
    (name, "jobs" in content): lines(job)
    for content in map(yaml.safe_load, BLOCKS)
    for name, job in content.get("jobs", content).items()
}
BY_SYSTEM = pytest.mark.parametrize("is_github", [True, False], ids=["github", "gitlab"])


def test_there_is_a_gate_and_a_nightly_job_for_both_systems_in_ten_lines_each():
    assert sorted(JOBS) == [("gate", False), ("gate", True), ("nightly", False), ("nightly", True)]
    assert max(len(block.splitlines()) for block in BLOCKS) <= 10


@NEEDS_A_SHELL
def test_the_commands_run(tmp_path: Path):
    exports = ROOT / "tests" / "data" / "exports"
    repository(tmp_path, exports / "quirks-oas2.json", exports / "export-all-oas2.json")
    commands = re.findall(r"^apig-nb .*", README, re.MULTILINE)
    assert len(commands) > 5
    shell(f"apig-nb archive add apig-archive '{exports}/*oas2.json'", tmp_path)
    for command in commands:
        done = shell(command, tmp_path)
        # The comparison finds what it is to find.
        assert (done.returncode, done.stderr) == (1 if "--fail-on" in command else 0, ""), command
        assert done.stdout or "--output" in command


def job(name: str, folder: Path, variables: dict[str, str], *, is_github: bool) -> subprocess.CompletedProcess[str]:
    """Run a job without the line that installs the program."""
    first, *script = JOBS[name, is_github]
    assert first.startswith("pip install ")
    return shell("\n".join(script), folder, {**variables, "GITHUB_STEP_SUMMARY": str(folder / "summary.md")})


def git(folder: Path, *words: str) -> str:
    names = ("-c", "user.name=n", "-c", "user.email=n@example.com")
    done = subprocess.run(["git", *names, *words], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone of a repository whose `exports` has the groups of the sandbox."""
    origin, clone = tmp_path / "origin", tmp_path / "clone"
    origin.mkdir()
    run("export", "--sandbox", "--env", "RELEASE", "--all", "--output", "exports", folder=origin)
    git(origin, "init", "-q", "-b", "main")
    git(origin, "add", ".")
    git(origin, "commit", "-qm", "x")
    git(tmp_path, "clone", "-q", str(origin), str(clone))
    return clone


@NEEDS_A_SHELL
@BY_SYSTEM
def test_the_gate_lets_a_harmless_change_pass_and_stops_a_breaking_one(clone: Path, is_github: bool):
    base = {"GITHUB_BASE_REF": "main", "CI_MERGE_REQUEST_DIFF_BASE_SHA": git(clone, "rev-parse", "HEAD")}
    [orders] = clone.glob("exports/*/orders-*.json")
    document = json.loads(orders.read_text("utf-8"))
    document["info"]["description"] = "Orders"
    orders.write_text(json.dumps(document))
    harmless = job("gate", clone, base, is_github=is_github)
    assert (harmless.returncode, harmless.stderr) == (0, "")
    del document["paths"]["/orders"]["get"]
    orders.write_text(json.dumps(document))
    breaking = job("gate", clone, base, is_github=is_github)
    assert (breaking.returncode, breaking.stderr) == (1, "")
    report = breaking.stdout if is_github else (clone / "changes.xml").read_text("utf-8")
    assert "operation-removed" in report


@NEEDS_A_SHELL
@BY_SYSTEM
def test_the_nightly_job_keeps_a_snapshot_and_stops_at_critical_findings(
    sandbox: Sandbox, tmp_path: Path, is_github: bool
):
    variables = {**of_sandbox(sandbox), "ARCHIVE": str(tmp_path / "archive")}
    done = job("nightly", tmp_path, variables, is_github=is_github)
    assert (done.returncode, done.stderr) == (1, "")
    report = (tmp_path / ("summary.md" if is_github else "audit.html")).read_text("utf-8")
    assert re.search(r"\b[1-9]\d* critical, ", report)
    snapshots = json.loads(run("archive", "log", tmp_path / "archive", "--format", "json").stdout)
    assert {(one["gateway"], one["groups"]) for one in snapshots} > {("retail-prod", 7)}
