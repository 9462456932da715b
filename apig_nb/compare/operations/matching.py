"""Which operation of one document is which of the other."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from apig_nb.definition.model.operation import Operation

_TEMPLATE: Final = re.compile(r"\{[^{}]*?(\+?)\}")


def path_shape(path: str) -> str:
    """A path without the names of its parameters: `/a/{id}` and `/a/{key}` are one."""
    return _TEMPLATE.sub(r"{\1}", path)


@dataclass
class Matches:
    """Every operation of both documents, paired where there is a partner.

    Attributes:
        pairs: operations that both documents have, perhaps with another name of a path parameter.
        moved: operations that are found under another path or method.
        removed: operations that only the old document has.
        added: operations that only the new document has.
        answering: for a removed operation, the new one that answers its calls.
    """

    pairs: list[tuple[Operation, Operation]] = field(default_factory=list)
    moved: list[tuple[Operation, Operation]] = field(default_factory=list)
    removed: list[Operation] = field(default_factory=list)
    added: list[Operation] = field(default_factory=list)
    answering: dict[Operation, Operation] = field(default_factory=dict)


def match(old: Sequence[Operation], new: Sequence[Operation], mapped: Callable[[str], str]) -> Matches:
    """Pair the operations of two documents; `mapped` gives the path by which one is known, whatever is before it."""
    matches = Matches()
    by_key = _by_key(new, mapped)
    left = []
    for operation in old:
        partner = _take_partner(operation, by_key.get(_key(operation, mapped), []), mapped)
        if partner is None:
            left.append(operation)
        else:
            matches.pairs.append((operation, partner))
    free = set(_flat(by_key.values()))
    come = [operation for operation in new if operation in free]
    _pair_moved(matches, left, come)
    answers = _Answers(new, mapped)
    for operation in matches.removed:
        if (answering := answers.to(operation.method, mapped(operation.path))) is not None:
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


def _take_partner(operation: Operation, free: list[Operation], mapped: Callable[[str], str]) -> Operation | None:
    """Take the best of several: two of one method and shape differ in the names in the path, or in the match mode."""
    if not free:
        return None
    mode = operation.text("x-apigateway-match-mode")
    path = mapped(operation.path)
    best = max(free, key=lambda other: (mapped(other.path) == path, other.text("x-apigateway-match-mode") == mode))
    free.remove(best)
    return best


def _pair_moved(matches: Matches, left: list[Operation], come: list[Operation]) -> None:
    """Operations of one id, or written alike, that are gone here and new there."""
    for token in (_id_of, _content_of):
        old, new = _unique(left, token), _unique(come, token)
        pairs = [(operation, new[name]) for name, operation in old.items() if name in new]
        matches.moved += pairs
        paired = {operation for pair in pairs for operation in pair}
        left, come = ([operation for operation in side if operation not in paired] for side in (left, come))
    matches.removed, matches.added = left, come


def _unique(operations: Iterable[Operation], token: Callable[[Operation], str]) -> Mapping[str, Operation]:
    found: dict[str, list[Operation]] = defaultdict(list)
    for operation in operations:
        if name := token(operation):
            found[name].append(operation)
    return {name: group[0] for name, group in found.items() if len(group) == 1}


def _id_of(operation: Operation) -> str:
    return operation.text("operationId") or ""


def _content_of(operation: Operation) -> str:
    """What makes an operation itself, whatever it is called; empty where that is too little to know it by."""
    telling = {key: value for key, value in operation.raw.items() if key not in ("operationId", "tags", "summary")}
    has_substance = bool(operation.parameters or operation.request_body or "x-apigateway-backend" in telling)
    last = path_shape(operation.path).rstrip("/").rpartition("/")[2]
    try:
        return f"{operation.method} {last} {sorted(telling.items())!r}" if has_substance else ""
    except RecursionError:
        return ""


class _Answers:
    """Which operation of a document answers a call: its own, that of any method, or one of a shorter path."""

    def __init__(self, operations: Iterable[Operation], mapped: Callable[[str], str]) -> None:
        self._exact: dict[tuple[str, str], Operation] = {}
        self._prefix: dict[tuple[str, str], Operation] = {}
        for operation in operations:
            key = (operation.method, path_shape(mapped(operation.path)).rstrip("/"))
            self._exact.setdefault(key, operation)
            if operation.text("x-apigateway-match-mode") == "SWA":
                self._prefix.setdefault(key, operation)

    def to(self, method: str, path: str) -> Operation | None:
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
