"""The form in JupyterLab, used by labels, buttons and keys."""

import re
import shutil
from pathlib import Path

import pytest

from apig_nb.sandbox import Sandbox, start
from tests.large_gateway import write_large_gateway

from .conftest import Open, connecting

pytest.importorskip("playwright", reason="playwright is not installed")

from playwright.sync_api import Locator, expect

from .lab import LabPage, Notebook

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"
FORM = "form = apig.ExportForm(client)\nform"

pytestmark = pytest.mark.browser


def status(notebook: Notebook, words: str | re.Pattern[str]) -> Locator:
    # The table below says how many rows there are, too.
    return notebook.form.get_by_role("status").filter(has_text=words).first


def alert(notebook: Notebook, words: str) -> Locator:
    return notebook.form.get_by_role("alert").filter(has_text=words)


def beside(notebook: Notebook, label: str) -> Locator:
    """What stands with a field: the control, its explanation, its error."""
    return notebook.form.locator(".widget-vbox", has=notebook.page.get_by_label(label, exact=True)).last


def export_orders(notebook: Notebook) -> None:
    notebook.field("API group").select_option("orders")
    notebook.button("Export").click()


def choose_cloud(notebook: Notebook, gateway: Sandbox) -> None:
    """Choose another cloud, with a token, and fill in the place of a sandbox."""
    notebook.form.get_by_role("radio", name="Another cloud").click()
    notebook.form.get_by_role("radio", name="Token", exact=True).click()
    notebook.field("Region").select_option("an address to type…")
    notebook.field("Endpoint").fill(gateway.url)
    notebook.field("Project").fill(gateway.project_id)
    notebook.field("Project").press("Tab")


def test_a_newcomer_exports_by_labels(lab_page: LabPage, shoot):
    shutil.copy(NOTEBOOKS / "01-export.ipynb", lab_page.lab.folder)
    with lab_page.notebook("01-export.ipynb") as notebook:
        for cell in (1, 2, 4):
            notebook.run_cell(cell)
        expect(status(notebook, "Still missing: API group")).to_be_visible()
        expect(notebook.button("Export")).to_be_disabled()
        shoot(notebook, "nothing-chosen")
        export_orders(notebook)
        expect(status(notebook, "19 operations on 13 paths")).to_be_visible()
        notebook.button("Explore 19 operations").click()
        rows = notebook.form.get_by_role("grid", name="operations", exact=True)
        expect(rows).to_contain_text("/orders/{orderId}/items")
        expect(rows).to_have_attribute("aria-rowcount", re.compile("^2[0-9]$"))
        shoot(notebook, "export-notebook")
        assert "orders RELEASE all" in notebook.run_cell(7)


def test_the_form_works_by_keyboard_alone(opened: Open, connected: str):
    with opened(connected, FORM) as notebook:
        keyboard = notebook.page.keyboard

        def tab_to(control: Locator) -> None:
            for _ in range(30):
                if control.evaluate("node => node === document.activeElement"):
                    break
                keyboard.press("Tab")
            expect(control).to_be_focused()
            assert control.evaluate("node => getComputedStyle(node).outlineStyle") != "none"

        expect(notebook.field("API group")).to_be_enabled()
        notebook.button("Reload lists").focus()
        for label in ("Gateway", "Environment", "API group"):
            tab_to(notebook.field(label))
        keyboard.type("orders")
        expect(notebook.button("Export")).to_be_enabled()
        tab_to(notebook.field("Scope"))
        tab_to(notebook.button("More fields"))
        keyboard.press("Enter")
        notebook.field("Scope").focus()
        tab_to(notebook.field("APIs"))
        tab_to(notebook.form.get_by_role("radio", name="Swagger 2.0"))
        keyboard.press("ArrowRight")
        tab_to(notebook.form.get_by_role("radio", name="JSON"))
        tab_to(notebook.field("Version"))
        keyboard.type("v1")
        tab_to(notebook.field("Call"))
        tab_to(notebook.button("Export"))
        keyboard.press("Enter")
        expect(status(notebook, "19 operations")).to_be_visible()
        assert notebook.execute("print(form.export.request.version, form.export.request.oas_version)") == "v1 3.0\n"
        # Letters typed in a list are commands to a notebook: it is as it was.
        expect(notebook.root.locator(".jp-CodeCell")).to_have_count(2)


