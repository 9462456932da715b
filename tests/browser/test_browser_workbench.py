"""The workbench in JupyterLab: connect, export, load, explore, compare."""

import re
import shutil
from pathlib import Path

import pytest

from apig_nb.sandbox import Sandbox, start
from tests.hostile import FOLDER

from .conftest import ARTEFACTS, Open, connecting

pytest.importorskip("playwright", reason="playwright is not installed")

from playwright.sync_api import Locator, expect

from .lab import LabPage, Notebook

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
EXPORTS = Path(__file__).parents[1] / "data" / "exports"
BENCH = "bench = apig.Workbench(client)\nbench"
# The tables that have to be scrolled sideways, after they were laid out.
SIDEWAYS = """async form => {
    for (let frame = 0; frame < 3; frame++) await new Promise(requestAnimationFrame);
    const grids = [...form.querySelectorAll('[role=grid]')];
    return grids.filter(grid => grid.scrollWidth > grid.clientWidth).map(grid => grid.ariaLabel);
}"""
DROP = """([field, name, text]) => {
    const dropped = new DataTransfer();
    dropped.items.add(new File([text], name));
    field.dispatchEvent(new DragEvent('drop', {dataTransfer: dropped, bubbles: true, cancelable: true}));
}"""

pytestmark = pytest.mark.browser


def tab(notebook: Notebook, name: str) -> Locator:
    return notebook.form.get_by_role("tab", name=re.compile(f"^{name}")).first


def all_groups(notebook: Notebook) -> Locator:
    return notebook.form.get_by_role("button", name=re.compile("^Export all 7 groups of retail-prod · RELEASE"))


def status(notebook: Notebook, words: str) -> Locator:
    return notebook.form.get_by_role("status").filter(has_text=words).first


def test_a_newcomer_connects_exports_explores_and_compares_with_the_mouse(lab_page: LabPage, shoot):
    shutil.copy(NOTEBOOKS / "00-workbench.ipynb", lab_page.lab.folder)
    with lab_page.notebook("00-workbench.ipynb") as notebook:
        # Before anything is run: a static view of what the first cell shows.
        expect(notebook.root.get_by_text("19 operations, Swagger 2.0")).to_be_visible()
        notebook.root.screenshot(path=ARTEFACTS / "workbench-static.png")
        notebook.run_cell(1)
        expect(status(notebook, "19 operations")).to_be_visible()
        shoot(notebook, "workbench-first")
        operations = notebook.form.get_by_role("grid", name="operations", exact=True)
        operations.get_by_role("row").filter(has_text="/orders/{orderId}").first.click()
        expect(notebook.form.get_by_role("group", name="path of a call")).to_be_visible()
        shoot(notebook, "explorer")
        assert notebook.form.evaluate(SIDEWAYS) == []
        notebook.form.get_by_role("tab", name="Export", exact=True).click()
        notebook.field("API group").select_option("orders")
        notebook.field("Environment").select_option("TEST")
        shoot(notebook, "export-form")
        notebook.button("Export").click()
        expect(notebook.form.get_by_text("retail-prod › TEST › orders")).to_be_visible()
        shoot(notebook, "workbench-export")
        tab(notebook, "Exports").click()
        expect(notebook.form.get_by_role("grid", name="exports")).to_contain_text("RELEASE")
        shoot(notebook, "workbench-exports")
        notebook.form.get_by_role("tab", name="Export", exact=True).click()
        notebook.button("Explore 20 operations").click()
        expect(status(notebook, "20 operations")).to_be_visible()
        shoot(notebook, "workbench-explore")
        tab(notebook, "Compare").click()
        notebook.field("Old, what is there now").select_option("orders RELEASE all")
        notebook.field("New, what would take its place").select_option("orders TEST all")
        expect(status(notebook, "22 changes")).to_be_visible()
        changes = notebook.form.get_by_role("grid", name="changes", exact=True)
        changes.get_by_role("row").filter(has_text="no longer encrypted").click()
        expect(notebook.form.get_by_role("region", name="the selected change")).to_be_visible()
        shoot(notebook, "comparison")
        assert notebook.form.evaluate(SIDEWAYS) == []
        assert notebook.execute("print(bench, len(bench.comparison.comparison.breaking))") == (
            "<Workbench with 2 exports> 5\n"
        )


def test_files_are_loaded_by_button_and_by_drop(opened: Open, gateway: Sandbox, tmp_path: Path):
    document = sorted(EXPORTS.iterdir())[0]
    long = tmp_path / "long.json"
    # More than one message's worth.
    long.write_text('{"swagger": "2.0", "info": {"title": "long", "version": "1"}, "paths": {}' + " " * 3_000_000 + "}")
    with opened(connecting(gateway, gateway.token), BENCH) as notebook:
        tab(notebook, "Exports").click()
        notebook.form.locator("input[type=file]").set_input_files([document, long])
        expect(tab(notebook, "Exports")).to_have_text("Exports2")
        field = notebook.form.locator(".apig-files").element_handle()
        notebook.page.evaluate(DROP, [field, "dropped.yaml", "openapi: 3.0.3\ninfo: {title: dropped}\npaths: {}\n"])
        expect(notebook.form.get_by_role("grid", name="exports")).to_contain_text("dropped.yaml")
        notebook.page.evaluate(DROP, [field, "<img src=x>.json", "{"])
        expect(notebook.form.get_by_role("alert").first).to_contain_text("<img src=x>.json was not loaded: ")
        assert notebook.execute("print(sorted(len(export.raw) > 3_000_000 for export in bench.exports.values()))") == (
            "[False, False, True]\n"
        )


