"""`apig-nb compare`: the changes between two documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import click

import apig_nb as apig
from apig_nb.cli.command import FOUND, UNUSABLE, Command, warn
from apig_nb.cli.options import Output, names_option, output_options
from apig_nb.cli.rows import annotation, two_lines
from apig_nb.cli.sources import read_one
from apig_nb.request import BACKENDS, POLICIES

if TYPE_CHECKING:
    from apig_nb.compare.changes import Change

FAIL_ON: Final[dict[str, Callable[[Change], bool]]] = {
    "breaking": lambda change: change.severity == "breaking",
    "warning": lambda change: change.severity in ("breaking", "warning"),
    "security": lambda change: change.rule.security,
    "any": lambda change: True,
}
"""Value of `--fail-on` → test for the changes that lead to exit code 1."""


@click.command(
    cls=Command,
    examples=[
        "compare HEAD~1:a.json a.json --fail-on breaking",
        "compare old.json new.json --fail-on breaking,security --require backends,policies --format junit",
    ],
)
@click.argument("old", type=click.Path())
@click.argument("new", type=click.Path())
@click.option("--ignore", metavar="FILE", type=click.Path(), help="Ignore file in YAML or JSON.")
@names_option(
    "--fail-on",
    FAIL_ON,
    "End with exit code 1 if such a change is found. A severity includes the more severe ones; security is what"
    " reduces protection.",
)
@names_option(
    "--require",
    (BACKENDS, POLICIES),
    "End with exit code 2 if one of these parts was not compared, as an export does not contain it.",
)
@output_options("text", "markdown", "html", "json", "junit", "csv", "github")
def compare(
    old: str, new: str, ignore: str | None, fail_on: Sequence[str], require: Sequence[str], output: Output
) -> int:
    """List the changes between two exported documents.

    OLD and NEW are files, or files of a git revision such as HEAD~1:orders.json.
    """
    comparison = apig.compare(read_one(old), read_one(new), ignore=ignore)
    if missing := _missing(comparison, require):
        warn(f"not compared: {missing}; export with --define all")
        return UNUSABLE
    output.write(_rendered(comparison, output, new))
    return FOUND if any(FAIL_ON[name](change) for change in comparison.found for name in fail_on) else 0


def _missing(comparison: apig.Comparison, required: Sequence[str]) -> str:
    """Return the required parts that were not compared, with the reasons; empty if all were."""
    held = comparison.old.contains | comparison.new.contains
    reasons: dict[str, str] = dict.fromkeys(set(required) - held, "neither document has any")
    reasons |= dict(comparison.not_compared.itertuples(index=False))
    return "; ".join(f"{part} ({reasons[part]})" for part in required if part in reasons)


def _rendered(comparison: apig.Comparison, output: Output, file: str) -> str:
    if output.format == "text":
        return comparison_text(comparison, output)
    if output.format == "github":
        return "".join(annotation(one.severity, file, one.rule.id, one.message) for one in comparison.found)
    rendered: str = getattr(comparison, f"to_{output.format}")()
    return rendered


def comparison_text(comparison: apig.Comparison, output: Output) -> str:
    """Return the changes in words, for a terminal."""
    head = "".join(f"{line}\n" for line in (comparison.not_compared_text(), comparison.counts_text()) if line)
    return head + "".join(
        two_lines(
            output,
            change.severity,
            change.rule.id,
            change.affected,
            change.message,
            change.fingerprint,
            "  (reduces protection)" if change.rule.security else "",
        )
        for change in comparison.found
    )
