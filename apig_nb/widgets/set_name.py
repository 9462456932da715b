"""The name of a set of exports."""

from __future__ import annotations

from apig_nb.export_set import ExportSet
from apig_nb.text import pluralize, visible


def set_name(exports: ExportSet) -> str:
    """The gateway, the environment and the group that all exports have, or the number of different ones."""
    parts: list[str] = []
    for name in ("gateway", "environment", "group"):
        values = {value for key in exports if (value := getattr(key, name))}
        parts += values if len(values) == 1 else [pluralize(len(values), name)] if values else []
    return visible(" · ".join(parts) or "no exports")
