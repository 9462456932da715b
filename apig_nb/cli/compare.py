"""`apig-nb compare`: the changes between two documents."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import click

import apig_nb as apig
from apig_nb.cli.command import FOUND, UNUSABLE, Command, warn
from apig_nb.cli.options import Output, annotation, names_option, output_options
from apig_nb.cli.sources import read
from apig_nb.request import BACKENDS, POLICIES
from apig_nb.text import one_line

if TYPE_CHECKING:
    from apig_nb.compare.changes import Change

FAIL_ON: Final[dict[str, Callable[[Change], bool]]] = {
    "breaking": lambda change: change.severity == "breaking",
    "warning": lambda change: change.severity in ("breaking", "warning"),
    "security": lambda change: change.rule.security,
    "any": lambda change: True,
}
"""Value of `--fail-on` → test for the changes that lead to exit code 1."""

_COLOURS: Final = {"breaking": "red", "warning": "yellow"}
_LEVELS: Final = {"breaking": "error", "warning": "warning", "info": "notice"}
"""Severity → level of an annotation of GitHub."""


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
    comparison = apig.compare(read(old), read(new), ignore=ignore)
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
        return "".join(
            annotation(_LEVELS[change.severity], file, change.rule.id, change.message) for change in comparison.found
        )
    rendered: str = getattr(comparison, f"to_{output.format}")()
    return rendered


def comparison_text(comparison: apig.Comparison, output: Output) -> str:
    """Return the changes in words, for a terminal."""
    lines = [*filter(None, [comparison.not_compared_text()]), comparison.counts_text()]
    for change in comparison.found:
        names = change.affected
        operations = f"{len(names)} operations" if len(names) > 1 else "".join(names) or "document"
        severity = output.style(f"{change.severity:8}", fg=_COLOURS.get(change.severity))
        security = "  (reduces protection)" if change.rule.security else ""
        lines.append(f"{severity} {change.rule.id}  {one_line(operations)}{security}")
        lines.append(f"         {one_line(change.message)}  [{change.fingerprint}]")
    return "".join(f"{line}\n" for line in lines)
