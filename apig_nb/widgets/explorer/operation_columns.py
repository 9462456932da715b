"""The looks of the columns of the operations table: badges, words for backends, policies in one column."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Final

from apig_nb.text import one_line, shorten
from apig_nb.widgets.explorer.call_path import backend_words
from apig_nb.widgets.explorer.facets import POLICY_KEYS
from apig_nb.widgets.table import ColumnStyle

if TYPE_CHECKING:
    from apig_nb.definition import Operation

COLUMNS: Final = ("method", "path", "auth", "backend", "ratelimit")
"""Columns that are shown at first; the others can be chosen."""

_HEADINGS: Final = {
    "project": "Project",
    "environment": "Environment",
    "group": "Group",
    "operation_id": "Name",
    "backend_type": "Kind of backend",
    "access_control": "Access control",
    "plugins": "Plug-ins",
    "tags": "Tags",
    "deprecated": "Deprecated",
    "summary": "Summary",
    "description": "Description",
    "parameter_count": "Number of parameters",
    "servers": "Servers",
    "cors": "CORS",
    "request_type": "Visibility",
    "match_mode": "Match mode",
    "timeout_ms": "Time-out, ms",
}
_TAG_KINDS: Final = {"throttling": "throttling", "access control": "access", "plug-in": "plugin"}
_WORDS: Final = {"APP": "app", "IAM": "IAM", "AUTHORIZER": "authorizer", "NONE": "none"}
_MAX_HOST: Final = 36


def column_styles(texts: Mapping[str, Sequence[str | None]]) -> dict[str, ColumnStyle]:
    """The looks of each column by its name in the DataFrame, with the texts of `TEXTS` of each operation."""
    return {
        **{name: ColumnStyle(heading) for name, heading in _HEADINGS.items()},
        "gateway": ColumnStyle("Gateway", gives_way=4),
        "method": ColumnStyle("Method", "method"),
        "path": ColumnStyle("Path", "path"),
        "auth": ColumnStyle("Authentication", "authentication", texts["auth"], gives_way=3),
        "backend": ColumnStyle("Backend", "backend", texts["backend"], gives_way=2),
        "ratelimit": ColumnStyle("Policies", "tags", texts["ratelimit"], gives_way=1),
    }


def _authentication(operation: Operation) -> str:
    return " | ".join(_WORDS.get(word, word) for word in operation.auth)


def _backend(operation: Operation) -> str | None:
    """The default backend; a host is cut in the middle, so that the port stays."""
    if operation.backend is None:
        return None
    scheme, address = backend_words(operation.backend)
    host = address.partition("/")[0]
    if len(host) > _MAX_HOST:
        host = f"{host[: _MAX_HOST - 12]}…{host[-11:]}"
    groups = len(operation.default_backends)
    return f"{scheme} {shorten(host or address, 60)}{f', {groups} groups' if groups > 1 else ''}"


def _policies(operation: Operation) -> str | None:
    """The policies, a line each."""
    tags = [
        f"{_TAG_KINDS[kind]}:{one_line(name)}" for kind, key in POLICY_KEYS.items() for name in operation.names(key)
    ]
    tags += [f"policy:{one_line(name)}" for name in operation.backend_policies]
    return "\n".join(tags) or None


TEXTS: Final[Mapping[str, Callable[[Operation], str | None]]] = {
    "auth": _authentication,
    "backend": _backend,
    "ratelimit": _policies,
}
"""Name of a column → the text of an operation."""
