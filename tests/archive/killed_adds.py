"""Add the estate of a day to copies of an archive, each time killed one step later, at last not at all:
`python -m tests.archive.killed_adds ARCHIVE COPIES DAY`.

A step is what Python reports to its audit hooks about a file: that it is opened, renamed or removed. The observations
of the archive are merged before.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import sys
from pathlib import Path

# Once, and not in each process.
import pandas as pd  # noqa: F401
import pyarrow.parquet  # noqa: F401

import apig_nb as apig
from apig_nb.archive import observations
from tests.archive.making import day, usual

STEPS = {"open", "os.rename", "os.remove", "os.mkdir", "os.link"}


def add(folder: Path, number: int, last_step: int) -> None:
    """Add the estate of a day; the process is killed at a step."""
    steps = itertools.count()

    def count(event: str, arguments: tuple[object, ...]) -> None:
        if event in STEPS and str(folder) in str(arguments[0]) and next(steps) == last_step:
            os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(count)
    apig.Archive(folder).add(usual(number), day(number))


def main(archive: Path, copies: Path, number: int) -> None:
    observations.MAX_SMALL_FILES = number - 1  # type: ignore[misc]
    for step in itertools.count():
        copy = copies / f"{step:03}"
        shutil.copytree(archive, copy)
        child = os.fork()
        if not child:
            add(copy, number, step)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if os.WIFEXITED(status):
            sys.exit(os.WEXITSTATUS(status))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
