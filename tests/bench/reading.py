"""Cost of reading documents into tables, compared with parsing them: `python -m tests.bench.reading`.

An export of tests/data and a document of ../shared/data are brought to size by repeating them under other path
prefixes; exports like those of gateways are made with so many APIs as it takes, as no two of these are alike. CPU
seconds of whole fresh processes, their imports and their end included, and their peak memory beyond that of the
imports; and CPU seconds in one process. The median of three taken in turns.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from tests.bench.processes import LARGE, PAIR, PARSER, READ, ROUNDS, compile_package, measure, repeated

EXPORT = Path(__file__).parents[1] / "data" / "exports" / "export-all-oas3.json"
MAKER = LARGE.parent / "tools" / "make_apig_export.py"

IMPORTS = {
    "parse": f"import {PARSER}, yaml",
    "read": "import pandas, apig_nb.tables, apig_nb.definition.read.yaml_reader",
}
PARSE_YAML = "import yaml, sys; yaml.load(open(sys.argv[1], 'rb'), yaml.CSafeLoader)"
OPERATIONS = "import sys, apig_nb; apig_nb.load(sys.argv[1]).operations"
# What was read is let go before the end of the process, as what orjson read is.
BOTH = "import sys, apig_nb; export = apig_nb.load(sys.argv[1]); export.operations, export.parameters; del export"
ALL_TABLES = f"""
import pathlib, sys, time
import {PARSER}
import apig_nb
from apig_nb.tables import TABLES

def seconds(work):
    begun = time.process_time()
    work()
    return time.process_time() - begun

def every_table():
    export = apig_nb.load(raw)
    for name in TABLES:
        getattr(export, name)

raw = pathlib.Path(sys.argv[1]).read_bytes()
apig_nb.load("swagger: '2.0'\\npaths: {{}}").operations
for _ in range({ROUNDS}):
    print(seconds(lambda: {PARSER}.loads(raw)), seconds(every_table))
"""


def documents() -> dict[str, Callable[[float], dict[str, Any]]]:
    """Return functions that make documents of the given size, by name; print which are missing."""
    export = json.loads(EXPORT.read_text("utf-8"))
    found: dict[str, Callable[[float], dict[str, Any]]] = {"export": lambda size: of_size(export, size)}
    if MAKER.is_file():
        found["made export"] = lambda size: made_export(round(100 * size / megabytes(made_export(100))))
    else:
        print(f"skipped, as it is not there: {MAKER}")
    file = LARGE / PAIR[0]
    if file.is_file():
        github = json.loads(file.read_text("utf-8"))
        found["github"] = lambda size: of_size(github, size)
    else:
        print(f"skipped, as it is not there: {file}")
    return found


def made_export(apis: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        options = ["--apis", str(apis), "--oas", "3.0", "--define", "all", "--format", "json"]
        subprocess.run([sys.executable, str(MAKER), folder, *options], check=True, capture_output=True)
        made: dict[str, Any] = json.loads((Path(folder) / "base.json").read_text("utf-8"))
    return made


def of_size(document: dict[str, Any], size: float) -> dict[str, Any]:
    return repeated(document, max(1, round(size / megabytes(document))))


def megabytes(document: dict[str, Any]) -> float:
    return len(written(document).encode()) / 1e6


def written(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False)


def beside(name: str, file: Path, parse: str, read: str) -> None:
    """Print the cost of reading compared with parsing, each in separate processes."""
    results: dict[str, list[tuple[float, float]]] = {parse: [], read: []}
    for _ in range(ROUNDS):
        for code, found in results.items():
            found.append(measure(code, [file]))
    (parsing, parsing_peak), (reading, reading_peak) = (
        (statistics.median(seconds for seconds, _ in found), max(peak for _, peak in found) - measure(imports, [])[1])
        for found, imports in zip(results.values(), IMPORTS.values(), strict=True)
    )
    print(
        f"{name:12} {file.stat().st_size / 1e6:5.1f} MB  {parsing:6.2f} s {parsing_peak:5.0f} MiB"
        f"  {reading:6.2f} s {reading_peak:5.0f} MiB  {reading / parsing:5.2f} x  {reading_peak / parsing_peak:5.2f} x"
    )


def in_process(name: str, file: Path) -> None:
    """Print the cost of each table compared with parsing, in one process."""
    done = subprocess.run([sys.executable, "-c", ALL_TABLES, file], check=True, capture_output=True, text=True)
    rounds = [[float(seconds) for seconds in line.split()] for line in done.stdout.splitlines()]
    parsing, tables = (statistics.median(column) for column in zip(*rounds, strict=True))
    print(
        f"{name:12} {file.stat().st_size / 1e6:5.1f} MB  {parsing:6.2f} s  {tables:6.2f} s  {tables / parsing:5.2f} x"
    )


def main() -> None:
    compile_package()
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "document"
        known = documents()
        print(f"JSON → operations and parameters, beside {PARSER}.loads (at most 5 x orjson)")
        for name, make in known.items():
            file.write_text(written(make(13)), "utf-8")
            beside(name, file, READ, BOTH)
        print(f"all tables in process, beside {PARSER}.loads (at most 8 x orjson)")
        for name, make in known.items():
            file.write_text(written(make(4)), "utf-8")
            in_process(name, file)
        print("YAML → operations, beside CSafeLoader (at most 0.25 x of both)")
        for name, make in known.items():
            with file.open("w", encoding="utf-8") as stream:
                # Without the aliases that a value shared by the copies would get.
                yaml.dump(json.loads(written(make(9))), stream, yaml.CSafeDumper, allow_unicode=True)
            beside(name, file, PARSE_YAML, OPERATIONS)


if __name__ == "__main__":
    main()
