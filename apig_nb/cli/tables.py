"""Tables as text, CSV, JSON and Markdown."""

from __future__ import annotations

import json
import shutil
import unicodedata
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from apig_nb.cli.options import Output, output_options
from apig_nb.text import escape_json, one_line, pluralize, shorten

if TYPE_CHECKING:
    from pandas import DataFrame

MAX_CELL: Final = 40
"""Characters of a cell on a terminal."""

GAP: Final = "  "

table_options: Final = output_options("text", "csv", "json", "markdown")


def write_table(frame: DataFrame, output: Output) -> None:
    """Write a table in the format that was chosen."""
    names = [str(name) for name in frame.columns]
    rows = frame.astype(object).where(frame.notna(), None).to_numpy().tolist()
    if output.format == "text" and output.is_terminal:
        output.write(_aligned(names, rows, output))
    else:
        output.write(_FORMATS[output.format](names, rows))


def _aligned(names: list[str], rows: list[list[object]], output: Output) -> str:
    """Return the columns that have a value and fit the terminal; a last line names the others."""
    width = shutil.get_terminal_size().columns
    columns = [
        [_fitted(name), *(_fitted(_text(row[number])) for row in rows)]
        for number, name in enumerate(names)
        if number == 0 or not rows or any(row[number] not in (None, "", ()) for row in rows)
    ]
    shown: list[list[str]] = []
    for column in columns:
        widest = max(map(_width, column))
        width -= widest + len(GAP)
        if shown and width < -len(GAP):
            break
        shown.append([f"{cell}{' ' * (widest - _width(cell))}" for cell in column])
    head, *lines = (GAP.join(cells).rstrip() for cells in zip(*shown, strict=True))
    left = ", ".join(column[0] for column in columns[len(shown) :])
    note = (
        f"\n({pluralize(len(rows), 'row')}; more columns with --format csv or a wider terminal: {left})" if left else ""
    )
    return "\n".join([output.style(head, bold=True), *lines]) + note + "\n"


def _separated(names: list[str], rows: list[list[object]]) -> str:
    """Return whole values separated by tabs, for programs such as `cut`."""
    lines = [names, *([_text(value) for value in row] for row in rows)]
    return "".join("\t".join(line) + "\n" for line in lines)


def _csv(names: list[str], rows: list[list[object]]) -> str:
    # Late: the reports import a template engine.
    from apig_nb.report import csv_text

    return csv_text(names, rows)


def _json(names: list[str], rows: list[list[object]]) -> str:
    records = [dict(zip(names, row, strict=True)) for row in rows]
    return escape_json(json.dumps(records, ensure_ascii=False, indent=1, default=str)) + "\n"


def _markdown(names: list[str], rows: list[list[object]]) -> str:
    from apig_nb.report import markdown_table  # late, as above

    return markdown_table(names, [[_text(value) for value in row] for row in rows])


_FORMATS: Final[dict[str, Callable[[list[str], list[list[object]]], str]]] = {
    "text": _separated,
    "csv": _csv,
    "json": _json,
    "markdown": _markdown,
}


def _text(value: object) -> str:
    """Return a value as one line, in which no text of others controls the terminal."""
    if isinstance(value, list | tuple):
        value = ", ".join(map(str, value))
    return "" if value is None else one_line(str(value))


def _fitted(text: str) -> str:
    return shorten(text, MAX_CELL)


def _width(text: str) -> int:
    """Return the columns of a terminal that a text takes: two for a Chinese character, none for a combining mark."""
    widths = {"W": 2, "F": 2}
    return sum(0 if unicodedata.combining(sign) else widths.get(unicodedata.east_asian_width(sign), 1) for sign in text)
