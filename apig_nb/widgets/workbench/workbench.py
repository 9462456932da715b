"""`Workbench`: form, explorer and comparison in one view, which share their exports."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Final

import ipywidgets
from markupsafe import Markup

from apig_nb.errors import ArgumentError
from apig_nb.export import Export
from apig_nb.export_set import ExportKey, ExportSet
from apig_nb.text import pluralize
from apig_nb.widgets.audit import AuditView
from apig_nb.widgets.background import Background
from apig_nb.widgets.choice_bar import Tabs
from apig_nb.widgets.comparison import ComparisonView
from apig_nb.widgets.empty_state import empty_state
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.explorer import Explorer, shown_name
from apig_nb.widgets.failed_call import FailedCall
from apig_nb.widgets.fields import close_tree
from apig_nb.widgets.form import ExportForm
from apig_nb.widgets.html import error_note, html_widget
from apig_nb.widgets.view import View, mime_bundle, view_box
from apig_nb.widgets.workbench.all_groups import AllGroups
from apig_nb.widgets.workbench.export_list import ExportList
from apig_nb.widgets.workbench.history import History
from apig_nb.widgets.workbench.sets import SetName, sets_of

if TYPE_CHECKING:
    from apig_nb.archive import Archive
    from apig_nb.client.client import Client

EXPORT, EXPLORE, COMPARE, AUDIT, EXPORTS = "Export", "Explore", "Compare", "Audit", "Exports"

_NAME: Final = Markup('<span class="apig-name" role="heading" aria-level="2">API workbench</span>')


class Workbench(View):
    """A form, the exports of this session, an explorer and a comparison, shown as the last line of a cell.

        bench = apig.Workbench()
        bench

    Code reads the exports as `bench.exports`.
    """

    def __init__(
        self,
        client: Client | None = None,
        exports: Iterable[Export] = (),
        folder: str | os.PathLike[str] | None = None,
        archive: Archive | None = None,
    ) -> None:
        """Create the workbench.

        Args:
            client: the client to export with; without one, the form asks where to connect.
            exports: exports to begin with; the first one is opened.
            folder: where the exports of the session are kept; those that are there already are listed, too. The user
                can choose another one.
            archive: its snapshots and the changes of its groups can be explored; all groups of a gateway that are
                exported together become a snapshot.
        """
        self._background = Background(self._show_error)
        guarded = self._background.guarded
        self._form = ExportForm(client)
        self._list = ExportList(
            self._background, self._list_changed, self.explore, self._compare_two, self._open_loaded, self._send_again
        )
        self._history = None
        if archive is not None:
            self._history = History(self._background, archive, self._explore_past, self._update_static)
        self._all_groups = AllGroups(
            self._background,
            self._form,
            self._list.add,
            self.explore,
            self._explore_set,
            self._add_to_archive,
            self._add_failed,
        )
        # Made when their tabs are first opened: together they are hundreds of messages to the page.
        self._explorer: Explorer | None = None
        self._comparison: ComparisonView | None = None
        self._audit_view: AuditView | None = None
        self._sets: dict[SetName, ExportSet] = {}
        # Opened snapshots of the archive by name.
        self._past: dict[str, Export | ExportSet] = {}
        self._choice = ipywidgets.Dropdown(
            description="Export", tooltip="", layout={"width": "28rem", "max_width": "100%"}
        )
        self._choice.add_class("apig-picker")
        self._explorer_box, self._comparison_box, self._audit_box = (ipywidgets.VBox() for _ in range(3))
        self._error = html_widget()
        self._too_few = empty_state(
            "Nothing to compare yet",
            "Two exports are needed: of two environments, or of a group before and after a change.",
            {"Export a group": lambda: self._open(EXPORT), "Load files…": lambda: self._open(EXPORTS)},
        )
        self._baseline = ipywidgets.Dropdown(description="Baseline", tooltip="")
        self._audit_row = ipywidgets.HBox([self._choice, self._baseline])
        for name in ("apig-row", "apig-picker"):
            self._audit_row.add_class(name)
        self._nothing_to_audit = self._no_exports("Nothing to audit yet")
        self._form.widget.add_class("apig-grow")
        files = html_widget(Markup('<h2 role="heading" aria-level="3">Or look at files you have</h2>'))
        self._files_part = ipywidgets.VBox([files, self._list.files, self._list.message])
        self._files_part.add_class("apig-files-part")
        self._export_part = ipywidgets.HBox()
        self._export_part.add_class("apig-export-part")
        self._tabs = Tabs(
            {
                EXPORT: ipywidgets.VBox([self._export_part, self._all_groups.widget]),
                EXPLORE: ipywidgets.VBox([self._choice, self._explorer_box]),
                COMPARE: ipywidgets.VBox([self._too_few, self._comparison_box]),
                AUDIT: ipywidgets.VBox([self._audit_row, self._nothing_to_audit, self._audit_box]),
                EXPORTS: ipywidgets.VBox([self._list.widget, *([self._history.widget] if self._history else [])]),
            },
            label="Views of the workbench",
        )
        compare_button = ipywidgets.Button(description="Compare with…")
        compare_button.on_click(guarded(lambda _button: self._open(COMPARE)))
        bar = ipywidgets.HBox([html_widget(_NAME), self._tabs.bar, self._form.connection_line])
        bar.add_class("apig-bar")
        self._tabs.view.add_class("apig-body")
        # Whatever tab is open.
        adding = [self._history.adding] if self._history else []
        self._box = view_box([bar, self._error, *adding, self._tabs.view], background=self._background)
        self._form.insert_action(self._all_groups.button)
        self._form.insert_step(compare_button)
        self._form.explore_with(self.explore)
        self._form.on_export(self._list.add)
        self._form.on_failure(lambda call: self._add_failed([call]))
        self._form.on_choice(self._offer_files)
        self._offer_files()
        for choice in (self._choice, self._baseline):
            choice.observe(guarded(lambda _change: self._audit()), names="value")
        self._choice.observe(guarded(lambda _change: self._explore()), names="value")
        self._tabs.on_choose(guarded(self._explore))
        self._tabs.on_choose(guarded(self._audit))
        self._tabs.on_choose(guarded(self._compare))
        self._list_changed()
        given = list(exports)
        if given:
            self._list.add(*given)
            self.explore(given[0])
        if folder is not None:
            self._list.keep_in(os.fspath(folder))

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
        if self._comparison is None:
            self._comparison = ComparisonView(exports=self._sides)
            self._comparison.on_compare(self._update_static)
            self._comparison_box.children = (self._comparison.widget,)
        return self._comparison

    def explore(self, export: Export) -> None:
        """Open an export in the explorer, one of this session or of a snapshot of the archive."""
        label = next((label for label, known in self._list.exports.items() if known is export), None)
        if label is None:
            when = f", {export.time.astimezone():%Y-%m-%d %H:%M}" if export.time else ""
            self._explore_past(f"{shown_name(export)}{when}", export)
        else:
            self._choice.value = label
            self._open(EXPLORE)

    def close(self) -> None:
        """Stop background work and remove the workbench from the page."""
        self._background.close()
        self._show_explorer(None)
        for part in (self._form, self._all_groups, self._list, self._comparison, self._audit_view, self._history):
            if part is not None:
                part.close()
        close_tree(self._files_part)
        close_tree(self._box)

    def __repr__(self) -> str:
        return f"<Workbench with {self._count}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        return mime_bundle(self, self._box, self.static)

    @property
    def static(self) -> Markup:
        """The exports, the open one, comparison, audit and history as HTML for where no kernel runs, as far as seen."""
        where = self.client.where if self.client else "not connected"
        head = Markup("<p><b>API workbench</b> · {} · {}. Run the notebook to use it.</p>").format(where, self._count)
        seen = (self._explorer, self._comparison, self._audit_view, self._history)
        # Their templates have escaped them.
        parts = map(Markup, (self._list.static, *(part.static for part in seen if part is not None)))
        return head + Markup().join(parts)

    @property
    def _count(self) -> str:
        return pluralize(len(self._list.exports), "export")

    def _list_changed(self) -> None:
        labels = list(self._list.exports)[::-1]
        has_pair = len(labels) > 1
        self._too_few.layout.display = "none" if has_pair else None
        self._comparison_box.layout.display = None if has_pair else "none"
        before = self._choice.value
        # The same object as long as it has the same exports, so that it is not read again.
        sets = sets_of(self._list.exports)
        self._sets = {name: self._sets[name] if self._sets.get(name) == one else one for name, one in sets.items()}
        every = [(shown_name(one), name) for name, one in self._sets.items()]
        if self._comparison is not None or self._tabs.chosen == COMPARE:
            self.comparison.offer(self._sides)
        self._choice.options = [*every, *((label, label) for label in (*self._past, *labels))]
        choices = [value for _, value in self._choice.options]
        self._choice.layout.display = None if choices else "none"
        self._offer_baselines()
        if choices:
            # An open export stays open; otherwise the newest is chosen.
            is_open = self._explorer is not None and before in choices
            self._choice.value = before if is_open else next(iter(labels), choices[0])
        self._explore()
        self._audit()
        # Last, so that the number is never ahead of the lists.
        self._tabs.bar.show(EXPORTS, count=len(labels) or None)
        self._update_static()

    def _explore(self) -> None:
        """Open the chosen export if the tab is open."""
        if self._tabs.chosen != EXPLORE:
            return
        shown = self._shown(self._choice.value)
        if shown is None:
            self._show_explorer(None, self._no_exports("Nothing to explore yet"))
        elif self._explorer is None or self._explorer.export is not shown:
            try:
                self._open_shown(shown)
            except Exception as error:  # noqa: BLE001 - shown in the view
                self._show_explorer(None, html_widget(error_note(error_text(error))))

    @property
    def _sides(self) -> dict[str, Export | ExportSet]:
        """Exports, snapshots and sets by name, to be compared."""
        return {**self._list.exports, **self._past, **{shown_name(one): one for one in self._sets.values()}}

    def _offer_baselines(self) -> None:
        before = self._baseline.value
        self._baseline.options = [
            ("no baseline", ""),
            *((f"new since {text}", name) for text, name in self._choice.options),
        ]
        self._baseline.value = before if before in dict(self._baseline.options).values() else ""
        has_exports = bool(self._choice.options)
        self._nothing_to_audit.layout.display = "none" if has_exports else None
        for part in (self._audit_row, self._audit_box):
            part.layout.display = None if has_exports else "none"

    def _shown(self, name: SetName | str | None) -> Export | ExportSet | None:
        """The set or the export of a name in the lists."""
        if isinstance(name, tuple):
            return self._sets.get(name)
        return self._past.get(name or "") or self._list.exports.get(name or "")

    def _audit(self) -> None:
        """Audit the chosen export or set if the tab is open."""
        shown = self._shown(self._choice.value)
        if self._tabs.chosen != AUDIT or shown is None:
            return
        if self._audit_view is None:
            self._audit_view = AuditView()
            self._audit_view.open_with(self._explore_operation)
            self._audit_view.on_audit(self._update_static)
            self._audit_box.children = (self._audit_view.widget,)
        self._audit_view.show(shown, self._shown(self._baseline.value))

    def _explore_operation(self, key: ExportKey | None, method: str, path: str) -> None:
        """Open an operation of the audited export, or of an export of the audited set."""
        shown = self._shown(self._choice.value)
        export = shown[key] if isinstance(shown, ExportSet) and key is not None else shown
        if isinstance(export, Export):
            self.explore(export)
            if self._explorer is not None:
                self._explorer.select(method, path)

    def _explore_set(self, exports: ExportSet) -> None:
        """Open the exports of a gateway and environment, which were exported together."""
        key = next(iter(exports))
        name = (key.gateway, key.environment)
        if name in self._sets:
            self._choice.value = name
            self._open(EXPLORE)
        else:  # removed from the list
            self._explore_past(shown_name(exports), exports)

    def _explore_past(self, name: str, shown: Export | ExportSet) -> None:
        """Open a snapshot of the archive, or an export of one."""
        self._past[name] = shown
        self._list_changed()
        self._choice.value = name
        self._open(EXPLORE)

    def _add_to_archive(self, exports: ExportSet) -> None:
        if self._history is not None:
            self._history.add(exports)

    def _add_failed(self, calls: Sequence[FailedCall]) -> None:
        self._list.add_failed(*calls)
        self._update_static()

    def _send_again(self, call: FailedCall) -> None:
        """Repeat a call that failed, with the connection of the form."""
        client = self._form.client
        if client is None:
            raise ArgumentError("client", None, "connect first")

        def fail(error: Exception) -> None:
            self._add_failed([replace(call, reason=error_text(error), time=datetime.now(UTC))])

        self._add_failed([replace(call, reason="")])
        send = partial(client.send, call.request, mode=call.mode)
        self._background.run(f"again {call.key} {call.request.define}", send, self._list.add, fail)

    def _open_shown(self, shown: Export | ExportSet) -> None:
        if self._explorer is not None:
            # Far fewer messages than for a new explorer.
            self._explorer.show(shown)
        else:
            explorer = Explorer(shown)
            explorer.explore_with(self.explore)
            explorer.on_filter(self._update_static)
            self._show_explorer(explorer, explorer.widget)

    def _compare(self) -> None:
        """Compare the last two exports when the tab is opened, unless others are chosen."""
        if self._tabs.chosen == COMPARE and len(self._list.exports) > 1:
            self.comparison.offer(self._sides, *list(self._list.exports.values())[-2:])

    def _no_exports(self, heading: str) -> ipywidgets.VBox:
        return empty_state(
            heading,
            "Export a group, or load a definition you have.",
            {"Export a group": lambda: self._open(EXPORT), "Load files…": lambda: self._open(EXPORTS)},
        )

    def _offer_files(self) -> None:
        """Offer to load files beside the choice where to connect."""
        parts = (self._form.widget,) if self._form.client else (self._form.widget, self._files_part)
        if self._export_part.children != parts:
            self._export_part.children = parts

    def _open_loaded(self, export: Export) -> None:
        if self._tabs.chosen == EXPORT:
            self.explore(export)

    def _update_static(self) -> None:
        self.update_static(self._background, lambda: self.static)

    def _compare_two(self, old: Export, new: Export) -> None:
        self.comparison.choose(old, new)
        self._open(COMPARE)

    def _open(self, tab: str) -> None:
        self._tabs.chosen = tab

    def _show_explorer(self, explorer: Explorer | None, *widgets: ipywidgets.DOMWidget) -> None:
        """Show the explorer or, without one, what stands in its place; what was there is closed."""
        before, others = self._explorer, self._explorer_box.children
        self._explorer, self._explorer_box.children = explorer, widgets
        if before is not None:
            before.close()
        else:
            for widget in others:
                close_tree(widget)
        self._update_static()

    def _show_error(self, error: Exception) -> None:
        self._error.value = error_note(error_text(error))
