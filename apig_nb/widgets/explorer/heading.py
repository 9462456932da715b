"""The heading of the explorer: name and facts, and a note of what is left out."""

from __future__ import annotations

from typing import Final

from markupsafe import Markup

from apig_nb.export import Export
from apig_nb.export_set import ExportSet
from apig_nb.request import find_scope
from apig_nb.text import MAX_LABEL, pluralize, shorten
from apig_nb.widgets.explorer.content import Content, Shown
from apig_nb.widgets.explorer.defects import MAX_AUDITED, Defects
from apig_nb.widgets.explorer.facets import NOT_IN_EXPORT
from apig_nb.widgets.html import display_text, joined, subtitle, title, warning_note
from apig_nb.widgets.set_name import set_name

_MAX_FAILURES: Final = 5
"""Exports that cannot be read, of which the error is shown."""

_MAX_ERROR: Final = 300
"""Characters of such an error."""


def heading(content: Content, defects: Defects | None = None) -> Markup:
    """Name and time, and a line of facts; with the number of problems as soon as they are found."""
    shown = content.shown
    time = shown.time.astimezone() if isinstance(shown, Export) and shown.time else None
    stamp = Markup(' · <time datetime="{}" title="{:%Y-%m-%d %H:%M:%S %Z}">{:%Y-%m-%d %H:%M}</time>')
    when = stamp.format(time.isoformat(), time, time) if time else ""
    facts = joined(
        f"{pluralize(len(content), 'operation')} on {pluralize(content.path_count, 'path')}",
        *([pluralize(len(content.exports), "export")] if isinstance(shown, ExportSet) else []),
        ", ".join(content.standards),
        *([] if defects is None else [pluralize(defects.problem_count, "problem")]),
        *_omissions(content),
        *([f"not audited here: over {MAX_AUDITED:,} operations"] if defects and defects.not_audited else []),
    )
    return title(Markup("{}{}").format(shown_name(shown), when), 3) + subtitle(facts)


def shown_name(shown: Shown) -> str:
    """The name of an export or of a set."""
    return _export_name(shown) if isinstance(shown, Export) else set_name(shown)


def _export_name(export: Export) -> str:
    scope = find_scope(export.scope)
    known = [part for part in (export.group, export.environment, scope.label if scope else export.scope) if part]
    return display_text(" · ".join(known) or export.source or export.definition.title or "without a name", MAX_LABEL)


def _omissions(content: Content) -> list[str]:
    """The parts that no export contains, and those that some do not."""
    every = len(content.exports)
    missing = ", ".join(sorted(content.missing_parts))
    partly = [
        f"{part} not in {count:,} of {every:,} exports" for part, count in content.omitted.items() if count < every
    ]
    return [*([f"{NOT_IN_EXPORT}: {missing}"] if missing else []), *sorted(partly)]


def left_out(content: Content) -> Markup:
    """The exports of a set that are not shown, and why."""
    failed = [f"{key}: {error}" for key, error in content.failures.items()]
    lines = [f"not read: {shorten(text, _MAX_ERROR)}" for text in failed[:_MAX_FAILURES]]
    if len(failed) > _MAX_FAILURES:
        lines.append(f"{len(failed) - _MAX_FAILURES:,} more exports cannot be read")
    done, every = len(content.exports) + len(failed), 1 if isinstance(content.shown, Export) else len(content.shown)
    if done < every:
        lines.append(f"stopped: these are the first {done:,} of {every:,} exports")
    return Markup().join(map(warning_note, lines))
