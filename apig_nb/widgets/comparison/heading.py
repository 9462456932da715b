"""The heading of a comparison: the two sides, and what the comparison is about."""

from __future__ import annotations

from datetime import datetime

from markupsafe import Markup

from apig_nb.compare.set_comparison import SetComparison
from apig_nb.export import Export
from apig_nb.export_set import ExportSet
from apig_nb.widgets.comparison.export_pickers import MAX_NAME
from apig_nb.widgets.comparison.prepare import Compared
from apig_nb.widgets.html import display_text, subtitle, title
from apig_nb.widgets.set_name import set_name


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
    """Title and subtitle of a comparison."""
    if isinstance(comparison, SetComparison):
        sides = [Markup("{}").format(set_name(side)) for side in (comparison.old, comparison.new)]
        return title(Markup("{} ──► {}").format(*sides), 3) + subtitle(comparison.headline())
    old, new = comparison.old, comparison.new
    is_same_group = old.group == new.group
    group = f"{display_text(old.group, MAX_NAME)}: " if old.group and is_same_group else ""
    names = [_side_name(export, with_group=not is_same_group) for export in (old, new)]
    times = [export.time.astimezone() if export.time else None for export in (old, new)]
    days = {time.date() for time in times if time}
    pattern = "%Y-%m-%d" if names[0] != names[1] or len(days) == 2 else "%Y-%m-%d %H:%M:%S"
    sides = [Markup("{}{}").format(name, _when(time, pattern)) for name, time in zip(names, times, strict=True)]
    return title(Markup("{}{} ──► {}").format(group, *sides), 3) + subtitle(comparison.headline())


def _side_name(export: Export, *, with_group: bool) -> str:
    known = " ".join(part for part in (export.group if with_group else "", export.environment) if part)
    return display_text(known or export.source or export.definition.title or "document", MAX_NAME)


def _when(time: datetime | None, pattern: str) -> Markup:
    stamp = Markup(' (<span title="{:%Y-%m-%d %H:%M:%S %Z}">{}</span>)')
    return stamp.format(time, time.strftime(pattern)) if time else Markup()
