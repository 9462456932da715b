"""`apig-nb rules`: the rules of a comparison."""

from __future__ import annotations

import click

import apig_nb as apig
from apig_nb.cli.command import Command
from apig_nb.cli.options import Output
from apig_nb.cli.tables import table_options, write_table


@click.command(cls=Command, examples=["rules", "rules --format markdown --output rules.md"])
@table_options
def rules(output: Output) -> None:
    """List the rules of a comparison, with the severity of each."""
    write_table(apig.rules(), output)
