"""`Explorer`: an export to look around in: its operations, all there is to say of one, the other tables, charts."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from html import escape
from typing import TYPE_CHECKING, Any, Final

import ipywidgets

from apig_nb.request import find_scope
from apig_nb.tables import TABLES
from apig_nb.text import visible
from apig_nb.widgets.background import Background
from apig_nb.widgets.display import View, bundle
from apig_nb.widgets.error_text import in_words
from apig_nb.widgets.explorer.charts import Charts
from apig_nb.widgets.explorer.look import LOOK
from apig_nb.widgets.explorer.operations_view import OperationsView
from apig_nb.widgets.fields import close_tree
from apig_nb.widgets.html import error_note, status
from apig_nb.widgets.keys import Keys
from apig_nb.widgets.pluralize import counted
from apig_nb.widgets.style import STYLE
from apig_nb.widgets.table import TableView, telling

if TYPE_CHECKING:
    from pandas import DataFrame

    from apig_nb.export import Export

_TITLES: Final = {"ratelimits": "throttling policies", "access_controls": "access control policies"}
TABS: Final = {_TITLES.get(name, name.replace("_", " ")): name for name in TABLES if name != "operations"}
"""Title of a tab → name of the table it shows. A table is built when its tab is first opened."""


class Explorer(View):
    """A view of an export, shown as the last line of a cell.

        explorer = apig.Explorer(export)
        explorer

    What is searched, filtered and selected in it comes back to code as `explorer.filtered` and `explorer.selected`.

    Attributes:
        export: what is looked at.
    """

    def __init__(self, export: Export) -> None:
        """Look at an export.

        Args:
            export: an answer of the service or a loaded file; its operations are read at once, the other tables when
                they are opened.

        Raises:
            DocumentError: it cannot be read; the message says what it is instead.
        """
        self.export = export
        self._background = Background(self._show_error)
        self._head = ipywidgets.HTML()
        self._trouble = ipywidgets.HTML()
        self._operations = OperationsView(export, self._background)
        self._charts: Charts | None = None
        self._charts_html = ipywidgets.HTML()
        self._tables: dict[str, TableView] = {}
        self._boxes = {title: ipywidgets.VBox() for title in TABS}
        self._tabs = ipywidgets.Tab(
            [self._operations.widget, self._charts_html, *self._boxes.values()],
            titles=["operations", "charts", *TABS],
        )
        keys = Keys(layout={"display": "none"})
        self._box = ipywidgets.VBox([ipywidgets.HTML(STYLE + LOOK), keys, self._head, self._trouble, self._tabs])
        for name in ("apig", "apig-explorer"):
            self._box.add_class(name)
        self._tabs.observe(self._background.guarded(lambda _change: self._open_tab()), names="selected_index")
        self._operations.on_filter(self._background.guarded(self._draw_charts))
        self._show_head()
        # Checking a long document takes as long as reading it.
        self._background.run("problems", lambda: len(export.definition.problems), self._show_head)

    @property
    def widget(self) -> ipywidgets.DOMWidget:
        """What is shown, to be part of a larger view."""
        return self._box

    @property
    def filtered(self) -> DataFrame:
        """The operations that are shown, in the order shown, with all columns; a copy."""
        return self._operations.table.filtered

    @property
    def selected(self) -> DataFrame:
        """The operation that is selected, with all columns, or no row; a copy."""
        return self._operations.table.selected

    def close(self) -> None:
        """Stop what is running and take the explorer off the page."""
        self._background.close()
        self._operations.close()
        for table in self._tables.values():
            table.close()
        close_tree(self._box)

    def __repr__(self) -> str:
        return f"<Explorer of {self._count}: {self._where}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        table = self._operations.table.static
        return bundle(self, self._box, f"<p><b>{escape(self._where)}</b></p>{table}")

    @property
    def _count(self) -> str:
        return counted(len(self.export.definition.operations), "operation")

    @property
    def _where(self) -> str:
        export = self.export
        scope = find_scope(export.scope)
        known = [part for part in (export.group, export.environment, scope.label if scope else export.scope) if part]
        return visible(" · ".join(known) or export.source or export.definition.title or "without a name")

    def _show_head(self, problems: int | None = None) -> None:
        time = self.export.time and self.export.time.astimezone()
        when = (
            f' · <time datetime="{time.isoformat()}" title="{time:%Y-%m-%d %H:%M:%S %Z}">{time:%Y-%m-%d %H:%M}</time>'
            if time
            else ""
        )
        definition = self.export.definition
        odd = "" if problems is None else f" · {counted(problems, 'problem')}"
        what = f"{self._count} on {counted(len(definition.document.paths), 'path')} · {definition.standard}{odd}"
        title = f'<span class="apig-title" role="heading" aria-level="3">{escape(self._where)}{when}</span>'
        self._head.value = f'{title}<span class="apig-where">{escape(what)}</span>'

    def _open_tab(self) -> None:
        title = self._tabs.titles[self._tabs.selected_index or 0]
        if title == "charts":
            self._draw_charts()
        elif title in TABS and title not in self._tables and not self._background.is_running(title):
            box = self._boxes[title]
            box.children = (ipywidgets.HTML(status("reading…")),)
            read: Callable[[], Any] = partial(getattr, self.export, TABS[title])
            self._background.run(title, read, partial(self._show_table, title), partial(self._table_failed, title))

    def _show_table(self, title: str, frame: DataFrame) -> None:
        self._tables[title] = TableView(frame, label=title, columns=telling(frame))
        self._fill(title, self._tables[title].widget)

    def _table_failed(self, title: str, error: Exception) -> None:
        self._fill(title, ipywidgets.HTML(error_note(in_words(error))))

    def _fill(self, title: str, widget: ipywidgets.DOMWidget) -> None:
        before, self._boxes[title].children = self._boxes[title].children, (widget,)
        for old in before:
            close_tree(old)

    def _draw_charts(self) -> None:
        if self._tabs.titles[self._tabs.selected_index or 0] != "charts":
            return
        operations = self._operations
        if self._charts is None:
            self._charts = Charts(self.export.definition.operations, operations.facets)
        self._charts_html.value = self._charts.html(operations.table.matching.to_numpy() & operations.facets.allowed)

    def _show_error(self, error: Exception) -> None:
        self._trouble.value = error_note(in_words(error))
