"""The explorer with 16,000 operations: `python tests/bench/explorer.py`.

What the kernel does and what it holds, in a process of its own; and, where chromium and playwright are found, how long
it takes in JupyterLab from running the cell to the first rows, beside a plain DataFrame and an explorer of 16.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
CHROMIUM = Path("/usr/bin/chromium")
MANY, FEW = 16_000, 16
ROUNDS = 3
METHODS = ("get", "post", "put", "delete")

IN_KERNEL = """
import gc, json, sys, time, tracemalloc
import apig_nb as apig, apig_nb.widgets

def step(name, work):
    start = time.perf_counter()
    made = work()
    seconds[name] = time.perf_counter() - start
    return made

def held(name):
    gc.collect()
    memory[name] = tracemalloc.get_traced_memory()[0] / 1e6

def query(**changes):
    grid = explorer._operations.table.widget
    query.number += 1
    state = grid.state
    message = {"query": state["query"] | changes, "frame": state["frame"], "sequence": ["bench", query.number]}
    grid._handle_custom_msg(message, [])

seconds, memory, query.number = {}, {}, 0
if sys.argv[2] == "memory":
    tracemalloc.start()
export = step("read the document", lambda: (lambda it: it.definition and it)(apig.load(sys.argv[1])))
held("document")
step("table of operations", lambda: export.operations)
held("table of operations")
step("check for problems", lambda: export.definition.problems)
held("problems")
explorer = step("explorer", lambda: apig.Explorer(export))
held("explorer")
step("a search of two words", lambda: query(search="things 159"))
step("a filter", lambda: query(search="", filters=[[1, "99"]]))
step("sorting by path", lambda: query(filters=[], sort=[[1, True]]))
step("500 rows", lambda: explorer._operations.table._rows.window(8_000, 8_500))
print(json.dumps({"seconds": seconds, "memory": memory}))
"""


def document(operations: int) -> dict[str, Any]:
    endpoints = {"scheme": "https", "address": "things.internal.example.com", "timeout": 5000}
    paths: dict[str, dict[str, Any]] = {}
    for number in range(operations):
        path, method = f"/things/{number // len(METHODS):05}/parts", METHODS[number % len(METHODS)]
        paths.setdefault(path, {})[method] = {
            "operationId": f"API_things_{number}",
            "description": f"Thing number {number}, which does what things do",
            "tags": [f"tag {number % 40}"],
            "schemes": ["https"],
            "security": [{"app": []}] if number % 3 else [],
            "parameters": [{"name": "limit", "in": "query", "type": "number", "maximum": number}],
            "responses": {"default": {"description": "response example"}},
            "x-apigateway-request-type": "public",
            "x-apigateway-match-mode": "NORMAL",
            "x-apigateway-backend": {"type": "HTTP", "httpEndpoints": {**endpoints, "path": path}},
            "x-apigateway-ratelimit": f"throttle_{number % 5}",
        }
    app = {"type": "apiKey", "name": "Authorization", "in": "header", "x-apigateway-auth-type": "AppSigv1"}
    info = {"title": "things", "version": "1"}
    return {"swagger": "2.0", "info": info, "paths": paths, "securityDefinitions": {"app": app}}


def in_kernel(path: Path) -> None:
    results = {
        what: json.loads(
            subprocess.run(
                [sys.executable, "-c", IN_KERNEL, path, what], check=True, capture_output=True, text=True, cwd=ROOT
            ).stdout
        )
        for what in ("seconds", "memory")
    }
    base = results["seconds"]["seconds"]["read the document"]
    for name, seconds in results["seconds"]["seconds"].items():
        print(f"{name:24} {1000 * seconds:8.1f} ms   {seconds / base:6.3f} x reading the document")
    before = 0.0
    for name, megabytes in results["memory"]["memory"].items():
        print(f"held by the {name:24} {megabytes - before:6.1f} MB more")
        before = megabytes


def on_screen(many: Path, few: Path) -> None:
    sys.path.insert(0, str(ROOT))
    from playwright.sync_api import expect

    from tests.browser.lab import open_page, running_lab, write_notebook

    setup = f"""import apig_nb as apig, apig_nb.widgets
few, many = apig.load({str(few)!r}), apig.load({str(many)!r})
operations = many.operations"""
    first_row = "[role=gridcell]:text('API_things_0')"
    cells = {
        "operations": "table.dataframe tbody tr",
        "apig.Explorer(few)": f".jp-Cell:nth-of-type(3) {first_row}",
        "apig.Explorer(many)": f".jp-Cell:nth-of-type(4) {first_row}",
    }
    times: dict[str, list[float]] = {cell: [] for cell in cells}
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        with running_lab(scratch) as lab, open_page(lab, CHROMIUM, scratch / "profile") as page:
            for turn in range(ROUNDS):
                write_notebook(lab.folder / f"{turn}.ipynb", setup, *cells)
                with page.notebook(f"{turn}.ipynb") as notebook:
                    notebook.run_cell(0)
                    for number, (cell, shown) in enumerate(cells.items(), 1):
                        start = time.perf_counter()
                        page.page.evaluate(f"() => {{ panel.content.activeCellIndex = {number}; }}")
                        page.page.evaluate("() => { jupyterapp.commands.execute('notebook:run-cell'); }")
                        expect(notebook.root.locator(shown).first).to_be_visible()
                        times[cell].append(time.perf_counter() - start)
    base = statistics.median(times["operations"])
    for cell, seconds in times.items():
        median = statistics.median(seconds)
        print(f"{cell:24} {median:6.2f} s to the first rows on screen   {median / base:5.2f} x a plain DataFrame")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        many, few = Path(folder) / "many.json", Path(folder) / "few.json"
        many.write_text(json.dumps(document(MANY)), "utf-8")
        few.write_text(json.dumps(document(FEW)), "utf-8")
        print(f"{MANY:,} operations, {many.stat().st_size / 1e6:.1f} MB")
        in_kernel(many)
        try:
            import playwright  # noqa: F401
        except ModuleNotFoundError:
            print("not measured on screen: playwright is not installed")
        else:
            on_screen(many, few) if CHROMIUM.exists() else print(f"not measured on screen: no {CHROMIUM}")


if __name__ == "__main__":
    main()
