"""Agreement of `compare` with adjudicated verdicts on single changes.

    python -m tests.bench.verdicts [--wrong]

Reads `../shared/data/verdicts/cases.csv`: pairs of documents with the direction in which they are compared, and the
gravest severities allowed for each (`none`: no row at all). Prints how many of the cases the comparison agrees with, by
kind; `--wrong` lists the others.
"""

import csv
import sys
from collections import Counter
from pathlib import Path
from typing import NamedTuple

import apig_nb as apig
from apig_nb.report.report import SEVERITIES
from tests.shared import shared

CASES = shared("data", "verdicts")


class Case(NamedTuple):
    """A pair of documents and the verdicts allowed for it."""

    name: str
    family: str
    old: Path
    new: Path
    situation: str
    allowed: tuple[str, ...]
    why: str
    is_hard: bool

    @property
    def severity(self) -> str:
        """The gravest severity of the comparison, `none` without a change."""
        found = set(apig.compare(self.old, self.new).changes["severity"])
        return next((severity for severity in SEVERITIES if severity in found), "none")


def cases() -> list[Case]:
    """Every case, in the order of the file."""
    with (CASES / "cases.csv").open(encoding="utf-8", newline="") as file:
        return [_case(row) for row in csv.DictReader(file)]


def _case(row: dict[str, str]) -> Case:
    old, new = (CASES / row[side] for side in (("new", "old") if row["direction"] == "rev" else ("old", "new")))
    return Case(
        name=f"{row['id']} {row['direction']}",
        family=row["family"],
        old=old,
        new=new,
        situation=row["situation"],
        allowed=tuple(row["allowed"].split()),
        why=row["why"],
        is_hard=bool(row["hard"].strip()),
    )


def main() -> None:
    """Print the share of agreement, and the disagreements where asked for."""
    total: Counter[bool] = Counter()
    agreed: Counter[bool] = Counter()
    for case in cases():
        severity = case.severity
        total[case.is_hard] += 1
        if severity in case.allowed:
            agreed[case.is_hard] += 1
        elif "--wrong" in sys.argv:
            print(f"{'hard ' if case.is_hard else ''}{case.name} [{case.family}]: {severity}, allowed {case.allowed}")
            print(f"    {case.situation}\n    {case.why}")
    for is_hard, name in ((False, "not hard"), (True, "hard")):
        print(f"{name}: {agreed[is_hard]} of {total[is_hard]} ({agreed[is_hard] / total[is_hard]:.1%})")


if __name__ == "__main__":
    main()
