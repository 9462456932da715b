"""Long work in JupyterLab: its progress, stopping it, a free kernel, and a mark in the title when it is done."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from tests.bench.explorer import document

from .conftest import Open

pytest.importorskip("playwright", reason="playwright is not installed")

from playwright.sync_api import expect

from .lab import LabPage, Notebook

EXPORTS = 20
ESTATE = f"""
import apig_nb as apig
estate = apig.load_many({{f"team-{{n}}": f"team-{{n}}.json" for n in range({EXPORTS})}})
"""

pytestmark = pytest.mark.browser


@pytest.fixture
def estate(lab_page: LabPage) -> str:
    """A cell that loads a set whose audit takes some seconds."""
    for number in range(EXPORTS):
        (lab_page.lab.folder / f"team-{number}.json").write_text(json.dumps(document(300)))
    return ESTATE


@contextmanager
def in_background(notebook: Notebook) -> Iterator[None]:
    """As in a tab that is behind others, which a browser without windows does not have."""
    notebook.page.evaluate("() => Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    try:
        yield
    finally:
        notebook.page.evaluate("() => { delete document.hidden; }")
        notebook.page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")


def shoot_themes(notebook: Notebook, lab_page: LabPage, contrast: str, shoot, name: str) -> None:
    for theme, suffix in (("JupyterLab Dark", "-dark"), ("JupyterLab Light", "")):
        lab_page.theme(theme)
        assert notebook.form.evaluate(contrast) >= [4.5]
        for width in (1280, 720):
            shoot(notebook, f"progress-{name}-{width}{suffix}", width)


def test_an_audit_shows_its_progress_and_can_be_stopped_and_started_again(
    opened: Open, lab_page: LabPage, estate: str, axe: str, contrast: str, shoot
):
    with opened(estate, "view = apig.AuditView(estate)\nview") as notebook:
        progress = notebook.form.get_by_role("progressbar")
        expect(progress).to_be_visible()
        expect(notebook.form.get_by_text(re.compile(rf"^[1-9]\d* of {EXPORTS} · \d+ s$"))).to_be_visible()
        # Code runs at the same time.
        assert notebook.execute("print(len(estate))").strip() == str(EXPORTS)
        expect(progress).to_be_visible()
        shoot(notebook, "progress-audit-running")
        notebook.button("Stop").click()
        expect(notebook.form.get_by_text(f"auditing {EXPORTS} exports: stopped")).to_be_visible()
        expect(progress).to_be_hidden()
        assert notebook.execute("print(view.audit)").strip() == "None"
        assert notebook.violations(axe) == []
        shoot_themes(notebook, lab_page, contrast, shoot, "audit-stopped")
        title = notebook.page.title()
        notebook.button("Start again").click()
        with in_background(notebook):
            expect(notebook.page).to_have_title(re.compile("^✓ "), timeout=120_000)
        expect(notebook.page).to_have_title(title)
        expect(notebook.form.get_by_role("grid", name="findings", exact=True)).to_be_visible()
        # A notebook that is saved now contains it.
        expect(notebook.root.locator(".apig-saved")).to_contain_text("low")
