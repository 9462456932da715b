"""The hooks for pre-commit, run by it in a real repository."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.cli.running import NEEDS_A_SHELL, ROOT, repository, shell

pytestmark = pytest.mark.slow  # starts processes

MANIFEST = ROOT / ".pre-commit-hooks.yaml"


def document(*paths: str) -> dict[str, Any]:
    scheme = {"type": "apiKey", "name": "Authorization", "in": "header", "x-apigateway-auth-type": "AppSigv1"}
    operations: dict[str, Any] = {path: {"get": {"security": [{"app": []}], "responses": {}}} for path in paths}
    return {"swagger": "2.0", "securityDefinitions": {"app": scheme}, "paths": operations}


def test_the_manifest_is_valid():
    subprocess.run([sys.executable, "-m", "pre_commit", "validate-manifest", str(MANIFEST)], check=True)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository with a document."""
    file = tmp_path / "first.json"
    file.write_text(json.dumps(document("/a", "/b")))
    folder = tmp_path / "repository"
    folder.mkdir()
    repository(folder, file)
    return folder


def committed(folder: Path, hook: str, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run a hook as a commit of all changes does; installed here already, so not installed again."""
    [found] = [one for one in yaml.safe_load(MANIFEST.read_text("utf-8")) if one["id"] == hook]
    config = {"repos": [{"repo": "local", "hooks": [{**found, **more, "language": "system"}]}]}
    (folder / ".pre-commit-config.yaml").write_text(json.dumps(config))
    program = shutil.which("pre-commit", path=str(Path(sys.executable).parent))
    script = f'git add .; "{program}" install; git -c user.name=n -c user.email=n@example.com commit -m x'
    return shell(script, folder, {"PRE_COMMIT_HOME": str(folder / ".cache")})


@NEEDS_A_SHELL
def test_a_commit_that_breaks_callers_is_refused(folder: Path):
    arguments = {"args": ["HEAD:a.json", "a.json"]}
    (folder / "a.json").write_text(json.dumps(document("/a", "/b", "/c")))
    harmless = committed(folder, "apig-compare", **arguments)
    assert (harmless.returncode, "Passed" in harmless.stderr) == (0, True)
    (folder / "a.json").write_text(json.dumps(document("/a")))
    breaking = committed(folder, "apig-compare", **arguments)
    assert (breaking.returncode, "operation-removed  GET /b" in breaking.stderr) == (1, True)


@NEEDS_A_SHELL
def test_a_commit_of_a_document_with_a_severe_fault_is_refused(folder: Path):
    (folder / "exports").mkdir()
    (folder / "exports" / "one.json").write_text(json.dumps(document("/a")))
    (folder / "exports" / "two.json").write_text(json.dumps(document("/a")))
    harmless = committed(folder, "apig-audit", files="^exports/")
    assert (harmless.returncode, "Passed" in harmless.stderr) == (0, True)
    open_to_all = document("/a")
    del open_to_all["paths"]["/a"]["get"]["security"]
    (folder / "exports" / "two.json").write_text(json.dumps(open_to_all))
    severe = committed(folder, "apig-audit", files="^exports/")
    assert (severe.returncode, "open-to-all  GET /a" in severe.stderr) == (1, True)
