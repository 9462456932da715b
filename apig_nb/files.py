"""Read files up to a limit, and write them as a whole.

A kill, a full disk or a power cut leaves the old file or the new one, never a part of it.

The content is written to a temporary file in the same folder, flushed to the disk, and renamed, which is one step of
the file system. A process that is killed while it writes leaves its temporary file, `.apig_nb-….tmp`, behind.
"""

from __future__ import annotations

import errno
import os
import re
import secrets
import stat
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

MAX_NAME_BYTES: Final = 200
"""The maximum length of a file name made here; file systems allow 255 bytes, some synchronization services less."""

MAX_SETTINGS: Final = 4 * 2**20
"""The largest file of settings or ignored changes, in bytes: YAML of 1 MiB takes some seconds."""

LOCK_SECONDS: Final = 10.0
"""The longest wait for another process that changes a file; it takes milliseconds."""

# Names of Windows devices, which are reserved with any extension, and with spaces before it:
# https://learn.microsoft.com/windows/win32/fileio/naming-a-file
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])( *\..*)?", re.IGNORECASE | re.DOTALL)


def expand_home(path: str | os.PathLike[str]) -> Path:
    """Return a path with the folder for `~`; as it is where there is no such user or no home folder."""
    return Path(os.path.expanduser(path))  # noqa: PTH111 - `Path.expanduser` fails there


def read_file(path: Path, most: int) -> bytes:
    """Read a file of at most `most` bytes; a pipe or a device may have no end, and is refused.

    Raises:
        OSError: it cannot be read, is no regular file, or is larger; `strerror` says which.
        ValueError: no file can have this name.
    """
    # Opening a pipe would wait for its writer.
    with open(path, "rb", opener=lambda name, flags: os.open(name, flags | getattr(os, "O_NONBLOCK", 0))) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "is not a regular file", os.fspath(path))
        # In parts, as `read` makes room for all that it may return.
        parts, left = [], most + 1
        while left and (part := file.read(min(left, 2**20))):
            parts.append(part)
            left -= len(part)
    if not left:
        raise OSError(errno.EFBIG, f"is larger than {most // 2**20} MiB", os.fspath(path))
    return b"".join(parts)


def write_whole(target: Path, content: bytes) -> None:
    """Write a file and replace an existing one, which keeps its permissions and owner.

    The target of a symbolic link is replaced and not the link. A file without write permission is not replaced. A
    device or pipe is written to.

    Raises:
        OSError: the file cannot be written and is unchanged; the error names it.
    """
    with _naming_errors(target):
        known = _stat(target)
        if known is not None and not stat.S_ISREG(known.st_mode):
            target.write_bytes(content)
            return
        if known is not None:
            # Renaming needs permission for the folder only; this checks the permission for the file.
            target.open("r+b").close()
        place = Path(os.path.realpath(target)) if target.is_symlink() else target
        with _temporary(place.parent, content, known) as temporary:
            temporary.replace(place)


def write_new(folder: Path, names: Iterable[str], content: bytes) -> Path:
    """Write a file under the first name that is not taken; no existing file is overwritten.

    Args:
        folder: folder of the file.
        names: an infinite iterable of names.
        content: content of the file.

    Raises:
        OSError: the file cannot be written, and no name is taken; the error names the folder.
    """
    with _naming_errors(folder), _temporary(folder, content) as temporary:
        return next(path for path in map(folder.joinpath, names) if _claim_name(temporary, path))


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, unless it exists.

    Raises:
        OSError: it cannot be made; the error names it.
    """
    with _naming_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)


def replace_entry(target: Path, content: bytes) -> None:
    """Write a file and replace what has its name in the folder, as `write_whole`; but a link is not followed.

    Raises:
        OSError: the file cannot be written, such as where a folder has its name; nothing is changed.
    """
    with _naming_errors(target):
        known = target.stat() if is_plain_file(target) else None
        if known is not None:
            target.open("r+b").close()  # checks the permission, as above
        with _temporary(target.parent, content, known) as temporary:
            temporary.replace(target)


def is_plain_file(path: Path) -> bool:
    """Return True for a file; False for a link to one, a device, a pipe, or nothing."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except FileNotFoundError:
        return False


