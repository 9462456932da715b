"""The order of the house: who may import whom, how light the front door is, and what must not lie about."""

import ast
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

import pytest

import apig_nb as apig

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "apig_nb"

# From the bottom up: a module imports only from its own entry and from lower layers. `report` is below `compare`,
# which hands it the rows to write; so no import goes up, not even a late one.
LAYERS = (
    {"text"},
    {"errors"},
    {"files"},
    {"request", "definition"},
    {"tables"},
    {"export"},
    {"export_set", "report"},
    {"client", "compare"},
    {"cli", "widgets"},
)
WIDGETS = ("ComparisonView", "Explorer", "ExportForm", "Workbench")
# Beside the house, so that it can disagree with the client.
SANDBOX_MAY_IMPORT = {"errors", "request"}
# `connect("sandbox")`.
EXCEPTIONS = {("client", "sandbox")}


def rooms() -> dict[str, list[Path]]:
    """The files of each module or package right below `apig_nb`."""
    found: dict[str, list[Path]] = {}
    for path in PACKAGE.rglob("*.py"):
        room = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
        found.setdefault(room, []).append(path)
    del found["__main__"]
    del found["__init__"]  # the front door opens into every room
    return found


def imported(path: Path) -> Iterator[str]:
    """Every module a file imports, at its head, inside a function, or for type checking only."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: imports are written in full"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def neighbours(files: list[Path]) -> set[str]:
    names = {name for path in files for name in imported(path)}
    return {name.split(".")[1] for name in names if name.startswith("apig_nb.")}


def test_every_room_has_its_floor():
    planned = set().union(*LAYERS) | {"sandbox", "__main__"}
    assert set(rooms()) <= planned


@pytest.mark.parametrize("room", sorted(rooms()))
def test_imports_go_down(room):
    lower = SANDBOX_MAY_IMPORT
    if room != "sandbox":
        layer = next(n for n, layer in enumerate(LAYERS) if room in layer)
        lower = set().union(*LAYERS[:layer])
    allowed = lower | {room} | {to for at, to in EXCEPTIONS if at == room}
    assert neighbours(rooms()[room]) - allowed == set()


def test_the_http_library_is_known_in_one_room():
    users = {
        room
        for room, files in rooms().items()
        for path in files
        for name in imported(path)
        if name.split(".")[0].startswith("httpx")
    }
    assert users == {"client"}


def test_files_are_written_in_one_room():
    """Only there is it seen to that nobody finds half of one."""

    def writes(call: ast.Call) -> bool:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        modes = [arg.value for arg in [*call.args, *(k.value for k in call.keywords)] if isinstance(arg, ast.Constant)]
        opened = name == "open" and any(re.fullmatch("[rbt]*[wxa+][wxabt+]*", str(mode)) for mode in modes)
        return opened or name in ("write_bytes", "write_text")

    writers = {
        room
        for room, files in rooms().items()
        for path in files
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and writes(node)
    }
    assert writers == {"files"}


def test_importing_the_package_stays_light():
    code = "import sys, apig_nb; print(*sorted({name.split('.')[0] for name in sys.modules} | set(sys.modules)))"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert "apig_nb.export" in loaded
    heavy = {
        "ipywidgets",
        "IPython",
        "jupyterlab",
        "itables",
        "matplotlib",
        "pandas",
        "numpy",
        "starlette",
        "uvicorn",
        "httpx",
    }
    late = {
        "apig_nb.client.client",
        "apig_nb.compare.comparison",
        "apig_nb.sandbox",
        "apig_nb.tables",
        "apig_nb.widgets",
    }
    assert loaded & (heavy | late) == set()


def test_everything_public_is_listed_in_order():
    public = {
        name
        for name, value in vars(apig).items()
        if not name.startswith("_")
        and not isinstance(value, ModuleType)
        and getattr(value, "__module__", "").startswith("apig_nb")
    }
    assert apig.__all__ == sorted(apig.__all__)
    late = {"Client", "Comparison", "ExportRequest", "Limits", "concat", "connect", "matrix", "rules", *WIDGETS}
    assert set(apig.__all__) == public | late
    assert all(getattr(apig, name).__name__ == name for name in late)
    assert set(apig.__all__) < set(dir(apig))


def test_everything_public_is_documented():
    listed = [getattr(apig, name) for name in apig.__all__]
    assert [thing.__name__ for thing in listed if not inspect.getdoc(thing)] == []


def test_the_version_and_the_sandbox_are_there_when_asked_for():
    assert re.match(r"\d+\.\d+", apig.__version__)
    assert apig.sandbox.start.__module__ == "apig_nb.sandbox"
    with pytest.raises(AttributeError, match="nothing"):
        _ = apig.nothing


@pytest.mark.skipif(find_spec("apig_nb.widgets") is None, reason="the form is not built yet")
@pytest.mark.parametrize("name", WIDGETS)
def test_a_widget_comes_late_and_says_what_it_needs(name):
    code = (
        "import sys; sys.modules['ipywidgets'] = None\n"
        "import apig_nb\n"
        f"try: apig_nb.{name}\n"
        "except apig_nb.MissingExtraError as error: print(error)\n"
    )
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == f"{name} needs packages that are not installed: pip install 'apig_nb[lab]'\n"
    assert inspect.isclass(getattr(apig, name))


def tracked_texts() -> Iterator[tuple[Path, str]]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and path != Path(__file__):
            try:
                yield path, path.read_text("utf-8")
            except UnicodeDecodeError:
                continue


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="not a checkout")
def test_nothing_tells_of_the_machine_it_was_made_on():
    """No folder of one machine, and no package registry but the one everybody has."""
    folder = re.compile(r"(?<![\w.~])(?:/(?:home|root|work|Users|workspace)/\w|[A-Z]:\\Users)")
    registry = re.compile(r"(?:index-url|--registry|/simple/|//files\.pythonhosted)")
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path, text in tracked_texts()
        for pattern in (folder, registry)
        for match in pattern.finditer(text)
    ]
    assert found == []


def test_the_function_stays_where_its_room_has_the_same_name():
    """`apig_nb.compare` is both; whatever else is imported first, the name means the function."""
    code = "import apig_nb.compare.rules, apig_nb.widgets, apig_nb; print(callable(apig_nb.compare))"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert said == "True\n"


@pytest.mark.parametrize("page", ["README.md", "notebooks"])
def test_links_lead_to_files_that_are_there(page):
    """Pictures too; what a notebook says counts as its markdown cells do."""
    pages = sorted((ROOT / page).glob("*.ipynb")) if page == "notebooks" else [ROOT / page]
    links = {
        (path, link)
        for path in pages
        for link in re.findall(r"\]\(([^()\s#]+)[^()]*\)", prose(path))
        if not re.match(r"[a-z]+:", link)
    }
    assert [f"{path.name}: {link}" for path, link in sorted(links) if not (path.parent / link).is_file()] == []
    if page == "README.md":
        pictures = {link for _, link in links if link.endswith(".png")}
        assert pictures == {f"notebooks/images/{path.name}" for path in (ROOT / "notebooks/images").iterdir()}


def prose(path: Path) -> str:
    """What a page says to its readers."""
    text = path.read_text("utf-8")
    if path.suffix != ".ipynb":
        return text
    return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown")
