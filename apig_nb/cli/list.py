"""`apig-nb list`: the gateways, environments, groups and APIs of a project."""

from __future__ import annotations

import click

from apig_nb.cli.command import Command
from apig_nb.cli.connection import Connection, connection_options
from apig_nb.cli.options import Output
from apig_nb.cli.tables import table_options, write_table


@click.command(
    "list",
    cls=Command,
    examples=["list groups --sandbox", "list apis --sandbox --group orders --env RELEASE --format csv"],
)
@click.argument("items", type=click.Choice(["gateways", "environments", "groups", "apis"]))
@click.option("--group", metavar="NAME", help="Only the APIs of this group; name or id.")
@click.option("--env", metavar="NAME", help="Only the APIs published in this environment; name or id.")
@connection_options
@table_options
def list_items(
    items: str, connection: Connection, gateway: str | None, group: str | None, env: str | None, output: Output
) -> None:
    """List gateways, environments, API groups or APIs."""
    if items != "apis" and (group or env):
        raise click.UsageError("--group and --env choose APIs only")
    if items == "gateways" and gateway:
        raise click.UsageError("--gateway is of no use for a list of gateways")
    with connection.open() as client:
        if items == "gateways":
            frame = client.gateways()
        elif items == "environments":
            frame = client.environments(gateway)
        elif items == "groups":
            frame = client.groups(gateway)
        else:
            frame = client.apis(group, env, gateway)
    write_table(frame, output)
