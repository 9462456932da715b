"""Two lists that choose the old and the new export, and the names of exports."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import PurePath
from typing import Final

import ipywidgets

from apig_nb.export import Comparable, Export
from apig_nb.export_set import ExportSet
from apig_nb.widgets.background import Background
from apig_nb.widgets.fields import PickField
from apig_nb.widgets.html import display_text
from apig_nb.widgets.set_name import set_name

Side = Comparable | ExportSet
"""One side of a comparison."""

MAX_NAME: Final = 80
"""Characters of a name that are shown."""

TOO_FEW: Final = "two exports are needed"


def export_name(given: Side) -> str:
    """A name that needs no reading of the document: group, environment and scope, or the file name; that of a set."""
    if isinstance(given, ExportSet):
        return set_name(given)
    if isinstance(given, Export):
        parts = (given.group, given.environment, given.scope)
        return display_text(" ".join(part for part in parts if part) or given.source or "document", MAX_NAME)
    if isinstance(given, os.PathLike) or (isinstance(given, str) and "\n" not in given and len(given) < 1000):
        return display_text(PurePath(given).name or "document", MAX_NAME)
    return "document"


class ExportPickers:
    """Lists for the old and the new export, and a button that swaps them."""

    def __init__(self, background: Background, changed: Callable[[], None]) -> None:
        self._changed = changed
        self._exports: dict[str, Side] = {}
        self._old = PickField("Old, what is there now", "", placeholder=TOO_FEW)
        self._new = PickField("New, what would take its place", "", placeholder=TOO_FEW)
        for field in (self._old, self._new):
            field.on_change(background.guarded(changed))
            field.widget.add_class("apig-grow")
        self._swap_button = ipywidgets.Button(description="Swap", layout={"width": "auto"})
        self._swap_button.on_click(background.guarded(lambda _button: self._swap()))
        self.widget = ipywidgets.HBox([self._old.widget, self._new.widget, self._swap_button])
        for name in ("apig-row", "apig-top"):
            self.widget.add_class(name)

    @property
    def pair(self) -> tuple[Side, Side] | None:
        """The chosen exports; `None` while one is missing."""
        if not (self._old.value and self._new.value):
            return None
        return self._exports[self._old.value], self._exports[self._new.value]

    def __len__(self) -> int:
        return len(self._exports)

    def offer(self, exports: Mapping[str, Side] | Iterable[Side]) -> None:
        """Replace the options; choices stay where they are still available."""
        self._exports = dict(exports) if isinstance(exports, Mapping) else _labelled(exports)
        self._fill(self._old.value, self._new.value)

    def choose(self, old: Side | None, new: Side | None) -> None:
        """Choose both exports among the options."""
        labels = [next((label for label, other in self._exports.items() if other == side), "") for side in (old, new)]
        self._fill(*labels)

    def _swap(self) -> None:
        self._fill(self._new.value, self._old.value)
        self._changed()

    def _fill(self, old: str, new: str) -> None:
        # Filling replaces the controls, so no callback sees a choice of which only one half is new.
        options = [(label, label) for label in self._exports]
        for field, label in ((self._old, old), (self._new, new)):
            if len(options) < 2:
                field.disable(TOO_FEW)
            else:
                field.forget()
                field.fill(options, label)
        self._swap_button.disabled = len(options) < 2


def _labelled(exports: Iterable[Side]) -> dict[str, Side]:
    """By label: the name, the local time if known, and a number if the label is not unique."""
    labelled: dict[str, Side] = {}
    for export in exports:
        time = export.time.astimezone() if isinstance(export, Export) and export.time else None
        label = f"{export_name(export)}, {time:%Y-%m-%d %H:%M:%S}" if time else export_name(export)
        numbered = (f"{label} ({n})" if n > 1 else label for n in itertools.count(1))
        labelled[next(name for name in numbered if name not in labelled)] = export
    return labelled
