"""The workbench as it is felt: `python tests/bench/interaction.py`.

Median time from a click to the frame in which its result is painted, in JupyterLab and chromium, as a multiple of the
round trip of an empty ipywidgets callback that is measured in the same run, between the clicks.
"""

import json
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
MANY = 8_000
PARTS = 8  # exports of a set of so many operations
ROUNDS = 7  # odd: with the first, which does not count, what is switched on, or switched to, is off at the end

CELL = """
import apig_nb as apig, ipywidgets
client = apig.connect("sandbox")
old, new = (client.export(group="orders", env=env, define="all") for env in ("RELEASE", "TEST"))
bench = apig.Workbench(client, exports=[old, new, apig.load("large.json")])
bench
"""
CELL_OF_SET = f"""
import apig_nb as apig, ipywidgets
explorer = apig.Explorer(apig.load_many({{f"team-{{n}}": f"part-{{n}}.json" for n in range({PARTS})}}))
explorer
"""
ECHO = """
echo, answer = ipywidgets.Button(description="echo"), ipywidgets.Label("0")
echo.on_click(lambda _button: setattr(answer, "value", str(int(answer.value) + 1)))
box = ipywidgets.HBox([echo, answer])
box.add_class("echo")
box
"""

# Acts, then looks at each frame whether `seen` says something else than before; `seen` says nothing while it is early.
MEASURE = """async ([act, seen]) => {
    const visible = selector => [...document.querySelectorAll(selector)].find(node => node.offsetParent);
    const doing = new Function('visible', act), looking = new Function('visible', `return ${seen}`);
    const frame = () => new Promise(done => requestAnimationFrame(done));
    const before = looking(visible), start = performance.now();
    doing(visible);
    for (;;) {
        await frame();
        const now = looking(visible);
        if (now && now !== before) break;
        if (performance.now() - start > 20000) throw new Error(`nothing happened: ${act}`);
    }
    await frame();
    return performance.now() - start;
}"""

COUNT = "visible('.apig-explorer .apig-grid-bar > [role=status]')?.textContent"
ROWS = "visible('.apig-grid-body > [role=row]')"
SEARCH = """const field = visible('.apig-explorer input[type=search]');
field.value = field.value ? '' : 'delete';
field.dispatchEvent(new KeyboardEvent('keydown', {key: 'Enter', bubbles: true}));"""
OPEN_ROW = """const rows = [...document.querySelectorAll('.apig-explorer .apig-grid-body > [role=row]')];
rows.filter(row => row.offsetParent && row.ariaSelected !== 'true')[1].querySelector('[role=gridcell]').click();"""
CHOOSE = """const list = visible('.apig-picker select');
const labels = [...list.options].map(option => option.text);
const small = labels.filter(label => label.startsWith('orders'));
const others = %s;
list.value = list.options[labels.indexOf(others.find(label => label !== list.selectedOptions[0].text))].value;
list.dispatchEvent(new Event('change', {bubbles: true}));"""
SMALL, ALL = "small", "[labels.find(label => label.startsWith('large')), small[0]]"


class Step(NamedTuple):
    """Something that is clicked: its name, what acts, what shows the result, and its bar as a multiple."""

    name: str
    act: str
    seen: str
    bar: float


ECHO_STEP = Step("empty callback", "visible('.echo button').click()", "visible('.echo .widget-label').textContent", 1)
FACET = Step("facet", "visible('.apig-menu input[type=checkbox]').click()", COUNT, 3)
EXPLORING = (
    FACET,
    Step("search", SEARCH, COUNT, 3),
    Step("open an operation", OPEN_ROW, "visible('.apig-panel [aria-level=\"4\"]')?.textContent", 3),
)
TITLE = "visible('.apig-explorer [aria-level=\"3\"]')?.textContent"
# The title, once the table and the line below the title agree on the number of operations.
SWITCHED = f"visible('.apig-explorer .apig-subtitle')?.textContent.startsWith({COUNT}) && {TITLE}"
SWITCH = Step("switch export", CHOOSE % SMALL, SWITCHED, 6)
SWITCH_LARGE = Step("switch to it", CHOOSE % ALL, SWITCHED, 12)
COMPARE = Step(
    "compare 20 changes",
    "[...document.querySelectorAll('.apig button')].find(it => it.offsetParent && it.textContent === 'Swap').click()",
    f"{ROWS} && [...document.querySelectorAll('.apig-subtitle')].find(it => it.offsetParent)?.textContent",
    10,
)

