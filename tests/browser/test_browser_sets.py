"""The workbench over many exports in JupyterLab: explored as one, listed, kept, and over time."""

import re
from textwrap import dedent

import pytest

from apig_nb.sandbox import Sandbox

from .conftest import Open, connecting

pytest.importorskip("playwright", reason="playwright is not installed")

from playwright.sync_api import expect

from .lab import LabPage, Notebook

BENCH = """
import apig_nb as apig
requests = client.requests(env=["RELEASE", "TEST"], define="all")
exports = client.export_many(requests, progress=lambda _: None).values()
bench = apig.Workbench(client, exports=exports)
bench
"""

pytestmark = pytest.mark.browser


def open_tab(notebook: Notebook, name: str) -> None:
    notebook.form.get_by_role("tab", name=re.compile(f"^{name}")).first.click()


def test_everything_is_explored_and_an_operation_leads_to_its_export(
    opened: Open, lab_page: LabPage, gateway: Sandbox, axe: str, contrast: str, shoot
):
    with opened(connecting(gateway, gateway.token), BENCH) as notebook:
        notebook.field("Export").select_option("retail-prod · 2 environments · 7 groups")
        grid = notebook.form.get_by_role("grid", name="operations")
        expect(notebook.form.get_by_role("heading", name="retail-prod · 2 environments · 7 groups")).to_be_visible()
        for heading in ("Environment", "Group", "Method"):
            expect(grid.get_by_role("columnheader", name=re.compile(heading))).to_be_visible()
        finding = notebook.form.get_by_role("button", name=re.compile("^high finding"))
        finding.click()
        expect(finding).to_have_attribute("aria-pressed", "true")
        notebook.form.get_by_role("searchbox", name="Search operations").fill("payments")
        grid.get_by_role("row").filter(has_text="/payments").first.click()
        panel = notebook.form.locator(".apig-panel").first
        expect(panel).to_contain_text(re.compile("retail-prod (RELEASE|TEST) payments"))
        look(notebook, lab_page, axe, contrast, shoot, "sets-explore")
        notebook.button("Explore this export only").click()
        expect(notebook.form.get_by_role("heading", name=re.compile("^payments · (RELEASE|TEST) · "))).to_be_visible()
        chosen = notebook.field("Export").evaluate("list => list.selectedOptions[0].text")
        assert re.fullmatch(r"payments\s(RELEASE|TEST)\sall", chosen)
        expect(panel).to_be_visible()
        expect(notebook.button("Explore this export only")).to_be_hidden()


def test_two_environments_are_compared_and_audited(
    opened: Open, lab_page: LabPage, gateway: Sandbox, axe: str, contrast: str, shoot
):
    with opened(connecting(gateway, gateway.token), BENCH) as notebook:
        open_tab(notebook, "Compare")
        notebook.field("Old, what is there now").select_option("retail-prod · RELEASE · 7 groups")
        notebook.field("New, what would take its place").select_option("retail-prod · TEST · 7 groups")
        groups = notebook.form.get_by_role("grid", name="API groups", exact=True)
        changes = notebook.form.get_by_role("grid", name="changes", exact=True)
        expect(groups.get_by_role("row").filter(has_text="orders")).to_be_visible()
        expect(changes.locator(".apig-grid-group").first).to_contain_text("orders")
        look(notebook, lab_page, axe, contrast, shoot, "sets-compare")
        notebook.form.get_by_role("radio", name="Flat").click()
        expect(changes.get_by_role("columnheader", name="Group")).to_be_visible()
        groups.get_by_role("row").filter(has_text="payments").click()
        expect(changes.get_by_role("row").filter(has_text="/orders")).to_have_count(0)
        changes.get_by_role("row").filter(has_text="authentication").first.click()
        expect(notebook.form.get_by_role("region", name="the selected change")).to_be_visible()
        look(notebook, lab_page, axe, contrast, shoot, "sets-change")
        open_tab(notebook, "Audit")
        audited = notebook.form.get_by_role("combobox", name="Export", exact=True)
        audited.select_option("retail-prod · TEST · 7 groups")
        findings = notebook.form.get_by_role("grid", name="findings", exact=True)
        notebook.form.get_by_role("searchbox", name="Search findings").fill("payments/{paymentId}/status")
        findings.get_by_role("row").filter(has_text="/payments/{paymentId}/status").first.click()
        notebook.button("Ignore…").click()
        expect(notebook.form.get_by_role("textbox", name="Reason")).to_be_visible()
        look(notebook, lab_page, axe, contrast, shoot, "sets-audit")
        notebook.form.get_by_role("textbox", name="Reason").fill("known to the owners")
        notebook.button("Add to the file").click()
        accepted = notebook.form.get_by_role("radio", name="Accepted 1")
        accepted.click()
        expect(findings.get_by_role("row").filter(has_text="/payments/{paymentId}/status")).to_be_visible()
        static = notebook.root.locator(".apig-saved")
        expect(static).to_contain_text("operations without a critical or high finding")
        saved = notebook.save()
    assert "operations without a critical or high finding" in saved
    assert "5 breaking, 12 warning, 9 info" in saved


