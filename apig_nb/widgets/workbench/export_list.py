"""The exports of a session: exports made with the form and loaded files."""

from __future__ import annotations

import io
import itertools
import zipfile
from collections.abc import Callable, Iterable
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

import ipywidgets
from markupsafe import Markup

from apig_nb.definition.read.decoding import MAX_BYTES
from apig_nb.export import load
from apig_nb.text import MAX_LABEL, pluralize, visible
from apig_nb.widgets.background import Background
from apig_nb.widgets.download_button import DownloadButton, File
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.failed_call import FailedCall
from apig_nb.widgets.html import display_text, error_note, html_widget, note, status, warning_note
from apig_nb.widgets.table import TableView
from apig_nb.widgets.workbench.export_filters import ExportFilters
from apig_nb.widgets.workbench.export_rows import (
    COMPARE,
    DOWNLOAD,
    EXPLORE,
    RETRY,
    STYLES,
    Pair,
    count_changes,
    export_frame,
    first_columns,
    previous,
    read_facts,
)
from apig_nb.widgets.workbench.files_field import FilesField
from apig_nb.widgets.workbench.folder_field import FolderField

if TYPE_CHECKING:
    from apig_nb.export import Export


class ExportList:
    """A table of exports, and a field that loads files.

    Attributes:
        exports: the exports by label, oldest first.
        files: the field that loads files, which may be shown in several places.
        message: the files that were not loaded.
    """

    def __init__(
        self,
        background: Background,
        changed: Callable[[], None],
        explore: Callable[[Export], None],
        compare: Callable[[Export, Export], None],
        loaded: Callable[[Export], None],
        retry: Callable[[FailedCall], None],
    ) -> None:
        """Create an empty list.

        Args:
            background: reads the files.
            changed: called when an export is added or removed.
            explore: called to explore an export.
            compare: called to compare two exports, the older one first.
            loaded: called with each loaded file.
            retry: called to repeat a call that failed.
        """
        self._call_loaded = loaded
        self.exports: dict[str, Export] = {}
        # By label, oldest first, until an export takes their place.
        self._failed: dict[str, FailedCall] = {}
        self._background, self._changed = background, changed
        self._file_numbers = itertools.count()
        # Name of a file → why it was not loaded; for the files that were chosen together.
        self._failures: dict[str, str] = {}
        self._loading = 0
        self.message = html_widget()
        self.files = FilesField(
            background.guarded(self._load),
            background.guarded(self._refuse),
            label="Load files…",
            hint="or drop them here: Swagger 2.0 or OpenAPI 3 as JSON or YAML, such as a download from the console",
            limit=MAX_BYTES,
        )
        self._counts: dict[Pair, str] = {}
        self._compare = compare
        no_exports = export_frame({}, {}, {})
        self._table = TableView(
            no_exports,
            label="exports",
            columns=first_columns(no_exports),
            styles=STYLES,
            key=("export",),
            actions={
                EXPLORE: background.guarded(lambda position: explore(self._at(position))),
                COMPARE: background.guarded(self._compare_row),
                DOWNLOAD: self._file_of_row,
                RETRY: background.guarded(lambda position: retry(self._failed[self._label_at(position)])),
            },
            rows=10,
        )
        self._filters = ExportFilters(background, self._table)
        self._hint = html_widget(note("Tick two exports to compare them; in a row, with the one before."))
        self._compare_button = ipywidgets.Button(description="Compare the 2 selected")
        self._compare_button.on_click(background.guarded(lambda _button: self._compare_ticked()))
        self._download_button = DownloadButton("", self._archive, self._show_error, hint="A zip file of the documents")
        self._remove_button = ipywidgets.Button(description="Remove from the list", disabled=True)
        self._remove_button.on_click(background.guarded(lambda _button: self._remove_ticked()))
        self._table.on_tick(background.guarded(self._show_buttons))
        self._table.on_select(background.guarded(self._show_reason))
        self._failed_note, self._reason = html_widget(), html_widget()
        self._folder = FolderField(background, lambda: self.exports.values(), self._list)
        split = ipywidgets.HBox([self._table.widget])
        split.add_class("apig-split")
        listed = ipywidgets.VBox([self._filters.widget, split])
        listed.add_class("apig-list")
        row = ipywidgets.HBox([self._compare_button, self._download_button, self._remove_button, self._hint])
        row.add_class("apig-row")
        parts = (self.files, self.message, self._failed_note, listed, self._reason, row, self._folder.widget)
        self.widget = ipywidgets.VBox(parts)
        self._show_buttons()

    def add(self, *exports: Export) -> None:
        """Add exports under unique labels, and keep them in the folder."""
        self._folder.keep(exports)
        self._list(exports)

    def add_failed(self, *calls: FailedCall) -> None:
        """Add calls that were refused or failed; each takes the place of one before of the same group and scope."""
        for call in calls:
            label = visible(f"{call.key}, {call.request.define}, failed")
            self._failed.pop(label, None)
            self._failed[label] = call
        self._show_rows()

    def keep_in(self, folder: str) -> None:
        """Keep exports in a folder, and add those that are there."""
        self._folder.use(folder)

    def _list(self, exports: Iterable[Export]) -> None:
        for export in exports:
            self.exports[_label(export, self.exports)] = export
            repeated = [label for label, call in self._failed.items() if call.is_repeated_by(export.request)]
            for label in repeated:
                del self._failed[label]
        self._show()

    @property
    def static(self) -> Markup:
        """The first exports and failed calls as HTML for where no kernel runs; nothing without them."""
        return self._table.static if self.exports or self._failed else Markup()

    def close(self) -> None:
        """Remove the table from the page."""
        self._table.close()

    def _load(self, name: str, content: bytes) -> None:
        if not self._loading:
            self._failures.clear()
        self._loading += 1
        self.message.value = status(f"reading {visible(name)}…")
        file = io.BytesIO(content)
        file.name = name
        # A unique name, because several files are read at once.
        number = next(self._file_numbers)
        self._background.run(f"file {number}", partial(_read, file), self._loaded, partial(self._not_loaded, name))

    def _loaded(self, export: Export) -> None:
        self._loading -= 1
        self._show_failures()
        self.add(export)
        self._call_loaded(export)

    def _not_loaded(self, name: str, error: Exception) -> None:
        self._loading -= 1
        self._failures[name] = error_text(error)
        self._show_failures()

    def _refuse(self, name: str, size: int) -> None:
        limit = MAX_BYTES // 2**20
        self._failures[name] = f"it has {size / 2**20:,.0f} MiB, the limit is {limit} MiB"
        self._show_failures()

    def _show_failures(self) -> None:
        """List every file that was not loaded, by name."""
        lines = (f"{visible(name)} was not loaded: {text}" for name, text in self._failures.items())
        self.message.value = Markup().join(map(error_note, lines))

    def _show_error(self, error: Exception) -> None:
        self.message.value = error_note(error_text(error))

    def _label_at(self, position: int) -> str:
        return str(self._table.frame["export"].iloc[position])

    def _at(self, position: int) -> Export:
        return self.exports[self._label_at(position)]

    def _compare_row(self, position: int) -> None:
        """Compare an export with the one before; without one, with the newest other one."""
        label, labels = self._label_at(position), list(self.exports)
        other = previous(self.exports).get(label) or next(other for other in reversed(labels) if other != label)
        self._compare_labels(label, other)

    def _compare_ticked(self) -> None:
        self._compare_labels(*self._ticked_exports)

    def _compare_labels(self, *two: str) -> None:
        """Compare two exports, the older one with the newer one."""
        old, new = sorted(two, key=list(self.exports).index)
        self._compare(self.exports[old], self.exports[new])

    @property
    def _ticked(self) -> list[str]:
        return self._table.ticked["export"].tolist()

    @property
    def _ticked_exports(self) -> list[str]:
        return [label for label in self._ticked if label in self.exports]

    def _file_of_row(self, position: int) -> File:
        export = self._at(position)
        return export.file_name, export.raw

    def _archive(self) -> File:
        """A zip file of the ticked exports; of all, if none is ticked."""
        ticked = self._ticked_exports
        sink, taken = io.BytesIO(), set[str]()
        with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED) as archive:
            for label, export in self.exports.items():
                if ticked and label not in ticked:
                    continue
                stem, dot, suffix = export.file_name.rpartition(".")
                names = (f"{stem}{f'-{n}' if n > 1 else ''}{dot}{suffix}" for n in itertools.count(1))
                name = next(name for name in names if name not in taken)
                taken.add(name)
                archive.writestr(name, export.raw)
        return "exports.zip", sink.getvalue()

    def _remove_ticked(self) -> None:
        for label in self._ticked:
            del (self._failed if label in self._failed else self.exports)[label]
        self._show()

    def _show(self) -> None:
        self._show_rows()
        self._count_changes()
        self._show_buttons()
        self._changed()

    def _show_rows(self) -> None:
        self._filters.show(export_frame(self.exports, self._counts, self._failed))
        number = pluralize(len(self._failed), "export")
        text = f"{number} failed; select a row for the whole reason."
        self._failed_note.value = warning_note(text) if self._failed else ""

    def _count_changes(self) -> None:
        """Compare each export with the one before, in the background."""
        pairs = [(self.exports[old], self.exports[new]) for new, old in previous(self.exports).items()]
        new_pairs = [pair for pair in pairs if pair not in self._counts]
        if new_pairs:
            replaced = Event()
            count = partial(count_changes, new_pairs, self._counts, replaced)
            self._background.run("changes", count, lambda _: self._show_rows(), cancelled=replaced)

    def _show_reason(self) -> None:
        """Show the whole reason of a selected call that failed, of which the table shows the beginning."""
        labels = self._table.selected["export"]
        self._reason.value = "".join(error_note(self._failed[one].reason) for one in labels if one in self._failed)

    def _show_buttons(self) -> None:
        ticked = self._ticked
        count = len(self._ticked_exports)
        self._compare_button.disabled = (count, len(ticked)) != (2, 2)
        self._compare_button.button_style = "primary" if count == 2 else ""
        self._download_button.label = f"Download {count:,} selected" if count else "Download all"
        self._download_button.disabled = not self.exports
        self._remove_button.disabled = not ticked
        self._hint.layout.display = None if len(self.exports) > 1 else "none"


def _read(file: io.BytesIO) -> Export:
    export = load(file)
    # Errors that occur only when the operations are read, such as too many of them, are reported here.
    _ = export.definition.operations
    return export


def _label(export: Export, taken: dict[str, Export]) -> str:
    known = " ".join(part for part in (export.group, export.environment, export.scope) if part)
    label = display_text(known or export.source or read_facts(export).key.group or "export", MAX_LABEL)
    labels = itertools.chain([label], (f"{label} ({number})" for number in itertools.count(2)))
    return next(label for label in labels if label not in taken)
