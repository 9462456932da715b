"""Hostile documents stay text in every view: one workbench shows them from the list of exports to the comparison."""

import re

import pytest

from apig_nb.sandbox import Sandbox
from tests.hostile import DOCUMENTS, FOLDER

from .conftest import Open, connecting

pytest.importorskip("playwright", reason="playwright is not installed")

from playwright.sync_api import Locator, expect

from .lab import Notebook

PARTS = ("Responses", "Backend", "Policies", "Source", "Request")
# Enough to compare with: every operation of a hostile document is reported as removed.
EMPTY = {
    "empty-2.json": '{"swagger": "2.0", "info": {"title": "<b>e", "version": "1"}, "paths": {}}',
    "empty-3.json": '{"openapi": "3.0.3", "info": {"title": "<b>e", "version": "1"}, "paths": {}}',
}
# In the text of a cell, as people see it.
VISIBLE = {
    "markup.json": "/<script>alert(1)</script><img src=x onerror=alert(2)>",
    "nul-and-controls.json": "x␀y␛[31mred",
}

pytestmark = pytest.mark.browser


def tab(notebook: Notebook, title: str) -> Locator:
    return notebook.form.get_by_role("tab", name=re.compile(f"^{title}")).first


def test_hostile_documents_stay_text_in_every_view(opened: Open, gateway: Sandbox, tmp_path):
    for name, text in EMPTY.items():
        (tmp_path / name).write_text(text)
    with opened(connecting(gateway, gateway.token), "bench = apig.Workbench(client)\nbench") as notebook:
        notebook.page.evaluate("() => { window.harmed = null; window.alert = text => { window.harmed = text; }; }")
        export_hostile_answer(notebook, gateway)
        tab(notebook, "Exports").click()
        files = [*DOCUMENTS, *(tmp_path / name for name in EMPTY)]
        notebook.form.locator("input[type=file]").set_input_files(files)
        expect(tab(notebook, "Exports")).to_have_text(f"Exports{len(files) + 1}")
        for document in DOCUMENTS:
            explore(notebook, document.name)
            version = 2 if b'"swagger"' in document.read_bytes() else 3
            compare(notebook, document.name, f"empty-{version}.json")
        assert notebook.form.locator(":is(script, img, a[href])").count() == 0
        assert notebook.page.evaluate("() => window.harmed") is None


def export_hostile_answer(notebook: Notebook, gateway: Sandbox) -> None:
    """Export a hostile document, and explore it from there."""
    body = (FOLDER / "markup.json").read_text()
    gateway.fault("export", body=body, media_type="application/json")
    expect(notebook.field("API group")).to_be_enabled()
    notebook.field("API group").select_option("orders")
    notebook.button("Export").click()
    notebook.form.get_by_role("button", name=re.compile(r"^Explore \d")).click()
    expect(notebook.form.get_by_role("grid", name="operations", exact=True)).to_contain_text("/")


def explore(notebook: Notebook, name: str) -> None:
    """Open every tab of the explorer, and every part of the page of the first operation."""
    tab(notebook, "Explore").click()
    notebook.field("Export").select_option(name)
    expect(notebook.form.get_by_role("heading", level=3).filter(has_text=name)).to_be_visible()
    explorer = notebook.root.locator(".apig-explorer")
    explorer.get_by_role("grid", name="operations", exact=True).locator("[aria-rowindex='3']").click()
    expect(explorer.get_by_role("heading", level=4)).to_be_visible()
    for part in PARTS:
        explorer.get_by_role("tab", name=re.compile(f"^{part}")).click()
    if name in VISIBLE:
        expect(explorer.get_by_text(VISIBLE[name]).first).to_be_attached()
    explorer.get_by_role("radio", name="Charts").click()
    expect(explorer.locator(".apig-charts")).to_be_visible()
    explorer.get_by_role("radio", name="All tables").click()
    tables = explorer.get_by_label("Table", exact=True)
    for title in tables.locator("option").all_inner_texts():
        tables.select_option(title)
        table = explorer.get_by_role("grid", name=title, exact=True)
        expect(table.or_(explorer.get_by_text(f"This export contains no {title}"))).to_be_visible()
    explorer.get_by_role("radio", name="Operations").click()


def compare(notebook: Notebook, old: str, new: str) -> None:
    """Compare with an empty document, and open the page of a removed operation."""
    tab(notebook, "Compare").click()
    notebook.field("Old, what is there now").select_option(old)
    notebook.field("New, what would take its place").select_option(new)
    removed = notebook.form.get_by_role("row").filter(has_text="operation was removed").first
    removed.click()
    expect(notebook.form.get_by_role("region", name="the selected change")).to_be_visible()
