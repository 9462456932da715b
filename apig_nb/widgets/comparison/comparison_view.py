"""`ComparisonView`: what would change between two exports, looked through, ignored with a reason, and reported."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from concurrent.futures import Future
from contextlib import suppress
from html import escape
from typing import TYPE_CHECKING, Final

import ipywidgets
import pandas as pd

from apig_nb.widgets.background import Background
from apig_nb.widgets.comparison.change_page import change_page
from apig_nb.widgets.comparison.change_table import COLUMNS, IGNORED_COLUMNS, NO_IGNORED, change_table
from apig_nb.widgets.comparison.count_tiles import Tally
from apig_nb.widgets.comparison.export_pickers import Sides
from apig_nb.widgets.comparison.ignore_box import IgnoreBox
from apig_nb.widgets.comparison.prepare import Made, make
from apig_nb.widgets.comparison.report_box import ReportBox
from apig_nb.widgets.comparison.style import COMPARISON_STYLE
from apig_nb.widgets.comparison.titles import heading, name_of
from apig_nb.widgets.display import View, bundle
from apig_nb.widgets.error_text import in_words
from apig_nb.widgets.fields import close_tree
from apig_nb.widgets.html import error_note, note, status
from apig_nb.widgets.keys import Keys
from apig_nb.widgets.pluralize import counted
from apig_nb.widgets.style import STYLE
from apig_nb.widgets.table import TableView

if TYPE_CHECKING:
    from apig_nb.compare.comparison import Comparison
    from apig_nb.compare.options.options import Ignore
    from apig_nb.export import Comparable, Export

STATIC_SECONDS: Final = 5.0
"""How long a cell waits for a comparison, so that a saved notebook holds it."""


class ComparisonView(View):
    """A view of what differs between two exports, shown as the last line of a cell.

        view = apig.ComparisonView(old, new, ignore="apig-ignore.yaml")
        view

    With `exports`, both sides are chosen from lists:

        view = apig.ComparisonView(exports=form.exports)
    """

    def __init__(
        self,
        old: Comparable | None = None,
        new: Comparable | None = None,
        *,
        exports: Mapping[str, Comparable] | Iterable[Comparable] = (),
        ignore: Ignore = None,
        severity: Mapping[str, str] | None = None,
    ) -> None:
        """Make the view, and compare where both sides are known.

        Args:
            old: what is there now: an export, or anything `load` takes.
            new: what would take its place.
            exports: what both sides can be chosen from, by label where it is a mapping; `old` and `new` are the choice
                at first where they are among them.
            ignore: what `compare` takes. To a file, the view adds what is ignored in it; without one, it asks for a
                name.
            severity: what `compare` takes.
        """
        self._given_ignore, self._severity = ignore, severity
        self._pair: tuple[Comparable, Comparable] | None = None
        self._making: Future[Made] | None = None
        self._made: Made | None = None
        # The pair as read: an open file can be read only once.
        self._loaded: tuple[Export, Export] | None = None
        self._is_closed = False
        self._background = Background(self._show_error)
        guarded = self._background.guarded
        self._head = ipywidgets.HTML()
        self._sides = Sides(self._background, self._sides_chosen)
        self._status, self._clock = ipywidgets.HTML(), ipywidgets.HTML()
        self._tally = Tally(self._background, self._restrict)
        self._table = TableView(change_table(()), label="changes", columns=COLUMNS)
        self._table.on_select(guarded(self._show_change))
        self._page = ipywidgets.HTML()
        self._ignoring = IgnoreBox(self._background, self._compare)
        if isinstance(ignore, str | os.PathLike):
            self._ignoring.file = ignore
        self._ignored = TableView(NO_IGNORED, label="ignored changes", columns=IGNORED_COLUMNS, rows=6)
        self._report = ReportBox(self._background)
        self._box = self._laid_out()
        self._start(old, new, exports)

    @property
    def widget(self) -> ipywidgets.DOMWidget:
        """What is shown, to be part of a larger view."""
        return self._box

    @property
    def comparison(self) -> Comparison | None:
        """The comparison that is shown; `None` while nothing is chosen. Waits for one that is being made.

        Raises:
            ApigError: one of the documents, or what is given as `ignore` or `severity`, is not right.
        """
        made = self._wait()
        return made.comparison if made else None

    @property
    def filtered(self) -> pd.DataFrame:
        """The changes that the table shows, in its order, with the columns of `Comparison.changes`.

        All of them before the table is there, and none while nothing is compared.
        """
        made = self._wait()
        if made is None:
            return pd.DataFrame()
        changes = made.comparison.changes
        return changes.iloc[self._table.filtered.index] if made is self._made else changes.copy()

    @property
    def selected(self) -> pd.DataFrame:
        """The selected change as a DataFrame of one row with the columns of `Comparison.changes`, or of none."""
        made = self._wait()
        if made is None:
            return pd.DataFrame()
        return made.comparison.changes.iloc[self._table.selected.index if made is self._made else []]

    def offer(self, exports: Mapping[str, Comparable] | Iterable[Comparable]) -> None:
        """Replace the exports that can be chosen; a choice that is still among them stays."""
        self._sides.offer(exports)
        self._sides.widget.layout.display = None
        self._sides_chosen()

    def close(self) -> None:
        """Stop what is running and take the view off the page."""
        self._is_closed = True
        self._background.close()
        for table in (self._table, self._ignored):
            table.close()
        close_tree(self._box)

    def __repr__(self) -> str:
        if self._pair is None:
            return "<ComparisonView>"
        return f"<ComparisonView {' → '.join(map(name_of, self._pair))}>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        return bundle(self, self._box, self._static())

    def _static(self) -> str:
        # Also where it went wrong, or takes longer.
        with suppress(Exception):
            if self._making:
                return self._making.result(STATIC_SECONDS).comparison._repr_html_()
        return f"<p><b>Compare</b> {escape(repr(self)[1:-1])}: run the notebook to see it.</p>"

    def _laid_out(self) -> ipywidgets.VBox:
        state = ipywidgets.HBox([self._status, self._clock])
        state.add_class("apig-row")
        self._result = ipywidgets.VBox(
            [
                self._tally.widget,
                self._table.widget,
                self._page,
                self._ignoring.widget,
                self._ignored.widget,
                self._report.widget,
            ]
        )
        style = ipywidgets.HTML(STYLE + COMPARISON_STYLE)
        keys = Keys(layout={"display": "none"})
        box = ipywidgets.VBox([style, keys, self._head, self._sides.widget, state, self._result])
        box.add_class("apig")
        return box

    def _start(
        self,
        old: Comparable | None,
        new: Comparable | None,
        exports: Mapping[str, Comparable] | Iterable[Comparable],
    ) -> None:
        if old is not None and new is not None and not exports:
            self._sides.widget.layout.display = "none"
            self._compare_pair((old, new))
            return
        self._clear("")
        self.offer(exports)
        self._sides.choose(old, new)
        self._sides_chosen()

    def _sides_chosen(self) -> None:
        pair = self._sides.pair
        if pair is None:
            self._background.cancel("compare")
            self._pair = self._making = None
            self._clear("choose what is to be compared" if len(self._sides) > 1 else "")
        elif self._pair is None or any(now is not before for now, before in zip(pair, self._pair, strict=True)):
            self._compare_pair(pair)

    def _compare_pair(self, pair: tuple[Comparable, Comparable]) -> None:
        self._pair, self._loaded = pair, None
        self._clear("")
        self._compare()

    def _compare(self) -> None:
        pair = self._loaded or self._pair
        if pair is None or self._is_closed:
            return
        making = self._making = Future[Made]()
        ignore, severity, file = self._given_ignore, self._severity, self._ignoring.file

        def work() -> Made:
            try:
                made = make(*pair, ignore, severity, file)
            except Exception as error:
                making.set_exception(error)
                raise
            making.set_result(made)
            return made

        self._say("comparing…")
        self._background.run("compare", work, self._show, self._failed, self._count)

    def _wait(self) -> Made | None:
        return self._making.result() if self._making else None

    def _show(self, made: Made) -> None:
        comparison = made.comparison
        self._made = made
        self._loaded = comparison.old, comparison.new
        self._head.value = heading(comparison)
        self._say(_in_a_line(comparison))
        self._tally.show(comparison)
        self._table.frame = made.changes
        self._ignored.frame = made.ignored
        self._restrict()
        self._show_change()
        self._report.show(comparison)
        self._tally.widget.layout.display = None if len(comparison) or len(made.ignored) else "none"
        for part in (self._table.widget, self._page):
            part.layout.display = None if len(comparison) else "none"
        self._result.layout.display = None

    def _restrict(self) -> None:
        self._table.restrict(self._tally.mask)
        self._ignored.widget.layout.display = None if self._tally.asks_for_ignored else "none"

    def _show_change(self) -> None:
        position = self._table.selected_position
        change = None if self._made is None or position is None else self._made.comparison.found[position]
        self._page.value = change_page(change) if change else note("Select a change to see both sides of it.")
        self._ignoring.offer(change)

    def _clear(self, words: str) -> None:
        self._made = None
        self._head.value = '<span class="apig-title" role="heading" aria-level="3">Compare exports</span>'
        self._result.layout.display = "none"
        self._say(words)

    def _failed(self, error: Exception) -> None:
        self._clear("")
        self._show_error(error)

    def _show_error(self, error: Exception) -> None:
        self._status.value, self._clock.value = error_note(in_words(error)), ""

    def _say(self, words: str) -> None:
        self._status.value, self._clock.value = status(words), ""

    def _count(self, seconds: float) -> None:
        """Say how long it goes on; apart from the words, so that a screen reader does not read out every second."""
        self._clock.value = note(f"{seconds:.0f} s")


def _in_a_line(comparison: Comparison) -> str:
    count, ignored = len(comparison), len(comparison.ignored)
    if not count:
        return f"nothing differs but what is ignored ({ignored:,})" if ignored else "nothing differs"
    left_out = f", {ignored:,} ignored" if ignored else ""
    return f"{counted(count, 'change')}{left_out}"
