"""Questions, filters and table of the operations, and beside it the page of the selected one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

import ipywidgets
import numpy as np
import pandas as pd

from apig_nb.export_set import KEY_COLUMNS, ExportSet
from apig_nb.widgets.choice_bar import ChoiceBar, Tabs
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.explorer.content import Content, read_content
from apig_nb.widgets.explorer.facets import Facets, FilterMenus, Mask
from apig_nb.widgets.explorer.operation_columns import COLUMNS, column_styles
from apig_nb.widgets.explorer.operation_page import OperationPage, operation_page
from apig_nb.widgets.explorer.questions import ChipBar, Questions
from apig_nb.widgets.html import error_note, field_label, html_widget, subtitle
from apig_nb.widgets.panel import Panel
from apig_nb.widgets.source_text import SourceText
from apig_nb.widgets.table import TableView, nonempty_columns

if TYPE_CHECKING:
    from apig_nb.export import Export
    from apig_nb.widgets.background import Background

_PARTS: Final = ("Request", "Responses", "Backend", "Policies")


class _Texts:
    """A choice of languages, and a text in the chosen one."""

    def __init__(self, languages: tuple[str, ...], label: str) -> None:
        self._choice = ChoiceBar(languages, label=label)
        self._text = SourceText(label=label)
        self._texts = dict.fromkeys(languages, "")
        self._choice.on_choose(self._show_chosen)
        self.widget = ipywidgets.VBox([html_widget(field_label(label)), self._choice, self._text])
        self.widget.add_class("apig-field")
        self.widget.add_class("apig-source")

    def show(self, texts: dict[str, str]) -> None:
        self._texts = texts
        self._show_chosen()

    def _show_chosen(self) -> None:
        self._text.text = self._texts[self._choice.chosen]


class OperationsView:
    """Questions, filters, table, and the page of the selected operation."""

    content: Content
    """The operations that are shown."""

    def __init__(self, background: Background, open_export: Callable[[Export], None]) -> None:
        """Create the view without operations.

        Args:
            background: reads the pages.
            open_export: called to explore the one export of a set that the selected operation is from.
        """
        self._background = background
        self.facets, self.questions = Facets({}), Questions({}, ())
        self.table = TableView(
            read_content(ExportSet({})).frame,
            label="operations",
            key=(*KEY_COLUMNS, "method", "path"),
            rows=20,
            placeholder="Search path, name, backend",
        )
        guarded = background.guarded
        self._chips = ChipBar("Look for", guarded(self._ask))
        self._menus = FilterMenus(guarded(self._press), guarded(self._clear))
        self._head = html_widget()
        self._head.add_class("apig-head")
        self._parts = {name: html_widget() for name in _PARTS}
        self._call = _Texts(("curl", "Python"), "Sample call")
        self._source = _Texts(("JSON", "YAML"), "Source")
        widgets: dict[str, ipywidgets.DOMWidget] = {
            **self._parts,
            "Request": ipywidgets.VBox([self._parts["Request"], self._call.widget]),
            "Source": self._source.widget,
        }
        self._tabs = Tabs(widgets, label="Parts of the operation")
        self._tabs.view.add_class("apig-section")
        self._origin = html_widget()
        self._origin_export: Export | None = None
        self._open_export = ipywidgets.Button(description="Explore this export only")
        self._open_export.add_class("apig-plain")
        self._open_export.on_click(guarded(lambda _button: self._leave_set(open_export)))
        self._origin_row = ipywidgets.HBox([self._origin, self._open_export])
        self._origin_row.add_class("apig-row")
        self._origin_row.add_class("apig-origin")
        parts = (self._origin_row, self._head, self._tabs.bar, self._tabs.view)
        self._panel = Panel(self.table.widget, parts, guarded(lambda: self.table.select(None)))
        self.widget = ipywidgets.VBox([self._chips, self._menus, self._panel.widget])
        self.widget.add_class("apig-list")
        self.table.on_filter(guarded(self._update_counts))
        self.table.on_select(guarded(self._open_page))

    def show(self, content: Content) -> None:
        """Show other operations. What is searched, filtered and selected stays, as far as they have that."""
        self.content = content
        facets, questions = self.facets, self.questions
        self.facets, self.questions = Facets(content.facets), Questions(content.answers, content.missing_parts)
        self.facets.choose_as(facets)
        self.questions.choose_as(questions)
        # The page gets the rows once.
        with self.table.widget.hold_sync():
            self.table.show(content.frame, column_styles(content.texts), _first_columns(content))
            if self._is_restricted:
                self._restrict()
        self._show_questions()

    def on_filter(self, callback: Callable[[], None]) -> None:
        """Call when other operations are visible."""
        self.table.on_filter(callback)

    @property
    def allowed(self) -> Mask:
        """True for each operation that filters and questions allow."""
        return self.facets.allowed & self.questions.allowed

    def add_answers(self, answers: Mapping[str, Sequence[bool]]) -> None:
        """Add the answers of every operation to further questions."""
        for name, own in answers.items():
            self.questions.add(name, np.array(own, dtype=bool))
        self._show_questions()
        if not self.questions.chosen.isdisjoint(answers):
            self._restrict()

    def close(self) -> None:
        """Remove the table, which is no plain widget, from the page."""
        self.table.close()

    def _show_questions(self) -> None:
        self._chips.items = self.questions.items()

    def _ask(self, question: str) -> None:
        self.questions.chosen ^= {question}
        self._show_questions()
        self._restrict()

    def _press(self, facet: int, value: int, is_pressed: bool) -> None:
        self.facets.choose(facet, value, is_chosen=is_pressed)
        self._restrict()

    def _clear(self, facet: int | None) -> None:
        self.facets.clear(facet)
        self._restrict()

    @property
    def _is_restricted(self) -> bool:
        return self.facets.is_chosen or bool(self.questions.chosen)

    def _restrict(self) -> None:
        self.table.restrict(pd.Series(self.allowed) if self._is_restricted else None)

    def _update_counts(self) -> None:
        among = self.table.matching.to_numpy() & self.questions.allowed
        self._menus.show(self.facets, self.facets.counts(among))

    def _open_page(self) -> None:
        position = self.table.selected_position
        if position is None:
            self._background.cancel("page")
            self._panel.show(is_open=False)
            return
        key, export, index = self.content.place(position)
        self._origin.value, self._origin_export = subtitle(str(key)), export
        self._origin_row.layout.display = None if isinstance(self.content.shown, ExportSet) else "none"
        self._background.run("page", partial(_read_page, export, index), self._show_page, self._page_failed)

    def _leave_set(self, open_export: Callable[[Export], None]) -> None:
        if self._origin_export is not None:
            open_export(self._origin_export)

    def _show_page(self, page: OperationPage) -> None:
        self._head.value = page.head
        for name, part in self._parts.items():
            part.value = page.parts[name]
            self._tabs.bar.show(name, count=page.counts.get(name) or None)
        self._call.show(page.calls)
        self._source.show(page.sources)
        self._panel.show(is_open=True)

    def _page_failed(self, error: Exception) -> None:
        self._head.value = error_note(error_text(error))
        self._panel.show(is_open=True)


def _first_columns(content: Content) -> list[str]:
    """The columns that are shown at first: those of the key in which the exports differ, then those with a value."""
    frame = content.frame
    keys = [name for name in KEY_COLUMNS if name in frame.columns and len({*frame[name].dropna()}) > 1]
    # The texts of policies are of several columns of the frame.
    filled = {*nonempty_columns(frame, COLUMNS), *(name for name, texts in content.texts.items() if any(texts))}
    return [*keys, *(name for name in COLUMNS if name in filled)]


def _read_page(export: Export, index: int) -> OperationPage:
    definition = export.definition
    return operation_page(definition, definition.operations[index], export.omits)
