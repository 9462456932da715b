"""The documentation is true: column references, examples in docstrings, and the code in README.md."""

import ast
import doctest
import inspect
import re
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import apig_nb as apig
from apig_nb.tables import TABLES

ROOT = Path(__file__).parents[1]
DATA = ROOT / "tests" / "data"
EMPTY = apig.load("swagger: '2.0'\npaths: {}\n")
FLAWED = apig.load("openapi: 3.0.3\npaths: {}\nx-own: 1\ncomponents: {schemas: {Order: {type: object}}}\n")
FULL = [apig.load(DATA / "exports" / "export-all-oas2.json"), apig.load(DATA / "every-field.yaml"), FLAWED]


def documented_columns(table: str) -> dict[str, str]:
    """Column → dtype, as the docstring of the property of `Export` lists them."""
    text = inspect.getdoc(getattr(apig.Export, table)) or ""
    return dict(re.findall(r"^    (\w+) \((\w+)\): \S", text.partition("\nColumns:\n")[2], re.MULTILINE))


@pytest.mark.parametrize("table", TABLES)
def test_the_docstring_of_a_table_lists_its_columns_and_dtypes_in_order(table: str) -> None:
    documented = list(documented_columns(table).items())
    for export in (EMPTY, *FULL):
        frame = getattr(export, table)
        assert [(name, str(dtype)) for name, dtype in frame.dtypes.items()] == documented


@pytest.mark.parametrize("table", TABLES)
def test_columns_are_compared_with_a_table_that_has_rows(table: str) -> None:
    assert any(len(getattr(export, table)) for export in FULL)


@pytest.mark.parametrize("table", TABLES)
def test_every_line_of_a_column_reference_describes_one_column(table: str) -> None:
    lines = (inspect.getdoc(getattr(apig.Export, table)) or "").partition("\nColumns:\n")[2].splitlines()
    assert len(lines) == len(documented_columns(table))


MODULES_WITH_EXAMPLES = [
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for path in sorted((ROOT / "apig_nb").rglob("*.py"))
    if ">>> " in path.read_text("utf-8")
]


@pytest.mark.parametrize("name", MODULES_WITH_EXAMPLES)
def test_the_examples_in_docstrings_give_what_they_show(name: str) -> None:
    failed, tried = doctest.testmod(import_module(name))
    assert (failed, tried > 0) == (0, True)


README_BLOCKS = re.findall(r"^```python\n(.*?)^```", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE | re.DOTALL)


def connects_to_a_cloud(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and ast.unparse(node.func) == "apig.connect"
        and any(keyword.arg in ("region", "cloud", "endpoint") for keyword in node.keywords)
    )


@pytest.mark.slow
def test_the_code_of_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All blocks one after the other against the sandbox; of calls to a real cloud, the argument names are checked."""
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    clouds = 0
    assert README_BLOCKS
    for block in README_BLOCKS:
        for statement in ast.parse(block).body:
            calls = [node for node in ast.walk(statement) if connects_to_a_cloud(node)]
            for call in calls:
                assert isinstance(call, ast.Call)
                inspect.signature(apig.connect).bind(**{str(keyword.arg): None for keyword in call.keywords})
                clouds += 1
            if not calls:
                exec(compile(ast.Module([statement], []), "README.md", "exec"), names)
    names["client"].close()
    assert clouds
