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


def menu(notebook: Notebook, name: str) -> Locator:
    """The button of a filter."""
    return notebook.form.locator(".apig-filter").get_by_role("button", name=name, exact=True)


def tick(notebook: Notebook, name: str, value: str) -> Locator:
    """A value in the open menu of a filter."""
    return notebook.form.get_by_role("group", name=name, exact=True).get_by_role(
        "checkbox", name=re.compile(f"^{value} ?\\d")
    )


def filter_by(notebook: Notebook, name: str, value: str) -> None:
    menu(notebook, name).click()
    tick(notebook, name, value).click()
    notebook.page.keyboard.press("Escape")


def view(notebook: Notebook, name: str) -> Locator:
    """A view of the export."""
    return notebook.form.get_by_role("radio", name=name, exact=True)


def tab(notebook: Notebook, name: str) -> Locator:
    return notebook.form.get_by_role("tab", name=name, exact=True)


def test_an_operation_is_found_and_read_with_the_mouse(opened: Open, orders: str, shoot):
    with opened(orders, EXPLORER) as notebook:
        expect(count(notebook, "19 operations")).to_be_visible()
        expect(notebook.form.get_by_role("heading", level=3)).to_contain_text("orders · RELEASE · everything")
        shoot(notebook, "explorer-at-first")
        filter_by(notebook, "Authentication", "APP")
        expect(count(notebook, "12 of 19 operations")).to_be_visible()
        menu(notebook, "Method").click()
        expect(tick(notebook, "Method", "POST")).to_be_visible()
        shoot(notebook, "explorer-menu")
        notebook.page.keyboard.press("Escape")
        expect(tick(notebook, "Method", "POST")).to_be_hidden()
        notebook.form.get_by_label("Search operations").fill("items delete")
        expect(count(notebook, "1 of 19 operations")).to_be_visible()
        said = notebook.execute("print(*explorer.filtered.operation_id)")
        assert said == "API_orders_items_remove\n"
        notebook.form.get_by_role("button", name="Authentication: APP").click()
        notebook.form.get_by_role("button", name="Clear", exact=True).click()
        expect(count(notebook, "19 operations")).to_be_visible()
        notebook.form.get_by_role("button", name="plain-http backend 5").click()
        expect(count(notebook, "5 of 19 operations")).to_be_visible()
        shoot(notebook, "explorer-question")
        notebook.form.get_by_role("button", name="plain-http backend 5").click()
        expect(count(notebook, "19 operations")).to_be_visible()
        row(notebook, 0).click()
        expect(notebook.form.get_by_role("heading", level=4)).to_have_text("GET/orders")
        way = notebook.form.get_by_role("group", name="path of a call").get_by_role("listitem")
        expect(way).to_have_count(5)
        expect(way.last).to_contain_text("orders.internal.example.com:8443/v1/orders")
        expect(notebook.form.get_by_role("region", name="parameters")).to_contain_text("maxLength=16")
        shoot(notebook, "explorer-page")
        tab(notebook, "Backend 1").click()
        expect(notebook.form.get_by_role("region", name="parameters of Default backend")).to_contain_text(
            "constant apigateway"
        )
        assert notebook.execute("print(*explorer.selected.path)") == "/orders\n"
        tab(notebook, "Source").click()
        notebook.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        source = notebook.form.locator(".apig-section").last
        source.get_by_role("button", name="Copy").click()
        expect(count(notebook, "copied")).to_be_visible()
        copied = notebook.page.evaluate("() => navigator.clipboard.readText()")
        assert copied.startswith('{\n  "/orders": {\n    "get": {')
        view(notebook, "YAML").click()
        expect(notebook.form.get_by_role("region", name="Source")).to_contain_text("operationId: API_orders_list")
        source.get_by_role("button", name="Copy").click()
        expect(count(notebook, "copied")).to_be_visible()
        assert notebook.page.evaluate("() => navigator.clipboard.readText()").startswith("/orders:\n  get:\n")
        filter_by(notebook, "Authentication", "AUTHORIZER")
        expect(count(notebook, "3 of 19 operations")).to_be_visible()
        notebook.form.get_by_role("row").filter(has_text="/orders/{orderId}").first.click()
        expect(way).to_have_count(5)
        expect(way.nth(3)).to_contain_text("policy_eu")
        tab(notebook, "Request").click()
        shoot(notebook, "explorer-filtered")
        notebook.page.context.clear_permissions()


def test_16000_operations_are_scrolled_found_and_read(opened: Open, tmp_path: Path, shoot):
    large = tmp_path / "large.json"
    large.write_text(json.dumps(document(16_000)))
    with opened(f"import apig_nb as apig\nexport = apig.load({str(large)!r})", EXPLORER) as notebook:
        expect(count(notebook, "16,000 operations")).to_be_visible()
        grid = notebook.form.get_by_role("grid", name="operations", exact=True)
        grid.evaluate("grid => { grid.scrollTop = grid.scrollHeight; }")
        expect(row(notebook, 15_999)).to_contain_text("/things/03999/parts")
        assert grid.locator("[role=row]").count() < 60
        filter_by(notebook, "Method", "DELETE")
        expect(count(notebook, "4,000 of 16,000 operations")).to_be_visible()
        notebook.button("Filter columns").click()
        grid.get_by_label("Filter Path").fill("/things/0399")
        expect(count(notebook, "10 of 16,000 operations")).to_be_visible()
        row(notebook, 9).click()
        expect(notebook.form.get_by_role("heading", level=4)).to_have_text("DELETE/things/03999/parts")
        shoot(notebook, "explorer-16000")
        assert notebook.execute("print(len(explorer.filtered), *explorer.selected.path)") == "10 /things/03999/parts\n"