def look(notebook: Notebook, lab_page: LabPage, axe: str, contrast: str, shoot, name: str) -> None:
    """Check a screen in both themes and when it is narrow, and take pictures of it."""
    # Besides contrast, what axe checks does not depend on the theme.
    assert notebook.violations(axe) == []
    try:
        for theme, suffix in (("JupyterLab Dark", "-dark"), ("JupyterLab Light", "")):
            lab_page.theme(theme)
            assert notebook.form.evaluate(contrast) >= [4.5]
            for width in (1280, 720):
                shoot(notebook, f"{name}-{width}{suffix}", width)
    finally:
        lab_page.theme("JupyterLab Light")
    with notebook.sized(width=640):
        assert notebook.form.evaluate("form => form.scrollWidth <= form.clientWidth")


def test_a_saved_notebook_lists_the_exports_of_the_session_and_what_was_open(
    opened: Open, gateway: Sandbox, axe: str, contrast: str, lab_page: LabPage, shoot
):
    with opened(connecting(gateway, gateway.token), "bench = apig.Workbench(client)\nbench") as notebook:
        expect(notebook.field("Environment")).to_be_enabled()
        for env in ("RELEASE", "TEST", "RELEASE"):
            notebook.field("Environment").select_option(env)
            notebook.field("API group").select_option("orders")
            notebook.form.get_by_role("button", name=re.compile("^Export( again)?$")).first.click()
            expect(notebook.form.get_by_text(f"retail-prod › {env} › orders")).to_be_visible()
            notebook.button("Change").click()
        open_tab(notebook, "Exports")
        grid = notebook.form.get_by_role("grid", name="exports", exact=True)
        # Twice the same document: nothing changed since the one before.
        expect(grid).to_contain_text("no difference")
        grid.get_by_role("checkbox", name="Select orders TEST all").check()
        # By keyboard, in the row below.
        notebook.page.keyboard.press("ArrowDown")
        notebook.page.keyboard.press("Space")
        expect(grid.get_by_role("checkbox", name="Select orders RELEASE all", exact=True)).to_be_checked()
        expect(notebook.button("Compare the 2 selected")).to_be_enabled()
        look(notebook, lab_page, axe, contrast, shoot, "sets-exports")
        notebook.button("Compare the 2 selected").click()
        expect(notebook.form.get_by_role("grid", name="changes", exact=True)).to_be_visible()
        open_tab(notebook, "Exports")
        notebook.form.get_by_role("button", name="Environment", exact=True, expanded=False).click()
        notebook.form.get_by_role("group", name="Environment").get_by_role("checkbox", name=re.compile("^TEST")).check()
        expect(notebook.form.get_by_text("1 of 3 exports")).to_be_visible()
        notebook.button("Clear filters").click()
        grid.get_by_role("row").filter(has_text="TEST").get_by_role("button", name="Explore").click()
        expect(notebook.form.get_by_role("heading", name=re.compile("^orders · TEST · "))).to_be_visible()
        # The static view, which is hidden while the kernel runs, follows a moment later.
        static = notebook.root.locator(".apig-saved")
        for words in ("3 exports. Run the notebook", "no difference", "20 operations, Swagger 2.0", "5 breaking"):
            expect(static).to_contain_text(words)
        saved = notebook.save()
    assert "3 exports. Run the notebook" in saved


