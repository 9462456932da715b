"""The view that connects: with credentials found on this machine, to the sandbox, or to another cloud."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, Final

import ipywidgets
from markupsafe import Markup

from apig_nb.client.client import Client, connect
from apig_nb.client.config.endpoints import CLOUDS, WITHOUT_API_GATEWAY
from apig_nb.client.config.search import found_credentials
from apig_nb.client.service_errors import lacks_permission
from apig_nb.errors import ArgumentError
from apig_nb.widgets.background import Background
from apig_nb.widgets.choice_bar import CHOICES, ChoiceBar
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.fields import ChoiceField, TextField
from apig_nb.widgets.form.credential_fields import KINDS, CredentialFields
from apig_nb.widgets.html import error_note, html_widget, status

if TYPE_CHECKING:
    from pandas import DataFrame

SANDBOX: Final = "Sandbox"
OTHER_CLOUD: Final = "Another cloud"
_TYPED: Final = "an address to type…"

Connected = tuple[Client, "DataFrame | Exception"]
"""A client that works, with its gateways or the error of listing them."""


class Connection:
    """The choice where to connect, the fields of another cloud, and the button that connects."""

    def __init__(
        self, background: Background, connected: Callable[[Connected], None], back: Callable[[], None]
    ) -> None:
        """Create the view.

        Args:
            background: runs the calls.
            connected: takes the new connection.
            back: called to keep the current connection.
        """
        self._background, self._connected, self._back = background, connected, back
        self._can_go_back = False
        guarded = background.guarded
        self._found = {f"{found.name} · {found.origin}": found for found in found_credentials()}
        self._choices = ChoiceBar([*self._found, SANDBOX, OTHER_CLOUD], label="Where are the APIs?", kind=CHOICES)
        for choice, found in self._found.items():
            self._choices.show(choice, text=found.name, hint=f"Found on this machine: {found.origin}")
        self._choices.show(
            SANDBOX, hint="The gateways of a demo retailer, served on this machine. No cloud account needed."
        )
        self._choices.show(OTHER_CLOUD, hint="Region, and an access key, a password or a token")
        # Nothing is called before the button is pressed; the sandbox is the choice that cannot do harm.
        self._choices.chosen = SANDBOX
        regions = [(region, region) for region in sorted(CLOUDS.keys() - WITHOUT_API_GATEWAY)]
        self._region = ChoiceField("Region", "", [("choose…", ""), *regions, (_TYPED, _TYPED)])
        self._endpoint = TextField("Endpoint", "address of API Gateway's management interface", "https://apig.…")
        self._iam_endpoint = TextField(
            "Address of IAM", "for a password; by default from the endpoint", "https://iam.…"
        )
        self._project = TextField("Project", "name or id; by default the main project of the region")
        self._cacert = TextField("Certificate authority", "a file, only for a private cloud; optional")
        self._kind = ChoiceBar(list(KINDS), label="Kind of credentials")
        self._credentials = CredentialFields(guarded(self._submit))
        self._cancel = ipywidgets.Button(description="Cancel")
        self._message = html_widget()
        places = (self._region, self._endpoint, self._iam_endpoint, self._project, self._cacert)
        place = ipywidgets.VBox([field.widget for field in places])
        place.add_class("apig-fields")
        place.add_class("apig-three")
        self._cloud = ipywidgets.VBox([place, self._kind])
        title = html_widget(Markup('<h2 role="heading" aria-level="3">Where are the APIs?</h2>'))
        parts = (title, self._choices, self._cloud, self._credentials, self._cancel, self._message)
        self.widget = ipywidgets.VBox(parts)
        self._fields = {
            "region": self._region,
            "endpoint": self._endpoint,
            "iam_endpoint": self._iam_endpoint,
            "project_id": self._project,
            "project_name": self._project,
            "cacert": self._cacert,
        }
        for bar in (self._choices, self._kind):
            bar.on_choose(guarded(self._show_fields))
        self._region.on_change(guarded(self._show_fields))
        self._cancel.on_click(guarded(lambda _button: self._leave()))
        self._show_fields()

    def open(self, *, can_go_back: bool) -> None:
        """Prepare for a new connection; `can_go_back` if there is a current one."""
        self._can_go_back = can_go_back
        self._show_message("")

    def _show_fields(self) -> None:
        choice = self._choices.chosen
        is_typed = self._region.value == _TYPED
        self._cloud.layout.display = None if choice == OTHER_CLOUD else "none"
        for field in (self._endpoint, self._iam_endpoint):
            field.widget.layout.display = None if is_typed else "none"
        if choice == OTHER_CLOUD:
            region = self._region.value
            action = f"Connect to {region}" if region and not is_typed else "Connect"
            self._credentials.show(KINDS[self._kind.chosen], action)
        elif choice == SANDBOX:
            self._credentials.show((), "Connect to the sandbox", "starts in under a second")
        else:
            self._credentials.show((), f"Connect to {self._found[choice].name}")
        self._show_message("")

    def _submit(self, typed: Mapping[str, str]) -> None:
        choice = self._choices.chosen
        if choice == SANDBOX:
            self._connect(partial(connect, "sandbox"))
        elif choice in self._found:
            self._connect(partial(connect, self._found[choice].target))
        elif not self._region.value:
            self._region.show_error("choose a region, or type an address")
        else:
            settings: dict[str, Any] = {**self._place(), **typed}
            self._connect(partial(connect, **settings))

    def _place(self) -> dict[str, str]:
        """The settings of the place, without those that are empty."""
        is_typed = self._region.value == _TYPED
        project = self._project.value
        is_id = len(project) == 32 and project.isalnum()
        settings = {
            "region": "" if is_typed else self._region.value,
            "endpoint": self._endpoint.value if is_typed else "",
            "iam_endpoint": self._iam_endpoint.value if is_typed else "",
            "project_id" if is_id else "project_name": project,
            "cacert": self._cacert.value,
        }
        return {name: value for name, value in settings.items() if value}

    def _connect(self, make: Callable[[], Client]) -> None:
        self._background.run("connect", lambda: _checked(make), self._connected, self._failed)
        if self._background.is_running("connect"):
            self._show_message(status("connecting…"))

    def _leave(self) -> None:
        """Cancel a running connection, or keep the current one."""
        was_running = self._background.cancel("connect")
        self._show_message("")
        if not was_running:
            self._back()

    def _failed(self, error: Exception) -> None:
        name = error.argument if isinstance(error, ArgumentError) else ""
        field = self._fields.get(name)
        typed = {str(one["name"]) for one in self._credentials.fields}
        self._show_message("" if field or name in typed else error_note(error_text(error)))
        if field:
            field.show_error(error_text(error))
        elif name in typed:
            self._credentials.errors = {name: error_text(error)}

    def _show_message(self, html: str) -> None:
        """Show a message, and enable the buttons that can be used."""
        is_running = self._background.is_running("connect")
        for field in self._fields.values():
            field.show_error("")
        self._credentials.errors = {}
        self._message.value = html
        self._credentials.disabled = is_running
        self._cancel.layout.display = None if is_running or self._can_go_back else "none"


def _checked(make: Callable[[], Any]) -> Connected:
    """Create a client and check it: its gateways can be listed, or at least its token is known."""
    client = make()
    try:
        return client, client.gateways()
    except Exception as error:
        if lacks_permission(error):
            return client, error
        client.close()
        raise
