"""Options that commands share: `--format` and `--output`, names separated by commas."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from apig_nb.files import write_whole

_FORMAT_OF_ENDING: Final = {
    ".json": "json",
    ".csv": "csv",
    ".md": "markdown",
    ".html": "html",
    ".xml": "junit",
    ".sarif": "sarif",
}


Function = Callable[..., int | None]
"""The function of a command; it returns the exit code."""


@dataclass(frozen=True)
class Output:
    """The format and the place of what a command writes."""

    format: str
    file: Path | None

    @property
    def is_terminal(self) -> bool:
        """True if a person reads it."""
        return self.file is None and sys.stdout.isatty()

    def style(self, text: str, **style: Any) -> str:
        """Return a text with colours for a terminal; as it is with `NO_COLOR` (https://no-color.org)."""
        return click.style(text, **style) if self.is_terminal and not os.environ.get("NO_COLOR") else text

    def write(self, text: str | bytes) -> None:
        """Write a text that ends with a line end, or bytes as they are."""
        if self.file is not None:
            write_whole(self.file, text.encode("utf-8", "replace") if isinstance(text, str) else text)
            return
        # Exports contain names in any script; an output of another encoding shows a question mark, not a traceback.
        sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # the interpreter's own text stream
        try:
            click.echo(text, nl=False)
        except BrokenPipeError:
            # A reader such as `head` has closed the pipe; the interpreter would report that when it exits.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def output_options(*formats: str) -> Callable[[Function], Function]:
    """Add the options of an output to a command, whose function takes `output`."""

    def add(function: Function) -> Function:
        @functools.wraps(function)
        def run(**given: Any) -> int | None:
            wanted, file = given.pop("format"), given.pop("output")
            by_ending = _FORMAT_OF_ENDING.get(file.suffix.lower()) if file else None
            return function(output=Output(wanted or (by_ending if by_ending in formats else formats[0]), file), **given)

        run = click.option("--output", metavar="FILE", type=click.Path(path_type=Path), help="Write to a file.")(run)
        help_text = f"Default: by the ending of --output, otherwise {formats[0]}."
        return click.option("--format", type=click.Choice(formats), help=help_text)(run)

    return add


def names_option(flag: str, allowed: Collection[str], help_text: str) -> Callable[[Function], Function]:
    """Return an option that takes one or more names, separated by commas."""

    def read(ctx: click.Context, param: click.Parameter, value: str) -> tuple[str, ...]:
        names = tuple(filter(None, value.split(",")))
        for name in names:
            if name not in allowed:
                raise click.BadParameter(f"{name!r} is none of {', '.join(allowed)}", ctx, param)
        return names

    return click.option(flag, metavar=",".join(allowed), default="", callback=read, help=help_text)
