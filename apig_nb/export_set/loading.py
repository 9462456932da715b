"""`load_many`: a set of the documents of a folder, a pattern, a list or a mapping."""

from __future__ import annotations

import glob
import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from apig_nb.errors import ArgumentError, DocumentError
from apig_nb.export import Comparable, Export, as_export, names_in_file_name
from apig_nb.export_set.export_set import ExportSet
from apig_nb.export_set.key import ExportKey, key_of
from apig_nb.files import expand_home, legal_name

Sources = str | os.PathLike[str] | Sequence[Comparable] | Mapping[ExportKey, Comparable] | Mapping[str, Comparable]


def load_many(source: Sources) -> ExportSet:
    """Load many documents as a set.

        apig.load_many("exports")                              # a folder, as `export_many` writes it
        apig.load_many("exports/*/*-RELEASE-all-*.json")       # a pattern
        apig.load_many([first, second])                        # anything that `load` accepts
        apig.load_many({"orders": "orders.json"})              # with the names of the groups

    Names of files give group, environment and scope where they are those of the service,
    `{group}-{environment}-{scope}-{version}`, as `export_many` and `save` write them, and a folder below `source` gives
    the gateway; otherwise the title of the document is the group. What cannot be read is listed in `failures`.

    Args:
        source: a folder, of which every file is read, those of its folders too, but no hidden one; a pattern in which
            `**` stands for any folders; a list; or a mapping of keys, or names of groups.

    Raises:
        ArgumentError: there is no such file or folder, or two documents have the same key.
    """
    exports: dict[ExportKey, Export] = {}
    failures: dict[ExportKey | str, Exception] = {}
    unread: dict[ExportKey, str] = {}
    for name, key, given, gateway in _found(source):
        try:
            # A pipe would be waited for.
            if isinstance(given, Path) and not given.is_file():
                raise DocumentError(f"{name!r} is not a file")
            export = _with_names(as_export(given), gateway)
        except DocumentError as error:
            failures[name] = error
            if known := names_in_file_name(Path(name).stem):
                group, environment, _ = known
                unread[ExportKey("", gateway or "", environment, group)] = f"{name}: {error}"
            continue
        key = key or key_of(export)
        if key in exports:
            raise ArgumentError(
                "source", name, f"has the same key as {exports[key].source!r}, {key}: load one document for each"
            )
        # A copy, without what was read from the bytes: there may be thousands.
        exports[key] = export.copy()
    return ExportSet(exports, failures=failures, unread=unread)


class _Found(NamedTuple):
    """A document to load: its name for messages, its key if it is given, and the gateway if a folder names it."""

    name: str
    key: ExportKey | None
    given: Comparable
    gateway: str | None


def _found(source: Sources) -> Iterator[_Found]:
    if isinstance(source, Mapping):
        for key, given in source.items():
            yield _Found(str(key), key if isinstance(key, ExportKey) else ExportKey(group=str(key)), given, None)
    elif isinstance(source, str | os.PathLike):
        root, paths = _files(source)
        for path in paths:
            above = path.relative_to(root).parts[:-1]
            yield _Found(str(path), None, path, above[-1] if above else None)
    elif isinstance(source, list | tuple):
        for number, given in enumerate(source, 1):
            name = given.name if isinstance(given, Path) else f"document {number}"
            yield _Found(name, None, given, None)
    else:
        raise ArgumentError("source", source, "must be a folder, a pattern, a list or a mapping")


def _files(source: str | os.PathLike[str]) -> tuple[Path, list[Path]]:
    """Return the files of a folder or a pattern, and the folder whose subfolders are gateways."""
    root = expand_home(source)
    # Other than those of `Path`, these do not fail for a name that no file can have.
    if os.path.isdir(root):  # noqa: PTH112
        found = [path for path in root.rglob("*") if not any(part[:1] == "." for part in path.relative_to(root).parts)]
    elif os.path.isfile(root):  # noqa: PTH113 - also one whose name would be a pattern
        found, root = [root], root.parent
    else:
        fixed = list(itertools.takewhile(lambda part: not glob.has_magic(part), root.parts[:-1]))
        found = [Path(name) for name in glob.glob(str(root), recursive=True)]  # noqa: PTH207 - also of an absolute one
        root = Path(*fixed)
    files = sorted(path for path in found if not path.is_dir())
    if not files:
        raise ArgumentError("source", os.fspath(source), "is no file, no pattern of files, and no folder with files")
    return root, files


def _with_names(export: Export, gateway: str | None) -> Export:
    """Add the names that the file of an export, or its folder, tells and the export does not know."""
    known = names_in_file_name(Path(export.source).stem) if export.source else None
    if known is None or export.group is not None:
        return replace(export, gateway=export.gateway or gateway)
    group, environment, scope = known
    title = export.definition.title
    # In the name of a file, characters are replaced that a system forbids.
    group = title if legal_name(title, "") == group else group
    return replace(export, group=group, environment=environment, scope=scope, gateway=gateway)
