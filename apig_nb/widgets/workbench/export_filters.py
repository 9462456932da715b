"""Menus that restrict the table of exports to gateways, environments and groups."""

from __future__ import annotations

from typing import Final

import pandas as pd

from apig_nb.widgets.background import Background
from apig_nb.widgets.explorer.facets import Facets, FilterMenus
from apig_nb.widgets.table import TableView
from apig_nb.widgets.workbench.export_rows import STYLES, first_columns

_COLUMNS: Final = {"Gateway": "gateway", "Environment": "environment", "Group": "group"}
"""Name of a menu → the column with its values."""


class ExportFilters:
    """A menu for each part of the key of an export.

    Attributes:
        widget: the menus.
    """

    def __init__(self, background: Background, table: TableView) -> None:
        """Create the menus for a table, whose restriction they set."""
        self._table = table
        self._facets = Facets({})
        self.widget = FilterMenus(background.guarded(self._press), background.guarded(self._clear))
        table.on_filter(background.guarded(self._update_counts))

    def show(self, frame: pd.DataFrame) -> None:
        """Show other exports in the table, and offer their values. What is chosen stays, as far as it occurs."""
        before = self._facets
        texts = {name: frame[column].fillna("none") for name, column in _COLUMNS.items()}
        self._facets = Facets({name: [(text,) for text in own] for name, own in texts.items()})
        self._facets.choose_as(before)
        self._table.show(frame, STYLES, first_columns(frame))
        self._restrict()

    def _press(self, facet: int, value: int, is_chosen: bool) -> None:
        self._facets.choose(facet, value, is_chosen=is_chosen)
        self._restrict()

    def _clear(self, facet: int | None) -> None:
        self._facets.clear(facet)
        self._restrict()

    def _restrict(self) -> None:
        self._table.restrict(pd.Series(self._facets.allowed))

    def _update_counts(self) -> None:
        self.widget.show(self._facets, self._facets.counts(self._table.matching.to_numpy()))
