"""`CredentialFields`: the inputs for each kind of credentials, and the button that connects."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, NamedTuple

import anywidget
import traitlets

from apig_nb.widgets.assets import read_module


class CredentialField(NamedTuple):
    """An input.

    Attributes:
        name: argument of `connect`.
        label: the label on the page.
        hint: an explanation below it.
        secret: True for what is not shown on the page.
    """

    name: str
    label: str
    hint: str = ""
    secret: bool = False


KINDS: Final[Mapping[str, tuple[CredentialField, ...]]] = {
    "Access key": (
        CredentialField("access_key", "Access key (AK)"),
        CredentialField("secret_key", "Secret key (SK)", secret=True),
        CredentialField("security_token", "Security token", "only for a temporary access key", secret=True),
    ),
    "Password": (
        CredentialField("username", "User name"),
        CredentialField("domain_name", "Account", "name of the account of the user"),
        CredentialField("password", "Password", secret=True),
        CredentialField("passcode", "Passcode", "six digits, where the user has an MFA device", secret=True),
        CredentialField("user_id", "User id", "only with a passcode"),
        CredentialField("agency_name", "Agency", "optional: an agency to assume"),
        CredentialField("agency_domain_name", "Account of the agency", "the account that delegates"),
    ),
    "Token": (CredentialField("token", "Token", "of the project", secret=True),),
}
"""Kind of credentials → its inputs."""


class CredentialFields(anywidget.AnyWidget):
    """Inputs and a button. What was typed is given to `submit` as a mapping, and is never in a trait.

    The value of an ipywidgets `Password` is part of the widget's state, which JupyterLab can save into the notebook.
    """

    _esm = read_module("credential_fields.js")
    fields: traitlets.List[dict[str, object]] = traitlets.List().tag(sync=True)
    errors: traitlets.Dict[str, str] = traitlets.Dict().tag(sync=True)
    action = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode().tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)

    def __init__(self, submit: Callable[[Mapping[str, str]], None]) -> None:
        super().__init__()
        self._submit = submit
        self.on_msg(self._handle_message)

    def show(self, fields: tuple[CredentialField, ...], action: str, hint: str = "") -> None:
        """Show some inputs, and a button with a label."""
        self.fields = [field._asdict() for field in fields]
        self.errors = {}
        self.action, self.hint = action, hint

    def _handle_message(self, _widget: object, content: Any, _buffers: object) -> None:
        match content:
            case {"values": dict(values)}:
                known = {str(field["name"]) for field in self.fields}
                # Surrounding blanks come from copying; an empty input is not given.
                typed = {name: str(text).strip() for name, text in values.items() if name in known}
                self._submit({name: text for name, text in typed.items() if text})
