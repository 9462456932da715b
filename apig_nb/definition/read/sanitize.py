"""Report characters that must be escaped where they are shown, and numbers that JSON cannot hold."""

from __future__ import annotations

import math
import re
from typing import Any, Final

from apig_nb.definition.problem import Problems
from apig_nb.definition.values import HOLDERS
from apig_nb.text import HARMFUL, encodable

# Escapes that may give a harmful character in JSON or YAML. Most documents have none; their values need not be searched
# one by one, which takes four times as long as `json.loads`.
_ESCAPE: Final = re.compile(r"\\(?:[0abefvNxU]|u(?:00[0189]|007|20[26]|[dDfF]))")
_HARMFUL_ASCII: Final = bytes(code for code in range(128) if HARMFUL.match(chr(code)))

MAX_EXACT: Final = 2**63
"""Integers from here on fit neither a 64-bit column nor the integers of most other readers."""


def sanitize(tree: Any, source: str, problems: Problems, has_large_numbers: bool) -> None:
    """Report harmful characters in a tree, and numbers that JSON or a float cannot hold.

    The characters stay, so that names and values are those of the document. Only lone surrogates are replaced, in
    place: no file can hold them.

    Args:
        tree: the document, parsed.
        source: its text, by which most documents are known to hold no such characters.
        problems: the list to which problems are added.
        has_large_numbers: True if the tree holds such numbers.
    """
    if not has_large_numbers and not _has_harmful(source) and not _ESCAPE.search(source):
        return
    seen: set[int] = set()
    todo: list[tuple[tuple[object, ...], Any]] = [((), tree)]
    while todo:
        parts, node = todo.pop()
        if node.__class__ not in HOLDERS or id(node) in seen:
            continue
        seen.add(id(node))
        if has_large_numbers or _has_harmful_text(node):
            _sanitize_node(node, parts, problems)
        children = node.items() if isinstance(node, dict) else enumerate(node)
        inner = [((*parts, key), child) for key, child in children if child.__class__ in HOLDERS]
        todo += reversed(inner)  # the last one pushed is popped first


def _has_harmful(source: str) -> bool:
    if source.isascii():
        # As the expression, in a fifth of the time.
        return len(source.encode().translate(None, _HARMFUL_ASCII)) < len(source)
    return HARMFUL.search(source) is not None


def _has_harmful_text(node: dict[str, Any] | list[Any]) -> bool:
    """Return True if a key or text of the node is harmful; one search for all of them, as most are not."""
    texts = [child for child in (node.values() if isinstance(node, dict) else node) if isinstance(child, str)]
    return HARMFUL.search("\n".join((*node, *texts) if isinstance(node, dict) else texts)) is not None


def _sanitize_node(node: dict[str, Any] | list[Any], parts: tuple[object, ...], problems: Problems) -> None:
    if isinstance(node, dict):
        _sanitize_keys(node, parts, problems)
    children: list[tuple[Any, Any]] = list(node.items() if isinstance(node, dict) else enumerate(node))
    for key, child in children:
        if isinstance(child, str):
            if HARMFUL.search(child):
                node[key] = encodable(child)
                problems.add((*parts, key), "characters", "the text holds characters that are escaped where shown")
        elif isinstance(child, int | float) and not is_ordinary(child):
            problems.add((*parts, key), "number", "a number beyond the range of other readers")


def _sanitize_keys(node: dict[str, Any], parts: tuple[object, ...], problems: Problems) -> None:
    if not HARMFUL.search("\n".join(node)):
        return
    items = list(node.items())
    node.clear()
    for key, value in items:
        name = encodable(key)
        if HARMFUL.search(key):
            problems.add((*parts, name), "characters", "the key holds characters that are escaped where shown")
        if name in node:
            message = "two keys that are the same once lone surrogates are replaced; the last one counts"
            problems.add((*parts, name), "duplicate-key", message)
        node[name] = value


def is_ordinary(number: float) -> bool:
    """Return True if JSON and a 64-bit column can hold a number."""
    return -MAX_EXACT <= number < MAX_EXACT if isinstance(number, int) else math.isfinite(number)
