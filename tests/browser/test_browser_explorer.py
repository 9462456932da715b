"""The explorer in JupyterLab: finding an operation, its page, the other tables, charts."""

import json
import re
from pathlib import Path

import pytest

from apig_nb.sandbox import Sandbox
from tests.bench.explorer import document

from .conftest import Open, connecting

pytest.importorskip("playwright", reason="playwright is not installed")

from playwright.sync_api import Locator, expect

from .lab import LabPage, Notebook

EXPLORER = "explorer = apig.Explorer(export)\nexplorer"

pytestmark = pytest.mark.browser


@pytest.fixture
def orders(gateway: Sandbox) -> str:
    """A cell that exports the orders with everything there is to know of them."""
    export = "export = client.export(group='orders', env='RELEASE', define='all')"
    return f"{connecting(gateway, gateway.token)}\n{export}"


def row(notebook: Notebook, index: int, table: str = "operations") -> Locator:
    """A row by where it is shown, from 0."""
    return notebook.form.get_by_role("grid", name=table, exact=True).locator(f"[aria-rowindex='{index + 3}']")


def count(notebook: Notebook, words: str) -> Locator:
    return notebook.form.get_by_role("status").filter(has_text=re.compile(f"^{words}$"))


def facet(notebook: Notebook, name: str, value: str) -> Locator:
    return notebook.form.get_by_role("toolbar", name=name).get_by_role("button", name=re.compile(f"^(✓ )?{value} ?\\d"))


def tab(notebook: Notebook, name: str) -> Locator:
    return notebook.form.get_by_role("tab", name=name, exact=True)


def test_an_operation_is_found_and_read_with_the_mouse(opened: Open, orders: str, shoot):
    with opened(orders, EXPLORER) as notebook:
        expect(count(notebook, "19 operations")).to_be_visible()
        expect(notebook.form.get_by_role("heading", level=3)).to_contain_text("orders · RELEASE · everything")
        shoot(notebook, "explorer-at-first")
        facet(notebook, "Authentication", "APP").click()
        expect(count(notebook, "12 of 19 operations")).to_be_visible()
        expect(facet(notebook, "Authentication", "APP")).to_have_attribute("aria-pressed", "true")
        expect(facet(notebook, "Method", "POST")).to_have_text("POST1")
        notebook.form.get_by_label("Search operations").fill("items delete")
        expect(count(notebook, "1 of 19 operations")).to_be_visible()
        said = notebook.execute("print(*explorer.filtered.operation_id)")
        assert said == "API_orders_items_remove\n"
        notebook.form.get_by_role("button", name="Clear facets").click()
        notebook.form.get_by_role("button", name="Clear", exact=True).click()
        row(notebook, 0).click()
        expect(notebook.form.get_by_role("heading", level=4)).to_have_text("GET /orders — API_orders_list")
        way = notebook.form.get_by_role("list", name="path of a call").get_by_role("listitem")
        expect(way).to_have_count(4)
        expect(way.last).to_contain_text("orders.internal.example.com:8443/v1/orders")
        expect(notebook.form.get_by_role("region", name="parameters")).to_contain_text("maxLength=16")
        shoot(notebook, "explorer-page")
        tab(notebook, "backend").click()
        expect(notebook.form.get_by_role("region", name="mapping")).to_contain_text("constant apigateway")
        assert notebook.execute("print(*explorer.selected.path)") == "/orders\n"
        tab(notebook, "source").click()
        notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        notebook.form.get_by_role("button", name="Copy").click()
        expect(count(notebook, "copied")).to_be_visible()
        copied = notebook.page.evaluate("() => navigator.clipboard.readText()")
        assert copied.startswith('{\n  "/orders": {\n    "get": {')
        notebook.field("Format").select_option("YAML")
        expect(notebook.form.get_by_role("region", name="source")).to_contain_text("operationId: API_orders_list")
        notebook.form.get_by_role("button", name="Copy").click()
        expect(count(notebook, "copied")).to_be_visible()
        assert notebook.page.evaluate("() => navigator.clipboard.readText()").startswith("/orders:\n  get:\n")
        facet(notebook, "Authentication", "AUTHORIZER").click()
        expect(count(notebook, "3 of 19 operations")).to_be_visible()
        notebook.form.get_by_role("row").filter(has_text="API_orders_get").click()
        expect(way).to_have_count(5)
        tab(notebook, "request").click()
        shoot(notebook, "explorer")
        notebook.page.context.clear_permissions()


def test_16000_operations_are_scrolled_found_and_read(opened: Open, tmp_path: Path, shoot):
    large = tmp_path / "large.json"
    large.write_text(json.dumps(document(16_000)))
    with opened(f"import apig_nb as apig\nexport = apig.load({str(large)!r})", EXPLORER) as notebook:
        expect(count(notebook, "16,000 operations")).to_be_visible()
        grid = notebook.form.get_by_role("grid", name="operations", exact=True)
        grid.evaluate("grid => { grid.scrollTop = grid.scrollHeight; }")
        expect(row(notebook, 15_999)).to_contain_text("API_things_15999")
        assert grid.locator("[role=row]").count() < 60
        facet(notebook, "Method", "DELETE").click()
        expect(count(notebook, "4,000 of 16,000 operations")).to_be_visible()
        grid.get_by_label("Filter path").fill("/things/0399")
        expect(count(notebook, "10 of 16,000 operations")).to_be_visible()
        row(notebook, 9).click()
        expect(notebook.form.get_by_role("heading", level=4)).to_have_text(
            "DELETE /things/03999/parts — API_things_15999"
        )
        shoot(notebook, "explorer-16000")
        assert notebook.execute("print(len(explorer.filtered), *explorer.selected.path)") == "10 /things/03999/parts\n"


