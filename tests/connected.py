"""A client of a sandbox, for tests that set its limits, and what they give in place of a progress bar."""

import apig_nb as apig
from apig_nb.sandbox import Sandbox


def connected(sandbox: Sandbox, limits: apig.Limits) -> apig.Client:
    """A client of a sandbox by its token, with the first gateway as default."""
    return apig.connect(
        endpoint=sandbox.url,
        token=sandbox.token,
        project_id=sandbox.project_id,
        instance_id=sandbox.instance_id,
        limits=limits,
    )


def quiet(_batch: object) -> None:
    """In place of the progress bar."""
