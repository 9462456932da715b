"""`FolderField`: a folder in which the exports of a session are kept, and found again after a restart of the kernel."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

import ipywidgets
from markupsafe import Markup

from apig_nb.engines import Progress
from apig_nb.export import Export
from apig_nb.export_set import load_many
from apig_nb.files import expand_home, legal_name, make_folder
from apig_nb.text import pluralize, shorten, visible
from apig_nb.widgets.background import Background
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.html import error_note, html_widget, status
from apig_nb.widgets.progress import READ_STAYS, ProgressRow
from apig_nb.widgets.workbench.export_rows import read_facts

# The end of the name of a file that `Export.save` chose for an export without a version of its own, in UTC.
_TIME: Final = re.compile(r"(\d{4}-\d\d-\d\d-\d\d-\d\d-\d\d)(?:-\d+)?$")


_MAX_ERRORS, _MAX_ERROR = 5, 300
"""Errors that are shown, and characters of one."""


class Kept(NamedTuple):
    """The exports of a folder.

    Attributes:
        exports: the exports, oldest first.
        failures: the errors of files that cannot be read.
        files: the files, those that were not read after a stop included.
    """

    exports: list[Export]
    failures: list[str]
    files: list[Path]


def read_kept(folder: Path, progress: Progress) -> Kept:
    """Read a folder, those of a gateway in a folder below it; fewer after a `CancelledError` of `progress`."""
    kept = Kept([], [], [])
    with suppress(CancelledError):
        for path in folder.rglob("*"):
            progress(0, 0)  # their number is not known yet
            if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
                kept.files.append(path)
        kept.files.sort()
        for number, file in enumerate(kept.files, 1):
            loaded = load_many([file])
            kept.failures.extend(f"{name} was not loaded: {error}" for name, error in loaded.failures.items())
            gateway = file.parent.name if file.parent != folder else None
            for one in loaded.values():
                export = replace(one, gateway=one.gateway or gateway, time=_time_in(file.stem))
                read_facts(export)  # here, because it takes time
                kept.exports.append(export)
            progress(number, len(kept.files))
    kept.exports.sort(key=lambda export: export.time or datetime.min.replace(tzinfo=UTC))
    return kept


def keep(export: Export, folder: Path) -> None:
    """Write an export into the folder of its gateway, under the name of the service.

    Raises:
        OSError: it cannot be written.
    """
    own = folder / legal_name(visible(export.gateway), "") if export.gateway else folder
    make_folder(own)
    export.save(own)


def _time_in(stem: str) -> datetime | None:
    found = _TIME.search(stem)
    try:
        return datetime.strptime(found[1], "%Y-%m-%d-%H-%M-%S").replace(tzinfo=UTC) if found else None
    except ValueError:  # digits that are no time
        return None


def _errors(failures: list[str]) -> Markup:
    """The first errors, and the number of the others."""
    others = len(failures) - _MAX_ERRORS
    lines = [shorten(text, _MAX_ERROR) for text in failures[:_MAX_ERRORS]]
    return Markup().join(map(error_note, [*lines, *([f"{others:,} more files were not loaded"] if others > 0 else [])]))


def _identity(export: Export) -> tuple[str, str]:
    """Equal for an export and what was read of its file, whose name has the time in seconds."""
    return export.sha256, f"{export.time:%Y-%m-%d %H:%M:%S}" if export.time else ""


class FolderField:
    """A field for a folder, and progress and errors of reading it.

    Attributes:
        widget: the field and the messages.
    """

    def __init__(
        self, background: Background, exports: Callable[[], Iterable[Export]], found: Callable[[list[Export]], None]
    ) -> None:
        """Create the field, empty.

        Args:
            background: reads the folder.
            exports: returns the exports of the session.
            found: takes the exports of the folder that are not among them.
        """
        self._exports, self._found = exports, found
        self._folder: Path | None = None
        # Identities of the exports that are in the folder.
        self._there: set[tuple[str, str]] = set()
        self._text = ipywidgets.Text(
            description="Keep in folder", placeholder="none: exports end with the kernel", continuous_update=False
        )
        self._text.add_class("apig-field")
        self._message = html_widget()
        self._progress = ProgressRow(background, "folder")
        self.widget = ipywidgets.VBox([self._text, self._progress.widget, self._message])
        self._text.observe(background.guarded(lambda _change: self._use()), names="value")

    def use(self, folder: str) -> None:
        """Keep exports in this folder, and read what is there."""
        self._text.value = folder

    def keep(self, exports: Iterable[Export]) -> None:
        """Write exports that are not in the folder into it, if there is one."""
        if self._folder is None:
            return
        try:
            for export in exports:
                if _identity(export) not in self._there:
                    keep(export, self._folder)
                    self._there.add(_identity(export))
        except OSError as error:
            self._message.value = error_note(f"not kept: {error_text(error)}")

    def _use(self) -> None:
        typed = self._text.value.strip()
        self._progress.cancel()
        self._message.value = ""
        self._there.clear()
        self._folder = expand_home(typed) if typed else None
        if self._folder is None:
            return
        read = partial(read_kept, self._folder)
        self._progress.run("reading the folder", read, self._show, self._failed, unit="files", hint=READ_STAYS)

    def _show(self, kept: Kept) -> None:
        self._there |= {_identity(export) for export in kept.exports}
        here = list(self._exports())
        known = {_identity(export) for export in here}
        found, read = pluralize(len(kept.exports), "export"), len(kept.exports) + len(kept.failures)
        part = f" in the first {read:,} of {len(kept.files):,} files, then stopped" if read < len(kept.files) else ""
        text = f"kept in {visible(str(self._folder))}: {found} found{part}"
        self._message.value = status(text) + _errors(kept.failures)
        self.keep(here)
        self._found([export for export in kept.exports if _identity(export) not in known])

    def _failed(self, error: Exception) -> None:
        self._message.value = error_note(error_text(error))
