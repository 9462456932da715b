"""`apig-nb show`: a table of a document or a set."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import click

import apig_nb as apig
from apig_nb.cli.command import Command
from apig_nb.cli.options import Output
from apig_nb.cli.sources import read
from apig_nb.cli.tables import table_options, write_table

if TYPE_CHECKING:
    from pandas import DataFrame

if TYPE_CHECKING:
    pass

TABLES: Final = [
    name
    for name, value in vars(apig.Export).items()
    if isinstance(value, property) and value.fget and value.fget.__annotations__["return"] == "DataFrame"
]


@click.command(
    cls=Command,
    examples=[
        "show operations a.json --format csv",
        "show backends a.json --query 'scheme == \"http\"' --format markdown",
    ],
)
@click.argument("table", type=click.Choice(TABLES))
@click.argument("source", type=click.Path())
@click.option(
    "--query",
    metavar="CONDITION",
    help="Only the rows for which it holds, as in pandas' DataFrame.query; several values of a cell are one text:"
    " tags.str.contains('orders').",
)
@table_options
def show(table: str, source: str, query: str | None, output: Output) -> None:
    """Show a table of exported documents.

    SOURCE is a file, a folder, a pattern such as 'exports/*.json', any of them in a git revision such as HEAD~1:a.json,
    or an archive at a time such as apig-archive@2026-11-30 or apig-archive@latest.
    """
    frame = getattr(read(source), table)
    write_table(frame if query is None else _chosen(frame, query), output)


def _chosen(frame: DataFrame, query: str) -> DataFrame:
    """Return the rows for which a condition holds."""
    texts = frame.map(lambda cell: ", ".join(cell) if isinstance(cell, tuple) else cell)
    try:
        return frame.loc[texts.query(query, engine="python", local_dict={}, global_dict={}).index]
    except Exception as error:
        columns = ", ".join(frame.columns)
        raise click.UsageError(f"--query {query!r}: {error}; columns: {columns}") from error
