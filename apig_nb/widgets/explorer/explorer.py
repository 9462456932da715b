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
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.explorer.charts import Charts
from apig_nb.widgets.explorer.facets import NOT_IN_EXPORT
from apig_nb.widgets.explorer.operations_view import OperationsView
from apig_nb.widgets.fields import close_tree
from apig_nb.widgets.html import error_note, joined, note, status, subtitle, title
from apig_nb.widgets.table import TableView, nonempty_columns
from apig_nb.widgets.view import View, mime_bundle, view_box

if TYPE_CHECKING:
    from pandas import DataFrame

    from apig_nb.export import Export

_TITLES: Final = {"ratelimits": "throttling policies", "access_controls": "access control policies"}
TABS: Final = {_TITLES.get(name, name.replace("_", " ")): name for name in TABLES if name != "operations"}
"""Title of a tab → name of the table it shows. A table is built when its tab is first opened."""

_PARTS: Final = {
    "backends": BACKENDS,
    "backend_parameters": BACKENDS,
    "ratelimits": POLICIES,
    "access_controls": POLICIES,
    "gateway_responses": POLICIES,
}
"""Name of a table → the part of an export that it shows."""


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
        self.export = export
        self._background = Background(self._show_error)
        self._head = ipywidgets.HTML()
        self._error = ipywidgets.HTML()
        self._operations = OperationsView(export, self._background)
        self._charts: Charts | None = None
        self._charts_html = ipywidgets.HTML()
        self._tables: dict[str, TableView] = {}
        self._boxes = {title: ipywidgets.VBox() for title in TABS}
        self._tabs = ipywidgets.Tab(
            [self._operations.widget, self._charts_html, *self._boxes.values()],
            titles=["operations", "charts", *TABS],
        )
        self._box = view_box([self._head, self._error, self._tabs], "apig-explorer")
        self._tabs.observe(self._background.guarded(lambda _change: self._open_tab()), names="selected_index")
        self._operations.on_filter(self._background.guarded(self._draw_charts))
        self._show_head()
        # Checking a document for problems takes as long as reading it.
        self._background.run("problems", lambda: len(export.definition.problems), self._show_head)

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
        for table in self._tables.values():
            table.close()
        close_tree(self._box)

    def __repr__(self) -> str:
        return f"<Explorer of {self._count}: {self._name}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        html = Markup("<p><b>{}</b></p>{}").format(self._name, self._operations.table.static)
        return mime_bundle(self, self._box, html)

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

    def _open_tab(self) -> None:
        tab = self._tabs.titles[self._tabs.selected_index or 0]
        if tab == "charts":
            self._draw_charts()
        elif tab in TABS and tab not in self._tables and not self._background.is_running(tab):
            self._boxes[tab].children = (ipywidgets.HTML(status("reading…")),)
            read: Callable[[], Any] = partial(getattr, self.export, TABS[tab])
            self._background.run(tab, read, partial(self._show_table, tab), partial(self._show_table_error, tab))

    def _show_table(self, tab: str, frame: DataFrame) -> None:
        self._tables[tab] = TableView(frame, label=tab, columns=nonempty_columns(frame))
        table = self._tables[tab].widget
        is_omitted = _PARTS.get(TABS[tab]) in self.export.omits
        self._fill(tab, ipywidgets.VBox([ipywidgets.HTML(note(NOT_IN_EXPORT)), table]) if is_omitted else table)

    def _show_table_error(self, tab: str, error: Exception) -> None:
        self._fill(tab, ipywidgets.HTML(error_note(error_text(error))))

    def _fill(self, tab: str, widget: ipywidgets.DOMWidget) -> None:
        old, self._boxes[tab].children = self._boxes[tab].children, (widget,)
        for child in old:
            close_tree(child)

    def _draw_charts(self) -> None:
        if self._tabs.titles[self._tabs.selected_index or 0] != "charts":
            return
        operations = self._operations
        if self._charts is None:
            self._charts = Charts(self.export.definition.operations, operations.facets, self.export.omits)
        self._charts_html.value = self._charts.html(operations.table.matching.to_numpy() & operations.facets.allowed)

    def _show_error(self, error: Exception) -> None:
        self._error.value = error_note(error_text(error))
