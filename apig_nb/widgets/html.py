"""Pieces of HTML for the forms; whatever comes in is text and is escaped here."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

# Here and not where it is first needed: pandas sets its display options on import, and takes a worker thread of ours
# for a terminal, which would cut every DataFrame that the user shows afterwards.
import pandas as pd

MAX_CELL: Final = 120
"""Characters of a cell that are shown; the DataFrame holds all of them."""


MAX_WARNING: Final = 500
"""Characters of a warning that are shown: it may quote the document; the export holds all of them."""


def note(text: str) -> str:
    """An explanation under a field."""
    return f'<div class="apig-help">{escape(text)}</div>'


def live_note(text: str) -> str:
    """An explanation under a field that changes as something else is typed; read out by a screen reader."""
    return f'<div class="apig-help" aria-live="polite">{escape(text)}</div>'


def error_note(text: str) -> str:
    """What went wrong; read out by a screen reader. The sign before it does not rest on colour."""
    return f'<div class="apig-error" role="alert">✕ {escape(text)}</div>' if text else ""


def warning_note(text: str) -> str:
    """What came otherwise than asked for; read out by a screen reader."""
    return f'<div class="apig-warning" role="status">▲ warning: {escape(_cut(text, MAX_WARNING))}</div>'


def status(text: str, *more: str) -> str:
    """What goes on, read out by a screen reader when it changes; `more` are pieces of HTML."""
    return f'<div class="apig-status" role="status">{" · ".join((escape(text), *more))}</div>' if text else ""


def progress_bar(done: int, total: int, label: str) -> str:
    """How far it is; a bar of the browser's own, which a screen reader knows."""
    return f'<progress value="{done}" max="{max(total, 1)}" aria-label="{escape(label)}"></progress>'


def identifier(text: str) -> str:
    """An id, cut short on the page; pointing at it shows it whole, and a click selects it whole for copying."""
    return f'<span class="apig-id" title="{escape(text)}">{escape(text)}</span>'


def code(text: str, label: str) -> str:
    """A block of code that can be selected and scrolled with the keyboard."""
    return f'<pre class="apig-code" tabindex="0" role="region" aria-label="{escape(label)}">{escape(text)}</pre>'


def table(frame: pd.DataFrame, name: str, limit: int) -> str:
    """The first rows of a DataFrame as a table, with a word on what is not shown."""
    shown = frame.head(limit)
    # Columns that say nothing in any row only push the others out of sight.
    columns = [column for column in shown if shown[column].notna().any()]
    head = "".join(f'<th scope="col">{escape(str(column))}</th>' for column in columns)
    body = "".join(f"<tr>{_cells(row)}</tr>" for row in shown[columns].itertuples(index=False, name=None))
    rows = f"{len(frame)} rows" if len(shown) == len(frame) else f"the first {len(shown)} of {len(frame)} rows"
    where = f"; all columns: form.export.{name}"
    return (
        f'<div class="apig-table" tabindex="0" role="region" aria-label="{escape(name)}"><table>'
        f"<caption>{escape(rows + where)}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cells(row: Iterable[object]) -> str:
    return "".join(_cell(value) for value in row)


def _cell(value: object) -> str:
    if pd.isna(value):  # type: ignore[call-overload]  # cells are scalars
        return "<td></td>"
    text = f"{value:g}" if isinstance(value, float) else str(value)
    number = ' class="apig-number"' if isinstance(value, int | float) and not isinstance(value, bool) else ""
    return f"<td{number}>{escape(_cut(text, MAX_CELL))}</td>"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
