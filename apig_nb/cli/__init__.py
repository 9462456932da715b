"""The command line, `apig-nb` or `python -m apig_nb`: one module for each command.

It uses the public names of `apig_nb`, as a notebook does; they are imported when a command first needs them, so that
`--help` stays fast.
"""

from apig_nb.cli.program import main as main