def test_exports_are_kept_in_a_folder_and_there_after_a_restart_of_the_kernel(
    opened: Open, lab_page: LabPage, gateway: Sandbox, axe: str
):
    cell = "bench = apig.Workbench(client, folder='kept')\nbench"
    with opened(connecting(gateway, gateway.token), cell) as notebook:
        expect(notebook.field("Environment")).to_be_enabled()
        notebook.form.get_by_role("button", name=re.compile("^Export all 7 groups")).click()
        expect(notebook.form.get_by_role("tab", name=re.compile("^Exports"))).to_have_text("Exports7")
        notebook.page.evaluate("() => panel.sessionContext.restartKernel()")
        notebook.run_all()
        expect(notebook.form.get_by_role("tab", name=re.compile("^Exports"))).to_have_text("Exports7")
        open_tab(notebook, "Exports")
        expect(notebook.form.get_by_text("kept in kept: 7 exports found")).to_be_visible()
        assert notebook.violations(axe) == []
        open_tab(notebook, "Explore")
        notebook.field("Export").select_option("retail-prod · RELEASE · 7 groups")
        expect(notebook.form.get_by_role("grid", name="operations")).to_contain_text("catalog")


def test_the_title_of_a_page_in_the_background_says_that_work_is_done(opened: Open, gateway: Sandbox):
    with opened(connecting(gateway, gateway.token), "bench = apig.Workbench(client)\nbench") as notebook:
        expect(notebook.field("Environment")).to_be_enabled()
        notebook.field("API group").select_option("orders")
        title = notebook.page.title()
        for name in (re.compile("^Export all 7 groups"), re.compile("^Export$")):
            gateway.fault("export", delay=1, times=1)
            notebook.form.get_by_role("button", name=name).click()
            # As in a tab that is behind others, which a browser without windows does not have.
            notebook.page.evaluate("() => Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
            try:
                expect(notebook.page).to_have_title(re.compile("^✓ "))
            finally:
                notebook.page.evaluate("() => { delete document.hidden; }")
            notebook.page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")
            expect(notebook.page).to_have_title(title)


def test_an_archive_goes_back_in_time_and_shows_what_changed(
    opened: Open, lab_page: LabPage, gateway: Sandbox, axe: str, contrast: str, shoot
):
    pytest.importorskip("pyarrow")
    cell = """
    live, test = (client.export_many(client.requests(env=env, define="all"), progress=lambda _: None)
                  for env in ("RELEASE", "TEST"))
    archive = apig.Archive("archive")
    archive.add(live, time="2026-11-28T12:00Z")
    changed = {key._replace(environment="RELEASE"): export for key, export in test.items()}
    archive.add(apig.ExportSet(changed), time="2026-11-29T12:00Z")
    bench = apig.Workbench(client, archive=archive)
    bench
    """
    with opened(connecting(gateway, gateway.token), dedent(cell)) as notebook:
        for name in ("Explore", "Compare", "Audit"):
            open_tab(notebook, name)
            expect(notebook.form.get_by_role("heading", name=f"Nothing to {name.lower()} yet")).to_be_visible()
            assert notebook.violations(axe) == []
            assert notebook.form.evaluate(contrast) >= [4.5]
        open_tab(notebook, "Exports")
        notebook.field("Changes of").select_option("orders")
        notebook.button("Show over time").click()
        grid = notebook.form.get_by_role("grid", name="changes over time")
        expect(grid).to_contain_text("maximum lowered")
        look(notebook, lab_page, axe, contrast, shoot, "sets-archive")
        chosen = notebook.field("Snapshot").evaluate("list => list.selectedOptions[0]?.text")
        assert chosen.startswith("2026-11-29")
        oldest = notebook.field("Snapshot").locator("option").last.text_content()
        notebook.field("Snapshot").select_option(oldest)
        notebook.button("Explore the snapshot").click()
        expect(notebook.form.get_by_role("grid", name="operations")).to_contain_text("catalog")
        expect(notebook.form.get_by_text("67 operations on ")).to_be_visible()
