"""Facets and table of the operations, and the page of the selected one."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Final

import anywidget
import ipywidgets
import pandas as pd
import traitlets

from apig_nb.widgets.assets import read_module
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.explorer.facets import FacetBar, Facets
from apig_nb.widgets.explorer.operation_page import OperationPage, operation_page
from apig_nb.widgets.explorer.operation_source import LANGUAGES
from apig_nb.widgets.html import error_note, note
from apig_nb.widgets.table import TableView, nonempty_columns

if TYPE_CHECKING:
    from apig_nb.export import Export
    from apig_nb.widgets.background import Background

COLUMNS: Final = (
    "method",
    "path",
    "operation_id",
    "auth",
    "backend_type",
    "backend",
    "ratelimit",
    "access_control",
    "plugins",
    "tags",
    "deprecated",
)
"""Columns that are shown at first; the others can be switched on under “Columns”."""

_PARTS: Final = ("request", "responses", "backend", "policies", "problems")


class SourceText(anywidget.AnyWidget):
    """A text, never markup, with a button that copies it, or selects it if the page may not use the clipboard."""

    _esm = read_module("source_text.js")
    label = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)


class OperationsView:
    """Facets, table, and the page of the selected operation."""

    def __init__(self, export: Export, background: Background) -> None:
        """Show all operations of an export; none is selected."""
        self._background = background
        self._export = export
        self.facets = Facets(self._export.definition.operations, export.omits)
        frame = export.operations
        self.table = TableView(frame, label="operations", columns=nonempty_columns(frame, COLUMNS))
        guarded = background.guarded
        self._bar = FacetBar(guarded(self._press), guarded(self._clear))
        self._head = ipywidgets.HTML(note("Select an operation to see its page: click its row, or press Enter on it."))
        self._parts = [ipywidgets.HTML() for _ in _PARTS]
        self._language = ipywidgets.Dropdown(
            description="Format",
            options=[(language.upper(), language) for language in LANGUAGES],
            value=export.definition.format,
            layout={"width": "auto", "align_self": "flex-start"},
            style={"description_width": "initial"},
        )
        self._source = SourceText(label="source")
        source = ipywidgets.VBox([self._language, self._source])
        self._tabs = ipywidgets.Tab([*self._parts, source], titles=[*_PARTS, "source"])
        self._tabs.layout.display = "none"
        self.widget = ipywidgets.VBox([self._bar, self.table.widget, self._head, self._tabs])
        self.table.on_filter(guarded(self._update_counts))
        self.table.on_select(guarded(self._open_page))
        self._language.observe(guarded(lambda _change: self._open_page()), names="value")
        self._update_counts()

    def on_filter(self, callback: Callable[[], None]) -> None:
        """Call when other operations are visible."""
        self.table.on_filter(callback)

    def close(self) -> None:
        """Remove the table, which is no plain widget, from the page."""
        self.table.close()

    def _press(self, facet: int, value: int, is_pressed: bool) -> None:
        self.facets.choose(facet, value, is_chosen=is_pressed)
        self._restrict()

    def _clear(self) -> None:
        self.facets.clear()
        self._restrict()

    def _restrict(self) -> None:
        self.table.restrict(pd.Series(self.facets.allowed) if self.facets.is_chosen else None)

    def _update_counts(self) -> None:
        self._bar.show(self.facets, self.facets.counts(self.table.matching.to_numpy()))

    def _open_page(self) -> None:
        position = self.table.selected_position
        if position is None:
            self._background.cancel("page")
            return
        operation = self._export.definition.operations[position]
        build = partial(operation_page, self._export, operation, self._language.value)
        self._background.run("page", build, self._show_page, self._page_failed)

    def _show_page(self, page: OperationPage) -> None:
        self._head.value = page.head
        for part, title in zip(self._parts, _PARTS, strict=True):
            part.value = page.parts[title]
        self._tabs.set_title(_PARTS.index("problems"), f"problems ({page.problems})" if page.problems else "problems")
        self._source.text = page.source
        self._tabs.layout.display = None

    def _page_failed(self, error: Exception) -> None:
        self._tabs.layout.display = "none"
        self._head.value = error_note(error_text(error))
