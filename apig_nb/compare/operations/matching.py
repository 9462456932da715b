"""Matching of the operations of two documents."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from apig_nb.compare.operations.routing import Routes
from apig_nb.compare.operations.servers import base_path
from apig_nb.definition.model.operation import Operation, path_shape

_Pairs = list[tuple[Operation, Operation]]
_Key = Callable[[Operation], Hashable]


@dataclass
class Matches:
    """Pairs of matching operations of two documents, and the operations without a match.

    Attributes:
        pairs: operations that both documents have; names of path parameters may differ.
        moved: operations with another path or method in the new document.
        removed: operations that only the old document has.
        added: operations that only the new document has.
        answering: removed operation → method → the new operation that answers its calls.
        answered: added operation → method → the old operation that answered its calls.
    """

    pairs: _Pairs = field(default_factory=list)
    moved: _Pairs = field(default_factory=list)
    removed: list[Operation] = field(default_factory=list)
    added: list[Operation] = field(default_factory=list)
    answering: dict[Operation, dict[str, Operation]] = field(default_factory=dict)
    answered: dict[Operation, dict[str, Operation]] = field(default_factory=dict)


def match(old: Sequence[Operation], new: Sequence[Operation], mapped: Callable[[str], str]) -> Matches:
    """Pair the operations of two documents.

    Args:
        old: operations of the old document.
        new: operations of the new document.
        mapped: returns the path under which a path is compared (`CompareOptions.map_path`).
    """
    matches = Matches()
    removed, added = old, new
    for key in _keys(mapped):
        pairs, removed, added = _paired(removed, added, key)
        matches.pairs += pairs
    if removed and added:
        order = {operation: number for number, operation in enumerate(old)}
        matches.pairs.sort(key=lambda pair: order[pair[0]])
    if removed or added:
        _match_others(matches, removed, added, Routes(old, mapped), Routes(new, mapped))
    return matches


def _keys(mapped: Callable[[str], str]) -> Iterable[_Key]:
    """Yield the keys by which operations are paired, the best first.

    Operations of one method and path may differ in the match mode, and those of one address in their servers.
    """

    def shape(operation: Operation) -> str:
        return path_shape(mapped(operation.path))

    def address(operation: Operation) -> str:
        return mapped(base_path(operation)) + shape(operation)

    yield lambda operation: (operation.method, mapped(operation.path), operation.match_mode)
    yield lambda operation: (operation.method, mapped(operation.path))
    yield lambda operation: (operation.method, shape(operation), operation.match_mode)
    yield lambda operation: (operation.method, shape(operation))
    yield lambda operation: (operation.method, address(operation))
    # `{id+}` takes more paths than `{id}`.
    yield lambda operation: (operation.method, shape(operation).replace("{+}", "{}"))


def _paired(
    old: Sequence[Operation], new: Sequence[Operation], key: _Key
) -> tuple[_Pairs, Sequence[Operation], Sequence[Operation]]:
    """Pair the operations of equal keys in their order; return the pairs, and those of both sides that are left."""
    if not (old and new):
        return [], old, new
    by_key: dict[Hashable, deque[Operation]] = defaultdict(deque)
    for operation in new:
        by_key[key(operation)].append(operation)
    pairs, removed = [], []
    for operation in old:
        if candidates := by_key.get(key(operation)):
            pairs.append((operation, candidates.popleft()))
        else:
            removed.append(operation)
    paired = {operation for _, operation in pairs}
    return pairs, removed, [operation for operation in new if operation not in paired]


def _match_others(
    matches: Matches, removed: Sequence[Operation], added: Sequence[Operation], old_routes: Routes, new_routes: Routes
) -> None:
    """Find the operations that moved, and those that answer, or answered, the calls of the others."""
    answering = {operation: _others(operation, old_routes, new_routes) for operation in removed}
    answered = {operation: _others(operation, new_routes, old_routes) for operation in added}
    # A method that became ANY, or one of those that ANY became, did not move.
    staying = {
        operation
        for found in (answering, answered)
        for operation, by_method in found.items()
        if any(is_of_same_path(operation, other) for other in by_method.values())
    }
    moving = ([operation for operation in side if operation not in staying] for side in (removed, added))
    matches.moved = _moved(*moving)
    moved = {operation for pair in matches.moved for operation in pair}
    matches.removed = [operation for operation in removed if operation not in moved]
    matches.added = [operation for operation in added if operation not in moved]
    matches.answering = {operation: answering[operation] for operation in matches.removed}
    for operation in matches.added:
        # A pair that was found from the removed operation is one already.
        matches.answered[operation] = {
            method: other
            for method, other in answered[operation].items()
            if operation not in matches.answering.get(other, {}).values()
        }


def _others(operation: Operation, own: Routes, others: Routes) -> dict[str, Operation]:
    """Return the operations of the other document that answer the calls of one, by the methods that it answers."""
    mine = own.answering(operation)
    return {method: other for method, other in others.answering(operation).items() if mine.get(method) is operation}


def is_of_same_path(one: Operation, other: Operation) -> bool:
    """Return True if the paths of two operations are equal but for the names of parameters."""
    return path_shape(one.path) == path_shape(other.path)


def _moved(removed: list[Operation], added: list[Operation]) -> _Pairs:
    """Pair removed and added operations that have the same id or content."""
    moved: _Pairs = []
    for key in (_id_key, _content_key):
        old, new = _unique(removed, key), _unique(added, key)
        pairs = [(operation, new[name]) for name, operation in old.items() if name in new]
        moved += pairs
        paired = {operation for pair in pairs for operation in pair}
        removed, added = ([operation for operation in side if operation not in paired] for side in (removed, added))
    return moved


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
