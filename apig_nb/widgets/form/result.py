"""An export read and written out as HTML: all that takes time, and that no widget is needed for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from apig_nb.errors import DocumentError
from apig_nb.widgets.html import code, error_note, identifier, status, table, warning_note

if TYPE_CHECKING:
    from pandas import DataFrame

    from apig_nb.export import Export

PREVIEW_ROWS: Final = 100
"""Rows of a table that are shown; the DataFrame holds all of them."""

PREVIEW_TEXT: Final = 20_000
"""Characters of the document that are shown."""

PREVIEWS: Final = {
    "operations": "operations",
    "paths": "paths",
    "parameters": "parameters",
    "backends": "backends",
    "ratelimits": "throttling",
    "access_controls": "access control",
    "problems": "problems",
}
"""The tables that are shown, with the titles of their tabs."""

FIRST: Final = ("method", "path", "operation_id", "auth", "backend_type", "backend", "ratelimit", "access_control")
"""Columns that tell the most of an operation; they are shown before the others."""


@dataclass(frozen=True)
class Result:
    """What a form shows of an export.

    Attributes:
        export: the export.
        words: the export in one line, and a line for each of its warnings, as HTML.
        views: title of a tab to what it shows, as HTML.
    """

    export: Export
    words: str
    views: dict[str, str]


def read(export: Export) -> Result:
    """Read the document; one that cannot be read is a result, too: it can be saved."""
    warnings = "".join(map(warning_note, export.warnings))
    try:
        return Result(export, _summary(export) + warnings, _tables(export) | _source(export))
    except DocumentError as error:
        words = error_note(f"the document came, but cannot be read: {error}")
        return Result(export, words + warnings, _source(export))


def _summary(export: Export) -> str:
    what = " ".join(part for part in (export.group, export.environment, export.scope) if part)
    problems = len(export.problems)
    return status(
        f"{what}: {_operations(export)}",
        *([_count(problems, "problem")] if problems else []),
        f"{export.size / 1000:,.1f} kB in {_seconds(export.duration or 0)}",
        *([f"request {identifier(export.request_id)}"] if export.request_id else []),
    )


def _operations(export: Export) -> str:
    if export.operations.empty:
        return "nothing is published here, so there are no operations"
    return f"{_count(len(export.operations), 'operation')} on {_count(len(export.paths), 'path')}"


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms" if seconds < 1 else f"{seconds:,.1f} s"


def _tables(export: Export) -> dict[str, str]:
    frames: dict[str, DataFrame] = {name: getattr(export, name) for name in PREVIEWS}
    operations = frames["operations"]
    frames["operations"] = operations[[*FIRST, *operations.columns.drop(list(FIRST))]]
    return {
        f"{PREVIEWS[name]} ({len(frame):,})": table(frame, name, PREVIEW_ROWS)
        for name, frame in frames.items()
        if len(frame)
    }


def _source(export: Export) -> dict[str, str]:
    try:
        text = export.text
    except DocumentError as error:
        return {"source": error_note(str(error))}
    more = f"\n… the first {PREVIEW_TEXT:,} of {len(text):,} characters" if len(text) > PREVIEW_TEXT else ""
    return {"source": code(text[:PREVIEW_TEXT] + more, "source")}