if TYPE_CHECKING:
    from tests.browser.lab import LabPage, Notebook


def measure(notebook: "Notebook", step: Step, echoes: list[float], every: int = 1) -> float:
    """The median of a step in milliseconds, with an empty callback before each; `every` 2 counts each second time."""
    times: list[float] = []
    for _ in range(ROUNDS + 1):
        echoes.append(float(notebook.page.evaluate(MEASURE, [ECHO_STEP.act, ECHO_STEP.seen])))
        notebook.page.wait_for_timeout(100)
        times.append(float(notebook.page.evaluate(MEASURE, [step.act, step.seen])))
        notebook.page.wait_for_timeout(300)
    # The first time includes what is loaded once.
    return statistics.median(times[every::every])


def explore(notebook: "Notebook", echoes: list[float]) -> list[tuple[Step, float]]:
    """The steps in the open explorer."""
    found = []
    for step in EXPLORING:
        if step is FACET:
            notebook.form.locator(".apig-filter button").first.click()
        found.append((step, measure(notebook, step, echoes)))
        if step is FACET:
            notebook.page.keyboard.press("Escape")
    return found


def explore_set(page: "LabPage") -> list[tuple[Step, float]]:
    """The steps in the explorer of a set, after its problems and findings are found."""
    from tests.bench.explorer import document
    from tests.browser.lab import write_notebook

    for number in range(PARTS):
        (page.lab.folder / f"part-{number}.json").write_text(json.dumps(document(MANY // PARTS)))
    write_notebook(page.lab.folder / "set.ipynb", CELL_OF_SET, ECHO)
    with page.notebook("set.ipynb") as notebook:
        notebook.run_all()
        notebook.form.get_by_role("button", name="low finding").wait_for(timeout=300_000)
        notebook.page.wait_for_timeout(2_000)
        return explore(notebook, [])


def run(page: "LabPage") -> None:
    """Measure each step, and print the table."""
    from tests.bench.explorer import document
    from tests.browser.lab import write_notebook

    (page.lab.folder / "large.json").write_text(json.dumps(document(MANY)))
    write_notebook(page.lab.folder / "bench.ipynb", CELL, ECHO)
    # Of the first steps only: later the kernel may still be at work on the step before.
    echoes: list[float] = []
    with page.notebook("bench.ipynb") as notebook:
        notebook.run_all()
        notebook.form.get_by_role("grid", name="operations").wait_for()
        notebook.page.wait_for_timeout(2_000)
        small = explore(notebook, echoes)
        small.append((SWITCH, measure(notebook, SWITCH, [])))
        large = [(SWITCH_LARGE, measure(notebook, SWITCH_LARGE, [], every=2))]
        notebook.page.evaluate(MEASURE, [SWITCH_LARGE.act, SWITCH_LARGE.seen])
        large += [(step._replace(bar=2 * step.bar), time) for step, time in explore(notebook, [])]
        notebook.form.get_by_role("tab", name="Compare", exact=True).click()
        for label, end in (("Old, what is there now", "RELEASE all"), ("New, what would take its place", "TEST all")):
            notebook.field(label).select_option(f"orders {end}")
        notebook.form.get_by_role("grid", name="changes").wait_for()
        small.append((COMPARE, measure(notebook, COMPARE, [])))
    over = explore_set(page)
    echo = statistics.median(echoes[1:])
    # Of a set, the bar is twice the time of one export.
    over = [(step._replace(bar=2 * one / echo), time) for (step, time), (_, one) in zip(over, small, strict=False)]
    print(f"{'':32} {'ms':>6} {'ratio':>6} {'bar':>5}\n{ECHO_STEP.name:32} {echo:6.0f}")
    for title, rows in (("", small), (f", {MANY:,} operations", large), (f", {PARTS} exports of {MANY:,}", over)):
        for step, time in rows:
            verdict = "" if time <= step.bar * echo else "  over"
            print(f"{step.name + title:32} {time:6.0f} {time / echo:6.1f} {step.bar:5.0f}{verdict}")


def main() -> None:
    """Start JupyterLab and the browser, and measure."""
    sys.path.insert(0, str(ROOT))
    from tests.browser.lab import open_page, running_lab

    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        with running_lab(scratch) as lab, open_page(lab, CHROMIUM, scratch / "profile") as page:
            run(page)


if __name__ == "__main__":
    main()
