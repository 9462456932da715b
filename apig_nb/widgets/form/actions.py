"""The rows of buttons below the fields: export, cancel, more fields; and the request as text to copy."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import ipywidgets

from apig_nb.request import ExportRequest
from apig_nb.widgets.background import Background
from apig_nb.widgets.choice_bar import ChoiceBar
from apig_nb.widgets.html import field_label, html_widget, status
from apig_nb.widgets.source_text import SourceText

if TYPE_CHECKING:
    from apig_nb.client.client import Client

_POLL: Final = "# GET …/async-tasks/{task_id}, repeated until its task_status is succeed"


class Actions:
    """The row of buttons.

    Attributes:
        widget: the row.
    """

    def __init__(
        self, background: Background, export: Callable[[], None], cancel: Callable[[], None], more: Callable[[], None]
    ) -> None:
        """Create the buttons.

        Args:
            background: wraps the callbacks.
            export: called to export.
            cancel: called to cancel a running export.
            more: called to show more fields or fewer.
        """
        guarded = background.guarded
        self._export = ipywidgets.Button(description="Export", button_style="primary", disabled=True)
        self._cancel = ipywidgets.Button(description="Cancel", layout={"display": "none"})
        self._more = ipywidgets.Button(description="More fields")
        self._more.add_class("apig-plain")
        self._hint = html_widget()
        self._hint.add_class("apig-grow")
        self._export.on_click(guarded(lambda _button: export()))
        self._cancel.on_click(guarded(lambda _button: cancel()))
        self._more.on_click(guarded(lambda _button: more()))
        self.widget = ipywidgets.HBox([self._export, self._cancel, self._hint, self._more])
        self.widget.add_class("apig-row")

    def insert(self, button: ipywidgets.DOMWidget) -> None:
        """Put another button after “Export”."""
        first, *rest = self.widget.children
        self.widget.children = (first, button, *rest)

    def show_more(self, *, is_open: bool) -> None:
        """Name the button for more or fewer fields."""
        self._more.description = "Fewer fields" if is_open else "More fields"

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
            self._hint.value = status(f"Still missing: {', '.join(missing)}")
        else:
            self._hint.value = status("see the field that is marked ✕" if has_error else "")


class RequestText:
    """The request as the body that is sent, as a curl command and as Python code, without secrets.

    Attributes:
        widget: the choice of a rendering, and its text.
    """

    def __init__(self) -> None:
        self._choice = ChoiceBar(list(_RENDERINGS), label="The request")
        self._text = SourceText(label="The request")
        self._texts = dict.fromkeys(_RENDERINGS, "")
        self._choice.on_choose(self._show_chosen)
        self.widget = ipywidgets.VBox([html_widget(field_label("The request")), self._choice, self._text])
        for name in ("apig-field", "apig-source", "apig-wide"):
            self.widget.add_class(name)

    def show(self, client: Client | None, request: ExportRequest | None, mode: str) -> None:
        """Show a request as it is sent in a mode."""
        for name, render in _RENDERINGS.items():
            self._texts[name] = render(client, request, mode) if client and request else "There is no request yet."
        self._show_chosen()

    def _show_chosen(self) -> None:
        self._text.text = self._texts[self._choice.chosen]


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
    "Body": _wire,
    "curl": _curl,
    "Python": _python,
}
