"""`Store`: the files of an archive, on any file system that fsspec knows; each is written whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from apig_nb.errors import MissingExtraError, clear_variables
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
        self._secrets, self._is_local = (*_secrets_in(os.fspath(url)), *_texts(options)), False
        self._system, self._root = self._call(url_to_fs, os.fspath(url), **options)
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
            self._call(self._system.pipe, {self._path(name): content for name, content in files.items()})
            return
        for name, content in files.items():
            if self._is_local:
                target = Path(self._path(name))
                make_folder(target.parent)
                # A link in an archive of many users could lead to any file.
                replace_entry(target, content)
            else:
                self._write_and_rename(name, content)

    def read(self, names: Sequence[str]) -> list[bytes | Exception]:
        """Return the contents of files, each with the error in its place if it cannot be read."""
        if self._is_local:
            return [self._read_local(name) for name in names]
        contents = self._call(
            self._system.cat_ranges, [self._path(name) for name in names], None, None, on_error="return"
        )
        return [self._failure(one) if isinstance(one, Exception) else one for one in contents]

    def sizes(self, folder: str) -> dict[str, int]:
        """Return the files in a folder with their sizes in bytes; those that are being written are left out."""
        # Other processes write there, too.
        self._system.invalidate_cache()
        try:
            found = self._call(self._system.ls, self._path(folder), detail=True)
        except FileNotFoundError:
            return {}
        # Not every file system knows the size.
        sizes = {one["name"].rpartition("/")[2]: int(one["size"] or 0) for one in found if one["type"] == "file"}
        return {f"{folder}/{name}": sizes[name] for name in sorted(sizes) if not name.startswith(".")}

    def remove(self, names: Iterable[str]) -> None:
        """Remove files; another process may have done so already."""
        for name in names:
            with suppress(FileNotFoundError):
                self._call(self._system.rm_file, self._path(name))

    def _write_and_rename(self, name: str, content: bytes) -> None:
        folder, _, last = name.rpartition("/")
        temporary = f"{folder}/.{last}-{secrets.token_hex(8)}.tmp"
        self._call(self._system.makedirs, self._path(folder), exist_ok=True)
        self._call(self._system.pipe_file, self._path(temporary), content)
        self._call(self._system.mv, self._path(temporary), self._path(name))

    def _call(self, function: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
        """Call a function of the file system, whose error may be of any library."""
        try:
            return function(*arguments, **more)
        except Exception as error:  # noqa: BLE001 - as said
            failure = self._failure(error)
        except BaseException as error:
            clear_variables(error)
            raise
        finally:
            del arguments, more  # a path may have a password, and a traceback may show local variables
        raise failure

    def _failure(self, error: Exception) -> Exception:
        """Return an error in place of one of the file system, whose text and local variables may hold a password."""
        if self._is_local:
            return error
        # Late: the client imports the HTTP library.
        from apig_nb.client.secret import Secret, masked

        _ = [Secret(text) for text in self._secrets]
        kinds = (FileNotFoundError, PermissionError, ImportError, ValueError)
        kind = next((one for one in kinds if isinstance(error, one)), OSError)
        return kind(masked(str(error) if isinstance(error, kind) else f"{type(error).__name__}: {error}"))

    def _read_local(self, name: str) -> bytes | Exception:
        try:
            return read_file(Path(self._path(name)), _MAX_BYTES)
        except OSError as error:
            return b"" if error.errno in _NO_FILE else error

    def _path(self, name: str) -> str:
        return f"{self._root.rstrip('/')}/{name}"


def _secrets_in(url: str) -> Iterator[str]:
    """Yield the passwords and the values of the queries of a URL, which may be a chain of several."""
    for part in url.split("::"):
        with suppress(ValueError):  # fsspec reports a malformed URL
            yield from map(unquote, filter(None, [urlsplit(part).password]))
            yield from (value for _, value in parse_qsl(urlsplit(part).query))


def _texts(options: object) -> Iterator[str]:
    """Yield the texts in options, any of which may be a secret, but not addresses."""
    if isinstance(options, str) and "://" not in options:
        yield options
    elif isinstance(options, Mapping):
        for value in options.values():
            yield from _texts(value)
