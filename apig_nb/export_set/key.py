"""`ExportKey`: the origin of an export in a set."""

from __future__ import annotations

from typing import Final, NamedTuple

from apig_nb.export import Export
from apig_nb.text import encodable, visible


class ExportKey(NamedTuple):
    """The origin of an export in a set; empty where it is not known.

    Attributes:
        project: id of the project.
        gateway: name of the gateway, or its id.
        environment: name of the environment, or its id.
        group: name of the API group, or its id.
    """

    project: str = ""
    gateway: str = ""
    environment: str = ""
    group: str = ""

    def encodable(self) -> ExportKey:
        """Return the key with escapes in place of lone surrogates."""
        return ExportKey(*map(encodable, self))

    def __str__(self) -> str:
        return visible(" ".join(filter(None, self[1:])))


def key_of(export: Export) -> ExportKey:
    """Return the key of an export by its provenance; the title of the document stands for an unknown group."""
    request = export.request
    if request is None:
        group = export.group or export.definition.title
        return ExportKey("", export.gateway or "", export.environment or "", group)
    return ExportKey(
        request.project_id,
        export.gateway or request.instance_id,
        export.environment or request.env_id,
        export.group or request.group_id,
    )


KEY_COLUMNS: Final = ExportKey._fields
"""The columns in front of each table of a set."""
