"""The heading of a comparison: the two sides, what the comparison is about, and the answer."""

from __future__ import annotations

from datetime import datetime

from markupsafe import Markup

from apig_nb.compare.set_comparison import SetComparison
from apig_nb.export import Export
from apig_nb.export_set import ExportSet
from apig_nb.report import BREAKING, WARNING
from apig_nb.text import MAX_LABEL
from apig_nb.widgets.comparison.export_pickers import MAX_NAME
from apig_nb.widgets.comparison.prepare import Compared
from apig_nb.widgets.html import display_text, subtitle, title
from apig_nb.widgets.set_name import set_parts


def short_names(comparison: Compared) -> tuple[str, str]:
    """The environments, where they tell the sides apart."""
    old, new = (_environment(side) for side in (comparison.old, comparison.new))
    return (old, new) if old and new and old != new else ("old", "new")


def _environment(side: Export | ExportSet) -> str | None:
    if isinstance(side, Export):
        return side.environment
    names = {key.environment for key in side}
    return names.pop() if len(names) == 1 else None


def heading(comparison: Compared) -> Markup:
    """The two sides as title, the question as subtitle, and below them the answer."""
    if isinstance(comparison, SetComparison):
        shared, names = _names_of_sets(comparison.old, comparison.new)
        times = [_newest(side) for side in (comparison.old, comparison.new)]
    else:
        old, new = comparison.old, comparison.new
        is_same_group = old.group == new.group
        shared = display_text(old.group, MAX_NAME) if old.group and is_same_group else ""
        names = [_export_name(export, with_group=not is_same_group) for export in (old, new)]
        times = [export.time for export in (old, new)]
    local = [time.astimezone() if time else None for time in times]
    days = {time.date() for time in local if time}
    pattern = "%Y-%m-%d" if names[0] != names[1] or len(days) == 2 else "%Y-%m-%d %H:%M:%S"
    named = zip(("old", "new"), names, local, strict=True)
    sides = [Markup("{}{}").format(name or side, _when(time, pattern)) for side, name, time in named]
    text = Markup("{}{} ──► {}").format(f"{shared}: " if shared else "", *sides)
    return title(text, 3) + subtitle(comparison.headline()) + _answer(comparison)


def _names_of_sets(old: ExportSet, new: ExportSet) -> tuple[str, list[str]]:
    """The parts of their names that two sets share, and the others of each."""
    parts = [set_parts(side) for side in (old, new)]
    both = parts[0].items() & parts[1].items()
    shared = " · ".join(text for name, text in parts[0].items() if (name, text) in both)
    others = [" · ".join(text for name, text in own.items() if (name, text) not in both) for own in parts]
    return display_text(shared, MAX_LABEL), [display_text(text, MAX_LABEL) for text in others]


def _newest(exports: ExportSet) -> datetime | None:
    return max((export.time for export in exports.values() if export.time), default=None)


def _export_name(export: Export, *, with_group: bool) -> str:
    known = " ".join(part for part in (export.group if with_group else "", export.environment) if part)
    return display_text(known or export.source or export.definition.title or "document", MAX_NAME)


def _when(time: datetime | None, pattern: str) -> Markup:
    stamp = Markup(' (<span title="{:%Y-%m-%d %H:%M:%S %Z}">{}</span>)')
    return stamp.format(time, time.strftime(pattern)) if time else Markup()


def _answer(comparison: Compared) -> Markup:
    """The answer with its reasons; none where nothing differs, which the status line says."""
    if not len(comparison):
        return Markup()
    severities = {change.severity for change in comparison.found}
    has_security = any(change.rule.security for change in comparison.found)
    kind = "wrong" if BREAKING in severities else "warn" if WARNING in severities or has_security else "info"
    box = Markup('<div class="apig-note apig-{}"><span><b>{}</b> {}</span></div>')
    return box.format(kind, *comparison.verdict())
