"""The part of a form that connects: to the sandbox, or to a cloud with a token."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import ipywidgets

from apig_nb.client.client import Client, connect
from apig_nb.errors import ArgumentError
from apig_nb.widgets.background import Background
from apig_nb.widgets.error_text import in_words, is_forbidden
from apig_nb.widgets.fields import LABEL_WIDTH, ChoiceField, Field, TextField
from apig_nb.widgets.html import error_note, status
from apig_nb.widgets.secret_field import SecretField

if TYPE_CHECKING:
    from pandas import DataFrame

SANDBOX: Final = "sandbox"
CLOUD: Final = "cloud"

Connected = tuple[Client, "DataFrame | Exception"]
"""A client that works, with its gateways or why they may not be listed."""


class Connection:
    """Fields for where to connect, and the button that does."""

    def __init__(
        self, background: Background, connected: Callable[[Connected], None], back: Callable[[], None]
    ) -> None:
        """Make the fields.

        Args:
            background: runs the calls.
            connected: takes what came of it.
            back: goes back to the connection there is.
        """
        self._background, self._connected, self._back = background, connected, back
        self._can_go_back = False
        guarded = background.guarded
        self._target = ChoiceField(
            "Connect to",
            "the sandbox is a stand-in gateway on this machine, with made-up content",
            [("Sandbox, no cloud account needed", SANDBOX), ("A cloud, with a token", CLOUD)],
        )
        self._endpoint = TextField(
            "Endpoint", "address of API Gateway's management interface", "https://apig.eu-west-101.myhuaweicloud.eu"
        )
        self._project = TextField("Project id", "the project the gateway belongs to; 32 letters and digits")
        self._token = SecretField(
            guarded(self._connect_cloud), label="Token", label_width=LABEL_WIDTH, action="Connect"
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
        """Be ready for a new connection; `can_go_back` to the one there is."""
        self._can_go_back = can_go_back
        self._say("")

    def _show_fields(self) -> None:
        is_cloud = self._target.value == CLOUD
        self._cloud.layout.display = None if is_cloud else "none"
        self._button.layout.display = "none" if is_cloud else None
        self._say("")

    def _connect_cloud(self, token: str) -> None:
        endpoint, project_id = self._endpoint.value or None, self._project.value or None
        self._connect(lambda: connect(endpoint=endpoint, token=token or None, project_id=project_id))

    def _connect(self, make: Callable[[], Client]) -> None:
        self._background.run("connect", lambda: _looked_in(make), self._connected, self._failed)
        if self._background.is_running("connect"):
            self._say(status("connecting…"))

    def _leave(self) -> None:
        was_running = self._background.cancel("connect")
        self._say("")
        if not was_running:
            self._back()

    def _failed(self, error: Exception) -> None:
        fields = {"endpoint": self._endpoint, "project_id": self._project}
        to_blame = fields.get(error.argument) if isinstance(error, ArgumentError) else None
        self._say("" if to_blame else error_note(in_words(error)))
        if to_blame:
            to_blame.complain(in_words(error))

    def _say(self, words: str) -> None:
        """Show a message, and what can be pressed now."""
        is_running = self._background.is_running("connect")
        for field in (self._endpoint, self._project):
            field.complain("")
        self._message.value = words
        self._button.disabled = self._token.disabled = is_running
        self._cancel.layout.display = None if is_running or self._can_go_back else "none"


def _looked_in(make: Callable[[], Client]) -> Connected:
    """Make a client and see whether it works: its gateways can be listed, or its token is known at least."""
    client = make()
    try:
        return client, client.gateways()
    except Exception as error:
        if is_forbidden(error):
            return client, error
        client.close()
        raise
