"""HTML of the views: short fragments and the Jinja2 templates in `templates/`. Text is escaped by both."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final

import ipywidgets
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from apig_nb.report.pages import breakable
from apig_nb.text import shorten, visible

MAX_WARNING: Final = 500
"""Characters of a warning that are shown: it may quote the document. The export holds all of them."""

MAX_TEXT: Final = 1_000
"""Characters of one text of a document that are shown; the tables hold all of them."""

MAX_ROWS: Final = 200
"""Rows of a small table that are shown."""


class _Html(ipywidgets.HTML):  # type: ignore[misc] # ipywidgets has no types
    # Otherwise each has a widget of its own for fonts and colours, which the stylesheet of the views sets.
    style = None


def html_widget(html: str = "", **traits: Any) -> ipywidgets.HTML:
    """A widget that shows HTML. Without a tooltip, ipywidgets would give it a label with `title="null"`."""
    return _Html(html, tooltip="", **traits)


def display_text(text: str, limit: int = MAX_TEXT) -> str:
    """A text of a document, shortened and with control characters made visible; not yet escaped."""
    return visible(shorten(text, limit))


_ENVIRONMENT: Final = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates", "utf-8"),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
    undefined=StrictUndefined,
    # Every text, unless a filter has shortened it already.
    finalize=lambda value: _shown(value) if isinstance(value, str) else value,
)
_ENVIRONMENT.filters |= {"display": display_text, "breakable": breakable}


def render(template: str, **values: object) -> Markup:
    """Render a template of `templates/`."""
    return Markup(_ENVIRONMENT.get_template(template).render(values))  # noqa: S704 - escaped by the template


def note(text: str) -> Markup:
    """An explanation."""
    return Markup('<div class="apig-hint">{}</div>').format(_shown(text))


def field_label(text: str) -> Markup:
    """The label above a field that has none of its own."""
    return Markup('<span class="apig-label" aria-hidden="true">{}</span>').format(text)


def live_note(text: str) -> Markup:
    """An explanation that screen readers announce when it changes."""
    return Markup('<div class="apig-hint" aria-live="polite">{}</div>').format(_shown(text))


def error_note(text: str) -> Markup:
    """An error message, announced by screen readers; marked by a shape, so that it does not depend on colour."""
    return (
        Markup('<div class="apig-error" role="alert"><span>{}</span></div>').format(_shown(text)) if text else Markup()
    )


def warning_note(text: str) -> Markup:
    """A warning, announced by screen readers."""
    warning = display_text(text, MAX_WARNING)
    return Markup('<div class="apig-note apig-warn" role="status"><span>{}</span></div>').format(warning)


def status(text: str, *more: str) -> Markup:
    """A status line, announced by screen readers when it changes; `more` is text or `Markup`."""
    return Markup('<div class="apig-status" role="status">{}</div>').format(joined(text, *more)) if text else Markup()


def pill(kind: str, text: str) -> Markup:
    """A word with a shape before it.

    Args:
        kind: a class of the style: a severity, `security` or `ok`.
        text: the word.
    """
    return Markup('<span class="apig-severity apig-{}">{}</span>').format(kind, text)


def joined(*parts: str) -> Markup:
    """Text or `Markup`, separated by dots."""
    return Markup(" · ").join(map(_shown, parts))


def _shown(text: str) -> str:
    return text if isinstance(text, Markup) else display_text(text)


def progress_bar(done: int, total: int, label: str) -> Markup:
    """A progress bar of the browser, which screen readers know."""
    bar = Markup('<progress value="{}" max="{}" aria-label="{}"></progress>')
    return bar.format(done, max(total, 1), label)


def identifier(text: str) -> Markup:
    """An id, cut short on the page: pointing at it shows all of it, and a click selects all of it."""
    return Markup('<span class="apig-id" title="{0}">{0}</span>').format(_shown(text))


def title(text: str, level: int) -> Markup:
    """The title of a view, as a heading of a level."""
    return Markup('<span class="apig-heading" role="heading" aria-level="{}">{}</span>').format(level, _shown(text))


def subtitle(text: str) -> Markup:
    """A line beside a title; text or `Markup`."""
    return Markup('<span class="apig-subtitle">{}</span>').format(_shown(text))


def code(text: str, label: str) -> Markup:
    """A block of code that can be selected and scrolled with the keyboard."""
    block = Markup('<pre class="apig-code" tabindex="0" role="region" aria-label="{}">{}</pre>')
    return block.format(_shown(label), text)


def paragraph(text: str | None) -> Markup:
    """A text of a document with its line breaks; nothing for no text."""
    return Markup('<p class="apig-text">{}</p>').format(display_text(text)) if text else Markup()


def help_paragraph(text: str) -> Markup:
    """A paragraph of explanation."""
    return Markup('<p class="apig-help">{}</p>').format(_shown(text))


def heading(text: str) -> Markup:
    """The heading of a part of a page."""
    return Markup('<div class="apig-part" role="heading" aria-level="5">{}</div>').format(display_text(text))


def small_table(label: str, head: Sequence[str], rows: Sequence[Sequence[str | None]], expression: str = "") -> Markup:
    """A table of texts without the columns that are empty in every row.

    Args:
        label: name of the table.
        head: names of the columns.
        rows: the cells; `None` for no value.
        expression: Python expression of the complete table, named where rows are left out.
    """
    columns = [n for n in range(len(head)) if any(row[n] for row in rows)]
    cells = [[row[n] or "" for n in columns] for row in rows[:MAX_ROWS]]
    more = f"the first {MAX_ROWS} of {len(rows):,} rows; all: {expression}" if len(rows) > MAX_ROWS else ""
    return render("small_table.html", label=label, head=[head[n] for n in columns], rows=cells, caption=more)


def properties(label: str, rows: Iterable[tuple[str, str | None]]) -> Markup:
    """A table of names and values without the rows that have no value."""
    filled = [(name, value) for name, value in rows if value]
    return render("properties.html", label=label, rows=filled) if filled else Markup()
