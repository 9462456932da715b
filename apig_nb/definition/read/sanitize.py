"""Text and numbers that would hurt whoever shows or stores them: found, said, and made visible."""

from __future__ import annotations

import math
import re
from typing import Any, Final

from apig_nb.definition.problem import Problems
from apig_nb.definition.values import HOLDERS
from apig_nb.text import HARMFUL, out_of_the_ordinary, visible

# What a source text must hold before anything of this kind can be in the values: keeps clean documents quick. It starts
# with its rare character: otherwise it would take many times as long.
_ESCAPE: Final = re.compile(
    r"\\(?:"
    # escapes of JSON and of YAML: an odd number of backslashes
    r"(?<!\\\\)(?:\\\\)*(?:[bf0aevN]|x(?:[0189]|7[fF])"
    r"|(?:u|U0000)(?:00[0189]|007[fF]|202[a-eA-E]|206[6-9]|[fF](?:[dD][dDeE]|[fF]{2}[eEfF])))"
    # halves of surrogate pairs, and what may be one because a backslash is escaped itself
    r"|\\u[dD]|u[dD](?:[89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB]..\\u[dD])[c-fC-F])"
    r")"
)
MAX_EXACT: Final = 2**63
"""Whole numbers from here on fit no column and no other reader's integer."""


def tidy(tree: Any, source: str, utf8: bytes | None, problems: Problems, has_odd_numbers: bool) -> None:
    """Replace harmful characters by visible signs and report them, and numbers that JSON or a float cannot hold."""
    if not has_odd_numbers and not _is_suspicious(source, utf8):
        return
    seen: set[int] = set()
    todo: list[tuple[tuple[object, ...], Any]] = [((), tree)]
    while todo:
        parts, node = todo.pop()
        if node.__class__ not in HOLDERS or id(node) in seen:
            continue
        seen.add(id(node))
        if has_odd_numbers or _holds_harmful_text(node):
            _tidy_node(node, parts, problems)
        children = node.items() if isinstance(node, dict) else enumerate(node)
        inner = [((*parts, key), child) for key, child in children if child.__class__ in HOLDERS]
        todo += reversed(inner)  # the last one pushed comes first


def _holds_harmful_text(node: dict[str, Any] | list[Any]) -> bool:
    """Whether one of its keys and texts is harmful: one search for all of them, as most are not."""
    texts = [child for child in (node.values() if isinstance(node, dict) else node) if isinstance(child, str)]
    return HARMFUL.search("\n".join((*node, *texts) if isinstance(node, dict) else texts)) is not None


def _tidy_node(node: dict[str, Any] | list[Any], parts: tuple[object, ...], problems: Problems) -> None:
    if isinstance(node, dict):
        _tidy_keys(node, parts, problems)
    children: list[tuple[Any, Any]] = list(node.items() if isinstance(node, dict) else enumerate(node))
    for key, child in children:
        at = (*parts, key)
        if isinstance(child, str):
            if HARMFUL.search(child):
                node[key] = visible(child)
                problems.say(at, "characters", "the text holds characters that must not be shown")
        elif isinstance(child, int | float) and not is_ordinary(child):
            problems.say(at, "number", "a number beyond what other readers can hold")


def _is_suspicious(source: str, utf8: bytes | None) -> bool:
    # Of ASCII, the control characters below a blank were refused or replaced when the text was read.
    is_harmful = "\x7f" in source if source.isascii() else HARMFUL.search(out_of_the_ordinary(source, utf8)) is not None
    return is_harmful or _ESCAPE.search(source) is not None


def _tidy_keys(node: dict[str, Any], parts: tuple[object, ...], problems: Problems) -> None:
    if not HARMFUL.search("\n".join(node)):
        return
    items = list(node.items())
    node.clear()
    for key, value in items:
        shown = visible(key)
        at = (*parts, shown)
        if shown != key:
            problems.say(at, "characters", "the key holds characters that must not be shown")
        if shown in node:
            problems.say(at, "duplicate-key", "two keys that look the same; the last one counts")
        node[shown] = value


def is_ordinary(number: float) -> bool:
    """Whether JSON and a 64-bit column can hold a number."""
    return -MAX_EXACT <= number < MAX_EXACT if isinstance(number, int) else math.isfinite(number)
