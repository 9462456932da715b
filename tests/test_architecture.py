"""Structure of the package: layers, imports, public names, and texts that do not belong in the repository."""

import ast
import inspect
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from types import ModuleType

import pytest

import apig_nb as apig

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "apig_nb"

# From the bottom up. A file imports only from its own module or package and from lower layers; imports inside functions
# and imports for type checking count too.
LAYERS = (
    {"lazy", "text"},
    {"errors"},
    {"engines", "files"},
    {"request", "definition", "table_files"},
    {"tables"},
    {"export"},
    {"export_set", "report"},
    {"client", "compare"},
    {"archive", "audit"},
    {"cli", "widgets"},
)
# The sandbox shares almost nothing with the client, so that its answers are independent of the client's code.
SANDBOX_MAY_IMPORT = {"text", "errors", "files", "request"}
# `connect("sandbox")` starts the sandbox, and so does `apig-nb sandbox`. The command line uses the public names of
# `apig_nb`, which are imported when they are first used. An ignore file may hold entries of findings, whose rules the
# audit knows.
EXCEPTIONS = {("client", "sandbox"), ("cli", "sandbox"), ("cli", ""), ("compare", "audit")}
# The same inside a package: a module or subpackage imports only from those before it. Modules of one set do not import
# each other; "*" stands for all modules that are not named, which may.
ORDER_INSIDE = {
    "definition": ({"*"}, {"read"}, {"model"}, {"lint"}, {"api_definition"}),
    "export": ({"*"}, {"export"}, {"loading"}),
    "client": (
        {"grams"},
        {"encodings"},
        {"secret"},
        {"config", "forks", "service_errors"},
        {"transport"},
        {"credentials", "settings", "listings"},
        {"lookup", "answer_check", "tasks"},
        {"*"},
        {"client"},
    ),
    "audit": (
        {"rules", "hosts", "words", "versions"},
        {"subject"},
        {"doors"},
        {"checks"},
        {"*"},
        {"findings"},
        {"result"},
        {"baseline"},
    ),
    "compare": (
        {"*"},
        {"options"},
        {"schemas"},
        {"operations"},
        {"gateway"},
        {"rerouted"},
        {"document"},
        {"pair"},
        {"result"},
        {"comparison"},
        {"set_comparison"},
        {"matrix"},
    ),
    "cli": ({"command", "options"}, {"connection", "rows", "sources", "tables"}, {"*"}, {"program"}),
    "widgets": ({"*"}, {"table"}, {"audit", "explorer", "comparison"}, {"form"}, {"workbench"}),
}
WIDGETS = ("AuditView", "ComparisonView", "Explorer", "ExportForm", "Workbench")


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {module_name(path): path for path in sorted(PACKAGE.rglob("*.py"))}
TREES = {name: ast.parse(path.read_text("utf-8")) for name, path in FILES.items()}
# `apig_nb/__init__.py` and `__main__.py` stand above all layers.
MODULES = sorted(FILES.keys() - {"apig_nb", "apig_nb.__main__"})


def imported(name: str) -> set[str]:
    """Names of everything a file imports: at the top, inside functions, or for type checking only."""
    names: set[str] = set()
    for node in ast.walk(TREES[name]):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name}: use absolute imports"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def imported_files(name: str) -> set[str]:
    """Modules of the package that a file imports."""
    names = {other if other in FILES else other.rpartition(".")[0] for other in imported(name)}
    return names & FILES.keys()


IMPORTS = {name: imported_files(name) for name in FILES}


def layer_entry(name: str) -> str:
    """Name of the module or package right below `apig_nb`; empty for `apig_nb` itself."""
    return [*name.split("."), ""][1]


def entry_inside(name: str) -> str:
    """Name of the module or subpackage in a package; empty for the package's `__init__`."""
    return [*name.split("."), ""][2]


def test_the_first_level_has_the_entries_of_the_layers_only():
    entries = {path.name.removesuffix(".py") for path in PACKAGE.iterdir() if path.name != "__pycache__"}
    assert entries == set().union(*LAYERS) | {"sandbox", "__init__", "__main__", "py.typed"}


@pytest.mark.parametrize("entry", sorted({layer_entry(name) for name in MODULES}))
def test_files_import_from_lower_layers_only(entry):
    lower = SANDBOX_MAY_IMPORT
    if entry != "sandbox":
        number = next(n for n, layer in enumerate(LAYERS) if entry in layer)
        lower = set().union(*LAYERS[:number])
    allowed = lower | {entry} | {to for source, to in EXCEPTIONS if source == entry}
    files = [name for name in MODULES if layer_entry(name) == entry]
    found = [(name, other) for name in files for other in sorted(IMPORTS[name]) if layer_entry(other) not in allowed]
    assert found == []


@pytest.mark.parametrize("package", ORDER_INSIDE)
def test_files_import_from_earlier_parts_of_their_package_only(package):
    order = ORDER_INSIDE[package]
    rank = {entry: number for number, group in enumerate(order) for entry in group}
    inside = [name for name in MODULES if layer_entry(name) == package and entry_inside(name)]
    assert rank.keys() - {"*"} <= {entry_inside(name) for name in inside}

    def rank_of(entry: str) -> int:
        return rank.get(entry, rank["*"])

    def allowed(entry: str, other: str) -> bool:
        among_the_rest = entry not in rank and other not in rank
        return entry == other or among_the_rest or rank_of(other) < rank_of(entry)

    found = [
        f"{name} imports {other}"
        for name in inside
        for other in sorted(IMPORTS[name])
        if layer_entry(other) == package
        and not (entry_inside(other) and allowed(entry_inside(name), entry_inside(other)))
    ]
    assert found == []


