"""The part of the form that connects to the sandbox, or to a cloud with a token."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

import anywidget
import ipywidgets
import traitlets

from apig_nb.client.client import Client, connect
from apig_nb.errors import ArgumentError
from apig_nb.widgets.assets import read_module
from apig_nb.widgets.background import Background
from apig_nb.widgets.error_text import error_text, is_forbidden
from apig_nb.widgets.fields import ChoiceField, Field, TextField
from apig_nb.widgets.html import error_note, status

if TYPE_CHECKING:
    from pandas import DataFrame

SANDBOX: Final = "sandbox"
CLOUD: Final = "cloud"

Connected = tuple[Client, "DataFrame | Exception"]
"""A client that works, with its gateways or the error of listing them."""


class SecretField(anywidget.AnyWidget):
    """A password input with a button. The secret is sent as a message, given to `submit`, and is never in a trait.

    The value of an ipywidgets `Password` is part of the widget's state, which JupyterLab can save into the notebook.
    """

    _esm = read_module("secret_field.js")
    label = traitlets.Unicode().tag(sync=True)
    action = traitlets.Unicode().tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)

    def __init__(self, submit: Callable[[str], None], **traits: Any) -> None:
        super().__init__(**traits)
        self._submit = submit
        self.on_msg(self._handle_message)

    def _handle_message(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        self._submit(str(content.get("secret", "")))


class Connection:
    """Fields for the address and the credentials, and the button that connects."""

    def __init__(
        self, background: Background, connected: Callable[[Connected], None], back: Callable[[], None]
    ) -> None:
        """Create the fields.

        Args:
            background: runs the calls.
            connected: takes the new connection.
            back: called to keep the current connection.
        """
        self._background, self._connected, self._back = background, connected, back
        self._can_go_back = False
        guarded = background.guarded
        self._target = ChoiceField(
            "Connect to",
            "the sandbox is a simulated gateway on this machine, with example content",
            [("Sandbox, no cloud account needed", SANDBOX), ("A cloud, with a token", CLOUD)],
        )
        self._endpoint = TextField(
            "Endpoint", "address of the management API of API Gateway", "https://apig.eu-west-101.myhuaweicloud.eu"
        )
        self._project = TextField("Project id", "the project of the gateway; 32 letters and digits")
        self._token = SecretField(
            guarded(self._connect_cloud), label="Token", action="Connect"
        )
        token = Field(self._token, "project-scoped, not kept in the notebook; empty: credentials of this machine")
        self._button = ipywidgets.Button(description="Connect", button_style="primary")
        self._cancel = ipywidgets.Button(description="Cancel")
        self._message = ipywidgets.HTML()
        self._cloud = ipywidgets.VBox([self._endpoint.widget, self._project.widget, token.widget])
        row = ipywidgets.HBox([self._button, self._cancel])
        row.add_class("apig-row")
        parts = (self._target.widget, self._cloud, row, self._message)
        self.widget = ipywidgets.VBox(parts, layout={"max_width": "44rem"})
        self._target.on_change(guarded(self._show_fields))
        self._button.on_click(guarded(lambda _button: self._connect(lambda: connect(SANDBOX))))
        self._cancel.on_click(guarded(lambda _button: self._leave()))
        self._show_fields()

    def open(self, *, can_go_back: bool) -> None:
        """Prepare for a new connection; `can_go_back` if there is a current one."""
        self._can_go_back = can_go_back
        self._show_message("")

    def _show_fields(self) -> None:
        is_cloud = self._target.value == CLOUD
        self._cloud.layout.display = None if is_cloud else "none"
        self._button.layout.display = "none" if is_cloud else None
        self._show_message("")

    def _connect_cloud(self, token: str) -> None:
        endpoint, project_id = self._endpoint.value or None, self._project.value or None
        self._connect(lambda: connect(endpoint=endpoint, token=token or None, project_id=project_id))

    def _connect(self, make: Callable[[], Client]) -> None:
        self._background.run("connect", lambda: _checked(make), self._connected, self._failed)
        if self._background.is_running("connect"):
            self._show_message(status("connecting…"))

    def _leave(self) -> None:
        was_running = self._background.cancel("connect")
        self._show_message("")
        if not was_running:
            self._back()

    def _failed(self, error: Exception) -> None:
        fields = {"endpoint": self._endpoint, "project_id": self._project}
        field = fields.get(error.argument) if isinstance(error, ArgumentError) else None
        self._show_message("" if field else error_note(error_text(error)))
        if field:
            field.show_error(error_text(error))

    def _show_message(self, html: str) -> None:
        """Show a message, and enable the buttons that can be used."""
        is_running = self._background.is_running("connect")
        for field in (self._endpoint, self._project):
            field.show_error("")
        self._message.value = html
        self._button.disabled = self._token.disabled = is_running
        self._cancel.layout.display = None if is_running or self._can_go_back else "none"


def _checked(make: Callable[[], Client]) -> Connected:
    """Create a client and check it: its gateways can be listed, or at least its token is known."""
    client = make()
    try:
        return client, client.gateways()
    except Exception as error:
        if is_forbidden(error):
            return client, error
        client.close()
        raise
