"""`main`: the program with all its commands."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import click

from apig_nb.cli.archive import archive
from apig_nb.cli.audit import audit
from apig_nb.cli.command import INTERRUPTED, UNUSABLE, warn
from apig_nb.cli.compare import compare
from apig_nb.cli.export import export
from apig_nb.cli.git_diff import git_diff
from apig_nb.cli.list import list_items
from apig_nb.cli.rules import rules
from apig_nb.cli.sandbox import sandbox
from apig_nb.cli.show import show

_EXIT_CODES: Final = """\b
Exit codes:
  0    fine
  1    found what --fail-on names
  2    unusable input: an argument, a file, the settings of the connection
  3    the service refused or did not answer
  130  interrupted

Shell completion: put eval "$(_APIG_NB_COMPLETE=bash_source apig-nb)" in ~/.bashrc; zsh_source for Zsh.
"""


@click.group(context_settings={"help_option_names": ["-h", "--help"]}, epilog=_EXIT_CODES)
@click.version_option(package_name="apig_nb")
def program() -> None:
    """Export, inspect, compare and audit the APIs of a Huawei Cloud API Gateway (APIG)."""


for command in (list_items, export, show, compare, audit, archive, git_diff, rules, sandbox):
    program.add_command(command)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code."""
    try:
        return program.main(arguments, prog_name="apig-nb", standalone_mode=False) or 0
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
    except click.UsageError as error:
        path = error.ctx.command_path if error.ctx else "apig-nb"
        warn(f"{error.format_message().rstrip('.')}; see {path} --help")
    except click.Abort:
        return INTERRUPTED
    return UNUSABLE
