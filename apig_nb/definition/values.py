"""Tolerant views of untrusted values: the wanted type, or nothing.

Readers use these and never complain; what is of the wrong type is named once, by `check`.
"""

from __future__ import annotations

import json
import marshal
import math
import re
from collections.abc import Mapping, Set
from typing import Any, Final

NOTHING: Final[Mapping[str, Any]] = {}

HOLDERS: Final[frozenset[object]] = frozenset((dict, list))
"""The classes of the values that hold others. Readers make no other ones, and asking for the class is much quicker."""

# Numbers written as text; Python would also take `1_000`, blanks, and digits of other scripts.
_WHOLE = re.compile(r"[-+]?[0-9]{1,20}")
_NUMBER = re.compile(r"[-+]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")


def equal(old: Any, new: Any) -> bool:
    """Return True if two values are equal; False where they are nested too deep for Python to compare."""
    try:
        return bool(old == new)
    except RecursionError:
        return False


def deep_equal(old: Any, new: Any) -> bool:
    """Return True if two values are equal at any depth of nesting, NaN being equal to itself; slower than `equal`."""
    pairs = [(old, new)]
    while pairs:
        one, other = pairs.pop()
        if isinstance(one, dict) and isinstance(other, dict):
            if one.keys() != other.keys():
                return False
            pairs += [(value, other[key]) for key, value in one.items()]
        elif isinstance(one, list) and isinstance(other, list):
            if len(one) != len(other):
                return False
            pairs += zip(one, other, strict=True)
        # NaN is the only value that differs from itself.
        elif one != other and not (one != one and other != other):
            return False
    return True


def as_map(value: object) -> Mapping[str, Any]:
    """The mapping, or an empty one."""
    return value if isinstance(value, dict) else NOTHING


def as_list(value: object) -> list[Any]:
    """The list, or an empty one."""
    return value if isinstance(value, list) else []


def as_text(value: object) -> str | None:
    """The value as text: a text as it is, anything else as JSON; `None` for null."""
    if value is None or isinstance(value, str):
        return value
    return json_text(value)


def upper(value: object) -> str | None:
    """The value as text in upper case."""
    text = as_text(value)
    return text and text.upper()


def lower(value: object) -> str | None:
    """The value as text in lower case."""
    text = as_text(value)
    return text and text.lower()


def as_texts(value: object) -> tuple[str, ...]:
    """A list's items as texts, nulls left out; a single value counts as a list of one."""
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    items = value if isinstance(value, list) else [value]
    return tuple([text for text in map(as_text, items) if text is not None])


def as_flag(value: object) -> bool | None:
    """True or false, also from a text that says so."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}.get(value.lower())
    return None


def as_whole(value: object) -> int | None:
    """A whole number that a 64-bit column can hold, also from a text such as `'-1'`."""
    if (isinstance(value, str) and _WHOLE.fullmatch(value)) or (isinstance(value, float) and value.is_integer()):
        value = int(value)
    return value if value.__class__ is int and -(2**63) <= value < 2**63 else None


def as_number(value: object) -> float | None:
    """A finite number, also from a text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True)


def json_text(value: object) -> str:
    """Compact JSON with sorted keys; short words where the value is nested too deep to write."""
    try:
        return _ENCODER.encode(value)
    except (RecursionError, ValueError):
        return "… (nested too deep)"


def written_form(value: Any) -> bytes | None:
    """Bytes that no two values share that are not written alike; `None` where nested too deep.

    Values that are written alike nearly always share them: only where Python holds a part of one in several places, and
    the like part of the other in one, do they differ. Text in JSON takes three times as long.
    """
    try:
        return marshal.dumps(value, 4)
    except ValueError:
        return None


TEXT_UNIT: Final = 32
"""A text counts as one value more for each so many characters."""


def text_size(text: str) -> int:
    """As how many values a text counts."""
    return 1 + len(text) // TEXT_UNIT


def size(value: object) -> int:
    """How many values there are in a value, itself included; long texts and keys count as several."""
    count = 0
    todo: list[Any] = [value]
    while todo:
        node = todo.pop()
        count += text_size(node) if isinstance(node, str) else 1
        if isinstance(node, dict):
            count += sum([len(key) // TEXT_UNIT for key in node])
            todo += node.values()
        elif isinstance(node, list):
            todo += node
    return count


def without(holder: Mapping[str, Any], known: Set[str]) -> dict[str, Any]:
    """What an object holds beside the keys that are known."""
    if holder.keys() <= known:
        return {}
    return {key: value for key, value in holder.items() if key not in known}


def unknown_text(item: Mapping[str, Any], known: Set[str]) -> str:
    """The fields that the words for a small object leave out, as JSON."""
    unknown = without(item, known)
    return json_text(unknown) if unknown else ""


def extensions(holder: Mapping[str, Any], known: Set[str] = frozenset()) -> dict[str, Any]:
    """The extension keys (`x-…`) of an object that no column of its own shows."""
    if holder.keys() <= known:
        return {}
    return {key: value for key, value in holder.items() if key[:2] == "x-" and key not in known}
