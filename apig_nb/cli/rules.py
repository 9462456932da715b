"""`apig-nb rules`: the rules of comparisons and of audits."""

from __future__ import annotations

import click

import apig_nb as apig
from apig_nb.cli.command import Command
from apig_nb.cli.options import Output
from apig_nb.cli.tables import table_options, write_table


@click.command(cls=Command, examples=["rules compare", "rules audit --format markdown --output rules.md"])
@click.argument("command", type=click.Choice(["compare", "audit"]))
@table_options
def rules(command: str, output: Output) -> None:
    """List the rules of a comparison or of an audit, with the severity of each."""
    write_table(apig.rules() if command == "compare" else apig.audit_rules(), output)
