"""The comparison view in JupyterLab: tiles, rows, fields and keys, in both themes."""

import json
import re

import pytest

from .conftest import Open

pytest.importorskip("playwright", reason="playwright is not installed")

from playwright.sync_api import Locator, expect

from .lab import LabPage, Notebook

EXPORTS = (
    "import apig_nb as apig\n"
    'client = apig.connect("sandbox")\n'
    'release, test = (client.export(group="orders", env=env, define="all") for env in ("RELEASE", "TEST"))'
)
VIEW = "view = apig.ComparisonView(release, test)\nview"

pytestmark = pytest.mark.browser


def status(notebook: Notebook, text: str) -> Locator:
    return notebook.form.get_by_role("status").filter(has_text=text).first


def row(notebook: Notebook, text: str) -> Locator:
    return notebook.form.get_by_role("row").filter(has_text=text)


def tile(notebook: Notebook, name: str) -> Locator:
    return notebook.form.get_by_role("button", name=re.compile(f"^{name}"))


def selected(notebook: Notebook) -> Locator:
    return notebook.form.get_by_role("region", name="the selected change")


def test_a_change_is_found_read_ignored_restored_and_reported(opened: Open, lab_page: LabPage, shoot):
    with opened(EXPORTS, VIEW) as notebook:
        expect(status(notebook, "22 changes")).to_be_visible()
        tile(notebook, "9 warnings").click()
        expect(tile(notebook, "9 warnings")).to_have_attribute("aria-pressed", "true")
        tile(notebook, "backend 7").click()
        expect(notebook.form.get_by_text("6 of 22 changes")).to_be_visible()
        expect(row(notebook, "maximum lowered")).to_have_count(0)
        row(notebook, "no longer encrypted").click()
        expect(notebook.form.locator(".apig-diff del")).to_have_text("https")
        expect(notebook.form.locator(".apig-diff ins")).to_have_text("http")
        assert notebook.execute("print(len(view.filtered), *view.selected['after'])") == "6 http\n"
        notebook.button("Ignore…").click()
        notebook.form.get_by_role("textbox", name="Reason").fill("inside one network")
        notebook.form.get_by_role("combobox", name="Ignore", exact=True).select_option(
            "backend-scheme-loosened on /orders/{orderId}/cancel"
        )
        notebook.button("Add to the file").click()
        expect(status(notebook, "21 changes, 1 ignored")).to_be_visible()
        file = lab_page.lab.folder / "apig-ignore.yaml"
        assert "reason: inside one network" in file.read_text()
        shoot(notebook, "comparison-page")
        tile(notebook, "ignored 1").click()
        expect(row(notebook, "inside one network")).to_be_visible()
        shoot(notebook, "comparison-ignored")
        notebook.button("Undo").click()
        expect(status(notebook, "22 changes")).to_be_visible()
        assert not file.exists()
        notebook.field("Save on the machine of the kernel").fill("report.md")
        notebook.button("Save report").click()
        expect(status(notebook, "saved as report.md")).to_be_visible()
        assert "Breaking, 5" in (lab_page.lab.folder / "report.md").read_text()


def test_the_view_works_by_keyboard_alone(opened: Open, lab_page: LabPage):
    with opened(EXPORTS, VIEW) as notebook:
        keyboard = notebook.page.keyboard
        expect(status(notebook, "22 changes")).to_be_visible()
        tile(notebook, "5 breaking").focus()
        keyboard.press("Space")
        expect(notebook.form.get_by_text("5 of 22 changes")).to_be_visible()
        expect(tile(notebook, "5 breaking")).to_be_focused()
        while not notebook.form.locator("[role=grid] :focus").count():
            keyboard.press("Tab")
        keyboard.press("ArrowDown")
        # The head of the first operation; its first change is the next line.
        expect(notebook.form.locator("[role=grid] :focus")).to_contain_text("/orders1 change")
        keyboard.press("Enter")
        expect(selected(notebook)).to_be_visible()
        keyboard.press("ArrowDown")
        expect(notebook.form.locator("[role=grid] :focus")).to_contain_text("breaking")
        notebook.button("Ignore…").focus()
        keyboard.press("Space")
        expect(notebook.form.get_by_role("textbox", name="Reason")).to_be_visible()
        keyboard.press("Tab")
        expect(notebook.form.get_by_role("textbox", name="Reason")).to_be_focused()
        keyboard.type("dd agreed")
        for _ in range(4):
            keyboard.press("Tab")
        expect(notebook.button("Add to the file")).to_be_focused()
        keyboard.press("Enter")
        expect(status(notebook, "21 changes, 1 ignored")).to_be_visible()
        expect(notebook.button("Undo")).to_be_focused()
        keyboard.press("Enter")
        expect(status(notebook, "22 changes")).to_be_visible()
        # Letters typed outside a cell are commands to a notebook: it is as it was.
        expect(notebook.root.locator(".jp-CodeCell")).to_have_count(2)


def test_both_sides_are_chosen_from_lists(opened: Open, shoot):
    with opened(EXPORTS, "view = apig.ComparisonView(exports=[release, test])\nview") as notebook:
        expect(status(notebook, "choose the exports to compare")).to_be_visible()
        shoot(notebook, "comparison-choosing")
        notebook.field("Old, what is there now").select_option(index=1)
        notebook.field("New, what would take its place").select_option(index=1)
        expect(status(notebook, "no difference in 19 operations")).to_be_visible()
        shoot(notebook, "comparison-nothing")
        notebook.field("New, what would take its place").select_option(index=2)
        expect(status(notebook, "22 changes")).to_be_visible()
        notebook.button("Swap").click()
        expect(notebook.form.get_by_text("What would change if RELEASE were published")).to_be_visible()
        assert notebook.execute("view.close()") == ""
        expect(notebook.root.locator(".apig")).to_have_count(0)


def test_the_view_is_legible_in_both_themes_and_has_a_static_fallback(
    opened: Open, lab_page: LabPage, contrast: str, axe: str, shoot
):
    with opened(EXPORTS, VIEW) as notebook:
        expect(status(notebook, "22 changes")).to_be_visible()
        tile(notebook, "9 warnings").click()
        expect(notebook.form.get_by_text("9 of 22 changes")).to_be_visible()
        row(notebook, "limit of a throttling policy was lowered").click()
        expect(notebook.form.locator(".apig-facts")).to_contain_text("2 operations")
        shoot(notebook, "comparison-warnings")
        notebook.form.get_by_role("radio", name="Flat").click()
        expect(notebook.form.get_by_role("columnheader", name="Operation")).to_be_visible()
        assert notebook.violations(axe) == []
        shoot(notebook, "comparison-flat")
        notebook.button("Ignore…").click()
        notebook.button("Add to the file").click()
        missing = notebook.form.get_by_role("alert").filter(has_text="must say why the change is accepted")
        expect(missing).to_be_visible()
        shoot(notebook, "comparison-ignoring")
        assert notebook.form.evaluate(contrast) >= [4.5]
        assert notebook.violations(axe) == []
        shoot(notebook, "comparison-narrow", width=640)
        with notebook.sized(width=640):
            assert notebook.form.evaluate("form => form.scrollWidth <= form.clientWidth")
        lab_page.theme("JupyterLab Dark")
        try:
            shoot(notebook, "comparison-dark")
            assert notebook.form.evaluate(contrast) >= [4.5]
            assert notebook.violations(axe) == []
        finally:
            lab_page.theme("JupyterLab Light")
        outputs = json.loads(notebook.save())["cells"][1]["outputs"]
        assert "5 breaking, 9 warning, 8 info" in "".join(outputs[0]["data"]["text/html"])
