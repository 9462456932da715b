"""`Explorer`: the operations of an export and their pages, the other tables, charts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import ipywidgets
from markupsafe import Markup

from apig_nb.request import BACKENDS, POLICIES, find_scope
from apig_nb.tables import TABLES
from apig_nb.text import pluralize, visible
from apig_nb.widgets.background import Background
from apig_nb.widgets.choice_bar import ChoiceBar
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.explorer.charts import Charts
from apig_nb.widgets.explorer.facets import NOT_IN_EXPORT
from apig_nb.widgets.explorer.operation_page import operations_with_problems
from apig_nb.widgets.explorer.operations_view import OperationsView
from apig_nb.widgets.fields import close_tree
from apig_nb.widgets.html import error_note, html_widget, joined, note, status, subtitle, title
from apig_nb.widgets.table import TableView, nonempty_columns
from apig_nb.widgets.view import View, mime_bundle, view_box

if TYPE_CHECKING:
    from pandas import DataFrame

    from apig_nb.export import Export

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
    """A view of an export, shown as the last line of a cell.

        explorer = apig.Explorer(export)
        explorer

    Code reads the search results and the selection as `explorer.filtered` and `explorer.selected`.

    Attributes:
        export: the export.
    """

    def __init__(self, export: Export) -> None:
        """Create the view.

        Args:
            export: an export or a loaded file; its operations are read at once, the other tables when they are opened.

        Raises:
            DocumentError: the document cannot be read.
        """
        _ = export.operations  # an error leaves no widgets behind
        self._background = Background(self._show_error)
        guarded = self._background.guarded
        self._head = html_widget()
        self._head.add_class("apig-grow")
        self._error = html_widget()
        self._operations = OperationsView(self._background)
        self._charts: Charts | None = None
        self._charts_html = html_widget()
        self._tables: dict[str, TableView] = {}
        self._choice = ipywidgets.Dropdown(description="Table", tooltip="", options=list(TABLES_BY_TITLE))
        self._choice.add_class("apig-field")
        self._table_box = ipywidgets.VBox()
        self._views = ChoiceBar((OPERATIONS, CHARTS, ALL_TABLES), label="Views of the export")
        self._stack = ipywidgets.Stack(
            [self._operations.widget, self._charts_html, ipywidgets.VBox([self._choice, self._table_box])],
            selected_index=0,
        )
        self._stack.add_class("apig-stack")
        top = ipywidgets.HBox([self._head, self._views])
        top.add_class("apig-row")
        self._box = view_box([top, self._error, self._stack], "apig-explorer")
        self._views.on_choose(guarded(self._open_view))
        self._choice.observe(guarded(lambda _change: self._open_table()), names="value")
        self._operations.on_filter(guarded(self._draw_charts))
        self.show(export)

    def show(self, export: Export) -> None:
        """Show another export. What is searched, filtered and selected stays, as far as it has that.

        Raises:
            DocumentError: the document cannot be read.
        """
        _ = export.operations  # an error leaves the view as it is
        self.export, self._charts = export, None
        self._close_tables()
        self._operations.show(export)
        self._open_table()
        self._show_head()
        # Checking a document for problems takes as long as reading it.
        find = partial(operations_with_problems, export.definition)
        self._background.run("problems", find, self._show_problems)

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
        """The export and its first operations as HTML for where no kernel runs."""
        facts = f"{self._count}, {self.export.definition.standard}"
        return Markup("<p><b>{}</b> · {}</p>{}").format(self._name, facts, self._operations.table.static)

    @property
    def _count(self) -> str:
        return pluralize(len(self.export.definition.operations), "operation")

    @property
    def _name(self) -> str:
        export = self.export
        scope = find_scope(export.scope)
        known = [part for part in (export.group, export.environment, scope.label if scope else export.scope) if part]
        return visible(" · ".join(known) or export.source or export.definition.title or "without a name")

    def _show_head(self, problems: int | None = None) -> None:
        time = self.export.time and self.export.time.astimezone()
        stamp = Markup(' · <time datetime="{}" title="{:%Y-%m-%d %H:%M:%S %Z}">{:%Y-%m-%d %H:%M}</time>')
        when = stamp.format(time.isoformat(), time, time) if time else ""
        definition = self.export.definition
        facts = joined(
            f"{self._count} on {pluralize(len(definition.document.paths), 'path')}",
            definition.standard,
            *([] if problems is None else [pluralize(problems, "problem")]),
            *([f"{NOT_IN_EXPORT}: {', '.join(sorted(self.export.omits))}"] if self.export.omits else []),
        )
        self._head.value = title(Markup("{}{}").format(self._name, when), 3) + subtitle(facts)

    def _show_problems(self, found: list[bool]) -> None:
        self._show_head(len(self.export.definition.problems))
        self._operations.show_problems(found)

    def _open_view(self) -> None:
        self._stack.selected_index = self._views.selected
        self._draw_charts()
        self._open_table()

    def _open_table(self) -> None:
        """Show the chosen table, which is read when it is first opened."""
        title = str(self._choice.value)
        self._background.cancel("table")
        if self._views.chosen != ALL_TABLES:
            return
        if title in self._tables:
            self._fill(self._tables[title].widget)
        else:
            self._fill(html_widget(status("reading…")))
            read: Callable[[], Any] = partial(getattr, self.export, TABLES_BY_TITLE[title])
            self._background.run("table", read, partial(self._show_table, title), self._show_table_error)

    def _show_table(self, title: str, frame: DataFrame) -> None:
        if _PARTS_BY_TABLE.get(TABLES_BY_TITLE[title]) in self.export.omits:
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
        if self._views.chosen != CHARTS:
            return
        operations = self._operations
        if self._charts is None:
            self._charts = Charts(self.export.definition.operations, operations.facets, self.export.omits)
        self._charts_html.value = self._charts.html(operations.table.matching.to_numpy() & operations.allowed)

    def _show_error(self, error: Exception) -> None:
        self._error.value = error_note(error_text(error))
