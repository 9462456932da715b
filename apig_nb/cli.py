"""The command line, `python -m apig_nb compare OLD NEW`.

Exit codes:
    0: compared; nothing as severe as `--fail-on` was found.
    1: compared; something as severe as `--fail-on`, or more severe, was found.
    2: not compared: an argument is wrong, or a file cannot be read or is not an API definition.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from typing import Final

from apig_nb.compare import compare
from apig_nb.compare.comparison import Comparison
from apig_nb.errors import ApigError
from apig_nb.report import BREAKING, SEVERITIES, WARNING

FORMATS: Final[dict[str, Callable[[Comparison], str]]] = {
    "text": lambda comparison: _text(comparison),
    "markdown": Comparison.to_markdown,
    "json": Comparison.to_json,
    "junit": Comparison.to_junit,
    "html": Comparison.to_html,
}
FAIL_ON: Final = {"breaking": (BREAKING,), "warning": (BREAKING, WARNING), "any": SEVERITIES}
"""Value of `--fail-on` → severities that lead to exit code 1."""

FOUND, ERROR = 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code."""
    options = _parser().parse_args(arguments)
    try:
        comparison = compare(options.old, options.new, ignore=options.ignore)
    except ApigError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return ERROR
    # Exports contain names in any script; an output of another encoding shows a question mark, not a traceback.
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # the interpreter's own text stream
    try:
        print(FORMATS[options.format](comparison), flush=True)
    except BrokenPipeError:
        # A reader such as `head` has closed the pipe; the interpreter would report that when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    severities = FAIL_ON.get(options.fail_on, ())
    return FOUND if any(change.severity in severities for change in comparison.found) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m apig_nb", description="Compare API definitions exported from API Gateway."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser(
        "compare",
        help="list the changes between two exported API definitions",
        epilog="exit codes: 0 nothing as severe as --fail-on was found; 1 it was found; 2 nothing was compared",
    )
    command.add_argument("old", help="file with the API definition to compare from")
    command.add_argument("new", help="file with the API definition to compare to")
    command.add_argument("--format", choices=FORMATS, default="text", help="format of the output (default: text)")
    command.add_argument("--ignore", metavar="FILE", help="ignore file in YAML or JSON")
    command.add_argument(
        "--fail-on",
        choices=FAIL_ON,
        help="exit with code 1 if a change of this severity or a more severe one is found",
    )
    return parser


def _text(comparison: Comparison) -> str:
    lines = [comparison.counts_text()]
    for change in comparison.found:
        names = change.affected
        operations = f"{len(names)} operations" if len(names) > 1 else "".join(names) or "document"
        lines.append(
            f"{change.severity:8} {change.rule.id}  {operations}\n         {change.message}  [{change.fingerprint}]"
        )
    return "\n".join(lines)
