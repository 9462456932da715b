"""JSON text → plain values, with what the standard library lets pass unseen."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from apig_nb.definition.duplicates import Duplicate
from apig_nb.errors import DocumentError

MAX_DEPTH: Final = 1000
"""How deep objects and lists may be nested in a document."""

HUGE_DIGITS: Final = 4000
"""Python refuses to read integers much longer than this; as floats they are infinite, which is reported."""

_HUGE = re.compile(rf"(?<![0-9])[0-9]{{{HUGE_DIGITS}}}")
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)


def read_json(text: str, duplicates: list[Duplicate]) -> Any:
    """Read a JSON text; keys written twice are added to `duplicates`.

    Raises:
        json.JSONDecodeError: the text is no JSON.
        DocumentError: the text is nested deeper than `MAX_DEPTH`.
    """

    def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        holder = dict(pairs)
        if len(holder) < len(pairs):
            last = {key: index for index, (key, _) in enumerate(pairs)}
            duplicates.extend(
                Duplicate(holder, key, value) for index, (key, value) in enumerate(pairs) if index < last[key]
            )
        return holder

    decoder = json.JSONDecoder(object_pairs_hook=without_repeats, parse_int=_integer if _HUGE.search(text) else None)
    try:
        return decoder.decode(text)
    except RecursionError:
        if _depth(text) > MAX_DEPTH:
            raise DocumentError(f"the document is nested deeper than {MAX_DEPTH} levels") from None
    duplicates.clear()
    with _room_for_recursion():
        return decoder.decode(text)


def _integer(digits: str) -> int | float:
    return float(digits) if len(digits) >= HUGE_DIGITS else int(digits)


def _depth(text: str) -> int:
    deepest = depth = 0
    for match in _STRING_OR_BRACKET.finditer(text):
        sign = match[0]
        if sign in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif sign in "]}":
            depth -= 1
    return deepest


@contextmanager
def _room_for_recursion() -> Iterator[None]:
    """Let the decoder go `MAX_DEPTH` levels deep however deep the caller already stands (Jupyter: about 100 frames)."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(before + 4 * MAX_DEPTH)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