def test_all_groups_are_exported_and_failures_are_retried(opened: Open, gateway: Sandbox, shoot):
    gateway.fault("export", status=403, times=3)
    with opened(connecting(gateway, gateway.token), BENCH) as notebook:
        expect(notebook.field("Environment")).to_be_enabled()
        all_groups(notebook).click()
        expect(status(notebook, "4 of 7 groups exported, 3 failed")).to_be_visible()
        groups = notebook.form.get_by_role("grid", name="groups", exact=True)
        expect(groups.get_by_text("failed")).to_have_count(3)
        groups.get_by_role("row").filter(has_text="failed").first.click()
        # The whole of it, which the table cuts.
        expect(notebook.form.get_by_role("alert").filter(has_text="403 APIG.1005: ")).to_contain_text("request ")
        shoot(notebook, "workbench-all-groups")
        notebook.button("Retry the others").click()
        expect(status(notebook, "3 of 3 groups exported")).to_be_visible()
        expect(tab(notebook, "Exports")).to_have_text("Exports7")


def test_finished_exports_are_kept_when_all_groups_are_cancelled(opened: Open, gateway: Sandbox, shoot):
    # Fewer than go at a time.
    gateway.fault("export", delay=60, times=3)
    with opened(connecting(gateway, gateway.token), BENCH, "print(6 * 7)") as notebook:
        expect(notebook.field("Environment")).to_be_enabled()
        all_groups(notebook).click()
        expect(notebook.form.get_by_text("4 of 7 groups", exact=True)).to_be_visible()
        # Those that have no answer yet.
        expect(notebook.form.get_by_text(re.compile(r"^\S+, \S+, \S+ · \d+ s$"))).to_be_visible()
        expect(notebook.form.get_by_role("progressbar")).to_have_attribute("value", "4")
        assert notebook.run_cell(2) == "42\n"
        shoot(notebook, "workbench-all-groups-running")
        notebook.button("Stop").click()
        expect(status(notebook, "stopped: 4 of 7 groups exported")).to_be_visible()
        expect(notebook.form.get_by_role("grid", name="groups", exact=True).get_by_text("missing")).to_have_count(3)
        shoot(notebook, "workbench-all-groups-cancelled")
        notebook.button("Retry the others").click()
        expect(status(notebook, "3 of 3 groups exported")).to_be_visible()
        expect(tab(notebook, "Exports")).to_have_text("Exports7")
        # Those of both tries.
        notebook.button("Explore all 7 groups").click()
        expect(notebook.form.get_by_role("heading", name="retail-prod · RELEASE · 7 groups")).to_be_visible()


def test_the_workbench_is_accessible_and_legible_in_both_themes(
    opened: Open, lab_page: LabPage, gateway: Sandbox, axe: str, contrast: str, shoot
):
    with opened(connecting(gateway, gateway.token), BENCH) as notebook:
        expect(notebook.field("Environment")).to_be_enabled()
        gateway.fault("export", status=403, times=3)
        all_groups(notebook).click()
        expect(status(notebook, "4 of 7 groups exported, 3 failed")).to_be_visible()
        notebook.form.get_by_role("grid", name="groups", exact=True).get_by_role("row").filter(
            has_text="failed"
        ).first.click()
        tab(notebook, "Exports").click()
        notebook.form.locator("input[type=file]").set_input_files(FOLDER / "root-number.yaml")
        expect(notebook.form.get_by_role("alert").filter(has_text="root-number.yaml was not loaded")).to_be_visible()
        notebook.form.get_by_role("grid", name="exports").get_by_role("checkbox").first.check()
        expect(notebook.button("Remove from the list")).to_be_enabled()
        try:
            for theme, suffix in (("JupyterLab Light", ""), ("JupyterLab Dark", "-dark")):
                lab_page.theme(theme)
                for name in ("Exports", "Explore", "Compare", "Audit", "Export"):
                    tab(notebook, name).click()
                    # Besides contrast, what axe checks does not depend on the theme.
                    assert suffix or notebook.violations(axe) == []
                    assert notebook.form.evaluate(contrast) >= [4.5]
                    shoot(notebook, f"workbench-look-{name.lower()}{suffix}")
                    with notebook.sized(width=720):
                        assert notebook.form.evaluate(SIDEWAYS) == []
                    with notebook.sized(width=640):
                        assert notebook.form.evaluate("form => form.scrollWidth <= form.clientWidth")
        finally:
            lab_page.theme("JupyterLab Light")


def test_a_lost_gateway_is_reported_in_every_part_and_exports_stay(opened: Open, shoot):
    lost = start()
    with opened(connecting(lost, lost.token), BENCH) as notebook:
        expect(notebook.field("API group")).to_be_enabled()
        notebook.field("API group").select_option("orders")
        notebook.button("Export").click()
        expect(tab(notebook, "Exports")).to_have_text("Exports1")
        lost.stop()
        notebook.button("Export again").click()
        expect(notebook.form.get_by_role("alert").filter(has_text="no connection").first).to_be_visible()
        all_groups(notebook).click()
        expect(notebook.form.get_by_role("alert").filter(has_text="no connection")).to_have_count(2)
        shoot(notebook, "workbench-gone")
        tab(notebook, "Explore").click()
        expect(status(notebook, "19 operations")).to_be_visible()
        assert notebook.root.get_by_text("Traceback").count() == 0
