"""`read`: the exports that an argument names: a file, folder or pattern, also of a git revision, or an archive."""

from __future__ import annotations

import glob
import io
import re
import subprocess
import tarfile
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import apig_nb as apig
from apig_nb.errors import ApigError, ArgumentError, DocumentError

_REVISION: Final = re.compile(r"[^-:][^:]+:.+")
"""`HEAD~1:path` as in git; a single letter is a drive of Windows."""

_SNAPSHOT: Final = re.compile(r"(.+)@(\d{4}-[^@]+|latest)")
"""`ARCHIVE@2026-11-30`, `ARCHIVE@2026-11-30T06:00:00Z`, `ARCHIVE@latest`."""

_PASSWORD: Final = re.compile("//[^/]*:[^/]*@")


def read(source: str) -> apig.Export | apig.ExportSet:
    """Read a document; or a set, of a folder, a pattern or an archive.

    Raises:
        DocumentError: it cannot be read, or is not an API document.
        ArgumentError: nothing matches the pattern, two documents are of one group, or there is no such snapshot.
        OSError: the archive cannot be read.
    """
    if Path(source).exists():
        return _of_files(Path(source), source)
    if snapshot := _SNAPSHOT.fullmatch(source):
        return snapshot_of(*snapshot.groups())
    if _REVISION.fullmatch(source):
        return _of_git(source)
    return _of_files(Path(source), source)


def read_all(sources: Sequence[str]) -> apig.Export | apig.ExportSet:
    """Read the exports of an argument, or of several files as a set, in which each is a group of its name."""
    if len(sources) == 1:
        return read(sources[0])
    return _whole(apig.load_many({source: Path(source) for source in sources}))


def snapshot_of(url: str, time: str) -> apig.ExportSet:
    """Read a snapshot of an archive; `latest` is the last one."""
    return open_archive(url).at(datetime.now(UTC) if time == "latest" else time)


def existing_archive(url: str) -> apig.Archive:
    """Open an archive to read it; without a snapshot, its name is likely a wrong one.

    Raises:
        ArgumentError: as of `open_archive`, or there is no snapshot.
    """
    archive = open_archive(url)
    if archive.snapshots.empty:
        raise ArgumentError("archive", None, f"there is no snapshot in {archive!r}")
    return archive


def open_archive(url: str) -> apig.Archive:
    """Open an archive.

    Raises:
        ArgumentError: the URL has a password, is of an unknown kind, or of one that needs another package.
        MissingExtraError: the packages for archives are not installed.
    """
    if _PASSWORD.search(url):
        raise ArgumentError(
            "archive", None, "must not have a password, which others can see: put it where tools for such URLs find it"
        )
    try:
        return apig.Archive(url)
    except ApigError:
        raise
    except (ImportError, ValueError) as error:
        raise ArgumentError("archive", None, str(error)) from error


def files_of(source: str, exports: apig.Export | apig.ExportSet) -> dict[apig.ExportKey | None, str]:
    """Return the file of each export of a folder or a pattern, for annotations; the source itself for all others."""
    if isinstance(exports, apig.Export):
        return {None: source}
    is_folder = Path(source).is_dir()
    files = [*(Path(source).rglob("*") if is_folder else map(Path, glob.glob(source, recursive=True)))]  # noqa: PTH207
    by_name = {path.name: path for path in files}
    # A folder has a file of a name for each gateway.
    by_gateway = {(path.parent.name, path.name): path for path in files}
    return {
        key: str(by_gateway.get((key.gateway, export.source or ""), by_name.get(export.source or "", source)))
        for key, export in exports.items()
    }


def _of_files(path: Path, name: str) -> apig.Export | apig.ExportSet:
    if path.is_dir() or (glob.has_magic(str(path)) and not path.exists()):
        return _whole(apig.load_many(path))
    try:
        return apig.load(path)
    except DocumentError as error:
        if path.name in str(error):
            raise
        raise DocumentError(f"{name}: {error}") from error


def _whole(exports: apig.ExportSet) -> apig.ExportSet:
    """Return a set of which every file could be read.

    Raises:
        DocumentError: one could not; nothing that is found in the others would show that.
    """
    for name, error in exports.failures.items():
        others = f", and {len(exports.failures) - 1} more" if len(exports.failures) > 1 else ""
        raise DocumentError(f"{name}: {error}{others}; a pattern such as 'exports/*.json' chooses files")
    return exports


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
