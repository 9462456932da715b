"""Pieces of HTML that a page is made of; whatever comes in is text, is made visible, cut and escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import Final

from apig_nb.text import visible

MAX_TEXT: Final = 1_000
"""Characters of one text that are shown; the tables hold all of them."""

MAX_SAMPLE: Final = 4_000
"""Characters of an example answer that are shown."""

MAX_ROWS: Final = 200
"""Rows of a small table that are shown."""


def shown(text: str, limit: int = MAX_TEXT) -> str:
    """A text as it may stand in HTML."""
    return escape(visible(text if len(text) <= limit else f"{text[: limit - 1]}…"))


def paragraph(text: str | None) -> str:
    """A text of the document, with its line breaks; nothing for no text."""
    return f'<p class="apig-text">{shown(text)}</p>' if text else ""


def words(text: str) -> str:
    """Our own words on what is not there."""
    return f'<p class="apig-help">{escape(text)}</p>'


def heading(text: str) -> str:
    """The heading of a part of a page."""
    return f'<div class="apig-part" role="heading" aria-level="5">{shown(text)}</div>'


def sample(text: str, label: str) -> str:
    """An example text as it is."""
    written = shown(text, MAX_SAMPLE)
    return f'<pre class="apig-code" tabindex="0" role="region" aria-label="{escape(label)}">{written}</pre>'


def small_table(label: str, head: Sequence[str], rows: Sequence[Sequence[str | None]], all_of_it: str = "") -> str:
    """A table of texts; columns that say nothing in any row are left out.

    Args:
        label: what the table is of.
        head: names of the columns.
        rows: the cells; `None` where there is nothing to say.
        all_of_it: the expression that gives all rows where not all are shown.
    """
    places = [place for place in range(len(head)) if any(row[place] for row in rows)]
    names = "".join(f'<th scope="col">{escape(head[place])}</th>' for place in places)
    body = "".join(f"<tr>{_cells(row[place] for place in places)}</tr>" for row in rows[:MAX_ROWS])
    more = f"the first {MAX_ROWS} of {len(rows):,} rows; all: {all_of_it}" if len(rows) > MAX_ROWS else ""
    foot = f"<caption>{escape(more)}</caption>" if more else ""
    return (
        f'<div class="apig-table apig-small" tabindex="0" role="region" aria-label="{escape(label)}"><table>{foot}'
        f"<thead><tr>{names}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def facts(label: str, rows: Iterable[tuple[str, str | None]]) -> str:
    """A table of names and what is said of them; what nothing is said of is left out."""
    body = "".join(f'<tr><th scope="row">{shown(name)}</th><td>{shown(text)}</td></tr>' for name, text in rows if text)
    if not body:
        return ""
    return (
        f'<div class="apig-table apig-small" tabindex="0" role="region" aria-label="{escape(label)}">'
        f"<table><tbody>{body}</tbody></table></div>"
    )


def _cells(cells: Iterable[str | None]) -> str:
    return "".join(f"<td>{shown(text or '')}</td>" for text in cells)
