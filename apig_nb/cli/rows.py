"""Changes and findings as lines for a terminal, and as annotations of GitHub."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from apig_nb.cli.options import Output
from apig_nb.text import one_line

_LEVELS: Final = {
    **dict.fromkeys(("critical", "high", "breaking"), "error"),
    **dict.fromkeys(("medium", "warning"), "warning"),
}
"""Severity → level of an annotation; `notice` for all others."""

_COLOURS: Final = {"error": "red", "warning": "yellow"}


def two_lines(
    output: Output,
    severity: str,
    rule: str,
    key: str,
    operations: Sequence[str],
    message: str,
    fingerprint: str,
    note: str = "",
) -> str:
    """Return a change or a finding as two lines; the key tells the exports of a set apart."""
    names = f"{len(operations)} operations" if len(operations) > 1 else "".join(operations) or "document"
    names = f"{key}: {names}" if key else names
    shown = output.style(f"{severity:8}", fg=_COLOURS.get(_level(severity)))
    return f"{shown} {rule}  {one_line(names)}{note}\n         {one_line(message)}  [{fingerprint}]\n"


def annotation(severity: str, file: str, title: str, message: str) -> str:
    """Return a line with which a job of GitHub Actions annotates a file of the repository.

    Source: https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
    """

    def escaped(text: str, signs: str) -> str:
        return "".join(f"%{ord(sign):02X}" if sign in signs else sign for sign in one_line(text))

    return f"::{_level(severity)} file={escaped(file, '%:,')},title={escaped(title, '%:,')}::{escaped(message, '%')}\n"


def _level(severity: str) -> str:
    return _LEVELS.get(severity, "notice")
