"""The options of a connection, which are those of `apig.connect`; secrets are read from standard input."""

from __future__ import annotations

import functools
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import click

import apig_nb as apig
from apig_nb.cli.command import CONNECTED
from apig_nb.cli.options import Function

if TYPE_CHECKING:
    from apig_nb.client.secret import Secret

_SETTINGS: Final = {
    "region": "Region, such as eu-de.",
    "endpoint": "Address of API Gateway's management interface; derived from the region.",
    "project_id": "Project that the gateways belong to.",
    "project_name": "Its name, in place of the id.",
    "access_key": "Access key id (AK); the secret key is found, or read with --secret-key-stdin.",
    "username": "Name of a user; the password is found, or read with --password-stdin.",
    "domain_name": "Name of the user's account.",
}
_SECRETS: Final = {"token": "a token", "password": "the password of the user", "secret_key": "the secret access key"}


@dataclass(frozen=True)
class Connection:
    """The settings of a connection."""

    settings: dict[str, Any]
    secret: str | None

    def open(self) -> apig.Client:
        """Connect as `apig.connect` does: settings that are not given come from variables and files."""
        click.get_current_context().meta[CONNECTED] = True
        given = dict(self.settings)
        if self.secret is not None:
            given[self.secret] = _read_secret(self.secret)
        return apig.connect(given.pop("cloud"), **given)


def connection_options(function: Function) -> Function:
    """Add the options of a connection to a command, whose function takes `connection`."""

    @functools.wraps(function)
    def run(**given: Any) -> int | None:
        secrets = [name for name in _SECRETS if given.pop(f"{name}_stdin")]
        if len(secrets) > 1:
            raise click.UsageError("Standard input holds one secret only")
        settings = {name: given.pop(name) for name in ("cloud", *_SETTINGS, "service", "timeout")}
        if given.pop("sandbox"):
            if settings["cloud"]:
                raise click.UsageError("--sandbox and --cloud exclude each other")
            settings["cloud"] = "sandbox"
        return function(connection=Connection(settings, secrets[0] if secrets else None), **given)

    options = [
        click.option("--sandbox", is_flag=True, help="Connect to the embedded sandbox, a simulated gateway."),
        click.option("--cloud", metavar="NAME", help="Entry of clouds.yaml."),
        *(click.option(_flag(name), metavar="TEXT", help=text) for name, text in _SETTINGS.items()),
        click.option("--service", default="apig", help="apig, or roma for ROMA Connect.", show_default=True),
        click.option("--timeout", type=float, metavar="SECONDS", help="Longest time without data from the service."),
        *(
            click.option(_flag(f"{name}_stdin"), is_flag=True, help=f"Read {what} from standard input.")
            for name, what in _SECRETS.items()
        ),
        click.option("--gateway", metavar="NAME", help="Name or id of the gateway; by default the only running one."),
    ]
    for option in reversed(options):
        run = option(run)
    return run


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def _read_secret(name: str) -> Secret:
    """Read a secret from a pipe, or from a person, who does not see it."""
    # Late: the client imports the HTTP library.
    from apig_nb.client.secret import Secret

    if sys.stdin.isatty():
        return Secret(click.prompt(name.replace("_", " "), hide_input=True, err=True))
    return Secret(sys.stdin.readline().rstrip("\r\n"))
