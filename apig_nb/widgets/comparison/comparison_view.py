"""`ComparisonView`: the changes between two exports or sets; they can be filtered, ignored with a reason, reported."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Final

import ipywidgets
import pandas as pd
from markupsafe import Markup

from apig_nb.compare.comparison import Comparison
from apig_nb.compare.set_comparison import ADDED, CHANGED, REMOVED, SetComparison
from apig_nb.export_set import ExportSet
from apig_nb.text import pluralize
from apig_nb.widgets.background import Background, soon, wait, with_future
from apig_nb.widgets.choice_bar import ChoiceBar
from apig_nb.widgets.comparison.change_page import change_page
from apig_nb.widgets.comparison.count_tiles import CountTiles
from apig_nb.widgets.comparison.export_pickers import ExportPickers, Side, export_name
from apig_nb.widgets.comparison.heading import heading, short_names
from apig_nb.widgets.comparison.prepare import (
    COLUMNS,
    GROUP_COLUMNS,
    GROUP_STYLES,
    IGNORED_COLUMNS,
    NO_GROUPS,
    NO_IGNORED,
    STYLES,
    Compared,
    Prepared,
    change_table,
    prepare,
)
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.fields import close_tree
from apig_nb.widgets.html import (
    error_note,
    help_paragraph,
    html_widget,
    pill,
    status,
    title,
    warning_note,
)
from apig_nb.widgets.ignore_box import IgnoreBox, Scope, scopes
from apig_nb.widgets.panel import Panel
from apig_nb.widgets.progress import ProgressRow
from apig_nb.widgets.report_box import ReportBox
from apig_nb.widgets.table import TableView
from apig_nb.widgets.view import View, mime_bundle, view_box

if TYPE_CHECKING:
    from apig_nb.compare.changes import Change
    from apig_nb.compare.options.options import Ignore

BY_OPERATION: Final = "By operation"
"""The first order; of two sets, by group."""
FLAT: Final = "Flat"


class ComparisonView(View):
    """A view of the changes between two exports or two sets, shown as the last line of a cell.

        view = apig.ComparisonView(old, new, ignore="apig-ignore.yaml")
        view

    With `exports`, both exports are chosen from lists:

        view = apig.ComparisonView(exports=form.exports)
    """

    def __init__(
        self,
        old: Side | None = None,
        new: Side | None = None,
        *,
        exports: Mapping[str, Side] | Iterable[Side] = (),
        ignore: Ignore = None,
        severity: Mapping[str, str] | None = None,
    ) -> None:
        """Create the view, and compare if both exports are given.

        Args:
            old: the current export, or anything `load` takes; or a set.
            new: the export or set that would replace it.
            exports: exports to choose from, with labels if it is a mapping; `old` and `new` are chosen at first if they
                are among them.
            ignore: as for `compare`. The view adds entries to the file that is given, or asks for a file name.
            severity: as for `compare`.
        """
        self._given_ignore, self._severity = ignore, severity
        self._pair: tuple[Side, Side] | None = None
        self._pending: Future[Prepared] | None = None
        self._prepared: Prepared | None = None
        # The exports of the pair: an open file can be read only once.
        self._loaded: tuple[Side, Side] | None = None
        self._shown: Callable[[], None] = lambda: None
        self._background = Background(self._show_error)
        guarded = self._background.guarded
        self._head = html_widget()
        self._pickers = ExportPickers(self._background, self._update_pair)
        self._status = html_widget()
        self._progress = ProgressRow(self._background, "compare")
        self._tiles = CountTiles(self._background, self._restrict)
        self._table = TableView(
            change_table((), {}), label="changes", columns=COLUMNS, styles=STYLES, key=("group", "fingerprint"), rows=16
        )
        self._table.on_select(guarded(self._show_change))
        self._table.group_by("operation")
        self._groups = TableView(
            NO_GROUPS, label="API groups", columns=GROUP_COLUMNS, styles=GROUP_STYLES, key=("group",), rows=6
        )
        self._groups.on_select(guarded(self._restrict))
        self._grouping = ChoiceBar((BY_OPERATION, FLAT), label="Order of the changes")
        self._grouping.on_choose(guarded(self._group))
        self._page = html_widget()
        self._ignore_box = IgnoreBox(self._background, self._compare)
        if isinstance(ignore, str | os.PathLike):
            self._ignore_box.file = ignore
        self._ignored = TableView(NO_IGNORED, label="ignored changes", columns=IGNORED_COLUMNS, styles=STYLES, rows=6)
        self._report = ReportBox(self._background, Comparison, "comparison")
        self._box = self._lay_out()
        self._start(old, new, exports)

    @property
    def widget(self) -> ipywidgets.DOMWidget:
        """The widget, for use in another view."""
        return self._box

    @property
    def comparison(self) -> Compared | None:
        """The comparison; `None` while no exports are chosen, or it was stopped. Waits for a running comparison.

        Raises:
            ApigError: a document, `ignore` or `severity` is not valid.
        """
        prepared = self._wait()
        return prepared.comparison if prepared else None

    @property
    def filtered(self) -> pd.DataFrame:
        """The visible changes in their order, with the columns of `Comparison.changes`.

        All changes before the table is filled, and none while nothing is compared.
        """
        prepared = self._wait()
        if prepared is None:
            return pd.DataFrame()
        changes = prepared.comparison.changes
        return changes.iloc[self._table.filtered.index] if prepared is self._prepared else changes.copy()

    @property
    def selected(self) -> pd.DataFrame:
        """The selected change as a DataFrame of one row or none, with the columns of `Comparison.changes`."""
        prepared = self._wait()
        if prepared is None:
            return pd.DataFrame()
        return prepared.comparison.changes.iloc[self._table.selected.index if prepared is self._prepared else []]

    def offer(
        self,
        exports: Mapping[str, Side] | Iterable[Side],
        old: Side | None = None,
        new: Side | None = None,
    ) -> None:
        """Replace the exports to choose from; `old` and `new` are chosen while there is no choice.

        Earlier choices stay where they are still available.
        """
        self._pickers.offer(exports)
        if self._pickers.pair is None and old is not None:
            self._pickers.choose(old, new)
        self._pickers.widget.layout.display = None
        self._update_pair()

    def choose(self, old: Side, new: Side) -> None:
        """Compare two of the exports to choose from."""
        self._pickers.choose(old, new)
        self._update_pair()

    def close(self) -> None:
        """Stop background work and remove the view from the page."""
        self._background.close()
        for table in (self._table, self._groups, self._ignored):
            table.close()
        close_tree(self._box)

    def __repr__(self) -> str:
        if self._pair is None:
            return "<ComparisonView>"
        return f"<ComparisonView {' → '.join(map(export_name, self._pair))}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        return mime_bundle(self, self._box, self._static())

    @property
    def static(self) -> str:
        """The comparison as HTML for where no kernel runs; nothing while there is none."""
        return self._prepared.comparison._repr_html_() if self._prepared else ""

    def on_compare(self, callback: Callable[[], None]) -> None:
        """Call when a comparison is shown."""
        self._shown = callback

    def _static(self) -> str:
        # That of sets is replaced when it is there: until then, its progress is shown.
        is_of_sets = any(isinstance(side, ExportSet) for side in self._pair or ())
        prepared = soon(self._pending, 0) if is_of_sets else soon(self._pending)
        if prepared is not None:
            return prepared.comparison._repr_html_()
        return Markup("<p><b>Compare</b> {}: run the notebook to see it.</p>").format(repr(self)[1:-1])

    def _lay_out(self) -> ipywidgets.VBox:
        close = self._background.guarded(lambda: self._table.select(None))
        self._panel = Panel(self._table.widget, [self._page, self._ignore_box.widget], close)
        self._ignore_box.widget.add_class("apig-section")
        self._tiles.chips.add_class("apig-grow")
        self._tools = ipywidgets.HBox([self._tiles.chips, self._grouping])
        self._tools.add_class("apig-row")
        self._list = ipywidgets.VBox([self._tools, self._panel.widget])
        self._list.add_class("apig-list")
        lists = (self._groups.widget, self._ignore_box.state, self._list, self._ignored.widget)
        self._result = ipywidgets.VBox([self._tiles.widget, *lists, self._report.widget])
        return view_box(
            [self._pickers.widget, self._head, self._progress.widget, self._status, self._result],
            background=self._background,
        )

    def _start(
        self,
        old: Side | None,
        new: Side | None,
        exports: Mapping[str, Side] | Iterable[Side],
    ) -> None:
        if old is not None and new is not None and not exports:
            self._pickers.widget.layout.display = "none"
            self._compare_pair((old, new))
            return
        self._clear("")
        self.offer(exports)
        self._pickers.choose(old, new)
        self._update_pair()

    def _update_pair(self) -> None:
        pair = self._pickers.pair
        if pair is None:
            self._progress.cancel()
            self._pair = self._pending = None
            self._clear("choose the exports to compare" if len(self._pickers) > 1 else "")
        elif self._pair is None or any(now is not before for now, before in zip(pair, self._pair, strict=True)):
            self._compare_pair(pair)

    def _compare_pair(self, pair: tuple[Side, Side]) -> None:
        self._pair, self._loaded = pair, None
        self._clear("")
        self._compare()

    def _compare(self) -> None:
        pair = self._loaded or self._pair
        if pair is None or self._background.is_closed:
            return
        ignore, severity, file = self._given_ignore, self._severity, self._ignore_box.file
        work, self._pending = with_future(partial(prepare, *pair, ignore, severity, file))
        self._show_status("")
        unit, again = "groups" if isinstance(pair[0], ExportSet) else "", self._compare
        self._progress.run("comparing", work, self._show, self._failed, unit=unit, stopped=self._forget, again=again)

    def _wait(self) -> Prepared | None:
        return wait(self._pending)

    def _show(self, prepared: Prepared) -> None:
        comparison = prepared.comparison
        self._prepared = prepared
        self._loaded = comparison.old, comparison.new
        left_out = comparison.not_compared_text()
        compared = help_paragraph(f"Compared: {comparison.compared_text()}.")
        self._head.value = heading(comparison) + compared + (warning_note(left_out) if left_out else "")
        self._show_status(_summary(comparison))
        self._tiles.show(comparison)
        is_of_sets = isinstance(comparison, SetComparison)
        self._groups.show(prepared.groups, GROUP_STYLES, GROUP_COLUMNS)
        self._groups.widget.layout.display = None if is_of_sets else "none"
        self._grouping.show(BY_OPERATION, text="By group" if is_of_sets else BY_OPERATION)
        # Otherwise the column of the former groups would come back.
        self._table.group_by(None)
        self._table.show(prepared.changes, STYLES, [name for name in COLUMNS if is_of_sets or name != "group"])
        self._group()
        self._ignored.show(prepared.ignored, STYLES)
        self._restrict()
        self._show_change()
        self._report.show(comparison)
        for part in (self._tiles.widget, self._tools):
            part.layout.display = None if len(comparison) or len(prepared.ignored) else "none"
        self._panel.widget.layout.display = None if len(comparison) else "none"
        self._result.layout.display = None
        self._shown()
        self.update_static(self._background, self._static)

    def _restrict(self) -> None:
        mask = self._tiles.mask
        chosen = self._groups.selected["group"]
        if len(chosen):
            of_group = self._table.frame["group"].isin(chosen)
            mask = of_group if mask is None else of_group & mask
        self._table.restrict(mask)
        self._ignored.widget.layout.display = None if self._tiles.shows_ignored else "none"

    def _group(self) -> None:
        column = "group" if self._prepared and isinstance(self._prepared.comparison, SetComparison) else "operation"
        self._table.group_by(column if self._grouping.chosen == BY_OPERATION else None)

    def _show_change(self) -> None:
        position = self._table.selected_position
        prepared = self._prepared
        change = None if prepared is None or position is None else prepared.comparison.found[position]
        if prepared is not None and change is not None:
            self._page.value = change_page(change, short_names(prepared.comparison))
        self._panel.show(is_open=change is not None)
        self._ignore_box.offer(_scopes(change) if change is not None else {})

    def _clear(self, text: str) -> None:
        self._prepared = None
        self._head.value = title("Compare exports", 3)
        self._result.layout.display = "none"
        self._show_status(text)

    def _failed(self, error: Exception) -> None:
        self._clear("")
        self._show_error(error)

    def _forget(self) -> None:
        self._pending = None
        self._clear("")

    def _show_error(self, error: Exception) -> None:
        self._status.value = error_note(error_text(error))

    def _show_status(self, text: str) -> None:
        self._status.value = status(text)


def _summary(comparison: Compared) -> str:
    count, ignored = len(comparison), len(comparison.ignored)
    if not count:
        compared = "" if comparison.not_compared.empty else " in what was compared"
        more = f" except ignored ones ({ignored:,})" if ignored else ""
        where = pluralize(len(comparison.operations), "operation")
        if isinstance(comparison, SetComparison):
            where = pluralize(len(comparison.summary), "group")
        return pill("ok", "no difference") + Markup(" in {}{}{}").format(where, compared, more)
    ignored_text = f", {ignored:,} ignored" if ignored else ""
    return f"{pluralize(count, 'change')}{_groups_text(comparison)}{ignored_text}"


def _groups_text(comparison: Compared) -> str:
    """The number of groups with changes, of two sets."""
    if not isinstance(comparison, SetComparison):
        return ""
    states = comparison.summary["state"]
    changed = int(states.isin([ADDED, REMOVED, CHANGED]).sum())
    return f" in {changed:,} of {pluralize(len(states), 'group')}"


def _scopes(change: Change) -> dict[str, Scope]:
    """The scopes in which a change can be ignored, with operation, location, rule and values in one line."""
    operations = [f"{method} {path}" for method, path in change.operations]
    where = operations[0] if len(operations) == 1 else f"{len(operations)} operations"
    values = " → ".join(value or "–" for value in (change.before, change.after))
    sentence = f"{where}, {change.location}: {change.summary}: {values}"
    return scopes("change", change.rule.id, change.fingerprint, sentence, {path for _, path in change.operations})
