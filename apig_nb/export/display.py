"""Display of an export in a notebook: facts about it, and its first operations, as HTML."""

from __future__ import annotations

import html
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from apig_nb.text import shorten, visible

if TYPE_CHECKING:
    from apig_nb.definition.model.operation import Operation

# All other styles are left to the page that shows the table.
_TABLE: Final = "color: var(--jp-content-font-color1, inherit)"
_CELL: Final = "text-align: left"

_FIRST: Final = 5
"""Operations that are shown."""

_MAX_CELL: Final = 120
"""Characters of a cell of an operation."""

_MAX_FACT: Final = 1_000
"""Characters of a fact, such as the warnings."""


def display(facts: Mapping[str, str | None], operations: Sequence[Operation]) -> str:
    """Return a table of facts, and one of the first operations where there are some.

    Args:
        facts: name → text; those without a text are left out.
        operations: all operations.
    """
    rows = (_row(name, value) for name, value in facts.items() if value)
    return f'<table style="{_TABLE}">{"".join(rows)}</table>{_first_operations(operations)}'


def _first_operations(operations: Sequence[Operation]) -> str:
    if not operations:
        return ""
    more = f" of {len(operations):,}; all: <code>export.operations</code>" if len(operations) > _FIRST else ""
    rows = (
        (one.method, one.path, one.operation_id or "", " | ".join(one.auth), ", ".join(one.tags))
        for one in operations[:_FIRST]
    )
    cells = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    names = ("method", "path", "name", "authentication", "tags")
    head = "".join(f'<th scope="col" style="{_CELL}">{name}</th>' for name in names)
    caption = f'<caption style="text-align: left">the first operations{more}</caption>'
    return f'<table style="{_TABLE}">{caption}<thead><tr>{head}</tr></thead><tbody>{cells}</tbody></table>'


def _cell(text: str) -> str:
    return f'<td style="{_CELL}">{html.escape(visible(shorten(text, _MAX_CELL)))}</td>'


def _row(name: str, value: str) -> str:
    head = f'<th scope="row" style="{_CELL}">{html.escape(name)}</th>'
    return f'<tr>{head}<td style="{_CELL}">{html.escape(visible(shorten(value, _MAX_FACT)))}</td></tr>'
