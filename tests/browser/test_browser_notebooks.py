"""The example notebooks, used with the mouse; `01` and the workbench have their own tests."""

import json
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright", reason="playwright is not installed")

from playwright.sync_api import expect

from .lab import LabPage, Notebook

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"

pytestmark = pytest.mark.browser


@contextmanager
def run(lab_page: LabPage, name: str) -> Iterator[Notebook]:
    """Open the notebook and run it: without an error, and changing only outputs in its file."""
    shutil.copy(NOTEBOOKS / name, lab_page.lab.folder)
    with lab_page.notebook(name) as notebook:
        notebook.run_all()
        saved, before = json.loads(notebook.save()), json.loads((NOTEBOOKS / name).read_text("utf-8"))
        outputs = [output for cell in saved["cells"] if cell["cell_type"] == "code" for output in cell["outputs"]]
        assert len(outputs) > 10
        assert [output for output in outputs if output["output_type"] == "error"] == []
        assert without_outputs(saved) == without_outputs(before)
        yield notebook


def without_outputs(notebook: dict[str, Any]) -> dict[str, Any]:
    """What running a notebook must not change, whatever Python runs it. Widget state is saved by these tests only."""
    del notebook["metadata"]["language_info"]["version"]
    notebook["metadata"].pop("widgets", None)
    for cell in notebook["cells"]:
        cell.pop("outputs", None)
    return notebook


def test_a_newcomer_inspects_a_gateway(lab_page: LabPage):
    with run(lab_page, "02-inspect.ipynb") as notebook:
        notebook.form.get_by_role("button", name="no authentication 2").click()
        expect(notebook.form.get_by_role("status").filter(has_text="2 of 19 operations")).to_be_visible()
        notebook.form.get_by_role("row").filter(has_text="/orders/ping").click()
        expect(notebook.form.get_by_role("heading", level=4)).to_have_text("GET/orders/ping")
        guards = notebook.form.get_by_role("group", name="path of a call").get_by_role("listitem").nth(2)
        expect(guards).to_contain_text("none")
        assert notebook.execute("print(*explorer.filtered.path, *explorer.selected.operation_id)") == (
            "/orders/delivery-slots /orders/ping API_orders_ping\n"
        )


def test_a_newcomer_compares_two_environments(lab_page: LabPage):
    with run(lab_page, "03-compare.ipynb") as notebook:
        notebook.form.get_by_role("button", name=re.compile("^5 breaking")).click()
        expect(notebook.form.get_by_role("status").filter(has_text="5 of 22 changes")).to_be_visible()
        notebook.form.get_by_role("row").filter(has_text="maximum lowered").click()
        change = notebook.form.get_by_role("region", name="values")
        expect(change.locator("del")).to_have_text("500")
        expect(change.locator("ins")).to_have_text("100")
        assert notebook.execute("print(len(view.filtered), *view.selected.rule)") == "5 maximum-tightened\n"
