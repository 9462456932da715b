"""The command line, `python -m apig_nb compare OLD NEW`.

Exit codes:
    0: compared; nothing that `--fail-on` names was found.
    1: compared; a change that `--fail-on` names was found.
    2: not compared: an argument is wrong, a file cannot be read or is not an API definition, or an export does not
        contain a part that `--require` names.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Collection, Sequence
from typing import Final

from apig_nb.compare import compare
from apig_nb.compare.changes import Change
from apig_nb.compare.comparison import Comparison
from apig_nb.errors import ApigError
from apig_nb.report import BREAKING, WARNING
from apig_nb.request import BACKENDS, POLICIES

FORMATS: Final[dict[str, Callable[[Comparison], str]]] = {
    "text": lambda comparison: _text(comparison),
    "markdown": Comparison.to_markdown,
    "json": Comparison.to_json,
    "junit": Comparison.to_junit,
    "html": Comparison.to_html,
}
FAIL_ON: Final[dict[str, Callable[[Change], bool]]] = {
    "breaking": lambda change: change.severity == BREAKING,
    "warning": lambda change: change.severity in (BREAKING, WARNING),
    "security": lambda change: change.rule.security,
    "any": lambda change: True,
}
"""Value of `--fail-on` → test for the changes that lead to exit code 1."""

FOUND, ERROR = 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        comparison = compare(options.old, options.new, ignore=options.ignore)
    except ApigError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return ERROR
    if missing := _missing(comparison, options.require):
        print(f"not compared: {missing}", file=sys.stderr)
        return ERROR
    # Exports contain names in any script; an output of another encoding shows a question mark, not a traceback.
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # the interpreter's own text stream
    try:
        print(FORMATS[options.format](comparison), flush=True)
    except BrokenPipeError:
        # A reader such as `head` has closed the pipe; the interpreter would report that when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    tests = [FAIL_ON[name] for name in options.fail_on]
    return FOUND if any(test(change) for change in comparison.found for test in tests) else 0


def _missing(comparison: Comparison, required: Sequence[str]) -> str:
    """Return the required parts that were not compared, with the reasons; empty if all were."""
    held = comparison.old.contains | comparison.new.contains
    reasons: dict[str, str] = dict.fromkeys(set(required) - held, "neither document has any")
    reasons |= dict(comparison.not_compared.itertuples(index=False))
    return "; ".join(f"{part} ({reasons[part]})" for part in required if part in reasons)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m apig_nb", description="Compare API definitions exported from API Gateway."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser(
        "compare",
        help="list the changes between two exported API definitions",
        epilog="exit codes: 0 nothing that --fail-on names was found; 1 it was found; 2 not compared, or not a part"
        " that --require names",
    )
    command.add_argument("old", help="file with the API definition to compare from")
    command.add_argument("new", help="file with the API definition to compare to")
    command.add_argument("--format", choices=FORMATS, default="text", help="format of the output (default: text)")
    command.add_argument("--ignore", metavar="FILE", help="ignore file in YAML or JSON")
    command.add_argument(
        "--fail-on",
        metavar="KINDS",
        type=_names(FAIL_ON),
        default=(),
        help=f"exit with code 1 if such a change is found; one or more of {', '.join(FAIL_ON)}, separated by commas:"
        " a severity includes the more severe ones, security is what reduces protection",
    )
    command.add_argument(
        "--require",
        metavar="PARTS",
        type=_names((BACKENDS, POLICIES)),
        default=(),
        help=f"exit with code 2 if one of these parts was not compared: {BACKENDS}, {POLICIES}, separated by commas",
    )
    return parser


def _names(allowed: Collection[str]) -> Callable[[str], list[str]]:
    """Return a reader of an argument with names that are separated by commas."""

    def read(text: str) -> list[str]:
        names = text.split(",")
        for name in names:
            if name not in allowed:
                raise argparse.ArgumentTypeError(f"{name!r} is none of {', '.join(allowed)}")
        return names

    return read


def _text(comparison: Comparison) -> str:
    lines = [*filter(None, [comparison.not_compared_text()]), comparison.counts_text()]
    for change in comparison.found:
        names = change.affected
        operations = f"{len(names)} operations" if len(names) > 1 else "".join(names) or "document"
        security = "  (reduces protection)" if change.rule.security else ""
        lines.append(f"{change.severity:8} {change.rule.id}  {operations}{security}")
        lines.append(f"         {change.message}  [{change.fingerprint}]")
    return "\n".join(lines)
