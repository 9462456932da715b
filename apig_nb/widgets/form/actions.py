"""The buttons of the form: export, cancel, and the request as it is sent, as a curl command and as Python code."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import ipywidgets

from apig_nb.request import ExportRequest
from apig_nb.widgets.background import Background
from apig_nb.widgets.html import code, status

if TYPE_CHECKING:
    from apig_nb.client.client import Client

_POLL: Final = "# GET …/async-tasks/{task_id}, repeated until its task_status is succeed"


class Actions:
    """The row of buttons, and the renderings of the request below it.

    Attributes:
        widget: the row of buttons and the renderings.
    """

    def __init__(self, background: Background, export: Callable[[], None], cancel: Callable[[], None]) -> None:
        self._export = ipywidgets.Button(description="Export", button_style="primary", disabled=True)
        self._cancel = ipywidgets.Button(description="Cancel", layout={"display": "none"})
        self._hint = ipywidgets.HTML()
        self._hint.add_class("apig-grow")
        self._export.on_click(background.guarded(lambda _button: export()))
        self._cancel.on_click(background.guarded(lambda _button: cancel()))
        self._views = {name: ipywidgets.HTML(layout={"display": "none"}) for name in _RENDERINGS}
        toggles = [
            ipywidgets.ToggleButton(value=False, description=name, layout={"width": "auto"}) for name in _RENDERINGS
        ]
        for toggle in toggles:
            toggle.observe(partial(_show_or_hide, self._views[toggle.description]), names="value")
        row = ipywidgets.HBox([self._export, self._cancel, self._hint, *toggles])
        row.add_class("apig-row")
        row.add_class("apig-actions")
        self.widget = ipywidgets.VBox([row, *self._views.values()])

    def update(self, missing: Sequence[str], *, has_error: bool, is_running: bool) -> None:
        """Enable the buttons that can be used.

        Args:
            missing: labels of the mandatory fields without a choice.
            has_error: True if a field shows an error.
            is_running: True while an export is running.
        """
        self._export.disabled = bool(missing) or has_error or is_running
        self._cancel.layout.display = None if is_running else "none"
        if missing:
            self._hint.value = status(f"still to choose: {', '.join(missing)}")
        else:
            self._hint.value = status("see the field that is marked ✕" if has_error else "")

    def show_request(self, client: Client | None, request: ExportRequest | None, mode: str) -> None:
        """Show a request as it is sent in a mode."""
        for name, render in _RENDERINGS.items():
            text = render(client, request, mode) if client and request else "There is no request yet."
            self._views[name].value = code(text, name)


def _wire(client: Client, request: ExportRequest, mode: str) -> str:
    body = json.dumps(request.body, indent=2, ensure_ascii=False)
    url = request.url(client.endpoint, client.service, as_task=mode == "async")
    return f"POST {url}\n\n{body}{_next_calls(client, request, mode)}"


def _curl(client: Client, request: ExportRequest, mode: str) -> str:
    command = request.curl(client.endpoint, client.service, as_task=mode == "async")
    return command + _next_calls(client, request, mode)


def _next_calls(client: Client, request: ExportRequest, mode: str) -> str:
    """Describe the calls that follow the first one."""
    if mode == "direct":
        return ""
    if mode == "async":
        return f"\n\n# The answer has a task_id; then\n{_POLL}"
    path = request.path(client.service, as_task=True)
    return f"\n\n# If that is refused for size or time: the same to {path}, then\n{_POLL}"


def _python(client: Client, request: ExportRequest, mode: str) -> str:
    option = "" if mode == "direct" else f", mode={mode!r}"
    if client.where != "sandbox":
        return request.python(client.endpoint, client.service).removesuffix(")\n") + f"{option})\n"
    # Address and token of a sandbox change with each start, its ids do not.
    service = "" if client.service == "apig" else f", service={client.service!r}"
    fields = "".join(f"    {name}={value!r},\n" for name, value in request.to_dict().items())
    return (
        f"import apig_nb as apig\n\nrequest = apig.ExportRequest(\n{fields})\n"
        f'with apig.connect("sandbox"{service}) as client:\n    export = client.send(request{option})\n'
    )


_RENDERINGS: Final[dict[str, Callable[[Client, ExportRequest, str], str]]] = {
    "The request": _wire,
    "curl": _curl,
    "Python": _python,
}


def _show_or_hide(view: ipywidgets.HTML, change: Any) -> None:
    view.layout.display = None if change["new"] else "none"
