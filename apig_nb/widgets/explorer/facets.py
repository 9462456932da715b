"""Facets: values of operations that narrow the table down, with the number of operations that have each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain, starmap
from typing import TYPE_CHECKING, Any, Final

import anywidget
import numpy as np
import traitlets
from numpy.typing import NDArray

from apig_nb.request import BACKENDS, POLICIES
from apig_nb.widgets.assets import read_module
from apig_nb.widgets.html import display_text

if TYPE_CHECKING:
    from apig_nb.definition import Operation

Mask = NDArray[np.bool_]

MAX_VALUES: Final = 200
"""Values of one facet that are offered; the search and the filters of the table find all of them."""

_MAX_LABEL: Final = 60

_NO_VALUE: Final = {"Tag": "no tag", "Backend": "no backend", "Policy": "no policy"}
"""Label of operations without a value of a facet."""

POLICY_KEYS: Final[Mapping[str, str]] = {
    "throttling": "x-apigateway-ratelimit",
    "access control": "x-apigateway-access-control",
    "plug-in": "x-apigateway-plugins",
}
"""Kind of policy → key of an operation that binds policies of this kind by name."""


def _backend_kind(operation: Operation) -> Sequence[str]:
    backend = operation.backend
    return (backend.kind or "of no kind",) if backend else ()


def _policies(operation: Operation) -> Sequence[str]:
    return [f"{kind} {name}" for kind, key in POLICY_KEYS.items() for name in operation.names(key)]


FACETS: Final[Mapping[str, Callable[[Operation], Sequence[str]]]] = {
    "Method": lambda operation: (operation.method,),
    "Tag": lambda operation: operation.tags,
    "Authentication": lambda operation: operation.auth,
    "Backend": _backend_kind,
    "Policy": _policies,
}
"""Name of a facet → its values of an operation."""


_PARTS: Final = {"Backend": BACKENDS, "Policy": POLICIES}
"""Name of a facet → the part of an export that has its values."""

NOT_IN_EXPORT: Final = "not in this export"
"""Text in place of what an export does not contain."""


def values_of(operations: Sequence[Operation], omitted: Collection[str]) -> dict[str, list[tuple[str, ...]]]:
    """The values of each operation of an export, at least one, by the name of the facet."""
    values = {}
    for name, of_operation in FACETS.items():
        no_value = NOT_IN_EXPORT if _PARTS.get(name) in omitted else _no_value(name)
        values[name] = [tuple(dict.fromkeys(of_operation(one))) or (no_value,) for one in operations]
    return values


def _no_value(name: str) -> str:
    return _NO_VALUE.get(name, "none")


class Facet:
    """A property of operations, of which an operation may have several values.

    Attributes:
        name: name of the facet.
        values: the values that occur, the most frequent first.
        chosen: the chosen values; if none is chosen, all operations are allowed.
        has_values: True if any operation has a value, or it is not known.
    """

    def __init__(self, name: str, values: Sequence[Sequence[str]]) -> None:
        """Create a facet from the values of each operation, in the order of the operations."""
        self.name = name
        self.values = tuple(value for value, _ in Counter(chain.from_iterable(values)).most_common())
        self.chosen: set[str] = set()
        self.has_values = bool({*self.values} - {_no_value(name)})
        numbers = {value: number for number, value in enumerate(self.values)}
        self._count = len(values)
        # Of each value of each operation, the position of the operation and the number of the value.
        self._positions = np.repeat(np.arange(len(values)), [len(own) for own in values])
        self._numbers = np.fromiter((numbers[value] for own in values for value in own), dtype=np.intp)

    @property
    def allowed(self) -> Mask:
        """True for each operation that has a chosen value, of which there is at least one."""
        is_chosen = np.array([value in self.chosen for value in self.values], dtype=bool)
        allowed = np.zeros(self._count, dtype=bool)
        allowed[self._positions[is_chosen[self._numbers]]] = True
        return allowed

    def counts(self, among: Mask) -> list[int]:
        """Number of operations with each value, among some of them."""
        numbers = self._numbers[among[self._positions]]
        counts: list[int] = np.bincount(numbers, minlength=len(self.values)).tolist()
        return counts


class Facets:
    """The facets of all operations.

    Several values of one facet show more, several facets show less: GET or POST, and with the tag `orders`.
    """

    def __init__(self, values: Mapping[str, Sequence[Sequence[str]]]) -> None:
        """Create the facets from the values of each operation, by the name of the facet."""
        self._count = len(next(iter(values.values()), ()))
        self.facets = [facet for facet in starmap(Facet, values.items()) if facet.has_values]

    def choose_as(self, others: Facets) -> None:
        """Choose the values that are chosen among the facets of other operations, as far as they occur here."""
        chosen = {facet.name: facet.chosen for facet in others.facets}
        for facet in self.facets:
            facet.chosen = chosen.get(facet.name, set()).intersection(facet.values)

    def choose(self, facet: int, value: int, *, is_chosen: bool) -> None:
        """Choose a value of a facet or remove it; both by index."""
        chosen, name = self.facets[facet].chosen, self.facets[facet].values[value]
        if is_chosen:
            chosen.add(name)
        else:
            chosen.discard(name)

    def clear(self, facet: int | None = None) -> None:
        """Remove the chosen values of a facet, or of all of them."""
        for one in self.facets if facet is None else [self.facets[facet]]:
            one.chosen.clear()

    @property
    def is_chosen(self) -> bool:
        """True if any value is chosen."""
        return any(facet.chosen for facet in self.facets)

    @property
    def allowed(self) -> Mask:
        """True for each operation that all facets allow."""
        return self._allowed_by(self.facets)

    def counts(self, matching: Mask) -> list[list[int]]:
        """For each facet the number of operations with each value, among those that the *other* facets allow.

        A number shows what choosing the value would give, also while another value of its facet is chosen.
        """
        return [
            facet.counts(matching & self._allowed_by([other for other in self.facets if other is not facet]))
            for facet in self.facets
        ]

    def _allowed_by(self, facets: Sequence[Facet]) -> Mask:
        allowed = np.ones(self._count, dtype=bool)
        for facet in facets:
            if facet.chosen:
                allowed &= facet.allowed
        return allowed


class FilterMenus(anywidget.AnyWidget):
    """A menu for each facet. `pressed` is called with the indexes of facet and value and the new state."""

    _esm = read_module("filter_menus.js")
    facets: Any = traitlets.List().tag(sync=True)

    def __init__(self, pressed: Callable[[int, int, bool], None], cleared: Callable[[int | None], None]) -> None:
        super().__init__()
        self._pressed, self._cleared = pressed, cleared
        self.on_msg(self._handle_message)

    def show(self, facets: Facets, counts: list[list[int]]) -> None:
        """Show the facets with the numbers of operations of `Facets.counts`."""
        self.facets = [
            {
                "name": facet.name,
                "values": [
                    [display_text(value, _MAX_LABEL), count, value in facet.chosen]
                    for value, count in zip(facet.values[:MAX_VALUES], facet_counts, strict=False)
                ],
                "unlisted": max(0, len(facet.values) - MAX_VALUES),
            }
            for facet, facet_counts in zip(facets.facets, counts, strict=True)
        ]

    def _handle_message(self, _widget: object, content: Any, _buffers: object) -> None:
        # The names tell a late message, which is about the export before.
        match content:
            case {"press": [int(facet), int(value), bool(is_pressed)], "of": [str(name), str(label)]}:
                values = self._values(facet, name)
                if 0 <= value < len(values) and values[value][0] == label:
                    self._pressed(facet, value, is_pressed)
            case {"clear": int(facet), "of": str(name)} if self._values(facet, name):
                self._cleared(facet)
            case {"clear": None}:
                self._cleared(None)

    def _values(self, facet: int, name: str) -> Sequence[Any]:
        """The values of a facet, none if it is not the one of this name."""
        is_known = 0 <= facet < len(self.facets) and self.facets[facet]["name"] == name
        return self.facets[facet]["values"] if is_known else ()
