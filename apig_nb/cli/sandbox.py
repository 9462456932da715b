"""`apig-nb sandbox`: serve the sandbox."""

from __future__ import annotations

from pathlib import Path

import click

from apig_nb.cli.command import Command


@click.command(cls=Command, examples=["sandbox", "sandbox content/ --port 8000"])
@click.argument("folder", required=False, type=click.Path(path_type=Path))
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port to serve on; by default a free one.")
def sandbox(folder: Path | None, port: int) -> None:
    """Serve a simulated gateway on this machine until Ctrl-C.

    FOLDER is a content folder; without it, the demo content is served.
    """
    # Late: it reads YAML, which no other command needs.
    from apig_nb.sandbox.__main__ import serve

    serve(folder, port)
