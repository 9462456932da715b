"""`Workbench`: form, explorer and comparison in one view, which share their exports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import ipywidgets
from markupsafe import Markup

from apig_nb.text import pluralize
from apig_nb.widgets.background import Background
from apig_nb.widgets.comparison import ComparisonView
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.explorer import Explorer
from apig_nb.widgets.fields import close_tree
from apig_nb.widgets.form import ExportForm
from apig_nb.widgets.html import error_note, note, title
from apig_nb.widgets.view import View, mime_bundle, view_box
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

    Code reads the exports as `bench.exports`.
    """

    def __init__(self, client: Client | None = None) -> None:
        """Create the workbench.

        Args:
            client: the client to export with; without one, the form asks where to connect.
        """
        self._background = Background(self._show_error)
        guarded = self._background.guarded
        self._form = ExportForm(client)
        self._list = ExportList(self._background, self._list_changed)
        self._all_groups = AllGroups(self._background, self._form, self._list.add)
        self._comparison = ComparisonView(exports=self._list.exports)
        self._explorer: Explorer | None = None
        self._choice = ipywidgets.Dropdown(description="Explore", layout={"width": "auto", "max_width": "44rem"})
        self._explorer_box = ipywidgets.VBox()
        self._error = ipywidgets.HTML()
        export = ipywidgets.VBox([self._form.widget, self._all_groups.widget])
        explore = ipywidgets.VBox([self._choice, self._explorer_box])
        self._tabs = ipywidgets.Tab([export, self._list.widget, explore, self._comparison.widget], titles=TABS)
        self._box = view_box([ipywidgets.HTML(title("API workbench", 2)), self._error, self._tabs])
        self._form.on_export(self._list.add)
        self._choice.observe(guarded(lambda _change: self._explore()), names="value")
        self._tabs.observe(guarded(lambda _change: self._explore()), names="selected_index")
        self._list_changed()

    @property
    def client(self) -> Client | None:
        """The client of the form; `None` until connected."""
        return self._form.client

    @property
    def exports(self) -> dict[str, Export]:
        """The exports of this session by label, oldest first."""
        return dict(self._list.exports)

    @property
    def explorer(self) -> Explorer | None:
        """The open explorer."""
        return self._explorer

    @property
    def comparison(self) -> ComparisonView:
        """The view of the comparison."""
        return self._comparison

    def close(self) -> None:
        """Stop background work and remove the workbench from the page."""
        self._background.close()
        self._close_explorer()
        for part in (self._form, self._all_groups, self._list, self._comparison):
            part.close()
        close_tree(self._box)

    def __repr__(self) -> str:
        return f"<Workbench with {self._count}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        html = Markup("<p><b>API workbench</b> with {}: run the notebook to use it.</p>").format(self._count)
        return mime_bundle(self, self._box, html)

    @property
    def _count(self) -> str:
        return pluralize(len(self._list.exports), "export")

    def _list_changed(self) -> None:
        labels = list(self._list.exports)[::-1]
        self._comparison.offer(self._list.exports)
        before = self._choice.value
        self._choice.options = labels
        self._choice.disabled = not labels
        if labels:
            # An open export stays open; otherwise the newest is chosen.
            self._choice.value = before if self._explorer is not None and before in labels else labels[0]
        self._explore()
        # Last, so that the number in the title is never ahead of the lists.
        self._tabs.titles = (TABS[0], f"{TABS[1]} ({len(labels)})", *TABS[2:])

    def _explore(self) -> None:
        """Open the chosen export if the tab is open."""
        if TABS[self._tabs.selected_index or 0] != "Explore":
            return
        export = self._list.exports.get(self._choice.value)
        if export is None:
            self._close_explorer()
            self._explorer_box.children = (ipywidgets.HTML(note("Nothing is exported or loaded yet.")),)
        elif self._explorer is None or self._explorer.export is not export:
            self._close_explorer()
            try:
                self._explorer = Explorer(export)
            except Exception as error:  # noqa: BLE001 - shown in the view
                self._explorer_box.children = (ipywidgets.HTML(error_note(error_text(error))),)
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
        self._error.value = error_note(error_text(error))
