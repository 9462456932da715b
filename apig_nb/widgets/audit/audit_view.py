"""`AuditView`: the findings of an audit; they can be filtered, accepted with a reason, and reported."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import Future
from functools import partial
from typing import TYPE_CHECKING, Final

import ipywidgets
import pandas as pd
from markupsafe import Markup

from apig_nb.audit.result import Audit
from apig_nb.export_set import ExportKey, ExportSet
from apig_nb.report import FINDING_SEVERITIES, Finding
from apig_nb.text import sentence
from apig_nb.widgets.audit.prepare import (
    ACCEPTED,
    COLUMNS,
    KNOWN,
    NEW,
    SCORE_COLUMNS,
    SCORE_STYLES,
    STYLES,
    Prepared,
    prepare,
)
from apig_nb.widgets.background import Background, soon, wait, with_future
from apig_nb.widgets.choice_bar import ChoiceBar
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.fields import close_tree
from apig_nb.widgets.html import error_note, html_widget, render, subtitle, title, warning_note
from apig_nb.widgets.ignore_box import IgnoreBox, Scope, scopes
from apig_nb.widgets.panel import Panel
from apig_nb.widgets.progress import ProgressRow
from apig_nb.widgets.report_box import ReportBox
from apig_nb.widgets.set_name import set_name
from apig_nb.widgets.table import TableView
from apig_nb.widgets.view import View, mime_bundle, view_box

if TYPE_CHECKING:
    from apig_nb.export import Export

ALL: Final = "All"
ONLY_NEW: Final = "Only new"
ACCEPTED_ONES: Final = "Accepted"
_STATES: Final = {ALL: (NEW, KNOWN), ONLY_NEW: (NEW,), ACCEPTED_ONES: (ACCEPTED,)}
"""Choice → states of the findings that it shows."""

MAX_OPERATIONS: Final = 20
"""Operations of a finding that are named; the others are counted."""

OpenOperation = Callable[["ExportKey | None", str, str], None]
"""Takes the key of an export in a set (`None` for a single export), a method and a path."""


class AuditView(View):
    """A view of what is wrong with an export or a set, shown as the last line of a cell.

        view = apig.AuditView(estate, ignore="apig-ignore.yaml")
        view

    Code reads the audit as `view.audit` and the visible findings as `view.filtered`.
    """

    def __init__(
        self,
        export: Export | ExportSet | None = None,
        *,
        baseline: Export | ExportSet | None = None,
        ignore: str | os.PathLike[str] | None = None,
    ) -> None:
        """Create the view, and audit.

        Args:
            export: the export or the set; without it, `show` takes one.
            baseline: a former export or set; findings that it has, too, are known.
            ignore: an ignore file, to which the view adds the findings that are accepted; without it, it asks for one.
        """
        self._export, self._baseline = export, baseline
        self._pending: Future[Prepared] | None = None
        self._prepared: Prepared | None = None
        self._shown: Callable[[], None] = lambda: None
        self._background = Background(self._show_error)
        guarded = self._background.guarded
        self._head, self._message = html_widget(), html_widget()
        self._progress = ProgressRow(self._background, "audit")
        no_rows = pd.DataFrame(columns=list(SCORE_STYLES), dtype="str")
        self._scores = TableView(
            no_rows, label="audited exports", columns=SCORE_COLUMNS, styles=SCORE_STYLES, key=("export",), rows=8
        )
        self._severities = ChoiceBar((ALL, *FINDING_SEVERITIES), label="Severity")
        self._states = ChoiceBar(tuple(_STATES), label="Findings that are shown")
        no_findings = pd.DataFrame(columns=list(STYLES), dtype="str")
        self._table = TableView(
            no_findings, label="findings", columns=COLUMNS, styles=STYLES, key=("export", "fingerprint"), rows=16
        )
        self._page = html_widget()
        self._open_operation: OpenOperation | None = None
        self._open_button = ipywidgets.Button(description="Show the operation")
        self._open_button.on_click(guarded(lambda _button: self._open()))
        self._ignore_box = IgnoreBox(self._background, self._audit)
        self._ignore_box.file = ignore
        self._report = ReportBox(self._background, Audit, "audit")
        self._box = self._lay_out()
        for changed in (self._severities.on_choose, self._states.on_choose, self._scores.on_select):
            changed(guarded(self._restrict))
        self._table.on_select(guarded(self._show_finding))
        self._audit()

    @property
    def widget(self) -> ipywidgets.DOMWidget:
        """The widget, for use in another view."""
        return self._box

    @property
    def audit(self) -> Audit | None:
        """The audit; `None` while there is no export, or it was stopped. Waits for a running audit.

        Raises:
            ApigError: a document, the baseline or the ignore file is not valid.
        """
        prepared = wait(self._pending)
        return prepared.audit if prepared else None

    @property
    def filtered(self) -> pd.DataFrame:
        """The visible findings in their order, with the columns of the table; a copy."""
        return self._table.filtered

    def show(self, export: Export | ExportSet, baseline: Export | ExportSet | None = None) -> None:
        """Audit another export or set, beside another baseline; what is already shown is not audited again."""
        if export is not self._export or baseline is not self._baseline:
            self._export, self._baseline = export, baseline
            self._audit()

    def open_with(self, open_operation: OpenOperation) -> None:
        """Offer to show the operation of a finding by this call."""
        self._open_operation = open_operation
        self._show_finding()

    def close(self) -> None:
        """Stop background work and remove the view from the page."""
        self._background.close()
        for table in (self._scores, self._table):
            table.close()
        close_tree(self._box)

    def __repr__(self) -> str:
        return f"<AuditView of {self._prepared.audit!r}>" if self._prepared else "<AuditView>"

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        return mime_bundle(self, self._box, self._static())

    @property
    def static(self) -> str:
        """The audit as HTML for where no kernel runs; nothing while there is none."""
        return self._prepared.audit._repr_html_() if self._prepared else ""

    def on_audit(self, callback: Callable[[], None]) -> None:
        """Call when an audit is shown."""
        self._shown = callback

    def _static(self) -> str:
        # That of a set is replaced when it is there: until then, its progress is shown.
        prepared = soon(self._pending, 0) if isinstance(self._export, ExportSet) else soon(self._pending)
        if prepared is not None:
            return prepared.audit._repr_html_()
        return Markup("<p><b>Audit</b>: run the notebook to see it.</p>")

    def _lay_out(self) -> ipywidgets.VBox:
        filters = ipywidgets.HBox([self._severities, self._states])
        filters.add_class("apig-row")
        close = self._background.guarded(lambda: self._table.select(None))
        actions = ipywidgets.VBox([self._open_button, self._ignore_box.widget])
        actions.add_class("apig-section")
        self._panel = Panel(self._table.widget, [self._page, actions], close)
        listed = ipywidgets.VBox([filters, self._panel.widget])
        listed.add_class("apig-list")
        found = (self._scores.widget, self._ignore_box.state, listed, self._report.widget)
        self._result = ipywidgets.VBox(found)
        parts = [self._head, self._progress.widget, self._message, self._result]
        return view_box(parts, background=self._background)

    def _audit(self) -> None:
        export, baseline, file = self._export, self._baseline, self._ignore_box.file
        if self._prepared is None:
            self._hide()
        if export is None or self._background.is_closed:
            return
        work, self._pending = with_future(partial(prepare, export, baseline, file))
        self._message.value = ""
        what, unit = (f"auditing {set_name(export)}", "exports") if isinstance(export, ExportSet) else ("auditing", "")
        again = self._audit
        self._progress.run(what, work, self._show, self._failed, unit=unit, stopped=self._forget, again=again)

    def _show(self, prepared: Prepared) -> None:
        self._prepared = prepared
        report = prepared.audit.report
        self._head.value = (
            title(report.score_text, 3)
            + subtitle(f"{report.title} · {report.counts_text}")
            + (warning_note(report.not_checked_text) if report.not_checked else "")
        )
        is_set = isinstance(self._export, ExportSet)
        left_out = {"export": not is_set, "state": not report.has_baseline, "change": not report.has_baseline}
        self._scores.show(prepared.scores, SCORE_STYLES, [name for name in SCORE_COLUMNS if not left_out.get(name)])
        self._scores.widget.layout.display = None if is_set else "none"
        self._table.show(prepared.table, STYLES, [name for name in COLUMNS if not left_out.get(name)])
        if not report.has_baseline and self._states.chosen == ONLY_NEW:
            self._states.chosen = ALL
        self._report.show(prepared.audit)
        self._restrict()
        self._show_finding()
        self._result.layout.display = None
        self.update_static(self._background, self._static)
        self._shown()

    def _restrict(self) -> None:
        """Show the findings of the chosen export, severity and state, and count them."""
        if self._prepared is None:
            return
        table = self._prepared.table
        chosen = self._scores.selected["export"]
        among = table["export"].isin(chosen) if len(chosen) else pd.Series(data=True, index=table.index)
        for name, states in _STATES.items():
            is_possible = name != ONLY_NEW or self._prepared.audit.report.has_baseline
            count = int((among & table["state"].isin(states)).sum())
            self._states.show(name, count=count if is_possible else None, enabled=is_possible)
        among &= table["state"].isin(_STATES[self._states.chosen])
        counts = table["severity"][among].value_counts()
        self._severities.show(ALL, count=int(among.sum()))
        for severity in FINDING_SEVERITIES:
            self._severities.show(severity, text=severity.capitalize(), count=int(counts.get(severity, 0)))
        if self._severities.chosen != ALL:
            among &= table["severity"] == self._severities.chosen
        self._table.restrict(among)

    @property
    def _selected(self) -> Finding | None:
        position = self._table.selected_position
        return None if self._prepared is None or position is None else self._prepared.findings[position]

    def _show_finding(self) -> None:
        finding = self._selected
        if finding is not None and self._prepared is not None:
            rule = next(one for one in self._prepared.audit.report.rules if one.id == finding.rule)
            self._page.value = render(
                "finding.html",
                finding=finding,
                rule=rule,
                why=sentence(rule.why),
                state=self._table.selected["state"].iloc[0],
                export=self._prepared.audit.report.origin(finding.key),
                max_operations=MAX_OPERATIONS,
            )
        can_open = finding is not None and finding.method is not None and self._open_operation is not None
        self._open_button.layout.display = None if can_open else "none"
        self._ignore_box.offer(_scopes(finding) if finding is not None else {})
        self._panel.show(is_open=finding is not None)

    def _open(self) -> None:
        finding = self._selected
        if finding is not None and finding.method and finding.path and self._open_operation:
            key = ExportKey(**finding.key) if finding.key else None
            self._open_operation(key, finding.method, finding.path)

    def _failed(self, error: Exception) -> None:
        self._hide()
        self._show_error(error)

    def _forget(self) -> None:
        self._pending = None
        self._hide()

    def _hide(self) -> None:
        """Show no result, as the one before is of something else."""
        self._prepared = None
        self._head.value, self._result.layout.display = title("Audit", 3), "none"

    def _show_error(self, error: Exception) -> None:
        self._message.value = error_note(error_text(error))


def _scopes(finding: Finding) -> dict[str, Scope]:
    """The scopes in which a finding can be accepted."""
    where = f"{finding.method} {finding.path}" if finding.method else f"{len(finding.operations)} operations"
    paths = {name.partition(" ")[2] for name in finding.operations}
    return scopes("finding", finding.rule, finding.fingerprint, f"{where}, {finding.message}", paths)
