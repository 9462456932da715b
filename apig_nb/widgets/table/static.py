"""A table as it stands in a saved notebook, where no kernel runs: its first rows, as plain HTML."""

from __future__ import annotations

from html import escape
from typing import Final

from apig_nb.widgets.pluralize import rows_counted
from apig_nb.widgets.table.rows import Rows

STATIC_ROWS: Final = 20

# JupyterLab would set text to the right, which is for numbers.
_LEFT: Final = 'style="text-align: left"'
_RIGHT: Final = 'style="text-align: right"'


def static_table(rows: Rows, label: str) -> str:
    """The first of the rows that are shown, and in words how many there are."""
    shown, total = len(rows.order), len(rows.frame)
    some = f"the first {STATIC_ROWS} of " if shown > STATIC_ROWS else ""
    found = f" found among {total:,}" if shown < total else ""
    caption = f"{some}{rows_counted(shown, label)}{found}. Run the notebook to search and sort."
    sides = [_RIGHT if column.is_number else _LEFT for column in rows.shown_columns]
    names = [column.name for column in rows.shown_columns]
    head = "".join(f'<th scope="col" {side}>{escape(name)}</th>' for side, name in zip(sides, names, strict=True))
    body = "".join(f"<tr>{_cells(cells, sides)}</tr>" for _, cells in rows.window(0, STATIC_ROWS))
    return (
        f"<table><caption {_LEFT}>{escape(caption)}</caption>"
        f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    )


def _cells(cells: list[str | None], sides: list[str]) -> str:
    return "".join(f"<td {side}>{escape(text or '')}</td>" for text, side in zip(cells, sides, strict=True))
