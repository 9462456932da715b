"""Running a cell again closes the views it replaces."""

import re

import pytest

from .conftest import Open

pytest.importorskip("playwright", reason="playwright is not installed")

from playwright.sync_api import expect

from .lab import Notebook

pytestmark = pytest.mark.browser

START = (
    "import apig_nb as apig, ipywidgets, threading\n"
    'client = apig.connect("sandbox")\n'
    'live, test = (client.export(group="orders", env=env, define="all") for env in ("RELEASE", "TEST"))'
)
COUNT = (
    "print(len(ipywidgets.widgets.widget._instances), sum(t.name.startswith('apig') for t in threading.enumerate()))"
)


def settled(notebook: Notebook) -> str:
    """Widgets and threads, once their number stands still: lists fill themselves, comparisons are made."""
    counts = [""]
    while counts[-3:] != [counts[-1]] * 3:
        notebook.page.wait_for_timeout(300)
        counts.append(notebook.execute(COUNT))
    return counts[-1]


def test_running_a_cell_again_closes_the_view_it_replaces(opened: Open):
    views = [
        "form = apig.ExportForm(client)\nform",
        "unconnected = apig.ExportForm()\nunconnected",
        "explorer = apig.Explorer(live)\nexplorer",
        "view = apig.ComparisonView(live, test)\nview",
        "bench = apig.Workbench(client)\nbench",
    ]
    with opened(START, *views) as notebook:
        expect(notebook.root.locator(".jp-CodeCell").last.locator(".apig").first).to_be_visible()
        before = settled(notebook)
        for number, source in enumerate(views, 1):
            for _ in range(2):
                notebook.run_cell(number)
                expect(notebook.root.locator(".jp-CodeCell").nth(number).locator(".apig").first).to_be_visible()
            assert settled(notebook) == before, source


def test_a_view_that_another_cell_shows_stays_open(opened: Open):
    with opened(START, "form = apig.ExportForm(client)\nform", "form") as notebook:
        expect(notebook.root.locator(".apig").nth(1)).to_be_visible()
        notebook.run_cell(1)
        second = notebook.root.locator(".jp-CodeCell").nth(2)
        group = second.get_by_label("API group", exact=True)
        expect(group).to_be_enabled()
        group.select_option("orders")
        second.get_by_role("button", name="Export", exact=True).click()
        expect(second.get_by_role("status").filter(has_text=re.compile("19 operations on"))).to_be_visible()


def test_a_view_that_is_shown_again_stays_open(opened: Open):
    with opened(START, "form = apig.ExportForm(client)", "form") as notebook:
        expect(notebook.form).to_be_visible()
        notebook.run_cell(2)
        notebook.field("API group").select_option("orders")
        expect(notebook.field("APIs")).to_be_enabled()
        notebook.button("Export").click()
        expect(notebook.form.get_by_role("status").filter(has_text="19 operations on").first).to_be_visible()
