"""One change as a page: what it says, the two values side by side, and the operations it reaches."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

from apig_nb.report import SIGNS
from apig_nb.widgets.comparison.inline_diff import marked
from apig_nb.widgets.html import note

if TYPE_CHECKING:
    from apig_nb.compare.changes import Change

MAX_REACHED: Final = 20
"""Operations that are named; the rest is counted."""

MAX_WORDS: Final = 300
"""Characters of a place or an operation that are shown."""


def change_page(change: Change) -> str:
    """The page, as HTML; every text of a document in it is escaped and bounded."""
    return (
        f'<div class="apig-change" role="region" aria-label="the selected change">{_sentence(change)}'
        f"{_side_by_side(change.before, change.after)}{_reaches(change)}</div>"
    )


def _sentence(change: Change) -> str:
    sign = f'<b class="apig-{change.severity}">{SIGNS[change.severity]} {change.severity}</b>'
    # The one operation stands in front, more stand in a list.
    one = "".join(
        f"{_shown(f'{method} {path}')} · " for method, path in change.operations if len(change.operations) == 1
    )
    what = f"{one}{_shown(change.location)}: {escape(change.rule.summary)}."
    reason = f" {escape(change.rule.reason[:1].upper() + change.rule.reason[1:])}." if change.rule.reason else ""
    where = f"{change.rule.category} · rule <code>{escape(change.rule.id)}</code>"
    known = f"fingerprint <code>{change.fingerprint}</code>"
    at = f"at <code>{_shown(change.pointer)}</code>" if change.pointer else ""
    small = " · ".join(part for part in (where, known, at) if part)
    return f'<div class="apig-sentence" role="status">{sign} {what}{reason}</div><div class="apig-help">{small}</div>'


def _side_by_side(before: str | None, after: str | None) -> str:
    if before is None or after is None:
        sides = [None if value is None else escape(value) for value in (before, after)]
    else:
        sides = [*marked(before, after)]
    return f'<div class="apig-sides">{_side("before", sides[0])}{_side("after", sides[1])}</div>'


def _side(name: str, value: str | None) -> str:
    shown = '<i class="apig-help">not there</i>' if value is None else value or '<i class="apig-help">empty</i>'
    return (
        f'<div><div class="apig-help">{name}</div>'
        f'<pre class="apig-code" tabindex="0" role="region" aria-label="{name}">{shown}</pre></div>'
    )


def _reaches(change: Change) -> str:
    reached = list(change.operations.items())
    if not reached:
        return note("reaches no operation of its own: it stands in the document")
    if len(reached) == 1:
        return note("reaches 1 operation")
    items = ""
    for (method, path), severity in reached[:MAX_REACHED]:
        other = "" if severity == change.severity else f"{SIGNS[severity]} {severity}: "
        items += f"<li>{other}{_shown(f'{method} {path}')}</li>"
    more = f"<li>and {len(reached) - MAX_REACHED:,} more</li>" if len(reached) > MAX_REACHED else ""
    return f'<div class="apig-help">reaches {len(reached):,} operations</div><ul>{items}{more}</ul>'


def _shown(text: str) -> str:
    return escape(text if len(text) <= MAX_WORDS else f"{text[: MAX_WORDS - 1]}…")
