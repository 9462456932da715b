"""The request a form will send, as it goes over the wire, as a curl command and as Python code."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import ipywidgets

from apig_nb.request import ExportRequest
from apig_nb.widgets.html import code

if TYPE_CHECKING:
    from apig_nb.client.client import Client

_LOOKS: Final = "# GET …/async-tasks/{task_id}, again and again until its task_status is succeed"


class RequestView:
    """A button for each rendering, which shows it and hides it again.

    Attributes:
        buttons: the buttons.
        widget: what they show.
    """

    def __init__(self) -> None:
        self._views = {name: ipywidgets.HTML(layout={"display": "none"}) for name in _RENDERINGS}
        self.buttons = [
            ipywidgets.ToggleButton(value=False, description=name, layout={"width": "auto"}) for name in _RENDERINGS
        ]
        for button in self.buttons:
            button.observe(partial(_show_or_hide, self._views[button.description]), names="value")
        self.widget = ipywidgets.VBox(list(self._views.values()))

    def show(self, client: Client | None, request: ExportRequest | None, mode: str) -> None:
        """Show a request as it is sent in a mode; without one, that there is none yet."""
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
        return f"\n\n# It answers with a task_id; then\n{_LOOKS}"
    path = request.path(client.service, as_task=True)
    return f"\n\n# Where that is refused for size or time: the same to {path}, then\n{_LOOKS}"


def _python(client: Client, request: ExportRequest, mode: str) -> str:
    how = "" if mode == "direct" else f", mode={mode!r}"
    if client.where != "sandbox":
        return request.python(client.endpoint, client.service).removesuffix(")\n") + f"{how})\n"
    # Its address and its token differ from start to start, its ids do not.
    service = "" if client.service == "apig" else f", service={client.service!r}"
    fields = "".join(f"    {name}={value!r},\n" for name, value in request.to_dict().items())
    return (
        f"import apig_nb as apig\n\nrequest = apig.ExportRequest(\n{fields})\n"
        f'with apig.connect("sandbox"{service}) as client:\n    export = client.send(request{how})\n'
    )


_RENDERINGS: Final[dict[str, Callable[[Client, ExportRequest, str], str]]] = {
    "The request": _wire,
    "curl": _curl,
    "Python": _python,
}


def _show_or_hide(view: ipywidgets.HTML, change: Any) -> None:
    view.layout.display = None if change["new"] else "none"
