"""Results of reading the documents of ../shared/data, by folder: `python tests/bench/documents.py`.

load: read without problems; warn: read with problems; reject: refused with a `DocumentError`.
"""

import csv
import sys
from collections import Counter, defaultdict
from pathlib import Path

import apig_nb as apig

DATA = Path(__file__).parents[2].parent / "shared" / "data"


def outcome(path: Path) -> str:
    try:
        export = apig.load(path)
    except apig.DocumentError:
        return "reject"
    return "warn" if export.definition.problems else "load"


def folder(name: str) -> str:
    parts = name.split("/")[:-1]
    return "/".join(parts[: 3 if parts[:2] == ["hostile", "real"] else 2])


def main() -> None:
    if not DATA.is_dir():
        sys.exit(f"no {DATA.parent.name}/{DATA.name} beside the project")
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    with (DATA / "index.csv").open(newline="") as file:
        for row in csv.DictReader(file):
            if row["kind"] not in ("truth", "table") and not row["file"].endswith((".csv", ".md")):
                counts[folder(row["file"])][outcome(DATA / row["file"])] += 1
    total: Counter[str] = Counter()
    print(f"{'folder':40} {'load':>5} {'warn':>5} {'reject':>6}")
    for name, found in sorted(counts.items()):
        total += found
        print(f"{name:40} {found['load']:5} {found['warn']:5} {found['reject']:6}")
    print(f"{'all':40} {total['load']:5} {total['warn']:5} {total['reject']:6}")


if __name__ == "__main__":
    main()
