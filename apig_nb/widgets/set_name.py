"""The name of a set of exports."""

from __future__ import annotations

from apig_nb.export_set import ExportSet
from apig_nb.text import MAX_LABEL, pluralize
from apig_nb.widgets.html import display_text


def set_name(exports: ExportSet) -> str:
    """The gateway, the environment and the group that all exports have, or the number of different ones."""
    parts: list[str] = []
    for name in ("gateway", "environment", "group"):
        values = {value for key in exports if (value := getattr(key, name))}
        parts += values if len(values) == 1 else [pluralize(len(values), name)] if values else []
    return display_text(" · ".join(parts) or "no exports", MAX_LABEL)
