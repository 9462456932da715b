"""`apig-nb archive`: snapshots of an estate, added and looked at."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

import apig_nb as apig
from apig_nb.cli.command import UNUSABLE, Command, warn
from apig_nb.cli.options import Output
from apig_nb.cli.sources import existing_archive, open_archive, read, snapshot_of
from apig_nb.cli.tables import table_options, write_table
from apig_nb.files import legal_name, make_folder
from apig_nb.text import pluralize, visible

SEVERITIES: Final = ("breaking", "warning", "info")


@click.group()
def archive() -> None:
    """Keep snapshots of all exports in a folder or an object store.

    ARCHIVE is a folder, or a URL that fsspec knows, such as s3://bucket/folder. Other commands read a snapshot as
    ARCHIVE@2026-11-30 or ARCHIVE@latest; `apig-nb export --archive` adds one.
    """


@archive.command(
    cls=Command,
    examples=["archive add apig-archive exports/", "archive add apig-archive exports/ --time 2026-11-29"],
)
@click.argument("archive")
@click.argument("source", type=click.Path())
@click.option("--time", metavar="TIME", help="Time of the snapshot in ISO 8601; now without it.")
def add(archive: str, source: str, time: str | None) -> None:
    """Add exports as a snapshot.

    SOURCE is a folder, a pattern, or one in a git revision. It must have all groups: one that a snapshot lacks counts
    as deleted.
    """
    exports = read(source)
    if isinstance(exports, apig.Export):
        exports = apig.load_many([exports])
    open_archive(archive).add(exports, time)


@archive.command(cls=Command, examples=["archive log apig-archive", "archive log apig-archive --format json"])
@click.argument("archive")
@table_options
def log(archive: str, output: Output) -> None:
    """List the snapshots."""
    write_table(existing_archive(archive).snapshots, output)


@archive.command(
    cls=Command,
    examples=[
        "archive at apig-archive 2026-11-30 --output then/",
        "archive at apig-archive latest --output now/",
    ],
)
@click.argument("archive")
@click.argument("time")
@click.option("--output", required=True, metavar="FOLDER", type=click.Path(path_type=Path), help="Folder of the files.")
def at(archive: str, time: str, output: Path) -> None:
    """Write the documents of a snapshot to a folder, with a folder for each gateway.

    TIME is in ISO 8601, or latest; a day means its end.
    """
    if output.exists():
        raise click.UsageError(f"{output} exists; give a new folder, in which no other files are mixed with these")
    for key, export in snapshot_of(archive, time).items():
        folder = output / legal_name(visible(key.gateway), "") if key.gateway else output
        make_folder(folder)
        export.save(folder)


@archive.command(
    cls=Command,
    examples=[
        "archive timeline apig-archive --group orders",
        "archive timeline apig-archive --since 2026-11-01 --severity warning --output november.html",
    ],
)
@click.argument("archive")
@click.option("--since", metavar="TIME", help="Only changes since this time, in ISO 8601.")
@click.option("--group", metavar="NAME", help="Only changes of this group.")
@click.option("--severity", type=click.Choice(SEVERITIES), help="Only changes of this severity and more severe ones.")
@table_options
def timeline(archive: str, since: str | None, group: str | None, severity: str | None, output: Output) -> None:
    """List the changes between each snapshot and the one before.

    An --output that ends in .html or .atom is a page or a feed.
    """
    opened = existing_archive(archive)
    changes = opened.timeline(since=since, group=group, severity=severity)
    if output.file is not None and output.file.suffix in (".html", ".atom"):
        opened.save(changes, output.file)
    else:
        write_table(changes, output)


@archive.command(cls=Command, examples=["archive verify apig-archive", "archive verify apig-archive --format json"])
@click.argument("archive")
@table_options
def verify(archive: str, output: Output) -> int:
    """List files that are missing or damaged, with exit code 2 if there are any."""
    damaged = existing_archive(archive).verify()
    write_table(damaged, output)
    if damaged.empty:
        return 0
    warn(f"missing or damaged: {pluralize(len(damaged), 'file')}; restore them from a copy of the archive")
    return UNUSABLE
