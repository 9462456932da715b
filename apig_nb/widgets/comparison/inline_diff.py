"""Two texts side by side, with the words marked in which they differ."""

from __future__ import annotations

import re
from collections.abc import Sequence
from difflib import SequenceMatcher
from html import escape
from typing import Final

MAX_PAIRS: Final = 40_000
"""Pairs of words that are looked at; where there are more, all between what is the same at both ends is marked."""

_WORD: Final = re.compile(r"\w+|\s+|.", re.DOTALL)


def marked(before: str, after: str) -> tuple[str, str]:
    """Both texts as HTML: what is only in the old one as `<del>`, what is only in the new one as `<ins>`."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    start = _shared(old, new)
    end = _shared(old[start:][::-1], new[start:][::-1])
    middles = old[start : len(old) - end], new[start : len(new) - end]
    if len(middles[0]) * len(middles[1]) > MAX_PAIRS:
        pieces = [("replace", 0, len(middles[0]), 0, len(middles[1]))]
    else:
        pieces = list(SequenceMatcher(None, *middles, autojunk=False).get_opcodes())
    marked_old = _html(middles[0], [(kind, first, last) for kind, first, last, _, _ in pieces], "del")
    marked_new = _html(middles[1], [(kind, first, last) for kind, _, _, first, last in pieces], "ins")
    head, tail = _plain(old[:start]), _plain(old[len(old) - end :])
    return f"{head}{marked_old}{tail}", f"{head}{marked_new}{tail}"


def _shared(one: Sequence[str], other: Sequence[str]) -> int:
    """How many words both start with."""
    return next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b),
        min(len(one), len(other)),
    )


def _html(words: Sequence[str], pieces: Sequence[tuple[str, int, int]], mark: str) -> str:
    texts = ((kind, _plain(words[first:last])) for kind, first, last in pieces)
    return "".join(text if kind == "equal" or not text else f"<{mark}>{text}</{mark}>" for kind, text in texts)


def _plain(words: Sequence[str]) -> str:
    return escape("".join(words))
