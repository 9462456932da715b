"""Save a report in the format of the ending of a name."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

from apig_nb.errors import ArgumentError
from apig_nb.files import write_whole


def save_report(path: str | os.PathLike[str], renderings: Mapping[str, Callable[[], str]]) -> Path:
    """Write a report to a file, completely or not at all, and return its path.

    Args:
        path: the file; its ending chooses the format, in upper or lower case.
        renderings: ending → the function that renders the report.

    Raises:
        ArgumentError: the name has another ending.
        OSError: the file cannot be written; an existing file is unchanged.
    """
    target = Path(path)
    render = renderings.get(target.suffix.lower())
    if render is None:
        raise ArgumentError("path", str(path), "has an unknown ending", tuple(renderings))
    write_whole(target, render().encode("utf-8"))
    return target
