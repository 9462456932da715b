"""`apig-nb audit`: what is wrong with a document."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

import apig_nb as apig
from apig_nb.cli.command import FOUND, Command
from apig_nb.cli.options import Output, output_options
from apig_nb.cli.rows import annotation, two_lines
from apig_nb.cli.sources import read_one
from apig_nb.text import pluralize

SEVERITIES: Final = ("critical", "high", "medium", "low", "info")


@click.command(
    cls=Command,
    examples=["audit a.json --format sarif", "audit new.json --baseline old.json --fail-on high"],
)
@click.argument("source", type=click.Path())
@click.option("--baseline", metavar="FILE", help="Former audit in JSON, or former export: only new findings count.")
@click.option("--ignore", metavar="FILE", type=click.Path(), help="Ignore file in YAML or JSON.")
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    help="End with exit code 1 if a finding of this severity, or of a more severe one, counts.",
)
@output_options("text", "markdown", "html", "json", "junit", "csv", "sarif", "github")
def audit(source: str, baseline: str | None, ignore: str | None, fail_on: str | None, output: Output) -> int:
    """Find what is wrong with an exported document, and how to mend it in the gateway.

    SOURCE is a file, or a file of a git revision such as HEAD~1:orders.json; so is the baseline.
    """
    former = baseline if baseline is None or Path(baseline).exists() else read_one(baseline)
    found = apig.audit(read_one(source), baseline=former, ignore=ignore)
    output.write(_rendered(found, output, source))
    failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on else ()
    return FOUND if any(finding.severity in failing for finding in found.found) else 0


def _rendered(found: apig.Audit, output: Output, file: str) -> str:
    if output.format == "github":
        return "".join(annotation(one.severity, file, one.rule, f"{one.message} {one.remedy}") for one in found.found)
    if output.format != "text":
        rendered: str = getattr(found, f"to_{output.format}")()
        return rendered
    not_checked = found.not_checked.groupby("reason")["rule"].nunique()
    head = [f"{pluralize(count, 'rule')} not checked: {reason}\n" for reason, count in not_checked.items()]
    rows = (
        two_lines(output, one.severity, one.rule, one.operations, f"{one.message} {one.remedy}", one.fingerprint)
        for one in found.found
    )
    return "".join([*head, f"{found.counts_text()}\n", *rows])
