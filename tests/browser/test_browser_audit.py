"""The audit in JupyterLab: scores, findings, the page of a finding, in both themes."""

import re

import pytest

from .conftest import Open

pytest.importorskip("playwright", reason="playwright is not installed")

from playwright.sync_api import expect

BENCH = (
    "import apig_nb as apig\n"
    'client = apig.connect("sandbox")\n'
    'estate = client.export_many(client.requests(env="RELEASE", define="all"), progress=lambda exports: None)\n'
    'test = client.export(group="payments", env="TEST", define="all")'
)
VIEW = "bench = apig.Workbench(client, exports=[*estate.values(), test])\nbench"

pytestmark = pytest.mark.browser


def test_an_environment_is_audited_and_a_finding_leads_to_its_operation(opened: Open, contrast: str, axe: str, shoot):
    with opened(BENCH, VIEW) as notebook:
        notebook.form.get_by_role("tab", name=re.compile("^Audit")).click()
        chosen = notebook.form.get_by_label("Export", exact=True).locator("visible=true")
        chosen.select_option(index=0)
        expect(notebook.form.get_by_text("operations without a critical or high finding").first).to_be_visible()
        notebook.form.get_by_role("radio", name="Critical").click()
        findings = notebook.form.get_by_role("grid", name="findings", exact=True)
        findings.get_by_role("row").filter(has_text="/orders/ping").first.click()
        page = notebook.form.get_by_role("region", name="the selected finding")
        expect(page).to_contain_text("GET /orders/ping")
        shoot(notebook, "audit")
        shoot(notebook, "audit-narrow", width=800)
        assert notebook.form.evaluate(contrast) >= [4.5]
        assert notebook.violations(axe) == []
        notebook.button("Show the operation").click()
        explorer = notebook.root.locator(".apig-explorer")
        expect(explorer.get_by_role("heading", level=4)).to_contain_text("/orders/ping")


def test_only_what_is_new_beside_another_export_is_shown(opened: Open, contrast: str, axe: str, shoot):
    with opened(BENCH, VIEW) as notebook:
        notebook.form.get_by_role("tab", name=re.compile("^Audit")).click()
        notebook.form.get_by_label("Export", exact=True).locator("visible=true").select_option("payments TEST all")
        baseline = notebook.form.get_by_label("Baseline", exact=True)
        baseline.select_option("new since payments RELEASE all")
        notebook.form.get_by_role("radio", name="Only new").click()
        expect(notebook.form.get_by_role("grid", name="findings", exact=True)).to_contain_text(
            "payments/{paymentId}/status"
        )
        shoot(notebook, "audit-new")
        assert notebook.form.evaluate(contrast) >= [4.5]
        assert notebook.violations(axe) == []
