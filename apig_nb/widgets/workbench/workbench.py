"""`Workbench`: connect, export, look around and compare, all in one place.

It does nothing that the form, the explorer and the comparison do not do; it hands exports from one to the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ipywidgets

from apig_nb.widgets.background import Background
from apig_nb.widgets.comparison import ComparisonView
from apig_nb.widgets.display import View, bundle
from apig_nb.widgets.error_text import in_words
from apig_nb.widgets.explorer import Explorer
from apig_nb.widgets.fields import close_tree
from apig_nb.widgets.form import ExportForm
from apig_nb.widgets.html import error_note, note
from apig_nb.widgets.keys import Keys
from apig_nb.widgets.pluralize import counted
from apig_nb.widgets.style import STYLE
from apig_nb.widgets.workbench.all_groups import AllGroups
from apig_nb.widgets.workbench.export_list import ExportList

if TYPE_CHECKING:
    from apig_nb.client.client import Client
    from apig_nb.export import Export

TABS: Final = ("Export", "Exports", "Explore", "Compare")


class Workbench(View):
    """A form, the exports of this session, an explorer and a comparison, shown as the last line of a cell.

        bench = apig.Workbench()
        bench

    What was made and loaded comes back to code as `bench.exports`.
    """

    def __init__(self, client: Client | None = None) -> None:
        """Make it.

        Args:
            client: where to export from; without one, the form asks where to connect.
        """
        self._background = Background(self._show_error)
        guarded = self._background.guarded
        self._form = ExportForm(client)
        self._list = ExportList(self._background, self._list_changed)
        self._all_groups = AllGroups(self._background, self._form, self._list.add)
        self._comparison = ComparisonView(exports=self._list.exports)
        self._explorer: Explorer | None = None
        self._explored = ipywidgets.Dropdown(description="Look at", layout={"width": "auto", "max_width": "44rem"})
        self._explorer_box = ipywidgets.VBox()
        self._trouble = ipywidgets.HTML()
        export = ipywidgets.VBox([self._form.widget, self._all_groups.widget])
        explore = ipywidgets.VBox([self._explored, self._explorer_box])
        self._tabs = ipywidgets.Tab([export, self._list.widget, explore, self._comparison.widget], titles=TABS)
        head = ipywidgets.HTML('<span class="apig-title" role="heading" aria-level="2">API workbench</span>')
        keys = Keys(layout={"display": "none"})
        self._box = ipywidgets.VBox([ipywidgets.HTML(STYLE), keys, head, self._trouble, self._tabs])
        self._box.add_class("apig")
        self._form.on_export(self._list.add)
        self._explored.observe(guarded(lambda _change: self._explore()), names="value")
        self._tabs.observe(guarded(lambda _change: self._explore()), names="selected_index")
        self._list_changed()

    @property
    def client(self) -> Client | None:
        """The client the form works with; `None` until connected."""
        return self._form.client

    @property
    def exports(self) -> dict[str, Export]:
        """The exports of this session, made and loaded, by label, the oldest first."""
        return dict(self._list.exports)

    @property
    def explorer(self) -> Explorer | None:
        """The explorer that is open."""
        return self._explorer

    @property
    def comparison(self) -> ComparisonView:
        """The view that compares."""
        return self._comparison

    def close(self) -> None:
        """Stop what is running, and take it off the page."""
        self._background.close()
        self._close_explorer()
        for part in (self._form, self._all_groups, self._list, self._comparison):
            part.close()
        close_tree(self._box)

    def __repr__(self) -> str:
        return f"<Workbench with {self._count}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        words = f"<p><b>API workbench</b> with {self._count}: run the notebook to use it.</p>"
        return bundle(self, self._box, words)

    @property
    def _count(self) -> str:
        return counted(len(self._list.exports), "export")

    def _list_changed(self) -> None:
        labels = list(self._list.exports)[::-1]
        self._comparison.offer(self._list.exports)
        before = self._explored.value
        self._explored.options = labels
        self._explored.disabled = not labels
        if labels:
            # What is looked at stays; where nothing is yet, the newest will be.
            self._explored.value = before if self._explorer is not None and before in labels else labels[0]
        self._explore()
        # At last: what it counts can be found in every list.
        self._tabs.titles = (TABS[0], f"{TABS[1]} ({len(labels)})", *TABS[2:])

    def _explore(self) -> None:
        """Open what is chosen, once somebody looks."""
        if TABS[self._tabs.selected_index or 0] != "Explore":
            return
        export = self._list.exports.get(self._explored.value)
        if export is None:
            self._close_explorer()
            self._explorer_box.children = (ipywidgets.HTML(note("Nothing is exported or loaded yet.")),)
        elif self._explorer is None or self._explorer.export is not export:
            self._close_explorer()
            try:
                self._explorer = Explorer(export)
            except Exception as error:  # noqa: BLE001 - becomes words
                self._explorer_box.children = (ipywidgets.HTML(error_note(in_words(error))),)
            else:
                self._explorer_box.children = (self._explorer.widget,)

    def _close_explorer(self) -> None:
        before, self._explorer_box.children = self._explorer_box.children, ()
        if self._explorer is not None:
            self._explorer.close()
            self._explorer = None
        else:
            for widget in before:
                close_tree(widget)

    def _show_error(self, error: Exception) -> None:
        self._trouble.value = error_note(in_words(error))
