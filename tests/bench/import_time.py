"""Time of `import apig_nb` and of `apig-nb --help`, compared with other imports: `python -m tests.bench.import_time`.

CPU seconds of whole fresh processes, median of several rounds.
"""

import compileall
import resource
import statistics
import subprocess
import sys
from pathlib import Path

import apig_nb

STATEMENTS = {
    "nothing": "pass",
    "import httpx": "import httpx",
    "import pandas, httpx": "import pandas, httpx",
    "import apig_nb": "import apig_nb",
    "apig-nb --help": "from apig_nb.cli import main; main(['--help'])",
    "apig-nb compare --help": "from apig_nb.cli import main; main(['compare', '--help'])",
    "the SDK": "from huaweicloudsdkapig.v2 import ApigClient",
    "import apig_nb, one table": "import apig_nb; apig_nb.load('swagger: 2.0\\npaths: {}').operations",
}
ROUNDS = 7


def cpu_seconds(statement: str) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, "-c", statement], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return (after.ru_utime + after.ru_stime) - (before.ru_utime + before.ru_stime)


def main() -> None:
    # As an installation does; with `PYTHONDONTWRITEBYTECODE`, each process would compile again.
    compileall.compile_dir(Path(apig_nb.__file__).parent, quiet=1)
    times: dict[str, list[float]] = {name: [] for name in STATEMENTS}
    for _ in range(ROUNDS):
        for name, statement in STATEMENTS.items():
            times[name].append(cpu_seconds(statement))
    medians = {name: statistics.median(seconds) for name, seconds in times.items()}
    print(f"median of {ROUNDS}, CPU seconds of a fresh process")
    for name, median in medians.items():
        of_base, of_sdk = (median / medians[other] for other in ("import pandas, httpx", "the SDK"))
        print(f"{name:28} {median:6.3f} s   {of_base:5.2f} x import pandas, httpx   {of_sdk:5.2f} x the SDK")


if __name__ == "__main__":
    main()
