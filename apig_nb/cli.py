"""`python -m apig_nb compare OLD NEW`: a comparison for the command line and for CI."""

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
"""The word after `--fail-on` → the severities that are grave by it."""
FOUND, UNUSABLE = 1, 2
"""Exit codes: something as grave as `--fail-on` was found; the input cannot be used."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; 0: nothing grave, 1: something as grave as `--fail-on`, 2: the input cannot be used."""
    options = _parser().parse_args(arguments)
    try:
        comparison = compare(options.old, options.new, ignore=options.ignore)
    except ApigError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return UNUSABLE
    # Names in exports are of any script; a pipe of another encoding shows a question mark, not a traceback.
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # a text stream of the interpreter's
    try:
        print(FORMATS[options.format](comparison), flush=True)
    except BrokenPipeError:
        # The reader, such as `head`, has seen enough; the interpreter must not complain about it at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return FOUND if any(change.severity in FAIL_ON.get(options.fail_on, ()) for change in comparison.found) else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m apig_nb", description="Compare two exported API definitions.")
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("compare", help="say what differs, and end with an exit code")
    command.add_argument("old", help="the file that is there now")
    command.add_argument("new", help="the file that would take its place")
    command.add_argument("--format", choices=FORMATS, default="text", help="how to write it (default: text)")
    command.add_argument("--ignore", metavar="FILE", help="an ignore file (YAML)")
    command.add_argument(
        "--fail-on",
        choices=FAIL_ON,
        help="end with exit code 1 where something this grave, or graver, is found",
    )
    return parser


def _text(comparison: Comparison) -> str:
    lines = [comparison.counts_text()]
    for change in comparison.found:
        where = (
            f"{len(change.affected)} operations" if len(change.affected) > 1 else "".join(change.affected) or "document"
        )
        lines.append(
            f"{change.severity:8} {change.rule.id}  {where}\n         {change.message}  [{change.fingerprint}]"
        )
    return "\n".join(lines)
