"""How long `import apig_nb` takes beside what it stands on: `python tests/bench/import_time.py`.

CPU seconds of whole fresh processes, the median of several, taken in turns.
"""

import resource
import statistics
import subprocess
import sys

STATEMENTS = {
    "nothing": "pass",
    "import httpx": "import httpx",
    "import pandas, httpx": "import pandas, httpx",
    "import apig_nb": "import apig_nb",
    "import apig_nb, one table": "import apig_nb; apig_nb.load('swagger: 2.0\\npaths: {}').operations",
}
ROUNDS = 7


def cpu_seconds(statement: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", statement], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def main() -> None:
    times: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for _ in range(ROUNDS):
        for name, statement in STATEMENTS.items():
            times[name].append(cpu_seconds(statement))
    base = statistics.median(times["import pandas, httpx"])
    print(f"median of {ROUNDS}, CPU seconds of a fresh process")
    for name, seconds in times.items():
        median = statistics.median(seconds)
        print(f"{name:28} {median:6.3f} s   {median / base:5.2f} x import pandas, httpx")


if __name__ == "__main__":
    main()
