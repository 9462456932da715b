"""What the two sides of a comparison are called: in a list, in the heading, and where no kernel runs."""

from __future__ import annotations

import os
from datetime import datetime
from html import escape
from pathlib import PurePath
from typing import TYPE_CHECKING, Final

from apig_nb.export import Export
from apig_nb.text import visible

if TYPE_CHECKING:
    from apig_nb.compare.comparison import Comparison
    from apig_nb.export import Comparable

MAX_NAME: Final = 80
"""Characters of a name that are shown."""


def name_of(given: Comparable) -> str:
    """A name that is known without reading a document: group, environment and scope, or the file."""
    if isinstance(given, Export):
        parts = (given.group, given.environment, given.scope)
        return _short(" ".join(part for part in parts if part) or given.source or "document")
    if isinstance(given, os.PathLike) or (isinstance(given, str) and "\n" not in given and len(given) < 1000):
        return _short(PurePath(given).name or "document")
    return "document"


def label_of(given: Comparable) -> str:
    """The name and, where it is known, the time of day in the zone of the machine."""
    time = given.time.astimezone() if isinstance(given, Export) and given.time else None
    return f"{name_of(given)}, {time:%Y-%m-%d %H:%M:%S}" if time else name_of(given)


def heading(comparison: Comparison) -> str:
    """Both sides and what the comparison is about, as HTML."""
    old, new = comparison.old, comparison.new
    is_same_group = old.group == new.group
    group = f"{_short(old.group)}: " if old.group and is_same_group else ""
    names = [_side_name(export, with_group=not is_same_group) for export in (old, new)]
    times = [export.time.astimezone() if export.time else None for export in (old, new)]
    pattern = "%Y-%m-%d" if names[0] != names[1] or _days(times) == 2 else "%Y-%m-%d %H:%M:%S"
    before, after = (f"{escape(name)}{_when(time, pattern)}" for name, time in zip(names, times, strict=True))
    about = f"{names[1]} were published" if new.environment else f"{names[1]} took its place"
    return (
        f'<span class="apig-title" role="heading" aria-level="3">{escape(group)}{before} ──► {after}</span>'
        f'<span class="apig-where">what would change if {escape(about)}</span>'
    )


def _side_name(export: Export, *, with_group: bool) -> str:
    known = " ".join(part for part in (export.group if with_group else "", export.environment) if part)
    return _short(known or export.source or export.definition.title or "document")


def _days(times: list[datetime | None]) -> int:
    return len({time.date() for time in times if time})


def _when(time: datetime | None, pattern: str) -> str:
    return f' (<span title="{time:%Y-%m-%d %H:%M:%S %Z}">{time:{pattern}}</span>)' if time else ""


def _short(name: str) -> str:
    return visible(name if len(name) <= MAX_NAME else f"{name[: MAX_NAME - 1]}…")
