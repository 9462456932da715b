"""Reports to read: a page, an overview for a notebook, Markdown. The texts are in `templates/`."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from functools import cache
from html import escape
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from apig_nb.report.report import BREAKING, INFO, SECURITY, SEVERITIES, SIDES, SIGNS, WARNING, Report, Row
from apig_nb.text import sentence, shorten, visible

OVERVIEW_ROWS: Final = 10
"""Changes in the overview of a notebook."""

MAX_OPERATIONS: Final = 10
"""Operations that are named for one change; the rest is counted."""

MAX_CELL: Final = 300
"""Characters of a value, a location or an operation in a cell."""

_ORDER: Final = (*SEVERITIES, "off")
"""The severities of operations; those of a rule that was turned off are `off`."""


def to_html(report: Report) -> str:
    """Render the whole report as one page without scripts."""
    return _render("report.html", report)


def overview(report: Report) -> str:
    """Render the counts and the most severe changes as HTML for a notebook."""
    return _render("overview.html", report)


def to_markdown(report: Report) -> str:
    """Render a report for a merge request."""
    return _render("report.md", report)


def markdown_table(names: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """Return a table in Markdown, in which every cell is plain text."""
    head = list(map(_escape_markdown, names))
    lines = [head, ["---"] * len(head), *(map(_escape_markdown, row) for row in rows)]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def _render(template: str, report: Report) -> str:
    return render(
        template,
        report=report,
        counts=report.counts(),
        states=Counter(report.operations.values()),
        tiles=_tiles(report),
        SEVERITIES=SEVERITIES,
        SIGNS=SIGNS,
        SIDES=SIDES,
        OVERVIEW_ROWS=OVERVIEW_ROWS,
        affected=_affected,
        reason=_reason,
    )


def render(template: str, **values: object) -> str:
    """Render a template of a report; every value that it shows is escaped."""
    environment = _environment(markdown=template.endswith(".md"))
    return environment.get_template(template).render(values, breakable=breakable, short=shortened, sentence=sentence)


@cache
def _environment(*, markdown: bool) -> Environment:
    # `finalize` is called with every value that a template shows. Jinja escapes for HTML only.
    return Environment(
        loader=PackageLoader("apig_nb.report"),
        autoescape=not markdown,  # noqa: S701
        finalize=_escape_markdown if markdown else _visible,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )


def _visible(value: object) -> object:
    return visible(value) if type(value) is str else value  # not the finished HTML of a macro


def _escape_markdown(value: object) -> str:
    """Escape a value so that it is plain text in one cell of a Markdown table."""
    text = escape(visible(str(value)), quote=False)
    for sign in "\\`*_[]|":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())


def shortened(text: str | None) -> str:
    """Cut a text to what a cell shows."""
    return shorten(text or "", MAX_CELL)


def _reason(row: Row) -> str:
    """Return why the change has its severity, and what to do, as a sentence."""
    return sentence(row.why, row.remedy)


def _affected(row: Row) -> list[str]:
    """Return the affected operations, the most severely affected first; another severity than the row's is named."""
    by_severity = sorted(row.operations.items(), key=lambda item: _ORDER.index(item[1]))
    names = [
        shortened(name) if severity == row.severity else f"{shortened(name)} ({severity})"
        for name, severity in by_severity[:MAX_OPERATIONS]
    ]
    more = len(by_severity) - MAX_OPERATIONS
    shown = [*names, f"and {more} more"] if more > 0 else names or ["the document"]
    return [row.origin, *shown] if row.origin else shown


def breakable(text: str) -> Markup:
    """Let an address, a path or an id break between its parts where it does not fit."""
    return Markup("<wbr>").join(re.split(r"(?<=[./:_-])(?=[\w{])", visible(text)))


def _tiles(report: Report) -> list[tuple[str, int, str, str]]:
    """Kind, number, label and meaning of the four numbers at the top."""
    severities = Counter(row.severity for row in report.rows)
    return [
        (BREAKING, severities[BREAKING], "breaking", "working calls can fail"),
        (WARNING, severities[WARNING], "warnings", "look before publishing"),
        (INFO, severities[INFO], "info", "good to know"),
        (SECURITY, sum(row.security for row in report.rows), "security", "counted here as well"),
    ]
