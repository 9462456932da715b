"""Agreement of comparisons with the tests of five other tools: `python tests/bench/pair_agreement.py`.

A "yes" wants a breaking change or a warning, a "no" wants no breaking change (../shared/data/pairs/expectations.csv).
Prints the share per tool, then every disagreement with what was found instead.
"""

import csv
import sys
from collections import Counter
from pathlib import Path

import apig_nb as apig

DATA = Path(__file__).parents[2].parent / "shared" / "data"


def file_of(name: str) -> Path:
    found = [DATA / name, *(DATA / f"{name}{ending}" for ending in (".json", ".yaml", ".yml"))]
    return next(path for path in found if path.exists())


def agrees(expected: str, comparison: apig.Comparison) -> bool:
    severities = Counter(change.severity for change in comparison.found)
    if expected == "yes":
        return severities["breaking"] + severities["warning"] > 0
    return severities["breaking"] == 0


def main() -> None:
    if not DATA.is_dir():
        sys.exit("no shared/data beside the project")
    counts: Counter[tuple[str, bool]] = Counter()
    disagreements = []
    with (DATA / "pairs" / "expectations.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["breaking"] in ("yes", "no"):
                comparison = apig.compare(file_of(row["base"]), file_of(row["revision"]))
                counts[row["tool"], agrees(row["breaking"], comparison)] += 1
                if not agrees(row["breaking"], comparison):
                    disagreements.append((row, comparison))
    for tool in sorted({tool for tool, _ in counts}):
        good, bad = counts[tool, True], counts[tool, False]
        print(f"{tool:22} {good:4} of {good + bad:4}  {good / (good + bad):6.1%}")
    good = sum(number for (_, agreed), number in counts.items() if agreed)
    print(f"{'all':22} {good:4} of {counts.total():4}  {good / counts.total():6.1%}\n")
    for row, comparison in disagreements:
        print(f"{row['tool']} says {row['breaking']}: {row['base']} → {row['revision']} ({row['test']})")
        for change in comparison.found[:4]:
            print(f"    {change.severity} {change.message[:110]}")


if __name__ == "__main__":
    main()
