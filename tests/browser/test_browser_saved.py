"""Saved notebooks that are opened again, with and without a kernel and the state of widgets."""

import json
import re
import shutil
from pathlib import Path

import pytest

from .conftest import ARTEFACTS, Open

pytest.importorskip("playwright", reason="playwright is not installed")

from playwright.sync_api import expect

from .lab import LabPage

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
VIEWS = """
import apig_nb as apig
client = apig.connect("sandbox")
live, test = (client.export(group="orders", env=env, define="all") for env in ("RELEASE", "TEST"))
"""
CELLS = {
    "apig.ExportForm(client)": "a form. Run the notebook to use it.",
    "apig.Explorer(live)": "19 operations, Swagger 2.0",
    "apig.ComparisonView(live, test)": "orders RELEASE all → orders TEST all: 5 breaking, 9 warning, 8 info",
    "apig.Workbench(client)": "0 exports. Run the notebook to use it.",
}

TOGGLE_STATE = "@jupyter-widgets/jupyterlab-manager:saveWidgetState"

pytestmark = pytest.mark.browser


NO_VIEW = re.compile("Error displaying widget|Loading widget")


@pytest.mark.parametrize("has_state", [True, False], ids=["state", "no-state"])
def test_a_reopened_notebook_shows_the_static_fallbacks(
    opened: Open, lab_page: LabPage, request: pytest.FixtureRequest, *, has_state: bool
):
    """With a new kernel, which does not know the views, and without a kernel."""
    if not has_state:
        lab_page.command(TOGGLE_STATE)
    try:
        with opened(VIEWS, *CELLS) as notebook:
            table = notebook.root.get_by_role("grid", name="operations")
            expect(table).to_contain_text("/orders/{orderId}")
            expect(notebook.root.get_by_role("grid", name="changes", exact=True)).to_contain_text("maximum")
            for words in CELLS.values():
                expect(notebook.root.get_by_text(words)).to_be_hidden()
            assert ("widgets" in json.loads(notebook.save())["metadata"]) == has_state
    finally:
        if not has_state:
            lab_page.command(TOGGLE_STATE)
    name = f"{request.node.name}.ipynb"
    check_saved_views(lab_page, name, has_state=has_state, has_kernel=True)
    check_saved_views(lab_page, name, has_state=has_state, has_kernel=False)


def check_saved_views(lab_page: LabPage, name: str, *, has_state: bool, has_kernel: bool) -> None:
    with lab_page.notebook(name, has_kernel=has_kernel) as notebook:
        table = notebook.root.get_by_role("grid", name="operations")
        if has_state and has_kernel:
            expect(table.locator("[aria-rowindex='3']")).to_contain_text("/orders")
            notebook.root.get_by_label("Search operations").fill("no such thing")
            expect(notebook.root.get_by_text("waiting for the kernel, which is busy or gone").first).to_be_visible()
        for words in CELLS.values():
            expect(notebook.root.get_by_text(words)).to_be_visible(visible=not (has_state and has_kernel))
        for excuse in notebook.root.get_by_text(NO_VIEW).all():
            expect(excuse).to_be_hidden()
        if not (has_state or has_kernel):
            notebook.root.locator(".jp-CodeCell").nth(2).screenshot(path=ARTEFACTS / "saved-explorer.png")


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_the_example_notebooks_can_be_read_before_they_are_run(lab_page: LabPage, path: Path):
    shutil.copy(path, lab_page.lab.folder)
    code = [cell for cell in json.loads(path.read_text("utf-8"))["cells"] if cell["cell_type"] == "code"]
    with lab_page.notebook(path.name, has_kernel=False) as notebook:
        cells = notebook.root.locator(".jp-CodeCell")
        expect(cells).to_have_count(len(code))
        for number, cell in enumerate(code):
            pages = ["".join(output.get("data", {}).get("text/html", "")) for output in cell["outputs"]]
            for words in re.findall(r"<(?:caption|b|th|td)\b[^>]*>([^<&]+)<", "".join(pages))[:5]:
                expect(cells.nth(number)).to_contain_text(words.strip())
        expect(notebook.root.get_by_text(NO_VIEW)).to_have_count(0)