def test_without_access_to_the_clipboard_the_source_is_selected(opened: Open, orders: str):
    with opened(orders, EXPLORER) as notebook:
        row(notebook, 0).click()
        tab(notebook, "Source").click()
        expect(notebook.form.locator(".apig-section").last).to_contain_text('"/orders"')
        notebook.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('closed')); }")
        notebook.form.locator(".apig-section").last.get_by_role("button", name="Copy").click()
        expect(notebook.form.get_by_role("status").filter(has_text="selected; Ctrl+C")).to_be_visible()
        assert notebook.page.evaluate("() => getSelection().toString()").startswith('{\n  "/orders"')


def test_an_operation_is_found_and_read_with_the_keyboard(opened: Open, orders: str):
    with opened(orders, EXPLORER) as notebook:
        keyboard = notebook.page.keyboard
        expect(row(notebook, 0)).to_be_visible()
        menu(notebook, "Authentication").focus()
        keyboard.press("Enter")
        expect(tick(notebook, "Authentication", "APP")).to_be_focused()
        for _ in range(2):
            keyboard.press("Tab")
        expect(tick(notebook, "Authentication", "IAM")).to_be_focused()
        keyboard.press("Space")
        expect(count(notebook, "2 of 19 operations")).to_be_visible()
        keyboard.press("Escape")
        expect(menu(notebook, "Authentication")).to_be_focused()
        notebook.form.get_by_label("Search operations").focus()
        # Headings, then rows.
        for _ in range(2):
            keyboard.press("Tab")
        keyboard.press("ArrowDown")
        keyboard.press("Enter")
        expect(notebook.form.get_by_role("heading", level=4)).to_be_visible()
        assert notebook.execute("print(*explorer.selected.auth)") == "IAM\n"
        tab(notebook, "Request").focus()
        keyboard.press("ArrowRight")
        expect(tab(notebook, "Responses 1")).to_have_attribute("aria-selected", "true")
        keyboard.press("Escape")
        expect(notebook.form.get_by_role("heading", level=4)).to_be_hidden()
        expect(notebook.root.locator(".jp-CodeCell")).to_have_count(2)


def test_every_tab_is_accessible_and_legible_in_both_themes(
    opened: Open, lab_page: LabPage, orders: str, contrast: str, axe: str, shoot
):
    with opened(orders, EXPLORER) as notebook:
        row(notebook, 1).click()
        expect(notebook.form.get_by_role("heading", level=4)).to_be_visible()
        filter_by(notebook, "Authentication", "APP")
        expect(count(notebook, "12 of 19 operations")).to_be_visible()

        def check(theme: str) -> None:
            assert notebook.form.evaluate(contrast) >= [4.5]
            # Besides contrast, what axe checks does not depend on the theme.
            assert theme == "JupyterLab Dark" or notebook.violations(axe) == []

        for theme, suffix in (("JupyterLab Light", ""), ("JupyterLab Dark", "-dark")):
            lab_page.theme(theme)
            try:
                for part in ("Request", "Responses", "Backend", "Policies", "Source"):
                    notebook.form.get_by_role("tab", name=re.compile(f"^{part}")).click()
                    check(theme)
                shoot(notebook, f"explorer-source{suffix}")
                view(notebook, "Charts").click()
                check(theme)
                shoot(notebook, f"explorer-charts{suffix}")
                view(notebook, "All tables").click()
                for title in ("parameters", "problems"):
                    notebook.field("Table").select_option(title)
                    expect(notebook.form.get_by_role("grid", name=title, exact=True)).to_be_visible()
                    check(theme)
                    shoot(notebook, f"explorer-{title}{suffix}")
                view(notebook, "Operations").click()
            finally:
                lab_page.theme("JupyterLab Light")
        for title in ("Operations", "Charts"):
            view(notebook, title).click()
            with notebook.sized(width=640):
                assert notebook.form.evaluate("form => form.scrollWidth <= form.clientWidth")
            shoot(notebook, f"explorer-{title.lower()}-narrow", width=640)


def test_two_explorers_are_independent(opened: Open, orders: str):
    with opened(orders, EXPLORER, "other = apig.Explorer(export)\nother") as notebook:
        expect(notebook.root.locator(".apig-explorer")).to_have_count(2)
        filter_by(notebook, "Method", "DELETE")
        expect(count(notebook, "2 of 19 operations")).to_be_visible()
        assert notebook.execute("print(len(explorer.filtered), len(other.filtered))") == "2 19\n"
        assert notebook.execute("explorer.close()") == ""
        expect(notebook.root.locator(".apig-explorer")).to_have_count(1)
        filter_by(notebook, "Method", "PUT")
        expect(count(notebook, "1 of 19 operations")).to_be_visible()


def test_a_reopened_notebook_shows_the_first_rows_before_it_is_run(
    opened: Open, lab_page: LabPage, orders: str, request: pytest.FixtureRequest
):
    with opened(orders, EXPLORER) as notebook:
        expect(row(notebook, 0)).to_be_visible()
        notebook.save()
    with lab_page.notebook(f"{request.node.name}.ipynb") as notebook:
        expect(row(notebook, 0)).to_contain_text("/orders")
        expect(count(notebook, "19 operations")).to_be_visible()
