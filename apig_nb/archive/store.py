"""`Store`: the files of an archive, on any file system that fsspec knows; each is written whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from apig_nb.errors import MissingExtraError
from apig_nb.files import make_folder, read_file, replace_entry

_MAX_BYTES: Final = 2**30
"""The largest file that is read from a folder."""

_NO_FILE: Final = (errno.EINVAL, errno.EFBIG, errno.EISDIR, errno.ENOTDIR, errno.ELOOP)
"""Errors of reading a pipe, a folder or something else that somebody put in the place of a file; it has no content."""


class Store:
    """The files below a URL, by names with `/`."""

    def __init__(self, url: str | os.PathLike[str], options: Mapping[str, Any]) -> None:
        try:
            # Optional dependencies: the extra `archive`. The observations need the first one.
            import pyarrow  # noqa: F401
            from fsspec.asyn import AsyncFileSystem
            from fsspec.core import url_to_fs
            from fsspec.implementations.local import LocalFileSystem
        except ModuleNotFoundError as error:
            raise MissingExtraError("an archive", "archive") from error
        self._system, self._root = url_to_fs(os.fspath(url), **options)
        self._is_local = isinstance(self._system, LocalFileSystem)
        # The object stores of fsspec are asynchronous. They show an object when it is uploaded, and cannot rename it.
        self._is_object_store = isinstance(self._system, AsyncFileSystem)

    def write(self, files: Mapping[str, bytes]) -> None:
        """Write files, and replace those that exist.

        Raises:
            OSError: one of them cannot be written; it is unchanged, others may be written.
        """
        if self._is_object_store:
            # Several at a time.
            self._system.pipe({self._path(name): content for name, content in files.items()})
            return
        for name, content in files.items():
            if self._is_local:
                target = Path(self._path(name))
                make_folder(target.parent)
                # A link in an archive of many users could lead to any file.
                replace_entry(target, content)
            else:
                self._write_and_rename(self._path(name), content)

    def read(self, names: Sequence[str]) -> list[bytes | Exception]:
        """Return the contents of files, each with the error in its place if it cannot be read."""
        if self._is_local:
            return [self._read_local(name) for name in names]
        contents: list[bytes | Exception] = self._system.cat_ranges(
            [self._path(name) for name in names], None, None, on_error="return"
        )
        return contents

    def sizes(self, folder: str) -> dict[str, int]:
        """Return the files in a folder with their sizes in bytes; those that are being written are left out."""
        # Other processes write there, too.
        self._system.invalidate_cache()
        try:
            found = self._system.ls(self._path(folder), detail=True)
        except FileNotFoundError:
            return {}
        sizes = {entry["name"].rpartition("/")[2]: int(entry["size"]) for entry in found if entry["type"] == "file"}
        return {f"{folder}/{name}": sizes[name] for name in sorted(sizes) if not name.startswith(".")}

    def remove(self, names: Iterable[str]) -> None:
        """Remove files; another process may have done so already."""
        for name in names:
            with suppress(FileNotFoundError):
                self._system.rm_file(self._path(name))

    def _write_and_rename(self, path: str, content: bytes) -> None:
        folder, _, name = path.rpartition("/")
        temporary = f"{folder}/.{name}-{secrets.token_hex(8)}.tmp"
        self._system.makedirs(folder, exist_ok=True)
        self._system.pipe_file(temporary, content)
        self._system.mv(temporary, path)

    def _read_local(self, name: str) -> bytes | Exception:
        try:
            return read_file(Path(self._path(name)), _MAX_BYTES)
        except OSError as error:
            return b"" if error.errno in _NO_FILE else error

    def _path(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"
