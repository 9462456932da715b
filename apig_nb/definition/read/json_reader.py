"""Parse JSON, noting duplicate keys and numbers that other readers cannot hold."""

from __future__ import annotations

import json
import math
from typing import Any, Final

from apig_nb.definition.read.duplicates import Duplicate, Parsed
from apig_nb.definition.values import HOLDERS
from apig_nb.errors import DocumentError

MAX_DEPTH: Final = 1000
"""The maximum number of nested objects and lists in a document."""

HUGE_DIGITS: Final = 4000
"""Python refuses to parse integers of more than 4,300 digits. They become floats, which are infinite and reported."""

_MAX_EXACT_DIGITS: Final = 18
"""Integers with more digits may not fit into 64 bits."""


def read_json(text: str) -> Parsed:
    """Parse a JSON text.

    Raises:
        json.JSONDecodeError: the text is not JSON.
        RecursionError: it is nested deeper than Python's decoder can follow from the present stack.
        DocumentError: it is nested deeper than `MAX_DEPTH`.
    """
    duplicates: list[Duplicate] = []
    large_numbers: list[str] = []

    def object_of(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        holder = dict(pairs)
        if len(holder) < len(pairs):
            last = {key: index for index, (key, _) in enumerate(pairs)}
            duplicates.extend(
                Duplicate(holder, key, value) for index, (key, value) in enumerate(pairs) if index < last[key]
            )
        return holder

    def integer(digits: str) -> int | float:
        if len(digits) > _MAX_EXACT_DIGITS:
            large_numbers.append(digits)
        return int(digits) if len(digits) < HUGE_DIGITS else float(digits)

    def real(digits: str) -> float:
        number = float(digits)
        if not math.isfinite(number):
            large_numbers.append(digits)
        return number

    decoder = json.JSONDecoder(object_pairs_hook=object_of, parse_int=integer, parse_float=real, parse_constant=real)
    tree = decoder.decode(text)
    # Most exports are too small to be nested so deep, and need not be searched, which takes as long as parsing them.
    if text.count("{") + text.count("[") > MAX_DEPTH and _is_too_deep(tree):
        raise DocumentError(f"the document is nested deeper than {MAX_DEPTH} levels")
    return Parsed(tree, duplicates, bool(large_numbers))


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
