"""A client of a sandbox, as most tests want one, and what they give in place of a progress bar."""

from typing import Any

import apig_nb as apig
from apig_nb.sandbox import Sandbox


def connected(sandbox: Sandbox, **given: Any) -> apig.Client:
    """A client of a sandbox by its token, with the first gateway as default, but for what is given."""
    usual = {
        "endpoint": sandbox.url,
        "token": sandbox.token,
        "project_id": sandbox.project_id,
        "instance_id": sandbox.instance_id,
    }
    return apig.connect(**{**usual, **given})


def quiet(_batch: object) -> None:
    """In place of the progress bar."""
