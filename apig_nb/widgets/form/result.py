"""The result of an export: what came, what it does not contain, and where to go next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ipywidgets
from markupsafe import Markup

from apig_nb.errors import DocumentError
from apig_nb.request import BACKENDS, POLICIES, find_scope
from apig_nb.text import pluralize
from apig_nb.widgets.background import Background
from apig_nb.widgets.html import error_note, html_widget, identifier, joined, note, pill, status, warning_note

if TYPE_CHECKING:
    from apig_nb.client.tasks import Progress
    from apig_nb.export import Export


@dataclass(frozen=True)
class Result:
    """An export prepared for display.

    Attributes:
        export: the export.
        summary: the export in one line, and a line for each of its warnings, as HTML.
        operations: number of its operations; `None` for a document that cannot be read.
    """

    export: Export
    summary: Markup
    operations: int | None


def read_result(export: Export) -> Result:
    """Read the document; one that cannot be read is a result, too, as it can be saved. Takes time; uses no widgets."""
    warnings = Markup().join(map(warning_note, export.warnings))
    try:
        return Result(export, _summary(export) + warnings, len(export.definition.operations))
    except DocumentError as error:
        return Result(export, error_note(f"The document was received, but cannot be read: {error}") + warnings, None)


def _summary(export: Export) -> Markup:
    problems = len(export.problems)
    seconds = export.duration or 0
    duration = f"{seconds * 1000:,.0f} ms" if seconds < 1 else f"{seconds:,.1f} s"
    facts = joined(
        _operations(export),
        pluralize(problems, "problem"),
        f"{export.size / 1000:,.1f} kB in {duration}",
        *([Markup("request {}").format(identifier(export.request_id))] if export.request_id else []),
    )
    return status(Markup("{} {}").format(pill("ok", "exported"), facts))


def _operations(export: Export) -> Markup:
    count = len(export.definition.operations)
    if not count:
        return Markup("nothing is published here, so there are no operations")
    paths = pluralize(len(export.definition.document.paths), "path")
    return Markup("<b>{}</b> on {}").format(pluralize(count, "operation"), paths)


def missing_parts(scope: str | None) -> str:
    """The parts that an export of a scope does not contain, in words; empty for none, and for an unknown scope."""
    known = find_scope(scope)
    parts = {BACKENDS: "backends", POLICIES: "policies"}
    missing = [f"no {words}" for part, words in parts.items() if known is not None and part not in known.parts]
    return " and ".join(missing)


class ResultView:
    """Progress while an export runs, then its result."""

    def __init__(
        self, background: Background, explore: Callable[[], None], export_everything: Callable[[], None]
    ) -> None:
        """Create the view.

        Args:
            background: wraps the callbacks.
            explore: called to explore the export.
            export_everything: called to export again with every part.
        """
        self._status = html_widget()
        self._elapsed = html_widget()
        self._missing = html_widget()
        self._everything = ipywidgets.Button(description="Export again with everything")
        self._everything.add_class("apig-plain")
        self._explore = ipywidgets.Button(button_style="primary")
        self._explore.on_click(background.guarded(lambda _button: explore()))
        self._everything.on_click(background.guarded(lambda _button: export_everything()))
        self._retry: Callable[[], None] = self.clear
        self._retry_button = ipywidgets.Button(description="Try again")
        self._retry_button.on_click(background.guarded(lambda _button: self._try_again()))
        head = ipywidgets.HBox([self._status, self._elapsed, self._retry_button])
        self._missing_row = ipywidgets.HBox([self._missing, self._everything])
        self._buttons = ipywidgets.HBox([self._explore])
        for row in (head, self._missing_row, self._buttons):
            row.add_class("apig-row")
        self.widget = ipywidgets.VBox([head, self._missing_row, self._buttons])
        self.clear()

    def insert(self, button: ipywidgets.DOMWidget) -> None:
        """Add another button for a next step."""
        self._buttons.children = (*self._buttons.children, button)

    def show_status(self, text: str) -> None:
        """Show a status."""
        self._retry_button.layout.display = "none"
        self._status.value, self._elapsed.value = status(text), ""

    def show_progress(self, progress: Progress) -> None:
        """Show the state of a task."""
        task = Markup("task {}").format(identifier(progress.task_id))
        self._status.value = status(f"exporting as a task: {progress.status}", task)

    def show_elapsed(self, seconds: float) -> None:
        """Show the elapsed time; outside the status line, so that screen readers do not announce every second."""
        self._elapsed.value = note(f"{seconds:.0f} s")

    def show_error(self, text: str, retry: Callable[[], None] | None = None) -> None:
        """Show an error, with a button for what can be tried again."""
        self._status.value, self._elapsed.value = error_note(text), ""
        self._retry = retry or self.clear
        self._retry_button.layout.display = None if retry else "none"

    def _try_again(self) -> None:
        self.clear()
        self._retry()

    def clear(self) -> None:
        """Remove the result of the last export."""
        self._status.value = self._elapsed.value = ""
        for part in (self._missing_row, self._buttons, self._retry_button):
            part.layout.display = "none"

    def show(self, result: Result) -> None:
        """Show a result."""
        self.clear()
        self._status.value = result.summary
        missing = missing_parts(result.export.scope)
        if missing:
            scope = find_scope(result.export.scope)
            label = scope.label if scope else result.export.scope
            self._missing.value = Markup('<div class="apig-note"><span>{}</span></div>').format(
                f"This export contains {missing}, because the scope is “{label}”."
            )
            self._missing_row.layout.display = None
        if result.operations:
            self._explore.description = f"Explore {pluralize(result.operations, 'operation')}"
            self._buttons.layout.display = None
