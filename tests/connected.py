"""A client of a sandbox, and a progress callback that does nothing."""

from typing import Any

import apig_nb as apig
from apig_nb.sandbox import Sandbox


def connected(sandbox: Sandbox, **given: Any) -> apig.Client:
    """Return a client with the sandbox's token and its first gateway; arguments replace these."""
    defaults = {
        "endpoint": sandbox.url,
        "token": sandbox.token,
        "project_id": sandbox.project_id,
        "instance_id": sandbox.instance_id,
    }
    return apig.connect(**{**defaults, **given})


def no_progress(_batch: object) -> None:
    """Do nothing, in place of a progress bar."""
