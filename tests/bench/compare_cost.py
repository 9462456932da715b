"""What comparing two 12 MB documents costs beside reading them: `python tests/bench/compare_cost.py`.

The pair is made from the largest one in ../shared/data/large, repeated under other path prefixes and component names.
CPU seconds and peak memory of whole fresh processes, the median of three taken in turns.
"""

import compileall
import json
import resource
import statistics
import subprocess
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import apig_nb

LARGE = Path(__file__).parents[2].parent / "shared" / "data" / "large"
PAIR = ("github-api.2021-03-08.json", "github-api.2021-06-23.json")
REPEATS = 5
ROUNDS = 3

PARSER = "orjson" if find_spec("orjson") else "json"
"""What is measured against: orjson where it is installed; the standard library's takes a few times as long."""

READ = f"import {PARSER}, pathlib, sys; [{PARSER}.loads(pathlib.Path(p).read_bytes()) for p in sys.argv[1:]]"
# What getrusage calls the peak starts with that of the process which started this one.
PEAK = "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
COMPARE = "import sys, apig_nb; apig_nb.compare(*sys.argv[1:])"


def repeated(document: dict[str, Any], times: int = REPEATS) -> dict[str, Any]:
    """A document as often as wanted, each time under other path prefixes and component names."""
    paths: dict[str, Any] = {}
    components: dict[str, dict[str, Any]] = {shelf: {} for shelf in document["components"]}
    for number in range(times):
        text = json.dumps({"paths": document["paths"], "components": document["components"]})
        for shelf in components:
            text = text.replace(f"#/components/{shelf}/", f"#/components/{shelf}/r{number}-")
        copy = json.loads(text)
        paths |= {f"/r{number}{path}": item for path, item in copy["paths"].items()}
        for shelf, parts in copy["components"].items():
            components[shelf] |= {f"r{number}-{name}": part for name, part in parts.items()}
    return {**document, "paths": paths, "components": components}


def compile_package() -> None:
    """Compile the package as installing does: with `PYTHONDONTWRITEBYTECODE` set, each process would do it anew."""
    compileall.compile_dir(Path(apig_nb.__file__).parent, quiet=1)


def measure(code: str, files: list[Path]) -> tuple[float, float]:
    """CPU seconds and peak MiB of one fresh process."""
    script = f"{code}\n{PEAK}"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", script, *files], check=True, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, int(done.stdout.split()[-1]) / 1024


def main() -> None:
    if not LARGE.is_dir():
        sys.exit("no shared/data/large beside the project")
    compile_package()
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for name in PAIR:
            path = Path(folder) / name
            path.write_text(json.dumps(repeated(json.loads((LARGE / name).read_text("utf-8")))), "utf-8")
            files.append(path)
            print(f"{name}: {path.stat().st_size / 1e6:.1f} MB")
        results: dict[str, list[tuple[float, float]]] = {READ: [], COMPARE: []}
        for _ in range(ROUNDS):
            for code, found in results.items():
                found.append(measure(code, files))
    read, compare = (statistics.median(seconds for seconds, _ in results[code]) for code in (READ, COMPARE))
    memory = max(peak for _, peak in results[COMPARE])
    label = f"{PARSER}.loads of both"
    print(f"{label:21} {read:.2f} s")
    print(f"load and compare      {compare:.2f} s, {compare / read:.1f} x, {memory:.0f} MiB")


if __name__ == "__main__":
    main()
