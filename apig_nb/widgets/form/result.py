"""An export read: its tables, its text and its words; all that takes time, and that no widget is needed for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from apig_nb.errors import DocumentError
from apig_nb.widgets.html import code, error_note, identifier, status, warning_note
from apig_nb.widgets.pluralize import counted
from apig_nb.widgets.table import telling

if TYPE_CHECKING:
    from pandas import DataFrame

    from apig_nb.export import Export

PREVIEW_TEXT: Final = 20_000
"""Characters of the document that are shown."""

PREVIEWS: Final = {
    "operations": "operations",
    "paths": "paths",
    "parameters": "parameters",
    "backends": "backends",
    "ratelimits": "throttling policies",
    "access_controls": "access control policies",
    "problems": "problems",
}
"""The tables that are shown, with what their rows are called."""

_FIRST: Final = ("method", "path", "operation_id", "auth", "backend_type", "backend", "ratelimit", "access_control")
"""Columns that tell the most of an operation; the others can be switched on."""


@dataclass(frozen=True)
class Result:
    """What a form shows of an export.

    Attributes:
        export: the export.
        words: the export in one line, and a line for each of its warnings, as HTML.
        tables: those with rows, by what their rows are called.
        columns: by the same names, the columns to show of each at first.
        source: the beginning of the document, as HTML.
    """

    export: Export
    words: str
    tables: Mapping[str, DataFrame]
    columns: Mapping[str, list[str]]
    source: str


def read(export: Export) -> Result:
    """Read the document; one that cannot be read is a result, too: it can be saved."""
    warnings, source = "".join(map(warning_note, export.warnings)), _source(export)
    try:
        tables = {words: getattr(export, name) for name, words in PREVIEWS.items()}
        words = _summary(export)
    except DocumentError as error:
        tables, words = {}, error_note(f"the document came, but cannot be read: {error}")
    filled = {words: frame for words, frame in tables.items() if len(frame)}
    columns = {words: telling(frame, _first(frame)) for words, frame in filled.items()}
    return Result(export, words + warnings, filled, columns, source)


def _summary(export: Export) -> str:
    what = " ".join(part for part in (export.group, export.environment, export.scope) if part)
    problems = len(export.problems)
    return status(
        f"{what}: {_operations(export)}",
        *([counted(problems, "problem")] if problems else []),
        f"{export.size / 1000:,.1f} kB in {_seconds(export.duration or 0)}",
        *([f"request {identifier(export.request_id)}"] if export.request_id else []),
    )


def _operations(export: Export) -> str:
    if export.operations.empty:
        return "nothing is published here, so there are no operations"
    return f"{counted(len(export.operations), 'operation')} on {counted(len(export.paths), 'path')}"


def _seconds(seconds: float) -> str:
    return f"{seconds * 1000:,.0f} ms" if seconds < 1 else f"{seconds:,.1f} s"


def _first(frame: DataFrame) -> tuple[str, ...] | None:
    return _FIRST if "operation_id" in frame and "backend" in frame else None


def _source(export: Export) -> str:
    try:
        text = export.text
    except DocumentError as error:
        return error_note(str(error))
    more = f"\n… the first {PREVIEW_TEXT:,} of {len(text):,} characters" if len(text) > PREVIEW_TEXT else ""
    return code(text[:PREVIEW_TEXT] + more, "source")
