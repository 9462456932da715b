"""Two lists to choose from: what is compared with what."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Final

import ipywidgets

from apig_nb.widgets.background import Background
from apig_nb.widgets.comparison.titles import label_of
from apig_nb.widgets.fields import PickField

if TYPE_CHECKING:
    from apig_nb.export import Comparable

TOO_FEW: Final = "two exports are needed"


class Sides:
    """Old and new, chosen among exports, and a button that swaps them."""

    def __init__(self, background: Background, chosen: Callable[[], None]) -> None:
        self._chosen = chosen
        self._offered: dict[str, Comparable] = {}
        self._old = PickField("Old", "what is there now", words=TOO_FEW)
        self._new = PickField("New", "what would take its place", words=TOO_FEW)
        for field in (self._old, self._new):
            field.on_change(background.guarded(chosen))
            field.widget.add_class("apig-grow")
        self._swap = ipywidgets.Button(description="Swap", layout={"width": "auto"})
        self._swap.on_click(background.guarded(lambda _button: self._swap_sides()))
        self.widget = ipywidgets.HBox([self._old.widget, self._new.widget, self._swap])
        for name in ("apig-row", "apig-top"):
            self.widget.add_class(name)

    @property
    def pair(self) -> tuple[Comparable, Comparable] | None:
        """What is chosen; `None` while something is missing."""
        if not (self._old.value and self._new.value):
            return None
        return self._offered[self._old.value], self._offered[self._new.value]

    def __len__(self) -> int:
        return len(self._offered)

    def offer(self, exports: Mapping[str, Comparable] | Iterable[Comparable]) -> None:
        """Replace what can be chosen; what is chosen stays so where it is still there."""
        self._offered = dict(exports) if isinstance(exports, Mapping) else _labelled(exports)
        self._fill(self._old.value, self._new.value)

    def choose(self, old: Comparable | None, new: Comparable | None) -> None:
        """Choose on both sides, among what is offered."""
        labels = [next((label for label, other in self._offered.items() if other == side), "") for side in (old, new)]
        self._fill(*labels)

    def _swap_sides(self) -> None:
        self._fill(self._new.value, self._old.value)
        self._chosen()

    def _fill(self, old: str, new: str) -> None:
        # Filling makes new lists: so nobody is told of a choice that is only half of one.
        options = [(label, label) for label in self._offered]
        for field, label in ((self._old, old), (self._new, new)):
            if len(options) < 2:
                field.empty(TOO_FEW)
            else:
                field.forget()
                field.fill(options, label)
        self._swap.disabled = len(options) < 2


def _labelled(exports: Iterable[Comparable]) -> dict[str, Comparable]:
    """By label, which gets a number where it is not the first of its kind."""
    labelled: dict[str, Comparable] = {}
    for export in exports:
        label = label_of(export)
        numbered = (f"{label} ({n})" if n > 1 else label for n in itertools.count(1))
        labelled[next(name for name in numbered if name not in labelled)] = export
    return labelled
