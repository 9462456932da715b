"""Matching of the operations of two documents."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from apig_nb.definition.model.operation import Operation

_TEMPLATE: Final = re.compile(r"\{[^{}]*?(\+?)\}")


def path_shape(path: str) -> str:
    """Return a path without the names of its parameters, so that `/a/{id}` and `/a/{key}` are equal."""
    return _TEMPLATE.sub(r"{\1}", path)


@dataclass
class Matches:
    """Pairs of matching operations of two documents, and the operations without a match.

    Attributes:
        pairs: operations that both documents have; names of path parameters may differ.
        moved: operations with another path or method in the new document.
        removed: operations that only the old document has.
        added: operations that only the new document has.
        answering: removed operation → the new operation that answers its calls.
    """

    pairs: list[tuple[Operation, Operation]] = field(default_factory=list)
    moved: list[tuple[Operation, Operation]] = field(default_factory=list)
    removed: list[Operation] = field(default_factory=list)
    added: list[Operation] = field(default_factory=list)
    answering: dict[Operation, Operation] = field(default_factory=dict)


def match(old: Sequence[Operation], new: Sequence[Operation], mapped: Callable[[str], str]) -> Matches:
    """Pair the operations of two documents.

    Args:
        old: operations of the old document.
        new: operations of the new document.
        mapped: returns the path under which a path is compared (`CompareOptions.map_path`).
    """
    matches = Matches()
    by_key = _by_key(new, mapped)
    unmatched = []
    for operation in old:
        partner = _pop_best_match(operation, by_key.get(_key(operation, mapped), []), mapped)
        if partner is None:
            unmatched.append(operation)
        else:
            matches.pairs.append((operation, partner))
    free = set(_flat(by_key.values()))
    _pair_moved(matches, unmatched, [operation for operation in new if operation in free])
    routes = _Routes(new, mapped)
    for operation in matches.removed:
        if (answering := routes.find(operation.method, mapped(operation.path))) is not None:
            matches.answering[operation] = answering
    return matches


def _key(operation: Operation, mapped: Callable[[str], str]) -> tuple[str, str]:
    return operation.method, path_shape(mapped(operation.path))


def _by_key(
    operations: Iterable[Operation], mapped: Callable[[str], str]
) -> defaultdict[tuple[str, str], list[Operation]]:
    found = defaultdict(list)
    for operation in operations:
        found[_key(operation, mapped)].append(operation)
    return found


def _flat(groups: Iterable[list[Operation]]) -> Iterator[Operation]:
    return (operation for group in groups for operation in group)


def _pop_best_match(operation: Operation, free: list[Operation], mapped: Callable[[str], str]) -> Operation | None:
    """Remove and return the best match: operations with the same key differ in parameter names or match mode."""
    if not free:
        return None
    mode = operation.match_mode
    path = mapped(operation.path)
    best = max(free, key=lambda other: (mapped(other.path) == path, other.match_mode == mode))
    free.remove(best)
    return best


def _pair_moved(matches: Matches, removed: list[Operation], added: list[Operation]) -> None:
    """Pair removed and added operations that have the same id or content; the others stay removed or added."""
    for key in (_id_key, _content_key):
        old, new = _unique(removed, key), _unique(added, key)
        pairs = [(operation, new[name]) for name, operation in old.items() if name in new]
        matches.moved += pairs
        paired = {operation for pair in pairs for operation in pair}
        removed, added = ([operation for operation in side if operation not in paired] for side in (removed, added))
    matches.removed, matches.added = removed, added


def _unique(operations: Iterable[Operation], key: Callable[[Operation], str]) -> Mapping[str, Operation]:
    """Return the operations with a unique key, by key; an empty key does not count."""
    found: dict[str, list[Operation]] = defaultdict(list)
    for operation in operations:
        if name := key(operation):
            found[name].append(operation)
    return {name: group[0] for name, group in found.items() if len(group) == 1}


def _id_key(operation: Operation) -> str:
    return operation.operation_id or ""


def _content_key(operation: Operation) -> str:
    content = operation.content_key()
    last_segment = path_shape(operation.path).rstrip("/").rpartition("/")[2]
    return f"{operation.method} {last_segment} {content}" if content else ""


class _Routes:
    """Finds the operation that the gateway selects for a call.

    The order is: same path and method, same path and method `ANY`, then the longest path that matches as a prefix.
    """

    def __init__(self, operations: Iterable[Operation], mapped: Callable[[str], str]) -> None:
        self._exact: dict[tuple[str, str], Operation] = {}
        self._prefix: dict[tuple[str, str], Operation] = {}
        for operation in operations:
            key = (operation.method, path_shape(mapped(operation.path)).rstrip("/"))
            self._exact.setdefault(key, operation)
            if operation.match_mode == "SWA":
                self._prefix.setdefault(key, operation)

    def find(self, method: str, path: str) -> Operation | None:
        shape = path_shape(path).rstrip("/")
        methods = (method,) if method == "ANY" else (method, "ANY")
        for wanted in methods:
            if (wanted, shape) in self._exact:
                return self._exact[wanted, shape]
        while shape:
            shape = shape.rpartition("/")[0]
            for wanted in methods:
                if (wanted, shape) in self._prefix:
                    return self._prefix[wanted, shape]
        return None
