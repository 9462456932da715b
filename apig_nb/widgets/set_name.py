"""The name of a set of exports."""

from __future__ import annotations

from apig_nb.export_set import ExportSet
from apig_nb.text import MAX_LABEL, pluralize
from apig_nb.widgets.html import display_text


def set_name(exports: ExportSet) -> str:
    """The gateway, the environment and the group that all exports have, or the number of different ones."""
    return display_text(" · ".join(set_parts(exports).values()) or "no exports", MAX_LABEL)


def set_parts(exports: ExportSet) -> dict[str, str]:
    """The parts of the name of a set by column of the key, without those that no export has; not escaped."""
    parts = {}
    for name in ("gateway", "environment", "group"):
        values = {value for key in exports if (value := getattr(key, name))}
        if values:
            parts[name] = values.pop() if len(values) == 1 else pluralize(len(values), name)
    return parts
