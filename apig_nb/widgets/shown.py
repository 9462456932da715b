"""What a cell shows of a view, and what becomes of it when the cell is run again.

ipywidgets keeps every widget until it is closed: a form whose cell is run again, and whose name then stands for a new
one, would live on with its callbacks, its threads and its connection. So what a cell no longer shows is closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Protocol

from IPython.core.getipython import get_ipython

if TYPE_CHECKING:
    import ipywidgets


class View(Protocol):
    """What a cell shows."""

    def close(self) -> None:
        """Stop what is running and take the view off the page."""


_SHOWN: Final[dict[str, dict[View, str]]] = {}
"""By cell, its views, with the run of the cell that showed each last."""


def bundle(view: View, widget: ipywidgets.DOMWidget, html: str) -> dict[str, object]:
    """What a notebook is handed of a view that is the last line of a cell.

    Args:
        view: the view.
        widget: what is live of it.
        html: what a reader sees where no kernel runs.
    """
    _note(view)
    handed = widget._repr_mimebundle_() if widget.comm else {}
    # anywidget hands over metadata, too.
    live: dict[str, object] = handed[0] if isinstance(handed, tuple) else handed
    # A saved notebook keeps the last two: the one is read, the other is what nbval compares.
    return live | {"text/html": html, "text/plain": repr(view)}


def _note(view: View) -> None:
    """Note that the cell that is running shows a view; in a script and in Voila no cell has a name."""
    cell, run = _running_cell()
    shell = get_ipython()
    if cell and shell is not None:
        if not _SHOWN:
            shell.events.register("post_run_cell", _close_what_is_no_longer_shown)
        _SHOWN.setdefault(cell, {})[view] = run


def _close_what_is_no_longer_shown(_result: object) -> None:
    cell, run = _running_cell()
    views = _SHOWN.get(cell, {})
    for view in [view for view, last in views.items() if last != run]:
        del views[view]
        if not any(view in others for others in _SHOWN.values()):
            view.close()


def _running_cell() -> tuple[str, str]:
    """The id of the cell that is running, and of this run of it; empty where there is none."""
    kernel = getattr(get_ipython(), "kernel", None)
    request: dict[str, Any] = kernel.get_parent("shell") if kernel is not None else {}
    return request.get("metadata", {}).get("cellId", ""), request.get("header", {}).get("msg_id", "")
