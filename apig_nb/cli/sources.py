"""`read`: what the arguments of commands name: files, folders, patterns, and both of a git revision."""

from __future__ import annotations

import glob
import io
import re
import subprocess
import tarfile
import tempfile
from pathlib import Path
from typing import Final

import apig_nb as apig
from apig_nb.errors import ArgumentError, DocumentError

_REVISION: Final = re.compile(r"[^-:][^:]+:.+")
"""`HEAD~1:path` as in git; a single letter is a drive of Windows."""


def read(source: str) -> apig.Export | apig.ExportSet:
    """Read a document; a set of a folder or a pattern.

    Raises:
        DocumentError: it cannot be read, or is not an API document.
        ArgumentError: nothing matches the pattern, or two documents are of one group.
    """
    if not Path(source).exists() and _REVISION.fullmatch(source):
        return _of_git(source)
    return _of_files(Path(source), source)


def read_one(source: str) -> apig.Export:
    """Read a document, as `read` does.

    Raises:
        ArgumentError: it is a set.
    """
    found = read(source)
    if isinstance(found, apig.Export):
        return found
    raise ArgumentError("source", source, "is more than one document")


def _of_files(path: Path, name: str) -> apig.Export | apig.ExportSet:
    if path.is_dir() or (glob.has_magic(str(path)) and not path.exists()):
        exports = apig.load_many(path)
        if exports.failures:
            first = next(iter(exports.failures.values()))
            others = f", and {len(exports.failures) - 1} more" if len(exports.failures) > 1 else ""
            raise DocumentError(f"{first}{others}; a pattern chooses files, such as '{name}/*.json'")
        return exports
    try:
        return apig.load(path)
    except DocumentError as error:
        if path.name in str(error):
            raise
        raise DocumentError(f"{name}: {error}") from error


def _of_git(source: str) -> apig.Export | apig.ExportSet:
    revision, _, path = source.partition(":")
    # From the root of the repository, as `git show` does.
    root = _git(source, "rev-parse", "--show-toplevel").decode().strip()
    packed = _git(source, "-C", root, "archive", "--format=tar", revision, "--", path)
    with tempfile.TemporaryDirectory() as folder, tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        # Without links, which could lead anywhere. Python before 3.11.4 has no filters.
        archive.extraction_filter = getattr(tarfile, "data_filter", None)
        archive.extractall(folder, [member for member in archive if member.isfile()])  # noqa: S202 - as said
        return _of_files(Path(folder) / path, source)


def _git(source: str, *arguments: str) -> bytes:
    try:
        # The revision does not begin with a hyphen, and so is no option.
        done = subprocess.run(["git", *arguments], capture_output=True, check=True)  # noqa: S603, S607
    except FileNotFoundError as error:
        raise DocumentError(f"{source!r} is no file, and git is not installed") from error
    except subprocess.CalledProcessError as error:
        problem = error.stderr.decode("utf-8", "replace").strip().removeprefix("fatal: ")
        raise DocumentError(f"{source!r} cannot be read: {problem}") from error
    return done.stdout
