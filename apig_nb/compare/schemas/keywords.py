"""How two values of a keyword are compared: tighter, looser, or just another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from apig_nb.compare.equality import equal
from apig_nb.compare.rules import ALTERED, KEYWORDS, LOOSENED, TIGHTENED, Keyword
from apig_nb.definition.values import as_flag, as_list, as_number, json_text

KNOWN: Final = frozenset(keyword.name for keyword in KEYWORDS)
"""Keywords of a schema that have a rule."""


class Difference(NamedTuple):
    """A keyword that differs: its rule, and its values in words."""

    rule: str
    before: Any
    after: Any


def keyword_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[tuple[str, Difference]]:
    """Every keyword whose values differ, with how they do, in the order of the table."""
    for keyword in KEYWORDS:
        before, after = old.get(keyword.name), new.get(keyword.name)
        if not equal(before, after):
            for difference in _ORDERS[keyword.order](keyword, before, after):
                yield keyword.name, difference


def _difference(keyword: Keyword, effect: str, before: Any, after: Any) -> Difference:
    return Difference(f"{keyword.rule_stem}-{effect}", before, after)


def _by_presence(keyword: Keyword, before: Any, after: Any) -> Iterator[Difference]:
    """A keyword that refuses values: there, or not there."""
    effect = TIGHTENED if before is None else LOOSENED if after is None else ALTERED
    yield _difference(keyword, effect, before, after)


def _as_other(keyword: Keyword, before: Any, after: Any) -> Iterator[Difference]:
    yield _difference(keyword, ALTERED, before, after)


def _by_flag(keyword: Keyword, before: Any, after: Any) -> Iterator[Difference]:
    if bool(as_flag(before)) != bool(as_flag(after)):
        yield _difference(keyword, TIGHTENED if as_flag(after) else LOOSENED, before, after)


def _by_nullable(keyword: Keyword, before: Any, after: Any) -> Iterator[Difference]:
    if bool(before) != bool(after):
        yield _difference(keyword, LOOSENED if after else TIGHTENED, bool(before), bool(after))


def _by_lower_limit(keyword: Keyword, before: Any, after: Any) -> Iterator[Difference]:
    low, high = _limit(before, 1), _limit(after, 1)
    if low != high:
        effect = TIGHTENED if low is None or (high is not None and high > low) else LOOSENED
        yield _difference(keyword, effect, _limit_text(before), _limit_text(after))


def _by_upper_limit(keyword: Keyword, before: Any, after: Any) -> Iterator[Difference]:
    high, low = _limit(before, -1), _limit(after, -1)
    if high != low:
        effect = TIGHTENED if high is None or (low is not None and low > high) else LOOSENED
        yield _difference(keyword, effect, _limit_text(before), _limit_text(after))


def _limit(value: Any, sign: int) -> tuple[float, bool] | None:
    """A limit to order by: the greater, the tighter."""
    number, excluded = value if isinstance(value, tuple) else (as_number(value), False)
    return None if number is None else (sign * number, excluded)


def _limit_text(value: Any) -> Any:
    if not isinstance(value, tuple):
        return value
    number, excluded = value
    shown = int(number) if number.is_integer() else number
    return f"{shown} (excluded)" if excluded else shown


def _by_types(keyword: Keyword, before: Any, after: Any) -> Iterator[Difference]:
    """Types as sets: an integer is a number, and no type stands for all."""
    old, new = _with_integer(before), _with_integer(after)
    if old == new:
        return
    effect = ALTERED
    if new is not None and (old is None or new < old):
        effect = TIGHTENED
    elif old is not None and (new is None or old < new):
        effect = LOOSENED
    yield _difference(keyword, effect, _types_text(before), _types_text(after))


def _with_integer(types: Any) -> frozenset[str] | None:
    return None if types is None else types | {"integer"} if "number" in types else types


def _types_text(types: Any) -> str | None:
    return None if types is None else " | ".join(sorted(types))


_WIDER_FORMATS: Final = {"int32": "int64", "float": "double"}
"""Format → the one that holds all of it."""


def _by_format(keyword: Keyword, before: Any, after: Any) -> Iterator[Difference]:
    if after is not None and _WIDER_FORMATS.get(str(before)) == after:
        yield _difference(keyword, LOOSENED, before, after)
    elif before is not None and _WIDER_FORMATS.get(str(after)) == before:
        yield _difference(keyword, TIGHTENED, before, after)
    else:
        yield from _by_presence(keyword, before, after)


def _by_enum(keyword: Keyword, before: Any, after: Any) -> Iterator[Difference]:
    """Values gone, and values come; their order says nothing."""
    if before is None or after is None:
        yield from _by_presence(keyword, before, after)
        return
    old, new = ({_text_of(value): value for value in as_list(values)} for values in (before, after))
    gone = [value for text, value in old.items() if text not in new]
    come = [value for text, value in new.items() if text not in old]
    if gone:
        yield _difference(keyword, TIGHTENED, gone, None)
    if come:
        yield _difference(keyword, LOOSENED, None, come)


def _text_of(value: Any) -> str:
    """A value as text by which it is known: 1 and 1.0 are one number."""
    return json_text(int(value) if isinstance(value, float) and value.is_integer() else value)


def _by_names(keyword: Keyword, before: Any, after: Any) -> Iterator[Difference]:
    """A set of demands: each one more tightens."""
    old, new = before or frozenset(), after or frozenset()
    if come := new - old:
        yield _difference(keyword, TIGHTENED, None, come)
    if gone := old - new:
        yield _difference(keyword, LOOSENED, gone, None)


def _by_step(keyword: Keyword, before: Any, after: Any) -> Iterator[Difference]:
    """A step between numbers: a multiple of it lets fewer through."""
    old, new = as_number(before), as_number(after)
    if old and new and (new / old).is_integer():
        yield _difference(keyword, TIGHTENED, before, after)
    elif old and new and (old / new).is_integer():
        yield _difference(keyword, LOOSENED, before, after)
    else:
        yield from _by_presence(keyword, before, after)


def _by_additional(keyword: Keyword, before: Any, after: Any) -> Iterator[Difference]:
    """What is not named: anything, nothing, or of a schema."""
    if before == {}:
        before = None
    if after == {}:
        after = None
    if before == after:
        return
    if after is None or before is False:
        yield _difference(keyword, LOOSENED, before, after)
    elif before is None or after is False:
        yield _difference(keyword, TIGHTENED, before, after)
    else:
        yield _difference(keyword, ALTERED, before, after)


_ORDERS: Final[Mapping[str, Callable[[Keyword, Any, Any], Iterator[Difference]]]] = {
    "types": _by_types,
    "format": _by_format,
    "enum": _by_enum,
    "nullable": _by_nullable,
    "lower": _by_lower_limit,
    "upper": _by_upper_limit,
    "flag": _by_flag,
    "presence": _by_presence,
    "names": _by_names,
    "step": _by_step,
    "additional": _by_additional,
    "other": _as_other,
}
