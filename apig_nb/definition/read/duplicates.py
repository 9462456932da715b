"""Report duplicate keys of objects, and the operations that they drop."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from apig_nb.definition.grammar import is_method
from apig_nb.definition.problem import Problems, quoted
from apig_nb.definition.values import HOLDERS


class Duplicate(NamedTuple):
    """A key that occurs more than once in `holder`, and the value that a later one replaced."""

    holder: dict[str, Any]
    key: str
    dropped: Any


class Parsed(NamedTuple):
    """The result of parsing JSON or YAML.

    Attributes:
        tree: the document as dicts, lists and scalars.
        duplicates: duplicate keys of its objects.
        has_large_numbers: True if it holds NaN, infinity, or integers that may not fit into 64 bits.
    """

    tree: Any
    duplicates: list[Duplicate]
    has_large_numbers: bool


def report_duplicates(tree: object, duplicates: Sequence[Duplicate], problems: Problems) -> None:
    """Add a problem for each duplicate key and for each operation that was dropped with it."""
    if not duplicates:
        return
    locations = _locations(tree, duplicates)
    found = Problems()
    for holder, key, dropped in duplicates:
        parts = (*locations.get(id(holder), ()), key)
        found.add(parts, "duplicate-key", f"{quoted(key)} occurs more than once; the last one counts")
        for operation in _operations(parts, dropped):
            found.add(operation, "dropped-operation", "an operation that a later key of the same name replaces")
    problems += sorted(found, key=lambda problem: problem.pointer)
    problems.truncated |= found.truncated


def _locations(tree: object, duplicates: Sequence[Duplicate]) -> dict[int, tuple[object, ...]]:
    """Find the pointer parts of each holder, by its id; the first ones if aliases use it several times.

    Dropped values are searched last, at the pointer where they were: they can have duplicate keys, too.
    """
    dropped: dict[int, list[tuple[str, Any]]] = defaultdict(list)
    for duplicate in duplicates:
        dropped[id(duplicate.holder)].append((duplicate.key, duplicate.dropped))
    found: dict[int, tuple[object, ...]] = {}
    seen: set[int] = set()
    todo: list[tuple[tuple[object, ...], object]] = [((), tree)]
    todo_last: list[tuple[tuple[object, ...], object]] = []
    while todo or todo_last:
        parts, node = (todo or todo_last).pop()
        if not isinstance(node, dict | list) or id(node) in seen:
            continue
        seen.add(id(node))
        if id(node) in dropped:
            found[id(node)] = parts
            todo_last.extend(((*parts, key), value) for key, value in dropped[id(node)])
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
