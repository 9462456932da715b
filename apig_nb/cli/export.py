"""`apig-nb export`: the definitions of one, some or all API groups, as files."""

from __future__ import annotations

import os
import threading
from typing import Any, Final

import click

from apig_nb.cli.command import INTERRUPTED, Command, error_line, exit_code, warn
from apig_nb.cli.connection import Connection, connection_options
from apig_nb.cli.options import Output
from apig_nb.cli.sources import open_archive
from apig_nb.request import ALLOWED

MODE: Final = "auto"
"""A task where the direct call fails for size or time."""


@click.command(
    cls=Command,
    examples=[
        "export --sandbox --env RELEASE --all --output out",
        "export --sandbox --env RELEASE --group orders > orders.json",
    ],
)
@click.option(
    "--env", "envs", multiple=True, required=True, metavar="NAME", help="Environment, name or id; may be repeated."
)
@click.option("--group", "groups", multiple=True, metavar="NAME", help="API group, name or id; may be repeated.")
@click.option("--all", "is_all", is_flag=True, help="Every group of the gateway.")
@click.option("--api", "apis", multiple=True, metavar="NAME", help="Only this API of the group; may be repeated.")
@click.option(
    "--define",
    type=click.Choice(ALLOWED["define"]),
    default="all",
    show_default=True,
    help="Definition scope: spec is the front end, proxy has backends too, all has policies too.",
)
@click.option("--type", type=click.Choice(ALLOWED["type"]), default="json", show_default=True, help="Format.")
@click.option(
    "--oas-version", type=click.Choice(ALLOWED["oas_version"]), help="Version of the standard; 2.0 without it."
)
@click.option(
    "--output",
    metavar="PATH",
    type=click.Path(),
    help="A folder for several groups. For one, a file, or a folder that exists; standard output without it.",
)
@click.option("--archive", metavar="ARCHIVE", help="Add every group as a snapshot to this archive: a folder or a URL.")
@connection_options
def export(
    envs: tuple[str, ...],
    groups: tuple[str, ...],
    is_all: bool,
    apis: tuple[str, ...],
    output: str | None,
    archive: str | None,
    connection: Connection,
    **fields: Any,
) -> int:
    """Export the APIs of one, some or all API groups that are published in an environment.

    With --all, --gateway all stands for every gateway that is running.
    """
    if is_all == bool(groups):
        raise click.UsageError("Give --group for one or more groups, or --all")
    if archive is not None and not is_all:
        raise click.UsageError("--archive needs --all: a group that a snapshot lacks was deleted")
    if len(groups) == len(envs) == 1:
        _export_one(connection, output, group=groups[0], env=envs[0], apis=apis or None, **fields)
        return 0
    if apis:
        raise click.UsageError("--api belongs to one group")
    if output is None and archive is None:
        raise click.UsageError("Several exports need --output, a folder, or --archive")
    return _export_many(connection, output, archive, env=envs, groups=groups or None, **fields)


def _export_one(connection: Connection, output: str | None, **given: Any) -> None:
    with connection.open() as client:
        made = client.export(**given, mode=MODE)
    for warning in made.warnings:
        warn(f"warning: {warning}")
    if output is None:
        Output("", None).write(made.raw)
    else:
        made.save(output)


def _export_many(
    connection: Connection, folder: str | None, archive: str | None, *, gateway: str | None, **given: Any
) -> int:
    # Late: it looks for a terminal.
    from tqdm import tqdm

    opened = None if archive is None else open_archive(archive)  # before anything is sent
    cancelled = threading.Event()
    with connection.open() as client:
        requests = client.requests(**given, gateways=gateway)
        with tqdm(total=len(requests), unit="export", disable=None) as bar:  # to a terminal only
            exports = client.export_many(
                requests, folder=folder, mode=MODE, progress=lambda _: bar.update(), cancelled=cancelled
            )
    for key, made in exports.items():
        for warning in made.warnings:
            warn(f"warning: {key}: {warning}")
    for label, error in exports.failures.items():
        warn(f"{label}: {error_line(error)}")
    if cancelled.is_set():
        # The interpreter would wait for the calls that are running, which may take minutes; files are written whole.
        os._exit(INTERRUPTED)
    if opened is not None:
        opened.add(exports)
    return max(map(exit_code, exports.failures.values()), default=0)
