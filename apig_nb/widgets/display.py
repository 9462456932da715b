"""What a cell shows of a view, what a saved notebook shows of it, and what becomes of it when the cell is run again.

ipywidgets keeps every widget until it is closed: a form whose cell is run again, and whose name then stands for a new
one, would live on with its callbacks, its threads and its connection. So what a cell no longer shows is closed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from IPython.core.getipython import get_ipython
from IPython.display import publish_display_data

if TYPE_CHECKING:
    import ipywidgets


_LIVE: Final = "application/vnd.jupyter.widget-view+json"

# JupyterLab shows nothing of an output but the live view in it: opened again, a notebook says “model not found” or goes
# on “loading”. So what can be read stands in an output of its own, which gives way to the live one beside it, or makes
# what there is in its place give way. For a second it is not seen: nothing flickers while the live one comes.
_ONE_OF_TWO: Final = """<style>
@keyframes apig-saved { from { max-height: 0; overflow: hidden; visibility: hidden; } }
.apig-saved { animation: apig-saved 1s step-end; }
.jp-OutputArea-child:has(.apig-saved):has(+ .jp-OutputArea-child :is(.apig, .apig-grid)),
.jp-OutputArea-child:has(.apig-saved)
  + .jp-OutputArea-child:has(> .jp-OutputArea-output:not([data-mime-type])):not(:has(.apig, .apig-grid)) {
  display: none; }
</style>"""


class View:
    """What a cell shows."""

    def close(self) -> None:
        """Stop what is running and take the view off the page."""
        raise NotImplementedError

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        raise NotImplementedError

    def _ipython_display_(self) -> None:
        live = self._repr_mimebundle_()
        if _LIVE in live:
            _publish({"text/html": f'{_ONE_OF_TWO}<div class="apig-saved">{live.pop("text/html")}</div>'})
        _publish(live)


def _publish(output: dict[str, object]) -> None:
    publish_display_data(output)  # type: ignore[no-untyped-call]


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
    # A saved notebook keeps the last two: the one is read, the other is compared by nbval.
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