@contextmanager
def locked(target: Path) -> Iterator[None]:
    """Run the block while no other process or thread is in such a block for the same file.

    A lock file lies beside the file meanwhile. A process that is killed leaves it, without effect: the lock is one of
    the operating system, which ends with the process.

    Raises:
        OSError: the lock file cannot be made, or the lock is not free in time.
    """
    with _naming_errors(target):
        place = Path(os.path.realpath(target))
        lock_file = place.with_name(f".apig_nb-{place.name[: MAX_NAME_BYTES // 4]}.lock")
        end = time.monotonic() + LOCK_SECONDS
        while (lock := _try_lock(lock_file)) is None:
            if time.monotonic() > end:
                raise OSError(errno.EAGAIN, "is being changed by another process")
            time.sleep(0.005)
    try:
        yield
    finally:
        _unlock(lock, lock_file)


@contextmanager
def _naming_errors(path: Path) -> Iterator[None]:
    """Name the file to be written in errors, in place of the temporary one."""
    try:
        yield
    except OSError as error:
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error
    except ValueError as error:
        # A path with a NUL character or a lone surrogate never reaches the system.
        raise OSError(errno.EINVAL, str(error), os.fspath(path)) from error


def _stat(target: Path) -> os.stat_result | None:
    try:
        return target.stat()
    except FileNotFoundError:
        return None


@contextmanager
def _temporary(folder: Path, content: bytes, replaced: os.stat_result | None = None) -> Iterator[Path]:
    """Write a temporary file; it is removed at the end of the block unless it was renamed.

    Args:
        folder: folder of the file; renaming works within one file system only.
        content: content of the file.
        replaced: the file that it will replace, whose permissions and owner it gets.
    """
    path = folder / f".apig_nb-{secrets.token_hex(8)}.tmp"
    # From the start no other user can read more than in the end.
    mode = 0o666 if replaced is None else stat.S_IMODE(replaced.st_mode)
    try:
        with open(path, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            if replaced is not None:
                _copy_permissions(path, replaced)
            file.write(content)
            file.flush()
            # Otherwise the new name may reach the disk before the content does.
            os.fsync(file.fileno())
        yield path
    finally:
        path.unlink(missing_ok=True)


def _copy_permissions(path: Path, replaced: os.stat_result) -> None:
    """Give a file the permissions, the owner and the group of another one, as far as the system allows."""
    mode = stat.S_IMODE(replaced.st_mode)
    if sys.platform != "win32":
        try:
            os.chown(path, -1, replaced.st_gid)
        except OSError:
            # The file stays in another group, which gets the permissions of all others.
            mode = mode & ~stat.S_IRWXG | (mode & stat.S_IRWXO) << 3
        with suppress(OSError):
            os.chown(path, replaced.st_uid, -1)
    path.chmod(mode)


def _claim_name(temporary: Path, target: Path) -> bool:
    """Give a temporary file another name; return False if the name is taken."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        return False
    except OSError:
        # No hard links, as on FAT and some shared folders: the name is taken by an empty file, which is replaced.
        try:
            target.open("xb").close()
        except FileExistsError:
            return False
        temporary.replace(target)
    return True


def legal_name(stem: str, extension: str) -> str:
    """Return a file name that every system allows, as close to `stem` as possible, and without a folder.

    Characters that Windows forbids become `-`; dots and spaces at the ends are removed; device names and names that
    begin with `-` get a `_` in front. Letters of all scripts are kept.
    """
    name = "".join(char if char.isprintable() and char not in '<>:"/\\|?*' else "-" for char in stem)
    max_bytes = MAX_NAME_BYTES - len(extension) - 1
    name = name.encode()[:max_bytes].decode("utf-8", "ignore").strip(" .") or "export"
    # Programs take a name that begins with `-` for an option.
    return f"{'_' if _DEVICE.fullmatch(name) or name.startswith('-') else ''}{name}{extension}"


if sys.platform == "win32":

    def _try_lock(path: Path) -> int | None:
        try:
            # Windows removes the file when it is closed, also where the process is killed.
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_TEMPORARY)
        except (FileExistsError, PermissionError):
            return None

    def _unlock(lock: int, path: Path) -> None:
        os.close(lock)

else:

    def _try_lock(path: Path) -> int | None:
        """Return the descriptor of the locked file; `None` while another one has the lock."""
        import fcntl  # POSIX only

        lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # The one before may have removed the file after it was opened here.
            if os.path.samestat(os.fstat(lock), path.stat()):
                return lock
        except (BlockingIOError, FileNotFoundError):
            pass
        except BaseException:
            os.close(lock)
            raise
        os.close(lock)
        return None

    def _unlock(lock: int, path: Path) -> None:
        path.unlink(missing_ok=True)
        os.close(lock)
