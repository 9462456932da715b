"""The page of a change: what it says, both values with their differences marked, and the affected operations."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from typing import TYPE_CHECKING, Final

from markupsafe import Markup, escape

from apig_nb.report import SIDES, SIGNS
from apig_nb.text import sentence, visible
from apig_nb.widgets.html import render

if TYPE_CHECKING:
    from apig_nb.compare.changes import Change

MAX_OPERATIONS: Final = 20
"""Operations that are named; the others are counted."""

MAX_PAIRS: Final = 40_000
"""Pairs of words that are compared; above, everything between the common beginning and end is marked."""

_WORD: Final = re.compile(r"\w+|\s+|.", re.DOTALL)


def change_page(change: Change, names: tuple[str, str]) -> Markup:
    """The page of a change between two exports of these names."""
    before, after = (None if value is None else visible(value) for value in (change.before, change.after))
    sides = inline_diff(before, after) if before is not None and after is not None else (before, after)
    operations = [
        {
            "name": f"{method} {path}",
            "severity": "" if severity == change.severity else f"{SIGNS[severity]} {severity}: ",
        }
        for (method, path), severity in change.operations.items()
    ]
    return render(
        "change.html",
        change=change,
        why=sentence(change.verdict.why),
        remedy=sentence(change.verdict.remedy),
        side_words=SIDES[change.side],
        sides=[
            {"kind": "del", "name": names[0], "value": sides[0]},
            {"kind": "add", "name": names[1], "value": sides[1]},
        ],
        operations=operations,
        max_operations=MAX_OPERATIONS,
    )


def inline_diff(before: str, after: str) -> tuple[Markup, Markup]:
    """Both texts as HTML: words only in the old one as `<del>`, words only in the new one as `<ins>`."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    start = _common_start(old, new)
    end = _common_start(old[start:][::-1], new[start:][::-1])
    old_middle, new_middle = old[start : len(old) - end], new[start : len(new) - end]
    if len(old_middle) * len(new_middle) > MAX_PAIRS:
        blocks = [("replace", 0, len(old_middle), 0, len(new_middle))]
    else:
        blocks = list(SequenceMatcher(None, old_middle, new_middle, autojunk=False).get_opcodes())
    old_marked = _mark(old_middle, [(kind, first, last) for kind, first, last, _, _ in blocks], "del")
    new_marked = _mark(new_middle, [(kind, first, last) for kind, _, _, first, last in blocks], "ins")
    head, tail = escape("".join(old[:start])), escape("".join(old[len(old) - end :]))
    return head + old_marked + tail, head + new_marked + tail


def _common_start(one: Sequence[str], other: Sequence[str]) -> int:
    """Number of words that both start with."""
    return next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )


def _mark(words: Sequence[str], blocks: Sequence[tuple[str, int, int]], tag: str) -> Markup:
    element = Markup(f"<{tag}>{{}}</{tag}>")  # noqa: S704 - the tag is one of two of our own
    texts = ((kind, "".join(words[first:last])) for kind, first, last in blocks)
    return Markup().join(text if kind == "equal" or not text else element.format(text) for kind, text in texts)
