"""`Explorer`: the operations of an export or of a set and their pages, the other tables, charts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from threading import Event
from typing import TYPE_CHECKING, Final

import ipywidgets
import numpy as np
from markupsafe import Markup

from apig_nb.export import Export
from apig_nb.export_set import ExportSet
from apig_nb.request import BACKENDS, POLICIES
from apig_nb.tables import TABLES
from apig_nb.text import pluralize
from apig_nb.widgets.background import Background
from apig_nb.widgets.choice_bar import ChoiceBar
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.explorer.charts import Charts
from apig_nb.widgets.explorer.content import Content, read_content
from apig_nb.widgets.explorer.defects import Defects, find_defects
from apig_nb.widgets.explorer.heading import heading, left_out, shown_name
from apig_nb.widgets.explorer.operations_view import OperationsView
from apig_nb.widgets.fields import close_tree
from apig_nb.widgets.html import error_note, html_widget, note
from apig_nb.widgets.progress import READ_STAYS, ProgressRow
from apig_nb.widgets.table import TableView, nonempty_columns
from apig_nb.widgets.view import View, mime_bundle, view_box

if TYPE_CHECKING:
    from pandas import DataFrame

_TITLES: Final = {"ratelimits": "throttling policies", "access_controls": "access control policies"}
TABLES_BY_TITLE: Final = {_TITLES.get(name, name.replace("_", " ")): name for name in TABLES if name != "operations"}
"""Title of a table → its name. A table is built when it is first opened."""

OPERATIONS, CHARTS, ALL_TABLES = "Operations", "Charts", "All tables"
_PARTS_BY_TABLE: Final = {
    "backends": BACKENDS,
    "backend_parameters": BACKENDS,
    "ratelimits": POLICIES,
    "access_controls": POLICIES,
    "gateway_responses": POLICIES,
}
"""Name of a table → part of the export that holds its rows."""


class Explorer(View):
    """A view of an export or of a set, shown as the last line of a cell.

        explorer = apig.Explorer(export)
        explorer

    Code reads the search results and the selection as `explorer.filtered` and `explorer.selected`.

    Attributes:
        export: the export or the set.
    """

    export: Export | ExportSet

    def __init__(self, export: Export | ExportSet) -> None:
        """Create the view.

        Args:
            export: an export, a loaded file or a set. The operations of an export are read at once, those of a set in
                the background, the other tables when they are opened.

        Raises:
            DocumentError: the export cannot be read. Of a set, the view names what cannot be read.
        """
        if isinstance(export, Export):
            _ = export.operations  # an error leaves no widgets behind
        self._background = Background(self._show_error)
        guarded = self._background.guarded
        self._head = html_widget()
        self._head.add_class("apig-grow")
        self._error = html_widget()
        self._operations = OperationsView(self._background, lambda export: self._explore(export))
        self._explore: Callable[[Export], None] = self.show
        self._content: Content | None = None
        self._progress = ProgressRow(self._background, "read")
        self._table_progress = ProgressRow(self._background, "table")
        self._charts: Charts | None = None
        self._charts_html = html_widget()
        self._tables: dict[str, TableView] = {}
        self._choice = ipywidgets.Dropdown(description="Table", tooltip="", options=list(TABLES_BY_TITLE))
        self._choice.add_class("apig-field")
        self._table_box = ipywidgets.VBox()
        self._views = ChoiceBar((OPERATIONS, CHARTS, ALL_TABLES), label="Views of the export")
        tables = ipywidgets.VBox([self._choice, self._table_progress.widget, self._table_box])
        self._stack = ipywidgets.Stack(
            [self._operations.widget, self._charts_html, tables],
            selected_index=0,
        )
        self._stack.add_class("apig-stack")
        top = ipywidgets.HBox([self._head, self._views])
        top.add_class("apig-row")
        self._box = view_box(
            [top, self._progress.widget, self._error, self._stack], "apig-explorer", background=self._background
        )
        self._views.on_choose(guarded(self._open_view))
        self._choice.observe(guarded(lambda _change: self._open_table()), names="value")
        self._operations.on_filter(guarded(self._draw_charts))
        self._operations.on_filter(guarded(lambda: self.update_static(self._background, lambda: self.static)))
        self.show(export)

    def show(self, export: Export | ExportSet) -> None:
        """Show another export or set. What is searched, filtered and selected stays, as far as it has that.

        Raises:
            DocumentError: the export cannot be read.
        """
        if isinstance(export, Export):
            content = read_content(export)  # an error leaves the view as it is
            self._progress.cancel()
            self.export = export
            self._show_content(content)
        else:
            self.export = export
            # What was read of it when it is stopped.
            self._progress.run(
                f"reading {shown_name(export)}",
                partial(read_content, export),
                self._show_content,
                self._show_error,
                unit="exports",
                hint=READ_STAYS,
            )

    def explore_with(self, explore: Callable[[Export], None]) -> None:
        """Call to explore one export of the set; without it, this view shows it."""
        self._explore = explore

    def _show_content(self, content: Content) -> None:
        self._content, self._charts = content, None
        self._close_tables()
        self._operations.show(content)
        self._open_table()
        self._show_head()
        self._error.value = left_out(content)
        replaced = Event()
        find = partial(find_defects, content, replaced)
        self._background.run("defects", find, self._show_defects, cancelled=replaced)

    def on_filter(self, callback: Callable[[], None]) -> None:
        """Call when other operations are visible."""
        self._operations.on_filter(callback)

    @property
    def widget(self) -> ipywidgets.DOMWidget:
        """The widget, for use in another view."""
        return self._box

    @property
    def filtered(self) -> DataFrame:
        """The visible operations in their order, with all columns; a copy."""
        return self._operations.table.filtered

    @property
    def selected(self) -> DataFrame:
        """The selected operation with all columns, or no row; a copy."""
        return self._operations.table.selected

    def select(self, method: str, path: str) -> None:
        """Open the page of an operation of the export; nothing happens without such an operation."""
        frame = self._operations.table.frame
        found = np.flatnonzero(((frame["method"] == method) & (frame["path"] == path)).to_numpy())
        if len(found):
            self._views.chosen = OPERATIONS
            self._operations.table.select(int(found[0]))

    def close(self) -> None:
        """Stop background work and remove the explorer from the page."""
        self._background.close()
        self._operations.close()
        self._close_tables()
        close_tree(self._box)

    def __repr__(self) -> str:
        return f"<Explorer of {self._count}: {self._name}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        return mime_bundle(self, self._box, self.static)

    @property
    def static(self) -> Markup:
        """Name and first operations as HTML for where no kernel runs."""
        if self._content is None:
            return Markup("<p><b>{}</b></p>").format(self._name)
        facts = f"{self._count}, {', '.join(self._content.standards)}"
        return Markup("<p><b>{}</b> · {}</p>{}").format(self._name, facts, self._operations.table.static)

    @property
    def _count(self) -> str:
        if self._content is None:
            return pluralize(len(self.export), "export") if isinstance(self.export, ExportSet) else ""
        return pluralize(len(self._content), "operation")

    @property
    def _name(self) -> str:
        return shown_name(self.export)

    def _show_head(self, defects: Defects | None = None) -> None:
        if self._content is not None:
            self._head.value = heading(self._content, defects)

    def _show_defects(self, defects: Defects) -> None:
        self._show_head(defects)
        self._operations.add_answers(defects.answers)

    def _open_view(self) -> None:
        self._stack.selected_index = self._views.selected
        self._draw_charts()
        self._open_table()

    def _open_table(self) -> None:
        """Show the chosen table, which is read when it is first opened."""
        title = str(self._choice.value)
        self._table_progress.cancel()
        if self._views.chosen != ALL_TABLES or self._content is None:
            return
        if title in self._tables:
            self._fill(self._tables[title].widget)
        else:
            self._fill()
            self._table_progress.run(
                f"reading {title}",
                partial(self._content.table, TABLES_BY_TITLE[title]),
                partial(self._show_table, title),
                self._show_table_error,
                unit="exports" if isinstance(self.export, ExportSet) else "",
                again=self._open_table,
            )

    def _show_table(self, title: str, frame: DataFrame) -> None:
        if self._content and _PARTS_BY_TABLE.get(TABLES_BY_TITLE[title]) in self._content.missing_parts:
            self._fill(html_widget(note(f"This export contains no {title}: its scope leaves them out.")))
            return
        self._tables[title] = TableView(frame, label=title, columns=nonempty_columns(frame), rows=20)
        self._fill(self._tables[title].widget)

    def _show_table_error(self, error: Exception) -> None:
        self._fill(html_widget(error_note(error_text(error))))

    def _fill(self, *widgets: ipywidgets.DOMWidget) -> None:
        tables = {table.widget for table in self._tables.values()}
        old, self._table_box.children = self._table_box.children, widgets
        for child in old:
            if child not in tables:
                close_tree(child)

    def _close_tables(self) -> None:
        self._fill()
        for table in self._tables.values():
            table.close()
        self._tables.clear()

    def _draw_charts(self) -> None:
        if self._views.chosen != CHARTS or self._content is None:
            return
        operations = self._operations
        if self._charts is None:
            self._charts = Charts(operations.facets, self._content.covered, self._content.missing_parts)
        self._charts_html.value = self._charts.html(operations.table.matching.to_numpy() & operations.allowed)

    def _show_error(self, error: Exception) -> None:
        self._error.value = error_note(error_text(error))