def test_a_token_stays_out_of_the_notebook_and_of_every_widget(opened: Open, gateway: Sandbox, shoot):
    with opened("import apig_nb as apig", "form = apig.ExportForm()\nform") as notebook:
        choose_cloud(notebook, gateway)
        notebook.field("Token").fill("not-the-token-of-anybody")
        notebook.button("Connect").click()
        expect(alert(notebook, "401")).to_be_visible()
        expect(notebook.field("Token")).to_have_value("")
        shoot(notebook, "connecting-refused")
        notebook.field("Token").fill(gateway.token)
        notebook.page.keyboard.press("Enter")
        notebook.field("Gateway").select_option("retail-prod")
        expect(notebook.field("API group")).to_be_enabled()
        export_orders(notebook)
        expect(status(notebook, "19 operations")).to_be_visible()
        notebook.button("Change").click()
        notebook.button("More fields").click()
        notebook.form.get_by_role("radio", name="curl").click()
        expect(notebook.form.get_by_text("curl --request", exact=False)).to_be_visible()
        saved = notebook.save()
        assert "application/vnd.jupyter.widget-state+json" in saved
        assert "APIG_TOKEN" in saved
        states = notebook.execute(
            "import ipywidgets, json\n"
            "print(json.dumps([str(w.get_state()) + repr(w) for w in ipywidgets.widgets.widget._instances.values()]))"
        )
        assert "orders" in states
        for token in (gateway.token, "not-the-token-of-anybody"):
            assert token not in saved
            assert token not in states


def test_errors_of_the_gateway_are_shown_and_the_form_stays_usable(
    opened: Open, gateway: Sandbox, connected: str, shoot
):
    with opened(connected, FORM) as notebook:
        # As often as the client tries.
        for code, times in ((429, 4), (500, 2), (404, 1)):
            gateway.fault("export", status=code, times=times)
            export_orders(notebook)
            expect(alert(notebook, str(code))).to_be_visible()
        gateway.fault("export", disconnect=True, times=4)
        notebook.button("Export").click()
        expect(alert(notebook, "was lost before the whole answer was received")).to_be_visible()
        shoot(notebook, "connection-broken")
        notebook.button("More fields").click()
        notebook.field("Version").fill("1\x01")
        notebook.field("Version").press("Tab")
        expect(beside(notebook, "Version").get_by_role("alert")).to_contain_text("control characters")
        expect(notebook.button("Export")).to_be_disabled()
        shoot(notebook, "version-wrong")
        notebook.field("Version").fill("1")
        notebook.field("Version").press("Tab")
        expect(notebook.button("Export")).to_be_enabled()
        notebook.button("Export").click()
        expect(status(notebook, "19 operations")).to_be_visible()


def test_a_lost_connection_is_shown_and_can_be_restored(opened: Open, shoot):
    lost = start()
    with opened(connecting(lost, lost.token), FORM) as notebook:
        expect(notebook.field("API group")).to_be_enabled()
        lost.stop()
        notebook.button("Reload lists").click()
        expect(beside(notebook, "Gateway").get_by_role("alert")).to_contain_text("no connection")
        shoot(notebook, "connection-lost")
        with start(port=int(lost.url.rpartition(":")[2])) as back:
            # Tokens of a sandbox do not outlive it.
            notebook.button("Change connection").click()
            choose_cloud(notebook, back)
            notebook.field("Token").fill(back.token)
            notebook.button("Connect").click()
            # Until the lists are here, an id can be typed in the place of this one.
            expect(notebook.form.get_by_role("combobox", name="Gateway", exact=True)).to_be_enabled()
            notebook.field("Gateway").select_option("retail-prod")
            expect(notebook.field("API group")).to_be_enabled()
            export_orders(notebook)
            expect(status(notebook, "19 operations")).to_be_visible()
            assert notebook.execute("form.close()") == ""
            expect(notebook.root.locator(".apig")).to_have_count(0)


def test_an_export_can_be_cancelled_and_leaves_the_kernel_free(opened: Open, gateway: Sandbox, connected: str, shoot):
    with opened(connected, FORM, "print(6 * 7)") as notebook:
        gateway.fault("export", delay=30)
        export_orders(notebook)
        expect(status(notebook, "exporting…")).to_be_visible()
        assert notebook.run_cell(2) == "42\n"
        expect(notebook.form.get_by_text(re.compile(r"^[1-9]\d* s$"))).to_be_visible()
        expect(notebook.button("Export")).to_be_disabled()
        shoot(notebook, "exporting")
        notebook.button("More fields").click()
        notebook.form.get_by_role("radio", name="YAML").click()
        notebook.button("Cancel").click()
        expect(status(notebook, "cancelled")).to_be_visible()
        expect(notebook.button("Cancel")).to_be_hidden()
        notebook.button("Export").click()
        expect(status(notebook, "19 operations")).to_be_visible()
        assert notebook.execute("print([e.request.type for e in form.exports])") == "['yaml']\n"


