"""Files that are there whole or not at all, whatever happens while they are written.

A draft beside the target is written, brought to the disk, and only then given the target's name, in one step of the
file system: a kill, a full disk or a power cut leaves the old file or the new one, and never half of one.
"""

from __future__ import annotations

import os
import re
import secrets
import stat
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Final

if sys.platform != "win32":
    import fcntl

_DRAFTS: Final = (".apig_nb-", ".tmp")
"""How the name of a draft begins and ends: hidden, and no name of an export."""


def write_whole(target: Path, content: bytes) -> None:
    """Write a file; one that is there is replaced.

    It keeps its permissions, a link stays a link, and a file that may not be written to is not replaced either.

    Raises:
        OSError: it cannot be written, and is as it was; the error names it.
    """
    with _blaming(target):
        known = _known(target)
        if known is not None and not stat.S_ISREG(known.st_mode):
            # A device or a pipe is written to: it must not become a file. A folder refuses.
            target.write_bytes(content)
            return
        if known is not None:
            # The folder alone decides whether a file can be replaced; whoever locked the file itself meant it.
            target.open("r+b").close()
        place = Path(os.path.realpath(target)) if target.is_symlink() else target
        with _draft(place.parent, content, known) as draft:
            draft.replace(place)
        _remember(place.parent)


def write_new(folder: Path, names: Iterable[str], content: bytes) -> Path:
    """Write a file under the first name that is free; nobody else's file is overwritten.

    Args:
        folder: where.
        names: names without end.
        content: what is in the file.

    Raises:
        OSError: it cannot be written, and no name is taken; the error names the folder.
    """
    with _blaming(folder):
        with _draft(folder, content) as draft:
            target = next(path for path in map(folder.joinpath, names) if _is_named(draft, path))
        _remember(folder)
    return target


def clear_drafts(folder: Path) -> None:
    """Remove the drafts that killed writers left in a folder; one that is still being written is left alone."""
    for draft in folder.glob("*".join(_DRAFTS)):
        # Where locks are not to be had, such as on Windows, nobody can tell and they stay.
        with suppress(OSError):
            if draft.is_file():
                with draft.open("r+b") as file:
                    _lock(file)
                    draft.unlink()


@contextmanager
def _blaming(place: Path) -> Iterator[None]:
    """Name the file that was to be written in place of its draft, or of nothing."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(place)) from error


def _known(target: Path) -> os.stat_result | None:
    try:
        return target.stat()
    except FileNotFoundError:
        return None


@contextmanager
def _draft(folder: Path, content: bytes, like: os.stat_result | None = None) -> Iterator[Path]:
    """A draft with this content, safe on disk; it is gone at the end of the block unless it was renamed.

    Args:
        folder: where it lies: renaming works on one disk only.
        content: what is in it.
        like: the file it will replace.
    """
    draft = folder / secrets.token_hex(8).join(_DRAFTS)
    # Not for others to read even before it has all of its permissions.
    mode = 0o666 if like is None else stat.S_IMODE(like.st_mode)
    try:
        with open(draft, "xb", opener=lambda path, flags: os.open(path, flags, mode)) as file:
            with suppress(OSError):
                _lock(file)
            if like is not None:
                _become_like(draft, like)
            file.write(content)
            file.flush()
            # Before the renaming: a power cut must not find the new name on content that is still in memory.
            os.fsync(file.fileno())
            if sys.platform == "win32":
                file.close()  # which renames no file that is open
            yield draft
    finally:
        draft.unlink(missing_ok=True)


def _become_like(draft: Path, like: os.stat_result) -> None:
    """Give a draft owner, group and permissions of the file it will replace, as far as the system lets us."""
    mode = stat.S_IMODE(like.st_mode)
    if sys.platform != "win32":
        try:
            os.chown(draft, -1, like.st_gid)
        except OSError:
            # Ours is another group: it may do what everybody may, not what that one might.
            mode = mode & ~stat.S_IRWXG | (mode & stat.S_IRWXO) << 3
        with suppress(OSError):
            os.chown(draft, like.st_uid, -1)
    draft.chmod(mode)


def _is_named(draft: Path, target: Path) -> bool:
    """Give a draft a name as well, unless the name is taken."""
    with suppress(FileExistsError):
        try:
            os.link(draft, target)
        except FileExistsError:
            raise
        except OSError:
            # No hard links here, as on a FAT disk: the name is taken first, by a file that is empty for a moment.
            target.open("xb").close()
            draft.replace(target)
        return True
    return False


def _remember(folder: Path) -> None:
    """Bring a new name to the disk: who was told that the file is written finds it after a power cut too."""
    # Where a folder cannot be synchronised, such as on Windows, old or new is there all the same.
    with suppress(OSError):
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _lock(file: IO[bytes]) -> None:
    """Say that a draft is being written, as long as it is open; the lock ends with its writer, however that ends."""
    if sys.platform == "win32":
        raise OSError("no locks here")
    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


MAX_NAME_BYTES: Final = 200
"""The maximum length of a file name made here; file systems allow 255 bytes, some synchronization services less."""

# Names of Windows devices, which are reserved with any extension, and with spaces before it:
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])( *\..*)?", re.IGNORECASE | re.DOTALL)


def legal_name(stem: str, extension: str) -> str:
    """Return a file name that every system allows, as close to `stem` as possible, and without a folder.

    Characters that Windows forbids become `-`; dots and spaces at the ends are removed; device names get a `_` in
    front. Letters of all scripts are kept.
    """
    name = "".join(char if char.isprintable() and char not in '<>:"/\\|?*' else "-" for char in stem)
    max_bytes = MAX_NAME_BYTES - len(extension) - 1
    name = name.encode()[:max_bytes].decode("utf-8", "ignore").strip(" .") or "export"
    return f"{'_' if _DEVICE.fullmatch(name) else ''}{name}{extension}"
