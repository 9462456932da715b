"""Time from pressing Export to visible rows, compared with the bare call: `python tests/bench/export_to_rows.py`.

In a JupyterLab of its own, with a group of 60 and one of 1,000 operations, each exported with everything there is to
know of it. In turns and in one kernel: the call alone, the call with its document read and its operations as a table,
and the form with the mouse. The sandbox is a process of its own, so that the kernel is not slowed.
"""

import importlib.util
import json
import multiprocessing
import statistics
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING

from apig_nb.sandbox import start

if TYPE_CHECKING:
    from tests.browser.lab import LabPage, Notebook

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
GROUPS = {"sixty": 60, "thousand": 1_000}
ROUNDS = 5
METHODS = ("GET", "POST", "PUT", "DELETE")
ACCOUNT = """\
account: demo
region: eu-demo-1
clock: 2026-01-02T03:04:05Z
projects: {eu-demo-1: {}}
users: {operator: {password: demo-operator}}
"""
GATEWAY = """\
project: eu-demo-1
throttling: {throttle_basic: {api_limit: 100, interval: 1, unit: SECOND}}
access_control: {acl_office: {action: PERMIT, entity: IP, values: [192.0.2.0/24]}}
"""
GROUP = """\
parameters:
  id: {max_length: 36, description: Number of the thing, sample: t-1}
  limit: {type: number, minimum: 1, maximum: 100, default: 20, description: Entries per page}
defaults:
  tags: [things]
  throttle: throttle_basic
  access: acl_office
  parameters: {limit: {}}
  backend: {type: HTTP, url: "https://things.internal.example.com:8443", prefix: /v1}
apis:
"""

SETUP = """\
import time
import apig_nb as apig

client = apig.connect(endpoint={url!r}, token={token!r}, project_id={project_id!r}, instance_id={instance_id!r})

def milliseconds(work):
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000
"""
FORM = "form = apig.ExportForm(client)\nform"
CALLS = {
    "the call": "client.export(group={group!r}, env='RELEASE', define='all')",
    "the call, and the table": "client.export(group={group!r}, env='RELEASE', define='all').operations",
}
BY_MOUSE = "Export to rows on screen"
# In the page itself, so that the way of Playwright to it is not measured. A row whose words are there when a picture is
# due is on that picture; when the next one is due it has been seen.
PRESS = """button => new Promise(resolve => {
    const form = button.closest('.apig');
    const row = () => form.querySelector('[role=grid][aria-label=operations] [role=row][aria-rowindex="3"]');
    const before = row(), start = performance.now();
    const look = () => {
        const shown = row();
        const isSeen = shown && shown !== before && shown.checkVisibility() && shown.innerText.includes('/things');
        requestAnimationFrame(isSeen ? () => resolve(performance.now() - start) : look);
    };
    button.click();
    look();
})"""


def fill(folder: Path) -> None:
    gateway = folder / "gateway"
    gateway.mkdir()
    (folder / "account.yaml").write_text(ACCOUNT)
    (gateway / "gateway.yaml").write_text(GATEWAY)
    for group, operations in GROUPS.items():
        apis = "".join(
            f"  API_{number:04}: {{call: '{METHODS[number % 4]} /things/{number // 4:04}/parts/{{id}}',"
            f" description: Thing number {number} which does what things do}}\n"
            for number in range(operations)
        )
        (gateway / f"{group}.yaml").write_text(f"group: {group}\n{GROUP}{apis}")


def serve(folder: Path, ready: Connection) -> None:
    with start(folder) as sandbox:
        names = ("url", "token", "project_id", "instance_id")
        ready.send({name: getattr(sandbox, name) for name in names})
        ready.recv()


@contextmanager
def another_process(folder: Path) -> Iterator[dict[str, str]]:
    """Run a sandbox in a separate process and yield its URL and credentials."""
    here, there = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(target=serve, args=(folder, there), daemon=True)
    process.start()
    try:
        yield here.recv()
    finally:
        here.send("enough")
        process.join()


def kernel_seconds(notebook: "Notebook") -> float:
    """Return the CPU seconds of the kernel so far, all threads included."""
    return float(notebook.execute("print(time.process_time())"))


def press_export(notebook: "Notebook") -> tuple[float, float]:
    """Return the milliseconds until rows are visible, and the CPU milliseconds of the kernel."""
    before = kernel_seconds(notebook)
    asking = kernel_seconds(notebook) - before
    shown = float(notebook.button("Export").evaluate(PRESS))
    return shown, (kernel_seconds(notebook) - before - 2 * asking) * 1000


def measure(page: "LabPage", connection: dict[str, str], group: str) -> None:
    from playwright.sync_api import expect

    from tests.browser.lab import write_notebook

    write_notebook(page.lab.folder / f"{group}.ipynb", SETUP.format(**connection), FORM)
    times: dict[str, list[float]] = {name: [] for name in (*CALLS, BY_MOUSE)}
    busy: list[float] = []
    with page.notebook(f"{group}.ipynb") as notebook:
        notebook.run_all()
        notebook.field("API group").select_option(group)
        notebook.field("Scope").select_option("everything, policies too (all)")
        expect(notebook.field("APIs")).to_be_enabled()
        first, _ = press_export(notebook)
        for _ in range(ROUNDS):
            for name, call in CALLS.items():
                said = notebook.execute(f"print(milliseconds(lambda: {call.format(group=group)}))")
                times[name].append(float(said))
            shown, worked = press_export(notebook)
            times[BY_MOUSE].append(shown)
            busy.append(worked)
        operations, size = json.loads(notebook.execute("print([len(form.export.operations), form.export.size])"))
        assert operations == GROUPS[group]
    print(f"{operations:,} operations, {size / 1000:,.0f} kB, median of {ROUNDS}")
    base = statistics.median(times["the call"])
    for name, taken in times.items():
        median = statistics.median(taken)
        print(f"  {name:26} {median:8.1f} ms   {median / base:6.2f} x the call   {min(taken):.1f} to {max(taken):.1f}")
    print(f"  {'of that, the kernel at work':26} {statistics.median(busy):7.1f} ms of CPU")
    print(f"  {'the first of the kernel':26} {first:8.1f} ms")


def main() -> None:
    missing = [name for name in ("playwright", "jupyterlab") if importlib.util.find_spec(name) is None]
    missing += [] if CHROMIUM.exists() else [str(CHROMIUM)]
    if missing:
        sys.exit(f"not measured: {' and '.join(missing)} not installed")
    sys.path.insert(0, str(ROOT))
    from tests.browser.lab import open_page, running_lab

    with tempfile.TemporaryDirectory() as folder:
        scratch, content = Path(folder), Path(folder) / "content"
        content.mkdir()
        fill(content)
        with (
            another_process(content) as connection,
            running_lab(scratch) as lab,
            open_page(lab, CHROMIUM, scratch / "profile") as page,
        ):
            for group in GROUPS:
                measure(page, connection, group)


if __name__ == "__main__":
    main()