def test_two_forms_are_independent(opened: Open, connected: str):
    with opened(connected, FORM, "other = apig.ExportForm(client)\nother") as notebook:
        second = notebook.root.locator(".apig").last
        second.get_by_label("API group", exact=True).select_option("payments")
        export_orders(notebook)
        expect(status(notebook, "19 operations")).to_be_visible()
        second.get_by_role("button", name="Export", exact=True).click()
        expect(second.get_by_text("retail-prod › RELEASE › payments")).to_be_visible()
        said = notebook.execute("print(len(form.exports), len(other.exports), other.export.group)\nform.close()")
        assert said == "1 1 payments\n"
        second.get_by_role("button", name="Export again", exact=True).click()
        expect(second.get_by_role("status").filter(has_text="exported")).to_be_visible()


def test_ids_are_typed_if_listing_is_forbidden(opened: Open, gateway: Sandbox, shoot):
    group = "c173067d9f0ed6d82fe1d0efed1909f5"
    with opened(connecting(gateway, gateway.token_for("exporter")), FORM) as notebook:
        expect(beside(notebook, "API group")).to_contain_text("Listing is not allowed")
        notebook.field("API group").fill("0" * 32)
        notebook.field("API group").press("Enter")
        notebook.button("Export").click()
        expect(beside(notebook, "API group").get_by_role("alert")).to_be_visible()
        shoot(notebook, "listing-forbidden")
        notebook.field("API group").fill(group)
        notebook.field("API group").press("Enter")
        notebook.button("Export").click()
        expect(status(notebook, "19 operations")).to_be_visible()


def test_loading_lists_and_an_empty_export_are_shown(opened: Open, gateway: Sandbox, connected: str, shoot):
    gateway.fault("api_groups", delay=3)
    with opened(connected, FORM) as notebook:
        expect(notebook.field("API group")).to_contain_text("loading…")
        expect(notebook.field("API group")).to_be_disabled()
        shoot(notebook, "lists-loading")
        notebook.field("API group").select_option("archive")
        notebook.button("Export").click()
        expect(status(notebook, "nothing is published here")).to_be_visible()
        shoot(notebook, "nothing-published")


def test_one_of_1500_groups_and_8000_apis_is_found_by_keyboard(opened: Open, tmp_path: Path, axe: str, shoot):
    write_large_gateway(tmp_path, groups=1500, apis=8000)
    with start(tmp_path) as large, opened(connecting(large, large.token), FORM) as notebook:
        keyboard = notebook.page.keyboard
        expect(beside(notebook, "Search groups")).to_contain_text("500 of 1,500 shown; search to narrow")
        shoot(notebook, "long-list")
        notebook.field("Search groups").focus()
        keyboard.type("1499")
        expect(notebook.field("API group").locator("option")).to_have_text(["choose…", "team-1499"])
        keyboard.press("Tab")
        expect(notebook.field("API group")).to_be_focused()
        keyboard.press("ArrowDown")
        keyboard.press("Tab")
        notebook.button("More fields").click()
        expect(notebook.field("APIs")).to_contain_text("all 8,000 published")
        notebook.field("APIs").select_option("some, picked from a list")
        expect(notebook.field("Pick APIs").locator("option")).to_have_count(500)
        notebook.field("Search APIs").focus()
        keyboard.type("get things/799")
        expect(beside(notebook, "Search APIs")).to_contain_text("11 of 8,000 shown")
        expect(notebook.field("Pick APIs").locator("option")).to_have_count(11)
        keyboard.press("Tab")
        keyboard.press("ArrowDown")
        expect(beside(notebook, "Pick APIs")).to_contain_text("1 picked")
        keyboard.press("Control+a")
        expect(beside(notebook, "Pick APIs")).to_contain_text("11 picked")
        assert notebook.violations(axe) == []
        shoot(notebook, "long-list-searched")
        notebook.button("Export").click()
        expect(status(notebook, "11 operations on 11 paths")).to_be_visible()


