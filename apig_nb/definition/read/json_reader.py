"""JSON text → plain values, with what the standard library lets pass unseen."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

from apig_nb.definition.read.duplicates import Duplicate
from apig_nb.definition.values import HOLDERS
from apig_nb.errors import DocumentError

MAX_DEPTH: Final = 1000
"""How deep objects and lists may be nested in a document."""

HUGE_DIGITS: Final = 4000
"""Python refuses to read integers much longer than this; as floats they are infinite, which is reported."""

EXACT_DIGITS: Final = 19
"""From so many digits on a whole number may be beyond 64 bits."""

PIECE: Final = 2**18
"""How many bytes are looked at at once where keys are counted; they stay in the processor's cache."""

_QUOTE, _COLON, _BACKSLASH, _BLANK = b'":\\ '

_TOO_DEEP = f"the document is nested deeper than {MAX_DEPTH} levels"
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)


class Json(NamedTuple):
    """What was read.

    Attributes:
        tree: as plain values.
        keys: how many keys all its objects have.
    """

    tree: Any
    keys: int


def read_json(text: str, duplicates: list[Duplicate] | None, odd_numbers: list[str]) -> Json:
    """Read a JSON text; keys written twice are added to `duplicates`, numbers too great or none to `odd_numbers`.

    Without a list for them, keys written twice are not looked for: that takes as long again as the reading.

    Raises:
        json.JSONDecodeError: the text is no JSON.
        DocumentError: the text is nested deeper than `MAX_DEPTH`.
    """
    repeats: list[Duplicate] = [] if duplicates is None else duplicates
    keys = 0

    def counted(holder: dict[str, Any]) -> dict[str, Any]:
        nonlocal keys
        keys += len(holder)
        return holder

    def without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        holder = dict(pairs)
        if len(holder) < len(pairs):
            last = {key: index for index, (key, _) in enumerate(pairs)}
            repeats.extend(
                Duplicate(holder, key, value) for index, (key, value) in enumerate(pairs) if index < last[key]
            )
        return counted(holder)

    def integer(digits: str) -> int | float:
        if len(digits) < EXACT_DIGITS:
            return int(digits)
        odd_numbers.append(digits)
        return float(digits) if len(digits) >= HUGE_DIGITS else int(digits)

    def real(digits: str) -> float:
        number = float(digits)
        if not math.isfinite(number):
            odd_numbers.append(digits)
        return number

    decoder = json.JSONDecoder(
        object_hook=counted,
        object_pairs_hook=None if duplicates is None else without_repeats,
        parse_int=integer,
        parse_float=real,
        parse_constant=real,
    )
    try:
        tree = decoder.decode(text)
    except RecursionError:
        if _depth(text) > MAX_DEPTH:
            raise DocumentError(_TOO_DEEP) from None
        repeats.clear()
        odd_numbers.clear()
        keys = 0
        with _room_for_recursion():
            tree = decoder.decode(text)
        return Json(tree, keys)
    # From 3.12 on Python's decoder goes deeper than its usual limit, which can be raised too; the bound is the same.
    if (sys.version_info >= (3, 12) or sys.getrecursionlimit() > MAX_DEPTH) and _is_too_deep(tree):
        raise DocumentError(_TOO_DEEP)
    return Json(tree, keys)


def keys_at_most(raw: bytes) -> int:
    """How many keys are written in JSON, in UTF-8, or a few more: a text that begins with a colon passes for one.

    Where the objects read from it have as many, none is written twice.
    """
    # Late: only asking for problems counts keys.
    import numpy as np

    signs, keys = np.frombuffer(raw, np.uint8), 0
    # The three signs before a colon tell: a piece begins with those before its first.
    for start in range(0, len(signs), PIECE):
        piece = signs[start : start + PIECE + 3]
        before = np.flatnonzero(piece[3:] == _COLON)
        third, second, first = piece[before], piece[before + 1], piece[before + 2]
        ends, is_apart = first == _QUOTE, first <= _BLANK
        is_escape, ends_apart = ends & (second == _BACKSLASH), is_apart & (second == _QUOTE)
        if (is_apart & (second <= _BLANK) | (is_escape | ends_apart) & (third == _BACKSLASH)).any():
            return _keys_among_blanks_and_escapes(raw)
        keys += int(np.count_nonzero(ends) + np.count_nonzero(ends_apart) - np.count_nonzero(is_escape))
    return keys


def _keys_among_blanks_and_escapes(raw: bytes) -> int:
    """The same for every JSON, in many times as long: quotes before colons but for those that are escaped."""
    solid = raw.translate(None, b" \t\r\n").replace(rb"\\", b"__")
    return solid.count(b'":') - solid.count(b'\\":')


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


def _is_too_deep(tree: Any) -> bool:
    level = [tree] if tree.__class__ in HOLDERS else []
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if isinstance(node, dict) else node)
            if child.__class__ in HOLDERS
        ]
        if not level:
            return False
    return True


@contextmanager
def _room_for_recursion() -> Iterator[None]:
    """Let the decoder go `MAX_DEPTH` levels deep however deep the caller already stands (Jupyter: about 100 frames)."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(before + 4 * MAX_DEPTH)
    try:
        yield
    finally:
        sys.setrecursionlimit(before)
