"""`python -m apig_nb.sandbox [FOLDER] [--port N]`: serve a content folder until Ctrl-C."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

from apig_nb.errors import ApigError
from apig_nb.sandbox import Sandbox
from apig_nb.sandbox.content_loader import DEMO, load
from apig_nb.sandbox.content_model import Content


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve a content folder and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m apig_nb.sandbox", description="Serve a simulated API Gateway on 127.0.0.1."
    )
    parser.add_argument("folder", nargs="?", type=Path, help="content folder (default: the demo content)")
    parser.add_argument("--port", type=int, default=0, help="port to serve on (default: a free one)")
    options = parser.parse_args(arguments)
    try:
        serve(options.folder, options.port)
    except (ApigError, OSError, OverflowError) as error:
        print(f"The sandbox cannot start: {error}", file=sys.stderr)
        return 1
    return 0


def serve(folder: Path | None, port: int) -> None:
    """Serve a content folder, by default the demo content, until Ctrl-C or a signal to end.

    Raises:
        SandboxContentError: the folder cannot be served.
        MissingExtraError: the server's packages are not installed.
        OSError: the port is taken.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        content = load(folder or DEMO)
        with Sandbox(content, port) as sandbox:
            print(_welcome(sandbox, content), flush=True)
            threading.Event().wait()
    except KeyboardInterrupt:
        print("The sandbox has stopped.")


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _welcome(sandbox: Sandbox, content: Content) -> str:
    gateways = "\n".join(
        f"  {gateway.id}  {gateway.name} ({gateway.status}): {', '.join(group.name for group in gateway.groups) or '-'}"
        for gateway in content.gateways
        if gateway.project_id == sandbox.project_id
    )
    groups = f"{sandbox.url}/v2/{sandbox.project_id}/apigw/instances/{sandbox.instance_id}/api-groups"
    users = ", ".join(user.name for user in content.users)
    return f"""\
Serving {sandbox.url} (both IAM and API Gateway). Stop with Ctrl-C.

Project   {sandbox.project_id} ({content.main_project.name})
Account   {content.account}; users: {users} (passwords: see account.yaml of the folder)
Gateways
{gateways}

Credentials, made for this run and valid for this sandbox only:
  APIG_TOKEN={sandbox.token}
  HUAWEICLOUD_SDK_AK={sandbox.access_key}
  HUAWEICLOUD_SDK_SK={sandbox.secret_key}

Try
  curl -H "X-Auth-Token: $APIG_TOKEN" {groups}"""


if __name__ == "__main__":
    sys.exit(main())
