"""Versions of functions."""

from __future__ import annotations

_PARTS = 7
"""Parts of a URN without a version: `urn:fss:region:project:function:package:name`."""


def is_floating(urn: str | None, alias: str | None, version: str | None) -> bool:
    """Return True if a function is called in its latest version, and not by an alias or in a published version."""
    if alias:
        return False
    of_urn = (urn or "").split(":")[_PARTS:]
    chosen = version or ":".join(of_urn)
    return chosen.lower() in ("", "latest")
