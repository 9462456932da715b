"""A sample of the breaking changes of real pairs of releases, to be read and judged by a person.

    python -m tests.bench.breaking_sample [SEED]

Reads the revisions in `../shared/data/large`. Takes a random change of each rule of each pair in turn, so that rare
rules count as much as frequent ones, until there are 60.
"""

import random
import sys
from collections import defaultdict
from itertools import groupby
from pathlib import Path
from typing import Any

import apig_nb as apig
from tests.shared import shared

SIZE = 60


def _pairs() -> list[tuple[str, Path, Path]]:
    """Name, older and newer revision of each document of which there are two."""
    files = sorted(path for path in shared("data", "large").iterdir() if path.stem.count("."))
    groups = [(name, [*some]) for name, some in groupby(files, key=lambda path: path.name.split(".")[0])]
    return [(name, some[0], some[1]) for name, some in groups if len(some) == 2]


def main() -> None:
    """Print the sample, one change a paragraph."""
    choice = random.Random(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    strata: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for name, old, new in _pairs():
        breaking = apig.compare(old, new).breaking
        print(f"{name}: {len(breaking)} breaking", file=sys.stderr)
        for row in breaking.itertuples():
            strata[name, str(row.rule)].append(row)
    for rows in strata.values():
        choice.shuffle(rows)
    keys = sorted(strata)
    choice.shuffle(keys)
    sample = [(key[0], strata[key].pop()) for _ in range(SIZE) for key in keys if strata[key]][:SIZE]
    for number, (name, row) in enumerate(sample, 1):
        print(f"{number}. {name} [{row.rule}] {row.message}")
        print(f"   {row.pointer}\n   {', '.join(row.operations[:3])}")


if __name__ == "__main__":
    main()
