"""Long work in the workbench: its progress, stopping it, a free kernel, and a mark in the title when it is done.

All of it is in one notebook. Work goes on only when a test lets it, however fast the machine is.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from apig_nb.sandbox import start

from .conftest import ARTEFACTS, connecting

pytest.importorskip("playwright", reason="playwright is not installed")
pytest.importorskip("pyarrow", reason="pyarrow is not installed")

from playwright.sync_api import Locator, expect

from .lab import LabPage, Notebook, write_notebook

HOLD = """
from threading import Event
from apig_nb.widgets.progress import ProgressRow

held, may_go_on, run = "", Event(), ProgressRow.run

def hold(text):
    global held, may_go_on
    held, may_go_on = text, Event()

def run_and_hold(row, text, work, *args, **options):
    def work_and_hold(show):
        def progress(done, total, *at):
            show(done, total, *at)
            # Not when the first groups are named, but when one is exported.
            if held and total and (done or not at) and text.startswith(held):
                may_go_on.wait()
                show(done, total, *at)
        return work(progress)
    run(row, text, work_and_hold, *args, **options)

ProgressRow.run = run_and_hold
"""
SETUP = """
requests = client.requests(env=["RELEASE", "TEST"], define="all")
estate = client.export_many(requests, progress=lambda _: None)
for number, export in enumerate(list(estate.values())[:3]):
    Path("kept").mkdir(exist_ok=True)
    export.save("kept")
archive = apig.Archive("archive")
for day, env in enumerate(("RELEASE", "TEST"), 28):
    changed = {key._replace(environment="RELEASE"): one for key, one in estate.where(environment=env).items()}
    archive.add(apig.ExportSet(changed), time=f"2026-11-{day}T12:00Z")