def test_no_files_import_each_other_in_a_cycle():
    try:
        TopologicalSorter(IMPORTS).prepare()
    except CycleError as error:
        pytest.fail(" imports ".join(reversed(error.args[1])))


def test_a_cached_property_has_no_lock_that_a_forked_process_would_wait_for():
    assert [name for name in FILES if "functools.cached_property" in imported(name)] == ["apig_nb.lazy"]


def late_imports(name: str) -> set[int]:
    """Line numbers of the imports inside functions."""
    function = (ast.FunctionDef, ast.AsyncFunctionDef)
    functions = (node for node in ast.walk(TREES[name]) if isinstance(node, function))
    inside = (node for function in functions for node in ast.walk(function))
    return {node.lineno for node in inside if isinstance(node, ast.Import | ast.ImportFrom)}


def test_an_import_inside_a_function_has_a_comment_with_its_reason():
    """On its line or above the first of several: an optional dependency, or a start-up cost that was measured."""

    def has_reason(number: int, late: set[int], lines: list[str]) -> bool:
        above = number - 1
        while above in late:
            above -= 1
        return "#" in lines[number - 1] or lines[above - 1].lstrip().startswith("#")

    found = []
    for name, path in FILES.items():
        late, lines = late_imports(name), path.read_text("utf-8").splitlines()
        found += [f"{name}:{n}: {lines[n - 1].strip()}" for n in sorted(late) if not has_reason(n, late, lines)]
    assert found == []


def docstrings(tree: ast.AST) -> Iterator[str]:
    """Docstrings of modules, classes and functions, and texts after an attribute."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            yield inspect.cleandoc(node.value.value)


def test_no_docstring_begins_with_a_question_word():
    """It begins with a verb or a noun, as PEP 257 asks: what a thing does or is."""
    question = re.compile(r"(What|Whether|How|Who|Whom|Whose|Which|Where|When|Why|So many)\b")
    found = [
        f"{name}: {text.splitlines()[0]}"
        for name, tree in TREES.items()
        for text in docstrings(tree)
        if question.match(text)
    ]
    assert found == []


def test_only_the_client_uses_the_http_library():
    users = {
        layer_entry(name)
        for name in MODULES
        if any(other.split(".")[0] in ("httpx", "httpcore") for other in imported(name))
    }
    assert users == {"client"}


def test_only_one_module_writes_files_of_the_user():
    """It writes them atomically: a reader never finds half a file. The results of workers are no files of the user."""

    def writes(call: ast.Call) -> bool:
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        modes = [arg.value for arg in [*call.args, *(k.value for k in call.keywords)] if isinstance(arg, ast.Constant)]
        opened = name == "open" and any(re.fullmatch("[rbt]*[wxa+][wxabt+]*", str(mode)) for mode in modes)
        return opened or name in ("write_bytes", "write_text")

    writers = {
        layer_entry(name)
        for name in MODULES
        for node in ast.walk(TREES[name])
        if isinstance(node, ast.Call) and writes(node)
    }
    assert writers == {"files", "engines"}


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
        "fsspec",
        "pyarrow",
        "starlette",
        "uvicorn",
        "httpx",
    }
    late = {
        "apig_nb.archive",
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
    late = {
        "Archive",
        "Audit",
        "Client",
        "Comparison",
        "ExportKey",
        "ExportRequest",
        "ExportSet",
        "Limits",
        "SetComparison",
        "audit_rules",
        "connect",
        "load_many",
        "matrix",
        "rules",
        *WIDGETS,
    }
    assert set(apig.__all__) == public | late
    assert all(getattr(apig, name).__name__ == name for name in late)
    assert set(apig.__all__) < set(dir(apig))


def test_everything_public_is_documented():
    listed = [getattr(apig, name) for name in apig.__all__]
    assert [thing.__name__ for thing in listed if not inspect.getdoc(thing)] == []


def test_the_version_and_the_sandbox_are_imported_on_demand():
    assert re.match(r"\d+\.\d+", apig.__version__)
    assert apig.sandbox.start.__module__ == "apig_nb.sandbox"
    with pytest.raises(AttributeError, match="nothing"):
        _ = apig.nothing


@pytest.mark.parametrize("name", WIDGETS)
def test_a_widget_without_ipywidgets_names_the_extra_to_install(name):
    code = (
        "import sys; sys.modules['ipywidgets'] = None\n"
        "import apig_nb\n"
        f"try: apig_nb.{name}\n"
        "except apig_nb.MissingExtraError as error: print(error)\n"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output == f"{name} needs packages that are not installed: pip install 'apig_nb[lab]'\n"
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
def test_no_text_names_a_folder_or_a_registry_of_one_machine():
    """Only the public package registry, and only paths that exist everywhere."""
    folder = re.compile(r"(?<![\w.~])(?:/(?:home|root|work|Users|workspace)/\w|[A-Z]:\\Users)")
    registry = re.compile(r"(?:index-url|--registry|/simple/|//files\.pythonhosted)")
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path, text in tracked_texts()
        for pattern in (folder, registry)
        for match in pattern.finditer(text)
    ]
    assert found == []


@pytest.mark.slow
def test_compare_stays_the_function_when_the_package_is_imported():
    """`apig_nb.compare` is a function and a package; importing the package must not hide the function."""
    code = "import apig_nb.compare.rules, apig_nb.widgets, apig_nb; print(callable(apig_nb.compare))"
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert output == "True\n"


@pytest.mark.parametrize("page", ["README.md", "notebooks"])
def test_links_lead_to_existing_files(page):
    """Images too; in notebooks, those of the markdown cells."""
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
    """Markdown of a page or of a notebook's cells."""
    text = path.read_text("utf-8")
    if path.suffix != ".ipynb":
        return text
    return "\n".join("".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == "markdown")
