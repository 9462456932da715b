"""`apig-nb audit`: what is wrong with a document or a set."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

import apig_nb as apig
from apig_nb.cli.command import FOUND, Command
from apig_nb.cli.options import Output, output_options
from apig_nb.cli.rows import annotation, two_lines
from apig_nb.cli.sources import files_of, read, read_all
from apig_nb.text import pluralize

SEVERITIES: Final = ("critical", "high", "medium", "low", "info")


@click.command(
    cls=Command,
    examples=["audit a.json --format sarif", "audit new.json --baseline old.json --fail-on high"],
)
@click.argument("sources", nargs=-1, required=True, type=click.Path())
@click.option("--baseline", metavar="SOURCE", help="Former audit in JSON, or former exports: only new findings count.")
@click.option("--ignore", metavar="FILE", type=click.Path(), help="Ignore file in YAML or JSON.")
@click.option(
    "--fail-on",
    type=click.Choice(SEVERITIES),
    help="End with exit code 1 if a finding of this severity, or of a more severe one, counts.",
)
@output_options("text", "markdown", "html", "json", "junit", "csv", "sarif", "github")
def audit(
    sources: tuple[str, ...], baseline: str | None, ignore: str | None, fail_on: str | None, output: Output
) -> int:
    """Find what is wrong with exported documents, and how to mend it in the gateway.

    SOURCES are files; or a folder, a pattern such as 'exports/*.json', one of these in a git revision such as
    HEAD~1:a.json, or an archive at a time such as apig-archive@2026-11-30 or apig-archive@latest. So is the baseline.
    """
    exports = read_all(sources)
    former = baseline if baseline is None or Path(baseline).is_file() else read(baseline)
    found = apig.audit(exports, baseline=former, ignore=ignore)
    if output.format == "text":
        output.write(_text(found, output))
    elif output.format == "github":
        output.write(_annotations(found, sources, exports))
    else:
        output.write(getattr(found, f"to_{output.format}")())
    failing = SEVERITIES[: SEVERITIES.index(fail_on) + 1] if fail_on else ()
    return FOUND if any(finding.severity in failing for finding in found.found) else 0


def _annotations(found: apig.Audit, sources: tuple[str, ...], exports: apig.Export | apig.ExportSet) -> str:
    files = files_of(sources[0], exports)
    return "".join(
        annotation(
            one.severity,
            # Several files are groups of their names.
            files[apig.ExportKey(**one.key) if one.key else None] if len(sources) == 1 else one.key["group"],
            one.rule,
            f"{one.message} {one.remedy}",
        )
        for one in found.found
    )


def _text(found: apig.Audit, output: Output) -> str:
    not_checked = found.not_checked.groupby("reason")["rule"].nunique()
    head = [f"{pluralize(count, 'rule')} not checked: {reason}\n" for reason, count in not_checked.items()]
    rows = (
        two_lines(
            output,
            one.severity,
            one.rule,
            str(apig.ExportKey(**one.key)),
            one.operations,
            f"{one.message} {one.remedy}",
            one.fingerprint,
        )
        for one in found.found
    )
    return "".join([*head, f"{found.counts_text()}\n", *rows])
