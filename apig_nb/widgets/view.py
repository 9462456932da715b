"""`View`: the base of everything a cell can show, its fallback in a saved notebook, and closing on a new run.

ipywidgets keeps every widget until it is closed: a form whose cell is run again would live on with its callbacks,
threads and connection. So a view is closed once no cell shows it any more.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final
from uuid import uuid4

import anywidget
import ipywidgets
import traitlets
from IPython.core.getipython import get_ipython
from IPython.display import publish_display_data

from apig_nb.widgets.assets import STYLE, read_module, read_static
from apig_nb.widgets.background import Background
from apig_nb.widgets.html import html_widget

_WIDGET_TYPE: Final = "application/vnd.jupyter.widget-view+json"
# JupyterLab shows only the widget of an output that has one. In a notebook that is opened again, that is “model not
# found” or “Loading widget”. So the static HTML is an output of its own, and CSS hides one of the two.
_SAVED_OUTPUT_STYLE: Final = f"<style>{read_static('saved_output.css')}</style>"
_HIDDEN: Final = {"display": "none"}


STATIC_PAUSE: Final = 0.5
"""Seconds without a change after which the static fallback is replaced."""


class ViewGuard(anywidget.AnyWidget):
    """Invisible widget that keeps the keyboard and the focus of the view around it from JupyterLab.

    When long work is done and the page is in the background, it marks the page's title, for which a browser asks no
    permission.
    """

    _esm = read_module("view_guard.js")
    done = traitlets.Int(0).tag(sync=True)

    def announce(self) -> None:
        """Mark the title of a page in the background."""
        self.done += 1


def guard_of(background: Background) -> ViewGuard:
    """A guard that announces the end of long work in the background."""
    guard = ViewGuard(layout=_HIDDEN)
    background.on_long_done(guard.announce)
    return guard


def view_box(
    children: Sequence[ipywidgets.Widget], *css_classes: str, background: Background | None = None
) -> ipywidgets.VBox:
    """The outermost box of a view, with its style and guard, which announces the end of long work in the background."""
    guard = ViewGuard(layout=_HIDDEN) if background is None else guard_of(background)
    box = ipywidgets.VBox([html_widget(STYLE, layout=_HIDDEN), guard, *children])
    for name in ("apig", *css_classes):
        box.add_class(name)
    return box


class View:
    """Something a cell shows: a widget with a static fallback."""

    _display_id = ""

    def close(self) -> None:
        """Stop background work and remove the view from the page."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        raise NotImplementedError

    def _ipython_display_(self) -> None:
        # First, as the user may interrupt what follows.
        _record_display(self)
        bundle = self._repr_mimebundle_()
        if _WIDGET_TYPE in bundle:
            self._display_id = self._display_id or uuid4().hex
            self._publish_static(str(bundle.pop("text/html")), update=False)
        publish_display_data(bundle)  # type: ignore[no-untyped-call]

    def update_static(self, background: Background, html: Callable[[], str]) -> None:
        """Replace the static fallback where the view is shown, so that a saved notebook has what was seen.

        Once, when nothing has changed for a moment.
        """
        if self._display_id:
            pause = partial(time.sleep, STATIC_PAUSE)
            background.run("static", pause, lambda _: self._publish_static(html(), update=True))

    def _publish_static(self, html: str, *, update: bool) -> None:
        data = {"text/html": f'{_SAVED_OUTPUT_STYLE}<div class="apig-saved">{html}</div>'}
        publish_display_data(data, transient={"display_id": self._display_id}, update=update)  # type: ignore[no-untyped-call]


KEPT_RUNS: Final = 3
"""Runs of the same code whose views are kept where the front-end does not say in which cell the code is."""

_CODE: Final = "code:"

_displayed: Final[dict[str, dict[View, str]]] = {}
"""Cell → views it shows → run of the cell that displayed each last."""


def mime_bundle(view: View, widget: ipywidgets.DOMWidget, html: str) -> dict[str, object]:
    """The MIME bundle of a view that is the last line of a cell.

    Args:
        view: the view.
        widget: its widget.
        html: shown where no kernel runs.
    """
    bundle = widget._repr_mimebundle_() if widget.comm else {}
    # anywidget returns a pair of data and metadata.
    data: dict[str, object] = bundle[0] if isinstance(bundle, tuple) else bundle
    # Saved notebooks keep both: the HTML is read by people, the text is compared by nbval.
    return data | {"text/html": html, "text/plain": repr(view)}


def _record_display(view: View) -> None:
    """Remember that the running cell displays a view. Scripts have no cells."""
    cell, run = _running_cell()
    shell = get_ipython()
    if cell and shell is not None:
        if not _displayed:
            shell.events.register("post_run_cell", _close_replaced_views)
        views = _displayed.setdefault(cell, {})
        views.pop(view, None)
        views[view] = run  # the last one


def _close_replaced_views(_result: object) -> None:
    cell, run = _running_cell()
    views = _displayed.get(cell, {})
    # Two cells of a notebook may have the same code.
    kept = list(dict.fromkeys(views.values()))[-KEPT_RUNS:] if cell.startswith(_CODE) else [run]
    for view in [view for view, last_run in views.items() if last_run not in kept]:
        del views[view]
        if not any(view in others for others in _displayed.values()):
            view.close()


def _running_cell() -> tuple[str, str]:
    """Id of the running cell, or its code where the front-end sends no id, and id of this run; empty without a cell."""
    kernel = getattr(get_ipython(), "kernel", None)
    request: dict[str, Any] = kernel.get_parent("shell") if kernel is not None else {}
    code = request.get("content", {}).get("code")
    cell = request.get("metadata", {}).get("cellId") or (f"{_CODE}{code}" if code else "")
    return cell, request.get("header", {}).get("msg_id", "")
