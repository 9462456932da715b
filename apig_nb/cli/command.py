"""`Command`: a command with examples in its help, whose errors are one line and an exit code."""

from __future__ import annotations

import re
import sys
import traceback
import warnings
from collections.abc import Sequence
from typing import Any, Final

import click

from apig_nb.errors import ApigError, CredentialsError, DocumentError, ServiceError, TransportError
from apig_nb.text import one_line

FOUND, UNUSABLE, REFUSED, INTERRUPTED = 1, 2, 3, 130
"""Exit codes other than 0; `apig-nb --help` describes them."""

CONNECTED: Final = "apig_nb.connected"
"""Key in the context of a command that connects."""

_CREDENTIALS_ADVICE: Final = (
    "set variables such as OS_TOKEN, name an entry of clouds.yaml with --cloud, give --token-stdin, or try --sandbox"
)


class Command(click.Command):
    """A command with `--debug`, and examples at the end of its help.

    Args:
        examples: command lines without the name of the program.
        given: arguments of `click.Command`.
    """

    def __init__(self, *, examples: Sequence[str], **given: Any) -> None:
        super().__init__(**given)
        self.params.append(click.Option(["--debug"], is_flag=True, help="Show more of an error: where it comes from."))
        self._examples = examples

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the examples."""
        with formatter.section("Examples"):
            for example in self._examples:
                formatter.write(f"  apig-nb {example}\n")

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; return its exit code."""
        debug = ctx.params.pop("debug")
        with warnings.catch_warnings():
            warnings.showwarning = lambda message, *_: warn(f"warning: {message}")
            try:
                return super().invoke(ctx)
            except (ApigError, OSError) as error:
                if debug:
                    traceback.print_exception(error, file=sys.stderr)
                warn(_with_options(error_line(error), ctx.command))
                return exit_code(error)


def exit_code(error: Exception) -> int:
    """Return the exit code for an error."""
    # A command that connects reads no documents but answers: something else may have answered, such as a proxy.
    is_answer = isinstance(error, DocumentError) and CONNECTED in click.get_current_context().meta
    return REFUSED if is_answer or isinstance(error, ServiceError | TransportError) else UNUSABLE


def error_line(error: Exception) -> str:
    """Return an error with its advice as one line."""
    if isinstance(error, OSError) and not isinstance(error, ApigError):
        return f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)
    # The further lines list the places where credentials were looked for.
    first = str(error).partition("\n")[0].partition(". Looked for")[0]
    return f"{first}: {_CREDENTIALS_ADVICE}" if isinstance(error, CredentialsError) else first


def _with_options(text: str, command: click.Command) -> str:
    """Replace the names of arguments by the options of the command: `project_id: is missing; give it, or region=`."""
    flags = {str(param.name): param.opts[-1] for param in command.params if isinstance(param, click.Option)}
    return re.sub(r"^(\w+)(?=: )|\b(\w+)=", lambda match: flags.get(match[1] or match[2], match[0]), text)


def warn(text: str) -> None:
    """Write a line to standard error, in which no text of others controls the terminal."""
    click.echo(f"apig-nb: {one_line(text)}", err=True)
