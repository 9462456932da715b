"""Comparison of the values of one keyword of a schema: tightened, loosened or altered."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any, Final, NamedTuple

from apig_nb.compare.rules import ALTERED, KEYWORDS, LOOSENED, TIGHTENED, Keyword
from apig_nb.compare.schemas.formats import PRESENTATION, REGISTERED, WIDER_FORMATS
from apig_nb.definition.model.schema import Limit
from apig_nb.definition.values import as_exact, as_flag, equal, json_text


class KeywordDifference(NamedTuple):
    """A difference between two values of a keyword.

    Attributes:
        keyword: name of the keyword.
        rule: id of the rule.
        before: the old value for display.
        after: the new value for display.
    """

    keyword: str
    rule: str
    before: Any
    after: Any


def keyword_differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[KeywordDifference]:
    """Yield the differences of all keywords of two schemas, in the order of `rules.KEYWORDS`."""
    for keyword in KEYWORDS:
        before, after = old.get(keyword.name), new.get(keyword.name)
        if not equal(before, after):
            yield from _COMPARE[keyword.order](keyword, before, after)


def _difference(keyword: Keyword, effect: str, before: Any, after: Any) -> KeywordDifference:
    return KeywordDifference(keyword.name, f"{keyword.rule_stem}-{effect}", before, after)


def _compare_presence(keyword: Keyword, before: Any, after: Any) -> Iterator[KeywordDifference]:
    """Compare a keyword that rejects values where it is present."""
    effect = TIGHTENED if before is None else LOOSENED if after is None else ALTERED
    yield _difference(keyword, effect, before, after)


def _compare_other(keyword: Keyword, before: Any, after: Any) -> Iterator[KeywordDifference]:
    yield _difference(keyword, ALTERED, before, after)


def _compare_flag(keyword: Keyword, before: Any, after: Any) -> Iterator[KeywordDifference]:
    if bool(as_flag(before)) != bool(as_flag(after)):
        yield _difference(keyword, TIGHTENED if as_flag(after) else LOOSENED, before, after)


def _compare_nullable(keyword: Keyword, before: Any, after: Any) -> Iterator[KeywordDifference]:
    if bool(before) != bool(after):
        yield _difference(keyword, LOOSENED if after else TIGHTENED, bool(before), bool(after))


def _compare_lower_limit(keyword: Keyword, before: Any, after: Any) -> Iterator[KeywordDifference]:
    yield from _compare_limits(keyword, before, after, 1)


def _compare_upper_limit(keyword: Keyword, before: Any, after: Any) -> Iterator[KeywordDifference]:
    yield from _compare_limits(keyword, before, after, -1)


def _compare_limits(keyword: Keyword, before: Any, after: Any, sign: int) -> Iterator[KeywordDifference]:
    old, new = _strictness(before, sign), _strictness(after, sign)
    if old != new:
        effect = TIGHTENED if old is None or (new is not None and new > old) else LOOSENED
        yield _difference(keyword, effect, _limit_text(before), _limit_text(after))


def _strictness(value: Any, sign: int) -> tuple[Fraction, bool] | None:
    """Return a limit as a value that grows with strictness; `None` if there is no limit."""
    number, is_exclusive = value if isinstance(value, Limit) else (as_exact(value), False)
    return None if number is None else (sign * number, is_exclusive)


def _limit_text(value: Any) -> Any:
    if not isinstance(value, Limit):
        return value
    number = int(value.value) if value.value.denominator == 1 else float(value.value)
    return f"{number} (excluded)" if value.is_exclusive else number


def _compare_types(keyword: Keyword, before: Any, after: Any) -> Iterator[KeywordDifference]:
    """Compare types as sets: `number` includes `integer`, and a missing type allows all."""
    old, new = _with_integer(before), _with_integer(after)
    if old == new:
        return
    effect = ALTERED
    if new is not None and (old is None or new < old):
        effect = TIGHTENED
    elif old is not None and (new is None or old < new):
        effect = LOOSENED
    yield _difference(keyword, effect, _types_text(before), _types_text(after))


def _with_integer(types: frozenset[str] | None) -> frozenset[str] | None:
    return types | {"integer"} if types is not None and "number" in types else types


def _types_text(types: frozenset[str] | None) -> str | None:
    return None if types is None else " | ".join(sorted(types))


def _compare_format(keyword: Keyword, before: Any, after: Any) -> Iterator[KeywordDifference]:
    old, new = (None if value is None or str(value) in PRESENTATION else str(value) for value in (before, after))
    if old == new:
        yield KeywordDifference(keyword.name, "format-hint-altered", before, after)
    elif {old, new}.isdisjoint(REGISTERED):
        effect = TIGHTENED if old is None else LOOSENED if new is None else ALTERED
        yield KeywordDifference(keyword.name, f"unregistered-format-{effect}", before, after)
    elif old is None or new is None:
        yield _difference(keyword, TIGHTENED if old is None else LOOSENED, before, after)
    elif WIDER_FORMATS.get(old) == new:
        yield _difference(keyword, LOOSENED, before, after)
    elif WIDER_FORMATS.get(new) == old:
        yield _difference(keyword, TIGHTENED, before, after)
    else:
        yield from _compare_presence(keyword, before, after)


def _compare_enum(keyword: Keyword, before: Any, after: Any) -> Iterator[KeywordDifference]:
    """Compare allowed values, in any order."""
    if before is None or after is None:
        yield from _compare_presence(keyword, before, after)
        return
    old, new = ({_value_key(value): value for value in _values(values)} for values in (before, after))
    removed = [value for key, value in old.items() if key not in new]
    added = [value for key, value in new.items() if key not in old]
    if removed:
        yield _difference(keyword, TIGHTENED, removed, None)
    if added:
        yield _difference(keyword, LOOSENED, None, added)


def _values(values: Any) -> list[Any]:
    return values if isinstance(values, list) else []


def _value_key(value: Any) -> str:
    """Return a text that is equal for equal values; 1 and 1.0 are one number."""
    return json_text(int(value) if isinstance(value, float) and value.is_integer() else value)


def _compare_names(keyword: Keyword, before: Any, after: Any) -> Iterator[KeywordDifference]:
    """Compare sets of requirements."""
    old, new = before or frozenset(), after or frozenset()
    if added := new - old:
        yield _difference(keyword, TIGHTENED, None, added)
    if removed := old - new:
        yield _difference(keyword, LOOSENED, removed, None)


def _compare_step(keyword: Keyword, before: Any, after: Any) -> Iterator[KeywordDifference]:
    """Compare steps between numbers: fewer numbers are multiples of a multiple."""
    old, new = as_exact(before), as_exact(after)
    if old and new and (new / old).denominator == 1:
        yield _difference(keyword, TIGHTENED, before, after)
    elif old and new and (old / new).denominator == 1:
        yield _difference(keyword, LOOSENED, before, after)
    else:
        yield from _compare_presence(keyword, before, after)


def _compare_additional(keyword: Keyword, before: Any, after: Any) -> Iterator[KeywordDifference]:
    """Compare parts that are not described: allowed (missing or `{}`), forbidden (False), or restricted by a schema."""
    old, new = (None if value == {} else value for value in (before, after))
    if old == new:
        return
    if new is None or old is False:
        yield _difference(keyword, LOOSENED, old, new)
    elif old is None or new is False:
        yield _difference(keyword, TIGHTENED, old, new)
    else:
        yield _difference(keyword, ALTERED, old, new)


_COMPARE: Final[Mapping[str, Callable[[Keyword, Any, Any], Iterator[KeywordDifference]]]] = {
    "types": _compare_types,
    "format": _compare_format,
    "enum": _compare_enum,
    "nullable": _compare_nullable,
    "lower": _compare_lower_limit,
    "upper": _compare_upper_limit,
    "flag": _compare_flag,
    "mark": _compare_flag,
    "presence": _compare_presence,
    "names": _compare_names,
    "step": _compare_step,
    "additional": _compare_additional,
    "other": _compare_other,
}
"""Function that compares two values of a keyword, by `Keyword.order`."""
