"""`Target`: what a backend calls; operations with equal targets are doors to one backend."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from apig_nb.definition.model.operation import path_shape

_VARIABLE: Final = re.compile(r"#[A-Za-z][\w-]*#")


def variables(text: str | None) -> list[str]:
    """Return the environment variables in an address or a path, such as `#host#`."""
    return _VARIABLE.findall(text or "")


class Target(NamedTuple):
    """The call that a backend makes.

    Attributes:
        server: host and port in lower case, the URN of a function, or the VPC channel of a gateway.
        method: the method of the call.
        path: without the names of parameters; empty for a function.
    """

    server: str
    method: str
    path: str


def target_of(
    gateway: str,
    method: str,
    *,
    function_urn: str | None,
    address: str | None,
    channel: str | None,
    server_group: str | None,
    path: str | None,
) -> Target | None:
    """Return what a backend of a gateway calls; `None` where the export does not have it, or a variable tells it."""
    if function_urn:
        return Target(function_urn, method, "")
    if address:
        server = address.lower()
    elif channel:
        # The name of a channel means something on its gateway only.
        group = f", server group {server_group}" if server_group else ""
        server = f"channel {channel} of {gateway}{group}"
    else:
        return None
    path = path or ""
    return None if variables(server + path) else Target(server, method, path_shape(path))
