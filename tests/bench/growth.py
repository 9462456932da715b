"""Growth of the time with the number of operations: `python -m tests.bench.growth`.

Made exports of 250, 1,000 and 4,000 operations (1, 4 and 16 times as many) are read into tables and compared, each in
a process of its own. CPU seconds without imports, median of three rounds. Prints a table and draws growth.png.
"""

import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.bench.made_export import changed_export, json_bytes, made_export
from tests.bench.reading import yaml_bytes

PLOT = Path(__file__).with_suffix(".png")
SMALLEST = 250
FACTORS = (1, 4, 16)
ROUNDS = 3

WORK = {
    "JSON → operations, parameters": "export = apig_nb.load(json_text); export.operations, export.parameters",
    "JSON → all tables": "export = apig_nb.load(json_text); [getattr(export, name) for name in TABLES]",
    "YAML → operations": "apig_nb.load(yaml_text).operations",
    "comparison, 5 % changed": "apig_nb.compare(json_text, other_text).changes",
}
MEASURE = """
import pathlib, sys, time
import apig_nb
from apig_nb.tables import TABLES
json_text, yaml_text, other_text = (pathlib.Path(name).read_bytes() for name in sys.argv[2:])
apig_nb.compare(*[b"swagger: '2.0'\\npaths: {}"] * 2).changes  # imports what is needed
begin = time.process_time()
exec(sys.argv[1])
print(time.process_time() - begin)
"""


def write_documents(folder: Path, operations: int) -> list[Path]:
    """Write an export as JSON and as YAML, and a changed copy as JSON."""
    export = made_export(operations)
    documents = {
        "export.json": json_bytes(export),
        "export.yaml": yaml_bytes(export),
        "changed.json": json_bytes(changed_export(export)),
    }
    for name, raw in documents.items():
        (folder / name).write_bytes(raw)
    return [folder / name for name in documents]


def seconds(work: str, files: list[Path]) -> float:
    done = subprocess.run([sys.executable, "-c", MEASURE, work, *files], check=True, capture_output=True, text=True)
    return float(done.stdout)


def draw(times: dict[str, list[float]]) -> None:
    # Late: Matplotlib is not needed to print the table.
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4.5), layout="constrained")
    axes = figure.subplots()
    sizes = [SMALLEST * factor for factor in FACTORS]
    for name, measured in times.items():
        (line,) = axes.loglog(sizes, measured, marker="o", label=name)
        axes.loglog(sizes, [measured[0] * factor for factor in FACTORS], ":", color=line.get_color(), alpha=0.6)
    axes.set_xticks(sizes, [f"{size:,}" for size in sizes])
    axes.minorticks_off()
    axes.set(xlabel="operations", ylabel="CPU seconds", title="Growth with the number of operations; dotted: linear")
    axes.legend()
    figure.savefig(PLOT, dpi=100)


def main() -> None:
    times: dict[str, list[float]] = {name: [] for name in WORK}
    with tempfile.TemporaryDirectory() as folder:
        for factor in FACTORS:
            files = write_documents(Path(folder), SMALLEST * factor)
            rounds = [{name: seconds(work, files) for name, work in WORK.items()} for _ in range(ROUNDS)]
            for name, measured in times.items():
                measured.append(statistics.median(each[name] for each in rounds))
    print(f"{'CPU seconds, multiple of the first':36}" + "".join(f"{SMALLEST * factor:>16,} op." for factor in FACTORS))
    for name, measured in times.items():
        cells = [f"{value:9.3f} {value / measured[0]:5.1f} x" for value in measured]
        print(f"{name:36}" + "".join(f"{cell:>20}" for cell in cells))
    draw(times)
    print(f"drawn: {PLOT.relative_to(Path(__file__).parents[2])}")


if __name__ == "__main__":
    main()
