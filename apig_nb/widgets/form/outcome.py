"""What came of an export: the status line, a look at the tables, and a button that saves the document."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets

from apig_nb.errors import ApigError
from apig_nb.widgets.background import Background
from apig_nb.widgets.error_text import in_words
from apig_nb.widgets.fields import TextField, close_tree
from apig_nb.widgets.html import error_note, identifier, note, status
from apig_nb.widgets.table import TableView

if TYPE_CHECKING:
    from apig_nb.client.tasks import Progress
    from apig_nb.export import Export
    from apig_nb.widgets.form.result import Result


class Outcome:
    """The lower part of the form."""

    def __init__(self, background: Background) -> None:
        self._background = background
        self._export: Export | None = None
        self._tables: dict[int, TableView] = {}
        self._status = ipywidgets.HTML()
        self._clock = ipywidgets.HTML()
        self._views = ipywidgets.VBox()
        self._file = TextField(
            "Save as", "a file, replaced if it is there, or a folder; default: the service's own name"
        )
        self._file.widget.add_class("apig-grow")
        self._saved = ipywidgets.HTML()
        save = ipywidgets.Button(description="Save", layout={"width": "auto"})
        save.on_click(background.guarded(lambda _button: self._save()))
        row = ipywidgets.HBox([self._file.widget, save])
        row.add_class("apig-top")
        self._save_box = ipywidgets.VBox([row, self._saved], layout={"display": "none"})
        head = ipywidgets.HBox([self._status, self._clock])
        for box in (row, head):
            box.add_class("apig-row")
        self.widget = ipywidgets.VBox([head, self._views, self._save_box])

    def say(self, text: str) -> None:
        """Say what goes on."""
        self._status.value, self._clock.value = status(text), ""

    def say_progress(self, progress: Progress) -> None:
        """Say how the task stands."""
        self._status.value = status(f"exporting as a task: {progress.status}", f"task {identifier(progress.task_id)}")

    def count(self, seconds: float) -> None:
        """Say how long it goes on. Apart from the words, so that a screen reader does not read out every second."""
        self._clock.value = note(f"{seconds:.0f} s")

    def say_error(self, text: str) -> None:
        """Say what went wrong."""
        self._status.value, self._clock.value = error_note(text), ""

    def clear(self) -> None:
        """Take away what came of the export before."""
        self._show_views(None)
        self._save_box.layout.display = "none"
        self._saved.value = ""
        self._file.complain("")

    def show(self, result: Result) -> None:
        """Show what came."""
        self.clear()
        self._export = result.export
        self._status.value, self._clock.value = result.words, ""
        self._save_box.layout.display = None
        self._show_views(result)

    def close(self) -> None:
        """Take the tables off the page."""
        self._show_views(None)

    def _show_views(self, result: Result | None) -> None:
        before, self._views.children = self._views.children, ()
        for table in self._tables.values():
            table.close()
        self._tables.clear()
        for view in before:
            close_tree(view)
        if result is None:
            return
        titles = [f"{words} ({len(frame):,})" for words, frame in result.tables.items()]
        boxes = [ipywidgets.VBox() for _ in titles]
        tabs = ipywidgets.Tab([*boxes, ipywidgets.HTML(result.source)], titles=[*titles, "source"])

        def open_table() -> None:
            """Make the table of the tab that is open, when it is first opened."""
            index = tabs.selected_index or 0
            if index >= len(boxes) or index in self._tables:
                return
            words = list(result.tables)[index]
            self._tables[index] = TableView(result.tables[words], label=words, columns=result.columns[words])
            boxes[index].children = (self._tables[index].widget,)

        open_table()
        tabs.observe(self._background.guarded(lambda _change: open_table()), names="selected_index")
        self._views.children = (tabs,)

    def _save(self) -> None:
        if self._export is None:
            return
        self._saved.value = ""
        try:
            saved = self._export.save(self._file.value or None)
        except (ApigError, OSError, ValueError) as error:
            self._file.complain(in_words(error))
            return
        self._file.complain("")
        self._saved.value = status(f"saved as {saved}")
