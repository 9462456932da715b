"""`ChoiceBar`: one choice of several, as tabs, segments or a list; `Tabs`: tabs with a view each."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import anywidget
import ipywidgets
import traitlets

from apig_nb.widgets.assets import read_module

TABS: Final = "tabs"
SEGMENTS: Final = "segments"
CHOICES: Final = "choices"
"""Kinds of bars: tabs above a view, segments in a row, choices with an explanation below each other."""


class ChoiceBar(anywidget.AnyWidget):
    """A row of exclusive choices, which screen readers know as tabs or as radio buttons.

    The tabs of ipywidgets break into rows, cannot be disabled and show no counts; its toggle buttons do not tell a
    screen reader which one is chosen.
    """

    _esm = read_module("choice_bar.js")
    kind = traitlets.Unicode().tag(sync=True)
    label = traitlets.Unicode().tag(sync=True)
    items: traitlets.List[dict[str, object]] = traitlets.List().tag(sync=True)
    selected = traitlets.Int(0).tag(sync=True)

    def __init__(self, names: Sequence[str], *, label: str, kind: str = SEGMENTS) -> None:
        """Create the bar; the first name is chosen.

        Args:
            names: the choices.
            label: name of the bar for screen readers.
            kind: `TABS`, `SEGMENTS` or `CHOICES`.
        """
        super().__init__(
            kind=kind, label=label, items=[{"text": name, "hint": "", "count": "", "enabled": True} for name in names]
        )
        self._names = tuple(names)

    @traitlets.validate("selected")
    def _check_selected(self, proposal: Any) -> int:
        # A message of the page may name any number. The error restores the choice before it.
        value = int(proposal["value"])
        if not 0 <= value < len(self._names):
            raise traitlets.TraitError(f"there is no choice {value}")
        return value

    @property
    def chosen(self) -> str:
        """The chosen name."""
        return self._names[self.selected]

    @chosen.setter
    def chosen(self, name: str) -> None:
        self.selected = self._names.index(name)

    def on_choose(self, callback: Callable[[], None]) -> None:
        """Call when another name is chosen."""
        self.observe(lambda _change: callback(), names="selected")

    def show(
        self, name: str, *, text: str = "", count: int | None = None, hint: str = "", enabled: bool = True
    ) -> None:
        """Change the text of a choice, its count, its explanation, and whether it can be chosen."""
        number = "" if count is None else f"{count:,}"
        items = list(self.items)
        items[self._names.index(name)] = {"text": text or name, "hint": hint, "count": number, "enabled": enabled}
        self.items = items


class Tabs:
    """Tabs, and below them the widget of the chosen one.

    Attributes:
        bar: the tabs.
        view: the widget of the chosen tab.
    """

    def __init__(self, widgets: Mapping[str, ipywidgets.DOMWidget], *, label: str) -> None:
        """Create the tabs.

        Args:
            widgets: name of each tab → its widget.
            label: name of the tabs for screen readers.
        """
        self.bar = ChoiceBar(list(widgets), label=label, kind=TABS)
        self.view = ipywidgets.Stack(list(widgets.values()), selected_index=0)
        self.view.add_class("apig-stack")
        self.bar.on_choose(self._show_chosen)

    @property
    def chosen(self) -> str:
        """The name of the chosen tab."""
        return self.bar.chosen

    @chosen.setter
    def chosen(self, name: str) -> None:
        self.bar.chosen = name

    def on_choose(self, callback: Callable[[], None]) -> None:
        """Call when another tab is chosen, after its widget is shown."""
        self.bar.on_choose(callback)

    def _show_chosen(self) -> None:
        self.view.selected_index = self.bar.selected