def test_without_access_to_the_clipboard_the_source_is_selected(opened: Open, orders: str):
    with opened(orders, EXPLORER) as notebook:
        row(notebook, 0).click()
        tab(notebook, "source").click()
        notebook.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('closed')); }")
        notebook.form.get_by_role("button", name="Copy").click()
        expect(notebook.form.get_by_role("status").filter(has_text="selected; Ctrl+C")).to_be_visible()
        assert notebook.page.evaluate("() => getSelection().toString()").startswith('{\n  "/orders"')


def test_an_operation_is_found_and_read_with_the_keyboard(opened: Open, orders: str):
    with opened(orders, EXPLORER) as notebook:
        keyboard = notebook.page.keyboard
        expect(row(notebook, 0)).to_be_visible()
        facet(notebook, "Method", "GET").focus()
        keyboard.press("Tab")
        expect(facet(notebook, "Tag", "orders")).to_be_focused()
        keyboard.press("Tab")
        for _ in range(2):
            keyboard.press("ArrowRight")
        expect(facet(notebook, "Authentication", "IAM")).to_be_focused()
        keyboard.press("Space")
        expect(count(notebook, "2 of 19 operations")).to_be_visible()
        expect(facet(notebook, "Authentication", "IAM")).to_be_focused()
        for _ in range(3):
            keyboard.press("Tab")
        expect(notebook.form.get_by_role("button", name="Clear facets")).to_be_focused()
        keyboard.press("Tab")
        expect(notebook.form.get_by_label("Search operations")).to_be_focused()
        # Columns (“Clear” is not there), headings, filters, rows.
        for _ in range(4):
            keyboard.press("Tab")
        keyboard.press("ArrowDown")
        keyboard.press("Enter")
        expect(notebook.form.get_by_role("heading", level=4)).to_be_visible()
        assert notebook.execute("print(*explorer.selected.auth)") == "IAM\n"
        keyboard.press("Tab")
        expect(tab(notebook, "request")).to_be_focused()
        keyboard.press("ArrowRight")
        keyboard.press("Enter")
        expect(tab(notebook, "responses").last).to_have_attribute("aria-selected", "true")
        expect(notebook.root.locator(".jp-CodeCell")).to_have_count(2)


def test_every_tab_is_accessible_and_legible_in_both_themes(
    opened: Open, lab_page: LabPage, orders: str, contrast: str, axe: str, shoot
):
    with opened(orders, EXPLORER) as notebook:
        row(notebook, 1).click()
        expect(notebook.form.get_by_role("heading", level=4)).to_be_visible()
        facet(notebook, "Authentication", "APP").click()
        expect(count(notebook, "12 of 19 operations")).to_be_visible()

        def check(theme: str) -> None:
            assert notebook.form.evaluate(contrast) >= [4.5]
            # Besides contrast, what axe checks does not depend on the theme.
            assert theme == "JupyterLab Dark" or notebook.violations(axe) == []

        for theme, suffix in (("JupyterLab Light", ""), ("JupyterLab Dark", "-dark")):
            lab_page.theme(theme)
            try:
                for part in ("request", "responses", "backend", "policies", "problems", "source"):
                    tab(notebook, part).last.click()
                    check(theme)
                shoot(notebook, f"explorer-source{suffix}")
                for title in ("charts", "parameters", "problems"):
                    tab(notebook, title).first.click()
                    if title != "charts":
                        expect(notebook.form.get_by_role("grid", name=title, exact=True)).to_be_visible()
                    check(theme)
                    shoot(notebook, f"explorer-{title}{suffix}")
                tab(notebook, "operations").click()
            finally:
                lab_page.theme("JupyterLab Light")
        for title in ("operations", "charts"):
            tab(notebook, title).click()
            with notebook.sized(width=640):
                assert notebook.form.evaluate("form => form.scrollWidth <= form.clientWidth")
            shoot(notebook, f"explorer-{title}-narrow", width=640)


def test_two_explorers_are_independent(opened: Open, orders: str):
    with opened(orders, EXPLORER, "other = apig.Explorer(export)\nother") as notebook:
        expect(notebook.root.locator(".apig-explorer")).to_have_count(2)
        facet(notebook, "Method", "DELETE").click()
        expect(count(notebook, "2 of 19 operations")).to_be_visible()
        assert notebook.execute("print(len(explorer.filtered), len(other.filtered))") == "2 19\n"
        assert notebook.execute("explorer.close()") == ""
        expect(notebook.root.locator(".apig-explorer")).to_have_count(1)
        facet(notebook, "Method", "PUT").click()
        expect(count(notebook, "1 of 19 operations")).to_be_visible()


def test_a_reopened_notebook_shows_the_first_rows_before_it_is_run(
    opened: Open, lab_page: LabPage, orders: str, request: pytest.FixtureRequest
):
    with opened(orders, EXPLORER) as notebook:
        expect(row(notebook, 0)).to_be_visible()
        notebook.save()
    with lab_page.notebook(f"{request.node.name}.ipynb") as notebook:
        expect(row(notebook, 0)).to_contain_text("API_orders_list")
        expect(count(notebook, "19 operations")).to_be_visible()
