"""CPU time and memory of fresh processes, and the large documents of ../shared/data, for the other scripts."""

import compileall
import json
import resource
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import apig_nb

LARGE = Path(__file__).parents[2].parent / "shared" / "data" / "large"
PAIR = ("github-api.2021-03-08.json", "github-api.2021-06-23.json")
ROUNDS = 3

PARSER = "orjson" if find_spec("orjson") else "json"
"""The JSON parser to compare with: orjson if it is installed, otherwise the standard library, which is slower."""

READ = f"import {PARSER}, pathlib, sys; [{PARSER}.loads(pathlib.Path(p).read_bytes()) for p in sys.argv[1:]]"
# What getrusage calls the peak starts with that of the process which started this one.
PEAK = "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"


def repeated(document: dict[str, Any], times: int) -> dict[str, Any]:
    """Repeat a document with other path prefixes and component names in each copy."""
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
    """Compile the package, as installation does, so that no measured process has to."""
    compileall.compile_dir(Path(apig_nb.__file__).parent, quiet=1)


def measure(code: str, files: list[Path]) -> tuple[float, float]:
    """Return the CPU seconds and peak MiB of a new process."""
    script = f"{code}\n{PEAK}"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([sys.executable, "-c", script, *files], check=True, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, int(done.stdout.split()[-1]) / 1024
