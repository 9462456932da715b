"""The released wheel and sdist: complete, and usable in an environment that contains nothing else of the project."""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.metadata import Metadata
from trove_classifiers import classifiers

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
SDIST_TOP_FILES = {
    ".pre-commit-hooks.yaml",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "LICENSE",
    "Makefile",
    "biome.jsonc",
    "conftest.py",
    "PKG-INFO",
    "README.md",
    "constraints.txt",
    "pyproject.toml",
    ".gitignore",
}
LEFTOVERS = re.compile(r"__pycache__|\.pyc$|\.ipynb_checkpoints|\.apig_nb-")


def files_below(folder: Path) -> set[str]:
    """The files of a folder that belong to the project, by their path from its root."""
    found = (path.relative_to(ROOT).as_posix() for path in folder.rglob("*") if path.is_file())
    return {name for name in found if not LEFTOVERS.search(name)}


def run(*command: str | Path, cwd: Path) -> str:
    """Output of a command that must succeed; it does not see the checkout."""
    unseen = ("PYTHON", "PYTEST_ADDOPTS")
    known = {name: value for name, value in os.environ.items() if not name.startswith(unseen)}
    done = subprocess.run([str(word) for word in command], cwd=cwd, env=known, capture_output=True, text=True)
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@dataclass
class Release:
    """The built files, and the sdist unpacked."""

    wheel: Path
    sdist: Path
    unpacked: Path

    def in_wheel(self) -> set[str]:
        with zipfile.ZipFile(self.wheel) as archive:
            return set(archive.namelist())

    def in_sdist(self) -> set[str]:
        with tarfile.open(self.sdist) as archive:
            return {member.name for member in archive if not member.isdir()}

    def metadata(self) -> Metadata:
        with zipfile.ZipFile(self.wheel) as archive:
            (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
            return Metadata.from_email(archive.read(name))


@pytest.fixture(scope="module")
def release(tmp_path_factory) -> Release:
    """An sdist of the checkout, and a wheel made of nothing but the sdist."""
    folder = tmp_path_factory.mktemp("release")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", folder / "dist", ROOT, cwd=folder)
    (wheel,) = (folder / "dist").glob("*.whl")
    (sdist,) = (folder / "dist").glob("*.tar.gz")
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return Release(wheel, sdist, folder / sdist.name.removesuffix(".tar.gz"))


def test_the_wheel_holds_the_package_and_nothing_else(release):
    names = release.in_wheel()
    info = {name for name in names if ".dist-info/" in name}
    assert names - info == files_below(ROOT / "apig_nb")
    endings = {name.rpartition("/")[2] for name in info}
    assert endings == {"METADATA", "RECORD", "WHEEL", "LICENSE", "entry_points.txt"}
    for needed in (
        "apig_nb/py.typed",
        "apig_nb/widgets/static/grid.js",
        "apig_nb/widgets/static/views.css",
        "apig_nb/widgets/templates/change.html",
        "apig_nb/sandbox/content/retail-prod/orders.yaml",
    ):
        assert needed in names


def test_the_sdist_holds_what_it_is_made_and_tested_with_and_nothing_else(release):
    root = release.unpacked.name
    names = {name.removeprefix(f"{root}/") for name in release.in_sdist()}
    assert all(name.startswith(f"{root}/") for name in release.in_sdist())
    folders = files_below(ROOT / "apig_nb") | files_below(ROOT / "notebooks") | files_below(ROOT / "tests")
    assert names == folders | SDIST_TOP_FILES


def test_whatever_the_readme_shows_or_points_to_is_shipped(release):
    targets = re.findall(r"\]\((?!https?:|#)([^)]+)\)", (release.unpacked / "README.md").read_text("utf-8"))
    assert targets
    assert [target for target in targets if not (release.unpacked / target.partition("#")[0]).exists()] == []


def test_the_metadata_is_complete(release):
    # Reading it has checked each field already.
    output = release.metadata()
    assert output.name == "apig_nb"
    assert str(output.version) == release.unpacked.name.rpartition("-")[2]
    assert output.license_expression == "Apache-2.0"
    assert output.license_files == ["LICENSE"]
    assert output.summary
    assert output.description == (ROOT / "README.md").read_text("utf-8")
    assert output.description_content_type == "text/markdown"
    assert set(output.provides_extra or ()) == {"all", "archive", "excel", "lab", "parquet", "sandbox"}
    assert str(output.requires_python) == ">=3.11"
    assert output.classifiers
    assert set(output.classifiers) <= classifiers


def test_the_tests_of_the_sdist_are_found(release):
    output = run(sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", cwd=release.unpacked)
    found = {line.partition("::")[0] for line in output.splitlines() if "::" in line}
    files = files_below(ROOT / "tests") | files_below(ROOT / "notebooks")
    assert found == {name for name in files if re.fullmatch(r"(.*/)?test_\w+\.py|.*\.ipynb", name)}


@dataclass
class Installed:
    """An environment that contains the wheel and its dependencies only."""

    folder: Path

    @property
    def python(self) -> Path:
        return self.folder / "env" / ("Scripts" if os.name == "nt" else "bin") / "python"

    def pip(self, *words: str | Path) -> None:
        """Run the pip of the development environment on this one."""
        run(sys.executable, "-m", "pip", "--python", self.python, *words, cwd=self.folder)


@pytest.fixture(scope="module")
def installed(release, tmp_path_factory) -> Installed:
    """The wheel with all extras in a new environment, and an empty folder."""
    made = Installed(tmp_path_factory.mktemp("elsewhere"))
    venv.create(made.folder / "env")
    constraints = ("--constraint", release.unpacked / "constraints.txt")
    try:
        made.pip("download", "--no-deps", "--dest", made.folder / "reached", *constraints, "tqdm")
    except AssertionError:
        if "CI" in os.environ:
            raise
        pytest.skip("needs a package index")
    # Without bytecode, which takes as long as the rest: few of these modules are imported here.
    made.pip("install", "--no-compile", *constraints, f"{release.wheel}[all]")
    return made


def test_an_empty_environment_takes_the_wheel(installed, release):
    code = "import apig_nb; print(apig_nb.__file__, apig_nb.__version__)"
    output = run(installed.python, "-c", code, cwd=installed.folder)
    file, version = output.split()
    assert Path(file).is_relative_to(installed.folder / "env")
    assert version == release.unpacked.name.rpartition("-")[2]
    installed.pip("check")


def test_the_commands_run_there(installed, release):
    exports = [release.unpacked / "tests" / "data" / "exports" / f"export-all-oas{n}.yaml" for n in (2, 3)]
    for command in ([installed.python, "-m", "apig_nb"], [installed.python.with_name("apig-nb")]):
        assert run(*command, "compare", *exports, cwd=installed.folder) == "no difference\n"
    output = run(installed.python, "-m", "apig_nb.sandbox", "--help", cwd=installed.folder)
    assert output.startswith("usage: python -m apig_nb.sandbox")


def test_the_first_notebook_runs_there_and_shows_what_it_showed(installed, release):
    """As the sdist ships it, with the same options of nbval as `make test`."""
    constraints = ("--constraint", release.unpacked / "constraints.txt")
    installed.pip("install", "--no-compile", *constraints, "nbval")
    notebook = shutil.copy(release.unpacked / "notebooks" / "01-export.ipynb", installed.folder)
    sanitizer = shutil.copy(release.unpacked / "tests" / "nbval-sanitize.cfg", installed.folder)
    options = ("--nbval", "--nbval-current-env", "--nbval-sanitize-with", sanitizer, "--nbval-cell-timeout", "120")
    output = run(installed.python, "-m", "pytest", "-q", *options, notebook, cwd=installed.folder)
    assert re.search(r"^\d+ passed in", output, re.MULTILINE)
