"""`apig-nb git-diff`: a driver for `git diff`.

Source: https://git-scm.com/docs/git#Documentation/git.txt-codeGITEXTERNALDIFFcode
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

import apig_nb as apig
from apig_nb.cli.command import Command, error_line
from apig_nb.cli.compare import comparison_text
from apig_nb.cli.options import Output
from apig_nb.errors import DocumentError
from apig_nb.text import one_line, pluralize

_NO_FILE: Final = "/dev/null"
"""In place of the old file where a file is new, of the new one where it is deleted."""


@click.command(
    "git-diff",
    cls=Command,
    examples=["git-diff a.json old.json 1a2b3c4 100644 new.json 5d6e7f8 100644", "git-diff conflict.json"],
)
@click.argument("given", nargs=-1, required=True, metavar="PATH OLD-FILE OLD-HEX OLD-MODE NEW-FILE NEW-HEX NEW-MODE")
def git_diff(given: tuple[str, ...]) -> None:
    """Show the changes of a document in `git diff`, which calls it.

    After git config diff.apig.command "apig-nb git-diff", for the files that .gitattributes names: *.json diff=apig
    """
    # Only the path for a file with a conflict; more words for one that was renamed.
    path, old, _, _, new, *_ = given if len(given) > 1 else (given[0], _NO_FILE, "", "", _NO_FILE)
    output = Output("text", None)
    output.write(output.style(f"diff {one_line(path)}", bold=True) + f"\n{_changes(old, new, output)}")


def _changes(old: str, new: str, output: Output) -> str:
    """Return the changes in words; an error in place of them, with which git would end, where it was one."""
    try:
        if _NO_FILE not in (old, new):
            return comparison_text(apig.compare(Path(old), Path(new)), output)
        if old == new:
            return "has a conflict\n"
        state, file = ("added", new) if old == _NO_FILE else ("removed", old)
        return f"{state}, {pluralize(len(apig.load(Path(file)).definition.operations), 'operation')}\n"
    except DocumentError as error:
        return f"not compared: {one_line(error_line(error))}\n"
