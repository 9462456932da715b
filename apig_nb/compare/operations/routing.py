"""`Routes`: the operations of a document by the calls that the gateway passes to them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Final

from apig_nb.definition.model.operation import Operation, path_shape, takes_rest

MAX_STEPS: Final = 1_000_000
"""Maximum number of steps in which all operations for calls are found; beyond it none is."""

METHODS: Final = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS")
"""The methods that ANY stands for: https://support.huaweicloud.com/intl/en-us/usermanual-apig/apig_03_0092.html."""

_REST: Final = "{+}"
"""The shape of a segment that matches the rest of a path, such as `{proxy+}`."""


class _Node:
    """A segment of paths, with the operations whose path ends there."""

    __slots__ = ("below", "exact", "prefix")

    def __init__(self) -> None:
        self.below: dict[str, _Node] = {}
        self.exact: dict[str, Operation] = {}
        self.prefix: dict[str, Operation] = {}


class Routes:
    """Finds the operation that answers a call.

    The order is: the path itself, with literal segments before templates; then the longest path that matches as a
    prefix or by `{name+}`. On each path the method comes before ANY.
    """

    def __init__(self, operations: Iterable[Operation], mapped: Callable[[str], str]) -> None:
        self._root, self._mapped = _Node(), mapped
        self._steps_left = MAX_STEPS
        for operation in operations:
            node = self._root
            for segment in self._segments(operation):
                node = node.below.setdefault(segment, _Node())
            ends = node.prefix if _is_prefix(operation) else node.exact
            ends.setdefault(operation.method, operation)

    def answering(self, operation: Operation) -> dict[str, Operation]:
        """Return the operations that answer the calls of one, by method; of ANY, for each method it stands for."""
        methods = METHODS if operation.method == "ANY" else (operation.method,)
        found = ((method, self._find(method, operation)) for method in methods)
        return {method: answering for method, answering in found if answering is not None}

    def _find(self, method: str, operation: Operation) -> Operation | None:
        """Find the operation that answers every call of one, of many paths if that has a prefix or `{name+}`."""
        segments, is_prefix = self._segments(operation), _is_prefix(operation)
        longest, best = -1, None
        todo = [(self._root, 0)]
        while todo and self._steps_left > 0:
            self._steps_left -= 1
            node, depth = todo.pop()
            if depth == len(segments) and not is_prefix and (found := _of_method(node.exact, method)):
                return found
            if depth > longest and (found := _of_method(node.prefix, method)):
                longest, best = depth, found
            if depth == len(segments):
                continue
            rest = node.below.get(_REST)
            if rest is not None and depth > longest and (found := _of_method(rest.exact, method)):
                longest, best = depth, found
            # The last one is visited first.
            todo += [(node.below[one], depth + 1) for one in _matching(segments[depth]) if one in node.below]
        return best if self._steps_left > 0 else None

    def _segments(self, operation: Operation) -> list[str]:
        shape = path_shape(self._mapped(operation.path)).strip("/")
        return shape.split("/") if shape else []


def _is_prefix(operation: Operation) -> bool:
    return (operation.match_mode or "").upper() == "SWA"


def takes_many_paths(operation: Operation) -> bool:
    """Return True if an operation answers the calls of all paths below one: by a prefix or by `{name+}`."""
    return _is_prefix(operation) or takes_rest(operation.path)


def _of_method(operations: dict[str, Operation], method: str) -> Operation | None:
    return operations.get(method) or operations.get("ANY")


def _matching(segment: str) -> Iterator[str]:
    """Yield the segments that match every value of one: a literal is matched by itself and by a template."""
    if not segment.startswith("{"):
        yield "{}"
    yield segment