def test_a_list_keeps_the_focus_when_it_is_reloaded(opened: Open, tmp_path: Path):
    write_large_gateway(tmp_path, groups=30, apis=0)
    with start(tmp_path) as large, opened(connecting(large, large.token), FORM) as notebook:
        expect(notebook.field("Search groups")).to_be_visible()
        notebook.button("More fields").click()
        notebook.field("Search groups").focus()
        # The kernel is busy: what is found comes when the list has the focus already.
        notebook.execute("import asyncio, time\nasyncio.get_running_loop().call_later(0.2, time.sleep, 2)")
        notebook.page.wait_for_timeout(500)
        notebook.page.keyboard.type("0017")
        notebook.page.keyboard.press("Tab")
        expect(notebook.field("API group").locator("option")).to_have_text(["choose…", "team-0017"])
        expect(notebook.field("API group")).to_be_focused()
        notebook.page.keyboard.press("ArrowDown")
        expect(notebook.field("APIs")).to_contain_text("none published")
        # A person who is in another field is not called back.
        notebook.root.locator(".cm-content").last.click()
        notebook.execute("form._pickers.reload()")
        expect(notebook.field("API group")).to_be_enabled()
        expect(notebook.field("API group")).not_to_be_focused()


def test_a_task_is_polled_and_cancelled(opened: Open, gateway: Sandbox, connected: str, shoot):
    with opened(connected, FORM) as notebook:
        gateway.fault("async_export", polls=10_000)
        notebook.button("More fields").click()
        notebook.field("Call").select_option("as a task")
        export_orders(notebook)
        expect(status(notebook, "exporting as a task: processing")).to_be_visible()
        expect(notebook.form.get_by_text(re.compile(r"^[1-9]\d* s$"))).to_be_visible()
        shoot(notebook, "exporting-as-task")
        notebook.button("Cancel").click()
        expect(status(notebook, "cancelled")).to_be_visible()
        gateway.fault("export", status=413)
        notebook.field("Call").select_option("at once, else as a task")
        notebook.button("Export").click()
        expect(status(notebook, "the direct call failed for size or time")).to_be_visible()
        shoot(notebook, "exported-with-warning")
        assert notebook.execute("print(len(form.export.warnings))") == "1\n"


def test_the_form_is_responsive_and_legible_in_both_themes(
    opened: Open, lab_page: LabPage, connected: str, contrast: str, axe: str, shoot
):
    with opened(connected, FORM) as notebook:
        export_orders(notebook)
        expect(status(notebook, "19 operations")).to_be_visible()
        shoot(notebook, "exported")
        assert notebook.violations(axe) == []
        notebook.button("Change").click()
        notebook.button("More fields").click()
        notebook.field("APIs").select_option("some, picked from a list")
        notebook.field("Search APIs").fill("track")
        expect(notebook.form.get_by_text("1 of 19 shown")).to_be_visible()
        expect(status(notebook, "Still missing: APIs")).to_be_visible()
        notebook.form.get_by_role("radio", name="Python").click()
        notebook.field("Version").fill("\x01")
        notebook.field("Version").press("Tab")
        shoot(notebook, "picking")
        assert notebook.form.evaluate(contrast) >= [4.5]
        assert notebook.violations(axe) == []
        with notebook.sized(width=640):
            assert len(set(map(left_edge, notebook.form.locator(".apig-fields select").all()))) <= 2
            assert notebook.form.evaluate("form => form.scrollWidth <= form.clientWidth")
        shoot(notebook, "narrow", width=640)
        shoot(notebook, "narrower", width=480)
        lab_page.theme("JupyterLab Dark")
        try:
            shoot(notebook, "dark")
            assert notebook.form.evaluate(contrast) >= [4.5]
            notebook.button("Change connection").click()
            notebook.form.get_by_role("radio", name="Another cloud").click()
            notebook.form.get_by_role("radio", name="Token", exact=True).click()
            expect(notebook.field("Token")).to_be_visible()
            notebook.button("Connect").click()
            expect(alert(notebook, "choose a region")).to_be_visible()
            shoot(notebook, "dark-connection")
            assert notebook.form.evaluate(contrast) >= [4.5]
            assert notebook.violations(axe) == []
        finally:
            lab_page.theme("JupyterLab Light")


def left_edge(control: Locator) -> float:
    box = control.bounding_box()
    assert box is not None
    return box["x"]
