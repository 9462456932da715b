"""Facets: properties of operations by which a long table is narrowed down, with how many operations have each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from apig_nb.definition import Operation

Mask = NDArray[np.bool_]


_NOTHING: Final = {"Tag": "no tag", "Backend": "no backend", "Policy": "no policy"}
"""What stands for an operation that has no value of a facet."""


def _backend_kind(operation: Operation) -> Sequence[str]:
    backend = operation.backend
    return (backend.kind or "of no kind",) if backend else ()


POLICY_KEYS: Final[Mapping[str, str]] = {
    "throttling": "x-apigateway-ratelimit",
    "access control": "x-apigateway-access-control",
    "plug-in": "x-apigateway-plugins",
}
"""Kind of policy, in words, to the key of an operation that binds policies of it by name."""


def _policies(operation: Operation) -> Sequence[str]:
    return [f"{kind} {name}" for kind, key in POLICY_KEYS.items() for name in operation.names(key)]


FACETS: Final[Mapping[str, Callable[[Operation], Sequence[str]]]] = {
    "Method": lambda operation: (operation.method,),
    "Tag": lambda operation: operation.tags,
    "Authentication": lambda operation: operation.auth,
    "Backend": _backend_kind,
    "Policy": _policies,
}
"""Name of a facet to the values an operation has of it."""


class Facet:
    """A property of operations, of which one may have several values.

    Attributes:
        name: what it is called.
        values: the values that occur, the most frequent first.
        chosen: places of the values that are chosen; none stands for all.
        tells_something: whether any operation has a value at all.
    """

    def __init__(self, name: str, of_each: Iterable[Sequence[str]]) -> None:
        """Take in the values of each operation, in the order of the operations."""
        nothing = (_NOTHING.get(name, "none"),)
        pairs = [(row, value) for row, values in enumerate(of_each) for value in dict.fromkeys(values or nothing)]
        frequent = Counter(value for _, value in pairs).most_common()
        places = {value: place for place, (value, _) in enumerate(frequent)}
        self.name = name
        self.values = tuple(places)
        self.chosen: set[int] = set()
        # Which row holds which value, in pairs: an operation with three tags has three.
        self.tells_something = any(value not in nothing for value in self.values)
        self._rows = np.fromiter((row for row, _ in pairs), dtype=np.intp, count=len(pairs))
        self._places = np.fromiter((places[value] for _, value in pairs), dtype=np.intp, count=len(pairs))

    def allows(self, count: int) -> Mask:
        """Which of so many operations have a chosen value; all of them where none is chosen."""
        if not self.chosen:
            return np.ones(count, dtype=bool)
        allowed = np.zeros(count, dtype=bool)
        allowed[self._rows[np.isin(self._places, list(self.chosen))]] = True
        return allowed

    def counts(self, among: Mask) -> list[int]:
        """How many of some operations have each value."""
        there = self._places[among[self._rows]]
        return [int(count) for count in np.bincount(there, minlength=len(self.values))]


class Facets:
    """The facets of all operations: what is chosen in them, and what that leaves.

    Values of one facet widen what is shown, those of several narrow it: GET or POST, and with the tag `orders`.
    """

    def __init__(self, operations: Sequence[Operation]) -> None:
        self._count = len(operations)
        every = (Facet(name, map(values, operations)) for name, values in FACETS.items())
        self.facets = [facet for facet in every if facet.tells_something]

    def choose(self, facet: int, value: int, *, is_chosen: bool) -> None:
        """Choose a value of a facet, or leave it; both by their place."""
        if is_chosen:
            self.facets[facet].chosen.add(value)
        else:
            self.facets[facet].chosen.discard(value)

    def clear(self) -> None:
        """Leave everything that is chosen."""
        for facet in self.facets:
            facet.chosen.clear()

    @property
    def is_chosen(self) -> bool:
        """Whether anything is chosen."""
        return any(facet.chosen for facet in self.facets)

    @property
    def allowed(self) -> Mask:
        """Which operations the facets leave."""
        return self._allowed_by(self.facets)

    def counts(self, matching: Mask) -> list[list[int]]:
        """For each facet how many operations have each value, among those that match and the *other* facets leave.

        So a number says what choosing the value would show, also while another value of the facet is chosen.
        """
        return [
            facet.counts(matching & self._allowed_by(other for other in self.facets if other is not facet))
            for facet in self.facets
        ]

    def _allowed_by(self, facets: Iterable[Any]) -> Mask:
        allowed = np.ones(self._count, dtype=bool)
        for facet in facets:
            allowed &= facet.allows(self._count)
        return allowed
