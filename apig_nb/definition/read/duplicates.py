"""Keys written twice in one object: the last one counts, and nothing disappears without a word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from apig_nb.definition.grammar import is_method
from apig_nb.definition.problem import Problems, quoted
from apig_nb.definition.values import HOLDERS


class Duplicate(NamedTuple):
    """A key that was written twice in `holder`, and the value that a later one replaced."""

    holder: dict[str, Any]
    key: str
    dropped: Any


def say_duplicates(tree: object, duplicates: Sequence[Duplicate], problems: Problems) -> None:
    """Say where keys were written twice, and which operations went with them."""
    if not duplicates:
        return
    where = _places(tree, duplicates)
    found = Problems()
    for holder, key, dropped in duplicates:
        parts = (*where.get(id(holder), ()), key)
        found.say(parts, "duplicate-key", f"{quoted(key)} is written twice; the last one counts")
        for at in _operations(parts, dropped):
            found.say(at, "dropped-operation", "an operation that a later key of the same name replaces")
    problems += sorted(found, key=lambda problem: problem.pointer)
    problems.are_more |= found.are_more


def _places(tree: object, duplicates: Sequence[Duplicate]) -> dict[int, tuple[object, ...]]:
    """The parts of the pointer to each holder; the first place where one stands in several.

    What was dropped is looked into last, where it stood: it can hold duplicates of its own.
    """
    dropped: dict[int, list[tuple[str, Any]]] = defaultdict(list)
    for duplicate in duplicates:
        dropped[id(duplicate.holder)].append((duplicate.key, duplicate.dropped))
    found: dict[int, tuple[object, ...]] = {}
    seen: set[int] = set()
    todo: list[tuple[tuple[object, ...], object]] = [((), tree)]
    later: list[tuple[tuple[object, ...], object]] = []
    while todo or later:
        parts, node = (todo or later).pop()
        if not isinstance(node, dict | list) or id(node) in seen:
            continue
        seen.add(id(node))
        if id(node) in dropped:
            found[id(node)] = parts
            later.extend(((*parts, key), value) for key, value in dropped[id(node)])
        children = node.items() if isinstance(node, dict) else enumerate(node)
        todo.extend(((*parts, key), child) for key, child in children if child.__class__ in HOLDERS)
    return found


def _operations(parts: Sequence[object], dropped: object) -> Iterator[tuple[object, ...]]:
    if not isinstance(dropped, dict) or not parts or parts[0] != "paths":
        return
    if len(parts) == 3 and is_method(str(parts[2])):
        yield tuple(parts)
    elif len(parts) < 3:
        for key, value in dropped.items():
            yield from _operations((*parts, key), value)
