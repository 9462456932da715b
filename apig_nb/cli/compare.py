"""`apig-nb compare`: the changes between two documents or two sets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Final

import click

import apig_nb as apig
from apig_nb.cli.command import FOUND, UNUSABLE, Command, warn
from apig_nb.cli.options import Output, names_option, output_options
from apig_nb.cli.rows import annotation, two_lines
from apig_nb.cli.sources import files_of, read
from apig_nb.request import BACKENDS, PARTS, POLICIES

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
    """List the changes between two exported documents or two sets of them.

    OLD and NEW are files, folders, patterns such as 'exports/*.json', any of them in a git revision such as
    HEAD~1:a.json, or archives at a time such as apig-archive@2026-11-30 and apig-archive@latest.
    """
    before, after = read(old), read(new)
    comparison = apig.compare(before, after, ignore=ignore)  # type: ignore[arg-type]  # it refuses one of each
    if missing := _missing(comparison, require):
        warn(f"not compared: {missing}; export with --define all")
        return UNUSABLE
    if output.format == "text":
        output.write(comparison_text(comparison, output))
    elif output.format == "github":
        files = files_of(new, after)
        lines = (
            annotation(one.severity, files.get(one.key, new), one.rule.id, one.message) for one in comparison.found
        )
        output.write("".join(lines))
    else:
        output.write(getattr(comparison, f"to_{output.format}")())
    return FOUND if any(FAIL_ON[name](change) for change in comparison.found for name in fail_on) else 0


def _missing(comparison: apig.Comparison | apig.SetComparison, required: Sequence[str]) -> str:
    """Return the required parts that were not compared, with a reason; empty if all were."""
    reasons: dict[str, str] = dict(comparison.not_compared[["part", "reason"]].itertuples(index=False))
    # A group that a set lacks for an error.
    of_groups = [reason for part, reason in reasons.items() if part not in PARTS]
    return "; ".join(
        f"{part} ({reasons.get(part) or next(iter(of_groups), 'neither document has any')})"
        for part in required
        if of_groups or part not in comparison.compared
    )


def comparison_text(comparison: apig.Comparison | apig.SetComparison, output: Output) -> str:
    """Return the changes in words, for a terminal."""
    head = "".join(f"{line}\n" for line in (comparison.not_compared_text(), comparison.counts_text()) if line)
    return head + "".join(
        two_lines(
            output,
            change.severity,
            change.rule.id,
            str(change.key or ""),
            change.affected,
            change.message,
            change.fingerprint,
            "  (reduces protection)" if change.rule.security else "",
        )
        for change in comparison.found
    )
