"""Renew objects in a forked process: it has copies of the sockets of its parent, and of locks that nobody will release.

On one connection, two processes would read each other's answers.
"""

from __future__ import annotations

import os
from typing import Final, Protocol
from weakref import WeakSet


class Renewable(Protocol):
    """An object with a socket or a lock."""

    def after_fork(self) -> None:
        """Replace sockets and locks; called in the new process before any other code."""


_RENEWABLE: Final[WeakSet[Renewable]] = WeakSet()


def renew_after_fork(renewable: Renewable) -> None:
    """Call `after_fork` of an object in every process that is forked while the object exists."""
    _RENEWABLE.add(renewable)


def _renew_all() -> None:
    for renewable in list(_RENEWABLE):
        renewable.after_fork()


# Windows has no fork.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)
