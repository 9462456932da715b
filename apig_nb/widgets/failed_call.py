"""`FailedCall`: an export call that was refused or failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from apig_nb.export_set import ExportKey

if TYPE_CHECKING:
    from apig_nb.request import ExportRequest


@dataclass(frozen=True)
class FailedCall:
    """An export call that was refused or failed.

    Attributes:
        request: what was sent.
        mode: how it was sent, as of `Client.send`.
        key: the names of gateway, environment and group.
        reason: the error; empty while the call is repeated.
        time: when it failed.
    """

    request: ExportRequest
    mode: str
    key: ExportKey
    reason: str
    time: datetime

    def is_repeated_by(self, request: ExportRequest | None) -> bool:
        """Return True for a request of the same group in the same environment with the same scope."""
        return request is not None and _wanted(request) == _wanted(self.request)


def _wanted(request: ExportRequest) -> tuple[str, ...]:
    return (request.project_id, request.instance_id, request.env_id, request.group_id, request.define)
