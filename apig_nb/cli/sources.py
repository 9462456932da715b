"""`read`: a document from a file, or from a revision of a git repository."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Final

import apig_nb as apig
from apig_nb.errors import DocumentError
from apig_nb.export import Export

_REVISION: Final = re.compile(r"[^-:][^:]+:.+")
"""`HEAD~1:path` as in git; a single letter is a drive of Windows."""


def read(source: str) -> Export:
    """Read a document from a file, or from a revision of a git repository.

    Raises:
        DocumentError: it cannot be read, or is not an API document.
    """
    is_revision = not Path(source).exists() and _REVISION.fullmatch(source)
    try:
        return _of_git(source) if is_revision else apig.load(Path(source))
    except DocumentError as error:
        if Path(source).name in str(error):
            raise
        raise DocumentError(f"{source}: {error}") from error


def _of_git(source: str) -> Export:
    # `cat-file` runs no filters or drivers that the repository defines.
    command = ["git", "cat-file", "blob", source]
    try:
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603
            try:
                return apig.load(process.stdout)  # type: ignore[arg-type]  # a pipe, as asked for
            except DocumentError:
                process.kill()  # it waits where the file is larger than what is read
                problem = process.stderr.read().decode("utf-8", "replace").strip()  # type: ignore[union-attr]
                if process.wait() and problem:
                    raise DocumentError(f"{source!r} cannot be read: {problem.removeprefix('fatal: ')}") from None
                raise
    except FileNotFoundError as error:
        raise DocumentError(f"{source!r} is no file, and git is not installed") from error
