"""`load`: makes an export of a file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import IO, Any

from apig_nb.errors import ArgumentError, DocumentError
from apig_nb.export.export import Export
from apig_nb.request import SCOPES, V1_SCOPES
from apig_nb.text import encodable


def load(source: str | bytes | os.PathLike[str] | IO[str] | IO[bytes]) -> Export:
    """Load an existing document, such as a file downloaded from the console.

    Args:
        source: a path; or the document as bytes, as text (that starts with `{` or `[`, or has several lines), or as an
            open file. It may be inside the answer of an asynchronous export, and compressed with gzip.

    Raises:
        DocumentError: the file cannot be read, is too large, or is not an API document.
        ArgumentError: `source` is none of these.
    """
    from apig_nb.definition import read_definition  # slow to import

    raw, name = _content(source)
    definition = read_definition(raw)
    group, environment, scope = names_in_file_name(definition.wrapped_name or "") or (None, None, None)
    export = Export(raw=raw, source=name, group=group, environment=environment, scope=scope)
    # In the cache of the property, so that the document is read once.
    export.__dict__["definition"] = definition
    return export


Comparable = Export | str | bytes | os.PathLike[str] | IO[str] | IO[bytes]


def as_export(given: Comparable) -> Export:
    """Return an export as it is, and load anything else."""
    return given if isinstance(given, Export) else load(given)


# In which the group may contain hyphens.
_FILE_NAME = re.compile(rf"(.+)-([^-]+)-({'|'.join([*SCOPES, *V1_SCOPES])})(?:-.*)?", re.DOTALL)


def names_in_file_name(stem: str) -> tuple[str, str, str] | None:
    """Return group, environment and scope of the service's name for a file, `{group}-{environment}-{scope}-{version}`.

    The version may be missing, as in files that `Export.save` names. `None` for any other name.
    """
    found = _FILE_NAME.fullmatch(stem)
    return (found[1], found[2], found[3]) if found else None


def _content(source: object) -> tuple[bytes, str | None]:
    """Return the bytes of a document and the name of its file."""
    if isinstance(source, bytes | bytearray | memoryview):
        return bytes(source), None
    if isinstance(source, str) and (not source.strip() or "\n" in source or source.lstrip().startswith(("{", "["))):
        return source.encode("utf-8", "replace"), None
    if isinstance(source, str | os.PathLike):
        path = Path(source)
        return _read(str(path), lambda: path.expanduser().open("rb")), encodable(path.name)
    if not hasattr(source, "read"):
        raise ArgumentError("source", source, "must be a path, bytes, text or an open file")
    name = getattr(source, "name", None)
    file_name = Path(name).name if isinstance(name, str) else None
    return _read(file_name or "the file", lambda: nullcontext(source)), file_name


def _read(name: str, opened: Callable[[], AbstractContextManager[Any]]) -> bytes:
    from apig_nb.definition.read.decoding import MAX_BYTES  # slow to import

    try:
        with opened() as file:
            content = file.read(MAX_BYTES + 1)
    # ValueError: a NUL in the name, or a text file in another encoding; RuntimeError: `~name` of an unknown user.
    except (OSError, ValueError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or error
        raise DocumentError(f"{name!r} cannot be read: {reason}") from error
    if len(content) > MAX_BYTES:
        raise DocumentError(f"{name!r} is larger than the limit of {MAX_BYTES // 2**20} MiB")
    return content.encode("utf-8", "replace") if isinstance(content, str) else bytes(content)