"""
BENCH = "bench = apig.Workbench(client, exports=estate.values(), archive=archive)\nbench"
THEMES = ("JupyterLab Light", "JupyterLab Dark")
RELEASE, TEST = (f"retail-prod · {env} · 7 groups" for env in ("RELEASE", "TEST"))

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def notebook(lab_page: LabPage) -> Iterator[Notebook]:
    with start() as gateway:
        name = "progress.ipynb"
        connect = connecting(gateway, gateway.token)
        write_notebook(lab_page.lab.folder / name, f"from pathlib import Path\n{connect}{HOLD}{SETUP}", BENCH)
        with lab_page.notebook(name) as opened:
            opened.run_all()
            expect(opened.form.get_by_role("tab", name="Exports 14")).to_be_visible()
            try:
                yield opened
            finally:
                lab_page.theme(THEMES[0])


def open_tab(notebook: Notebook, name: str) -> None:
    notebook.form.get_by_role("tab", name=re.compile(f"^{name}")).first.click()


def read_a_set(notebook: Notebook) -> None:
    # Another one: a choice of two in a row may reach the kernel as no change.
    open_tab(notebook, "Explore")
    exports = notebook.form.get_by_role("combobox", name="Export", exact=True)
    chosen = exports.evaluate("list => list.selectedOptions[0].text").replace("\xa0", " ")
    exports.select_option(TEST if chosen == RELEASE else RELEASE)


def read_a_table(notebook: Notebook) -> None:
    open_tab(notebook, "Explore")
    notebook.field("Export").select_option(RELEASE)
    expect(notebook.form.get_by_role("heading", name=RELEASE)).to_be_visible()
    notebook.form.get_by_role("radio", name="All tables").click()
    notebook.field("Table").select_option("parameters")


def compare_sets(notebook: Notebook) -> None:
    open_tab(notebook, "Compare")
    notebook.field("Old, what is there now").select_option(RELEASE)
    notebook.field("New, what would take its place").select_option(TEST)


def audit_a_set(notebook: Notebook) -> None:
    open_tab(notebook, "Audit")
    notebook.form.get_by_role("combobox", name="Export", exact=True).select_option(RELEASE)


def read_a_folder(notebook: Notebook) -> None:
    open_tab(notebook, "Exports")
    field = notebook.field("Keep in folder")
    field.fill("./kept" if field.input_value() == "kept" else "kept")
    field.blur()


def list_snapshots(notebook: Notebook) -> None:
    notebook.run_cell(1)
    open_tab(notebook, "Exports")


def open_a_snapshot(notebook: Notebook) -> None:
    open_tab(notebook, "Exports")
    notebook.button("Explore the snapshot").click()


def compare_snapshots(notebook: Notebook) -> None:
    open_tab(notebook, "Exports")
    notebook.button("Show over time").click()


def export_all(notebook: Notebook) -> None:
    open_tab(notebook, "Export")
    notebook.form.get_by_role("button", name=re.compile("^Export all 7 groups")).click()


Started = Callable[[Notebook], None]
Shown = Callable[[Notebook], Locator]


def grid(name: str) -> Shown:
    return lambda notebook: notebook.form.get_by_role("grid", name=name, exact=True)


def words(pattern: str) -> Shown:
    return lambda notebook: notebook.form.get_by_text(re.compile(pattern))


WORK: dict[str, tuple[str, Started, str, Shown]] = {
    "list of snapshots": ("reading the list", list_snapshots, "1 of 2", lambda notebook: notebook.field("Snapshot")),
    "set": ("reading retail-prod", read_a_set, "1 of 7 exports", grid("operations")),
    "table": ("reading parameters", read_a_table, "7 of 7 exports", grid("parameters")),
    "comparison": ("comparing", compare_sets, "7 of 7 groups", grid("changes")),
    "audit": ("auditing retail-prod", audit_a_set, "0 of 7 exports", grid("findings")),
    "folder": ("reading the folder", read_a_folder, "1 of 3 files", words(r"^kept in kept: \d+ exports found$")),
    "snapshot": ("opening the snapshot", open_a_snapshot, "1 of 2", words(r"^\d+ operations on ")),
    "changes over time": ("comparing the snapshots", compare_snapshots, "1 of 1", grid("changes over time")),
    "export": ("exporting all groups", export_all, "1 of 7 groups", words("^7 of 7 groups exported")),
}
PARTS = {
    "set": "stopped: these are the first 1 of 7 exports",
    "folder": "1 export found in the first 1 of 3 files, then stopped",
    "export": "stopped: 1 of 7 groups exported; these are kept",
}
"""Work of which a part stays when it is stopped, and what is said then."""


@contextmanager
def in_background(notebook: Notebook) -> Iterator[None]:
    """As in a tab that is behind others, which a browser without windows does not have."""
    notebook.page.evaluate("() => Object.defineProperty(document, 'hidden', {value: true, configurable: true})")
    try:
        yield
    finally:
        notebook.page.evaluate("() => { delete document.hidden; }")
        notebook.page.evaluate("() => document.dispatchEvent(new Event('visibilitychange'))")


def row_of(notebook: Notebook, text: str) -> Locator:
    return notebook.form.locator(".apig-progress").filter(has_text=text)


def look(notebook: Notebook, part: Locator, axe: str, contrast: str, name: str) -> None:
    """Check a part of the form, which is what is new in a state, also when it is narrow, and take a picture."""
    assert notebook.violations(axe, part) == []
    assert part.evaluate(contrast) >= [4.5]
    with notebook.sized(width=640, height=1600):
        assert notebook.form.evaluate("form => form.scrollWidth <= form.clientWidth")
        notebook.form.screenshot(path=ARTEFACTS / f"progress-{name}.png")


@pytest.mark.parametrize("name", WORK)
def test_long_work_shows_progress_can_be_stopped_and_started_again_and_tells_when_it_is_done(
    name: str, notebook: Notebook, lab_page: LabPage, axe: str, contrast: str
):
    text, begin, count, result = WORK[name]
    # Each state is seen in both themes, but not of each work: a change of the theme takes a second.
    lab_page.theme(THEMES[list(WORK).index(name) // 4 % 2])
    notebook.execute(f"hold({text!r})")
    begin(notebook)
    row = row_of(notebook, text)
    expect(row.get_by_text(re.compile(f"^{count}$"))).to_be_visible()
    expect(row.get_by_text(re.compile(r"^([\w, ]+ · )?\d+ s$"))).to_be_visible()
    expect(row.get_by_role("progressbar")).to_be_visible()
    expect(row.get_by_text(re.compile(" when you stop"))).to_be_visible()
    # Code runs at the same time.
    assert notebook.execute("print(6 * 7)").strip() == "42"
    look(notebook, row, axe, contrast, f"{name}-running")
    row.get_by_role("button", name="Stop").click()
    notebook.execute("may_go_on.set()")
    if name in PARTS:
        stopped = notebook.form.get_by_text(PARTS[name])
        expect(row).to_be_hidden()
        again = lambda: begin(notebook)  # noqa: E731
    else:
        stopped = row.get_by_role("status").filter(has_text=re.compile(f"^{text}.*: stopped$"))
        again = row.get_by_role("button", name="Start again").click
    expect(stopped).to_be_visible()
    look(notebook, notebook.form if name in PARTS else row, axe, contrast, f"{name}-stopped")
    notebook.execute(f"hold({text!r})")
    again()
    expect(row.get_by_role("button", name="Stop")).to_be_visible()
    title = notebook.page.title()
    with in_background(notebook):
        notebook.execute("may_go_on.set(); hold('')")
        expect(notebook.page).to_have_title(f"✓ {title}")
    expect(notebook.page).to_have_title(title)
    expect(result(notebook)).to_be_visible()
    if name == "audit":
        # A notebook that is saved now contains it.
        saved = notebook.root.locator(".apig-saved")
        expect(saved).to_contain_text("operations without a critical or high finding")


def test_snapshots_are_added_one_after_the_other_and_one_that_was_stopped_can_be_added_again(
    notebook: Notebook, axe: str, contrast: str
):
    count = "print(len(apig.Archive('archive').snapshots))"
    added = notebook.form.get_by_text(re.compile("^added: snapshot "))
    text = "adding snapshot"
    row = row_of(notebook, text)
    # The one of the test before, of which the page knows when the kernel answers.
    open_tab(notebook, "Exports")
    notebook.execute("hold('')")
    expect(row).to_be_hidden()
    before, others = int(notebook.execute(count)), added.count()
    notebook.execute(f"hold({text!r})")
    for seen in (row, notebook.form.get_by_text(re.compile("^waiting: snapshot "))):
        export_all(notebook)
        expect(notebook.form.get_by_text(re.compile("^7 of 7 groups exported"))).to_be_visible()
        # Whatever tab is open.
        expect(row).to_be_visible()
        open_tab(notebook, "Exports")
        expect(seen).to_be_visible()
    expect(row.get_by_text("1 of 7 groups", exact=True)).to_be_visible()
    look(notebook, row, axe, contrast, "add-running")
    row.get_by_role("button", name="Stop").click()
    expect(row.get_by_role("status")).to_have_text(re.compile(": stopping…$"))
    notebook.execute("may_go_on.set()")
    stopped = notebook.form.get_by_text(re.compile("^not added: snapshot .* · 7 groups: stopped$"))
    expect(stopped).to_be_visible()
    expect(added).to_have_count(others + 1)
    look(notebook, notebook.form, axe, contrast, "add-stopped")
    notebook.execute(f"hold({text!r})")
    notebook.button("Start again").click()
    title = notebook.page.title()
    with in_background(notebook):
        notebook.execute("may_go_on.set()")
        expect(notebook.page).to_have_title(f"✓ {title}")
    expect(added).to_have_count(others + 2)
    expect(stopped).to_be_hidden()
    # A restart of the kernel keeps them.
    notebook.page.evaluate("() => panel.sessionContext.restartKernel()")
    assert int(notebook.execute(f"import apig_nb as apig; {count}")) == before + 2
