"""A comparison to take away: a page, a text for a merge request, JSON, JUnit, CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from collections import Counter
from html import escape
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape as xml_escape
from xml.sax.saxutils import quoteattr

from apig_nb.compare.changes import COLUMNS, Change
from apig_nb.compare.rules import BREAKING, CATEGORIES, INFO, SEVERITIES, WARNING

if TYPE_CHECKING:
    from apig_nb.compare.comparison import Comparison
    from apig_nb.export import Export

SIGNS: Final = {BREAKING: "●", WARNING: "▲", INFO: "○"}
"""A shape for each severity, so that none rests on colour alone."""

OVERVIEW_ROWS: Final = 10
"""Changes that a notebook shows of a comparison."""

MANY: Final = 10
"""Operations that a report names for one change; the rest is counted."""

MAX_SHOWN: Final = 300
"""Characters of a value, a location or an operation in a cell of a report; the rest is cut."""

# A notebook aligns the cells of tables to the right and lets long ones push the others away.
_OVERVIEW_STYLE: Final = """<style>
.apig-comparison th, .apig-comparison td { overflow-wrap: anywhere; text-align: left !important; vertical-align: top; }
.apig-comparison td.number { text-align: right !important; }
.apig-comparison td.nowrap, .apig-comparison th { overflow-wrap: normal; white-space: nowrap; }
.apig-comparison td { max-width: 20rem; min-width: 4rem; white-space: normal; }
</style>"""

_STYLE: Final = """
:root { color-scheme: light dark; --ink: #1a1a1a; --quiet: #5c5c5c; --line: #d0d0d0; --paper: #ffffff; --shade: #f3f3f3;
  --breaking: #b3261e; --warning: #8a5300; --info: #44546a; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e8; --quiet: #a8a8a8; --line: #444; --paper: #161616;
  --shade: #232323; --breaking: #ff8a80; --warning: #ffcc80; --info: #b0bec5; } }
body { background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto;
  max-width: 80rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin-top: 2rem; }
p.quiet, td.quiet, caption { color: var(--quiet); }
table { border-collapse: collapse; width: 100%; } caption { text-align: left; padding: .25rem 0; }
th, td { border-bottom: 1px solid var(--line); padding: .3rem .6rem; text-align: left; vertical-align: top; }
td { overflow-wrap: anywhere; } td.nowrap, th { white-space: nowrap; } td.number { text-align: right; }
thead th { background: var(--shade); } th.number { text-align: right; }
table.summary { width: auto; }
code { font-family: ui-monospace, monospace; font-size: .9em; }
.breaking { color: var(--breaking); } .warning { color: var(--warning); } .info { color: var(--info); }
@media print {
  @page { margin: 1.5cm; }
  :root { --paper: #fff; --ink: #000; --quiet: #444; --line: #999; --shade: #eee; }
  body { font-size: 10pt; margin: 0; max-width: none; }
  tr { break-inside: avoid; } thead { display: table-header-group; }
}
"""


def to_html(comparison: Comparison) -> str:
    """The whole comparison as one page without scripts."""
    old, new = _name(comparison.old), _name(comparison.new)
    parts = [
        "<!doctype html>",
        '<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(old)} → {escape(new)}</title><style>{_STYLE}</style></head><body>",
        f"<h1>{escape(old)} → {escape(new)}</h1>",
        f"<p>{escape(comparison.counts_text())}</p>",
    ]
    if comparison.found:
        parts += [_summary_table(comparison), *(_section(comparison, severity) for severity in SEVERITIES)]
    else:
        parts.append("<p>Nothing differs.</p>")
    parts += [_ignored_section(comparison), _operations_section(comparison), "</body></html>"]
    return "\n".join(part for part in parts if part)


def overview(comparison: Comparison) -> str:
    """The summary and the gravest changes, for a notebook."""
    found = comparison.found
    heading = (
        f"<p>{escape(_name(comparison.old))} → {escape(_name(comparison.new))}: {escape(comparison.counts_text())}</p>"
    )
    if not found:
        return heading
    more = len(found) - OVERVIEW_ROWS
    caption = f"the gravest {OVERVIEW_ROWS} of {len(found)}; all: .changes" if more > 0 else ""
    tables = _summary_table(comparison) + _changes_table(found[:OVERVIEW_ROWS], caption)
    return f'<div class="apig-comparison">{_OVERVIEW_STYLE}{heading}{tables}</div>'


def to_markdown(comparison: Comparison) -> str:
    """A report for a merge request."""
    lines = [f"## {_md(_name(comparison.old))} → {_md(_name(comparison.new))}", "", f"{comparison.counts_text()}.", ""]
    for severity in SEVERITIES:
        changes = [change for change in comparison.found if change.severity == severity]
        if changes:
            lines += [f"### {SIGNS[severity]} {severity} ({len(changes)})", ""]
            lines += ["| Operation | What | Before | After |", "|---|---|---|---|"]
            lines += [_md_row(change) for change in changes]
            lines.append("")
    if not comparison.found:
        lines += ["Nothing differs.", ""]
    return "\n".join(lines)


def to_json(comparison: Comparison) -> str:
    """The changes as JSON."""
    counts = Counter(change.severity for change in comparison.found)
    document = {
        "old": _about(comparison.old),
        "new": _about(comparison.new),
        "counts": {severity: counts[severity] for severity in SEVERITIES} | {"ignored": len(comparison.ignored)},
        "changes": [_as_dict(change) for change in comparison.found],
    }
    return json.dumps(document, ensure_ascii=False, indent=1) + "\n"


def to_junit(comparison: Comparison) -> str:
    """Each operation as a test that fails where a change breaks it; what reaches none stands under `document`."""
    cases: dict[str, list[Change]] = {}
    for method, path in comparison.operations[["method", "path"]].itertuples(index=False):
        cases[f"{method} {path}"] = []
    for change in comparison.found:
        for name in change.affected or ("document",):
            cases.setdefault(name, []).append(change)
    failures = sum(any(change.severity == BREAKING for change in changes) for changes in cases.values())
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuite name={_attribute("API comparison")} tests="{len(cases)}" failures="{failures}">',
    ]
    for name, changes in cases.items():
        lines.append(f'  <testcase classname="compare" name={_attribute(name)}>')
        breaking = [change for change in changes if change.severity == BREAKING]
        if breaking:
            lines.append(f"    <failure message={_attribute(breaking[0].message)}>{_texts(breaking)}</failure>")
        if others := [change for change in changes if change.severity != BREAKING]:
            lines.append(f"    <system-out>{_texts(others)}</system-out>")
        lines.append("  </testcase>")
    return "\n".join([*lines, "</testsuite>", ""])


def to_csv(comparison: Comparison) -> str:
    """The changes as a table for a spreadsheet, in which no cell is a formula."""
    sink = io.StringIO()
    writer = csv.writer(sink)
    writer.writerow(COLUMNS)
    for change in comparison.found:
        writer.writerow(map(_no_formula, _as_dict(change).values()))
    return sink.getvalue()


def _as_dict(change: Change) -> dict[str, object]:
    return {name: told(change) for name, told in COLUMNS.items()}


def _no_formula(value: object) -> str:
    text = ", ".join(value) if isinstance(value, tuple) else "" if value is None else str(value)
    # A spreadsheet runs a cell that starts like this; an apostrophe makes it text.
    return f"'{text}" if text.lstrip()[:1] in ("=", "+", "-", "@") or text[:1] in ("\t", "\r") else text


def _name(export: Export) -> str:
    parts = (export.group or export.definition.title, export.environment, export.scope)
    return " ".join(part for part in parts if part) or export.source or "document"


def _about(export: Export) -> dict[str, object]:
    definition = export.definition
    return {
        "title": definition.title,
        "version": definition.version,
        "standard": definition.standard,
        "group": export.group,
        "environment": export.environment,
        "sha256": export.sha256,
    }


def _reach(change: Change) -> str:
    more = f" and {len(change.affected) - MANY} more" if len(change.affected) > MANY else ""
    return ", ".join(map(_short, change.affected[:MANY])) + more


def _summary_table(comparison: Comparison) -> str:
    counts = Counter((change.severity, change.rule.category) for change in comparison.found)
    head = "".join(f'<th scope="col" class="number">{name}</th>' for name in ("", *CATEGORIES))
    rows = "".join(
        f'<tr><th scope="row" class="{severity}">{SIGNS[severity]} {severity}</th>'
        + "".join(f'<td class="number">{counts[severity, category] or ""}</td>' for category in CATEGORIES)
        + "</tr>"
        for severity in SEVERITIES
    )
    return f'<table class="summary"><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>'


def _section(comparison: Comparison, severity: str) -> str:
    changes = [change for change in comparison.found if change.severity == severity]
    if not changes:
        return ""
    return f'<h2 class="{severity}">{SIGNS[severity]} {severity} ({len(changes)})</h2>{_changes_table(changes, "")}'


def _changes_table(changes: list[Change] | tuple[Change, ...], caption: str) -> str:
    head = "".join(f'<th scope="col">{name}</th>' for name in ("severity", "what", "before", "after", "reaches"))
    body = "".join(_change_row(change) for change in changes)
    note = f"<caption>{escape(caption)}</caption>" if caption else ""
    return f"<table>{note}<thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _change_row(change: Change) -> str:
    sign = f'<td class="nowrap {change.severity}">{SIGNS[change.severity]} {change.severity}</td>'
    what = f"{escape(_short(change.location))}: {escape(change.rule.summary)}<br><code>{escape(change.rule.id)}</code>"
    values = "".join(f"<td>{escape(_short(value))}</td>" for value in (change.before, change.after))
    return f"<tr>{sign}<td>{what}</td>{values}<td>{escape(_reach(change))}</td></tr>"


def _short(text: str | None) -> str:
    """A text for a cell that others stand beside, a very long one cut."""
    if text is None or len(text) <= MAX_SHOWN:
        return text or ""
    return f"{text[: MAX_SHOWN - 1]}…"


def _ignored_section(comparison: Comparison) -> str:
    ignored = comparison.ignored
    if ignored.empty:
        return ""
    columns = ignored[["rule", "location", "reason", "fingerprint"]].fillna("").itertuples(index=False, name=None)
    rows = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row) + "</tr>" for row in columns)
    head = "".join(f'<th scope="col">{name}</th>' for name in ("rule", "where", "reason", "fingerprint"))
    return f"<h2>Ignored ({len(ignored)})</h2><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"


def _operations_section(comparison: Comparison) -> str:
    counts = comparison.operations["state"].value_counts()
    words = ", ".join(f"{counts.get(state, 0)} {state}" for state in ("added", "removed", "changed", "unchanged"))
    return f'<p class="quiet">Operations: {words}.</p>'


def _md(text: str) -> str:
    """Text that stays text in Markdown, in one cell of a table."""
    safe = escape(text, quote=False)
    for sign in "\\`*_[]|":
        safe = safe.replace(sign, f"\\{sign}")
    return " ".join(safe.split())


def _md_row(change: Change) -> str:
    what = f"{_short(change.location)}: {change.rule.summary}"
    cells = (_reach(change), what, _short(change.before), _short(change.after))
    return f"| {' | '.join(_md(cell) for cell in cells)} |"


def _attribute(text: str) -> str:
    return quoteattr(_xml_text(text))


def _texts(changes: list[Change]) -> str:
    return xml_escape(
        _xml_text("\n".join(f"{change.severity} {change.rule.id}: {change.message}" for change in changes))
    )


# What XML 1.0 has no place for.
_NOT_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _xml_text(text: str) -> str:
    return _NOT_XML.sub("\ufffd", text)
