"""Convert untrusted values to an expected type; anything else becomes `None` or empty.

The model uses these and never fails; values of a wrong type are reported once, by `lint`.
"""

from __future__ import annotations

import json
import marshal
import math
import re
from collections.abc import Mapping, Set
from fractions import Fraction
from typing import Any, Final

NOTHING: Final[Mapping[str, Any]] = {}

HOLDERS: Final[frozenset[object]] = frozenset((dict, list))
"""The classes of values that hold others. Trees have no subclasses of these, so that `__class__`, which is much faster
than `isinstance`, can be compared."""

# Numbers written as text; `int` and `float` would also accept `1_000`, blanks, and digits of other scripts.
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
    """Return a mapping as it is, and an empty one for anything else."""
    return value if isinstance(value, dict) else NOTHING


def as_list(value: object) -> list[Any]:
    """Return a list as it is, and an empty one for anything else."""
    return value if isinstance(value, list) else []


def as_text(value: object) -> str | None:
    """Return text as it is, `None` for null, and anything else as JSON."""
    if value is None or isinstance(value, str):
        return value
    return json_text(value)


def upper(value: object) -> str | None:
    """Return `as_text` of the value in upper case."""
    text = as_text(value)
    return text and text.upper()


def lower(value: object) -> str | None:
    """Return `as_text` of the value in lower case."""
    text = as_text(value)
    return text and text.lower()


def as_texts(value: object) -> tuple[str, ...]:
    """Return the items of a list as texts, without nulls; a single value counts as a list of one."""
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    items = value if isinstance(value, list) else [value]
    return tuple([text for text in map(as_text, items) if text is not None])


def as_flag(value: object) -> bool | None:
    """Return a boolean, also of a text such as `yes`."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        return {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}.get(value.lower())
    return None


def as_whole(value: object) -> int | None:
    """Return an integer of at most 64 bits, also of a text such as `'-1'`."""
    if (isinstance(value, str) and _WHOLE.fullmatch(value)) or (isinstance(value, float) and value.is_integer()):
        value = int(value)
    return value if value.__class__ is int and -(2**63) <= value < 2**63 else None


def as_number(value: object) -> float | None:
    """Return a finite number, also of a text."""
    # Most limits are missing, and a check with a union of types takes longer than this one.
    if value is None or isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and not _NUMBER.fullmatch(value):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def as_exact(value: object) -> Fraction | None:
    """Return a finite number, also of a text, without rounding: 0.07 is seven hundredths."""
    number = as_number(value)
    if not number or not isinstance(value, int | float | str):
        # The smallest numbers that a text can write would be fractions of any length.
        return None if number is None else Fraction(0)
    try:
        return Fraction(value if isinstance(value, int) else str(value))
    except ValueError:
        # A text of more digits than Python converts.
        return Fraction(number)


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True)


def json_text(value: object) -> str:
    """Write JSON with sorted keys; a short note if the value is nested too deep."""
    try:
        # Most values are limits of schemas, for which the encoder takes ten times as long.
        return str(value) if value.__class__ is int else _ENCODER.encode(value)
    except (RecursionError, ValueError):
        return "… (nested too deep)"


def written_form(value: Any) -> bytes | None:
    """Serialize a value so that different values never give equal bytes; `None` if it is nested too deep.

    Equal values nearly always give equal bytes: they differ only if one of them uses an object in several places where
    the other has copies. JSON would take three times as long.
    """
    try:
        return marshal.dumps(value, 4)
    except ValueError:
        return None


TEXT_UNIT: Final = 32
"""A text counts as one more value for each so many characters."""


def text_size(text: str) -> int:
    """Return the number of values that a text counts as."""
    return 1 + len(text) // TEXT_UNIT


def size(value: object) -> int:
    """Count a value and all values in it; long texts and keys count as several."""
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
    """Return the items of an object except those with known keys."""
    if holder.keys() <= known:
        return {}
    return {key: value for key, value in holder.items() if key not in known}


def unknown_text(item: Mapping[str, Any], known: Set[str]) -> str:
    """Return the unknown fields of an object as JSON; empty if there are none."""
    unknown = without(item, known)
    return json_text(unknown) if unknown else ""


def extensions(holder: Mapping[str, Any], known: Set[str] = frozenset()) -> dict[str, Any]:
    """Return the extension keys (`x-…`) of an object except known ones."""
    if holder.keys() <= known:
        return {}
    return {key: value for key, value in holder.items() if key[:2] == "x-" and key not in known}
