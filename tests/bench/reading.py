"""Cost of reading an export of 1,000 operations into all tables: `python -m tests.bench.reading`.

A made export of about 1.8 MB is loaded and every table is built, from JSON and from YAML. The time is given as a
multiple of the time to parse it with `json.loads` and `yaml.CSafeLoader`; CPU time in one process, median of 5 rounds.
Then an export of 13 MB, far more than the service writes, in a process of its own: its tables must have the expected
rows, the time per operation must stay, and the peak memory must stay below 1 GiB.
"""

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

import apig_nb as apig
from apig_nb.tables import TABLES
from tests.bench.made_export import APIS, Json, json_bytes, made_export

JSON_LIMIT, YAML_LIMIT = 14, 0.5
ROUNDS = 5
LARGE_FACTOR = 7
MAX_MIB = 1024

LARGE = """
import sys, time
from pathlib import Path
import apig_nb as apig
from apig_nb.tables import TABLES

raw = Path(sys.argv[1]).read_bytes()
apig.load("swagger: '2.0'\\npaths: {}").operations  # imports what is needed
begin = time.process_time()
export = apig.load(raw)
rows = {name: len(getattr(export, name)) for name in TABLES}
print(time.process_time() - begin)
print(rows["operations"], rows["backends"], rows["problems"])
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")))  # peak memory in KiB
"""


def seconds(work: Callable[[], object]) -> float:
    begin = time.process_time()
    work()
    return time.process_time() - begin


def all_tables(raw: bytes) -> None:
    export = apig.load(raw)
    for name in TABLES:
        getattr(export, name)


def measure(raw: bytes, parse: Callable[[bytes], Any]) -> tuple[float, float, float]:
    """Seconds to parse, seconds to load and build all tables, and the median of the ratios."""
    all_tables(raw)  # imports what is needed
    rounds = [(seconds(lambda: parse(raw)), seconds(lambda: all_tables(raw))) for _ in range(ROUNDS)]
    parsing, reading = zip(*rounds, strict=True)
    ratio = statistics.median(read / parsed for parsed, read in rounds)
    return statistics.median(parsing), statistics.median(reading), ratio


def yaml_bytes(export: Json) -> bytes:
    # Through JSON, so that values shared by operations do not become aliases.
    return yaml.dump(json.loads(json_bytes(export)), Dumper=yaml.CSafeDumper, allow_unicode=True).encode()


def measure_large(raw: bytes) -> tuple[float, int, float]:
    """CPU seconds, number of operations and peak MiB of reading a large export in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "large.json"
        file.write_bytes(raw)
        done = subprocess.run([sys.executable, "-c", LARGE, file], check=True, capture_output=True, text=True)
    taken, rows, peak = done.stdout.splitlines()
    operations, backends, problems = map(int, rows.split())
    assert (backends, problems) == (operations, 0)
    return float(taken), operations, int(peak) / 1024


def main() -> None:
    export = made_export()
    print(f"load and all tables of {APIS:,} operations, median of {ROUNDS} rounds")
    for name, raw, parse, limit in (
        ("json.loads", json_bytes(export), json.loads, JSON_LIMIT),
        ("yaml.CSafeLoader", yaml_bytes(export), lambda raw: yaml.load(raw, yaml.CSafeLoader), YAML_LIMIT),
    ):
        parsing, reading, ratio = measure(raw, parse)
        print(
            f"{len(raw) / 1e6:4.1f} MB  {name} {parsing * 1000:.0f} ms, tables {reading * 1000:.0f} ms,"
            f" {ratio:.2f} x (at most {limit} x)"
        )
    once, _, _ = measure_large(json_bytes(export))
    raw = json_bytes(made_export(LARGE_FACTOR * APIS))
    taken, operations, peak = measure_large(raw)
    assert operations == LARGE_FACTOR * APIS
    print(
        f"{len(raw) / 1e6:4.1f} MB  {taken:.1f} s, {taken / once:.1f} x the time of {APIS:,} operations for"
        f" {LARGE_FACTOR} x as many; {peak:.0f} MiB (at most {MAX_MIB} MiB)"
    )


if __name__ == "__main__":
    main()
