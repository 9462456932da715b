"""Time by number of operations: `python -m tests.bench.growth`.

An export of tests/data is repeated under other path prefixes to 500, 2,000 and 8,000 operations: 1, 4 and 16 times as
many. Each size is read into tables and compared in a process of its own; CPU seconds without imports, the median of
three taken in turns. Prints a table, and draws tests/bench/growth.png.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import yaml

from tests.bench.processes import ROUNDS, repeated

EXPORT = Path(__file__).parents[1] / "data" / "exports" / "export-all-oas3.json"
PLOT = Path(__file__).with_suffix(".png")
SMALLEST = 500
TIMES = (1, 4, 16)

WORK = {
    "JSON → operations, parameters": "export = apig_nb.load(json_text); export.operations, export.parameters",
    "JSON → every table": "export = apig_nb.load(json_text); [getattr(export, name) for name in TABLES]",
    "YAML → operations": "apig_nb.load(yaml_text).operations",
    "comparing with a copy that differs": "apig_nb.compare(json_text, other_text).changes",
}
MEASURE = """
import pathlib, sys, time
import apig_nb
from apig_nb.tables import TABLES
json_text, yaml_text, other_text = (pathlib.Path(name).read_bytes() for name in sys.argv[2:])
apig_nb.compare(*[b"swagger: '2.0'\\npaths: {}"] * 2).changes  # imports what is needed
begun = time.process_time()
exec(sys.argv[1])
print(time.process_time() - begun)
"""


def of_operations(count: int) -> dict[str, Any]:
    """Return the export repeated to about the given number of operations."""
    export = json.loads(EXPORT.read_text("utf-8"))
    once = sum(isinstance(operation, dict) for item in export["paths"].values() for operation in item.values())
    return repeated(export, round(count / once))


def written(folder: Path, document: dict[str, Any]) -> list[Path]:
    """Return the document as JSON and YAML, and a version with a change in every operation."""
    files = [folder / name for name in ("document.json", "document.yaml", "other.json")]
    text = json.dumps(document)
    files[0].write_text(text, "utf-8")
    with files[1].open("w", encoding="utf-8") as stream:
        yaml.dump(json.loads(text), stream, yaml.CSafeDumper, allow_unicode=True)
    files[2].write_text(text.replace('"timeout": ', '"timeout": 1'), "utf-8")
    return files


def seconds(work: str, files: list[Path]) -> float:
    done = subprocess.run([sys.executable, "-c", MEASURE, work, *files], check=True, capture_output=True, text=True)
    return float(done.stdout)


def draw(times: dict[str, list[float]]) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    sizes = [SMALLEST * factor for factor in TIMES]
    for name, measured in times.items():
        (line,) = axes.loglog(sizes, measured, marker="o", label=name)
        axes.loglog(sizes, [measured[0] * factor for factor in TIMES], ":", color=line.get_color(), alpha=0.6)
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.set(xlabel="operations", ylabel="CPU seconds", title="Growth with the document; dotted: in proportion")
    axes.legend()
    figure.savefig(PLOT, dpi=100)


def main() -> None:
    times: dict[str, list[float]] = {name: [] for name in WORK}
    with tempfile.TemporaryDirectory() as folder:
        for factor in TIMES:
            files = written(Path(folder), of_operations(SMALLEST * factor))
            rounds = [{name: seconds(work, files) for name, work in WORK.items()} for _ in range(ROUNDS)]
            for name, measured in times.items():
                measured.append(statistics.median(each[name] for each in rounds))
    print(f"{'CPU seconds, beside 1 x':36}" + "".join(f"{SMALLEST * factor:>16,} op." for factor in TIMES))
    for name, measured in times.items():
        cells = [f"{value:9.3f} {value / measured[0]:5.1f} x" for value in measured]
        print(f"{name:36}" + "".join(f"{cell:>20}" for cell in cells))
    draw(times)
    print(f"drawn: {PLOT.relative_to(Path(__file__).parents[2])}")


if __name__ == "__main__":
    main()
