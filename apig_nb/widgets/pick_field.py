"""A field to pick one thing from a list that comes from the gateway."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import ipywidgets

from apig_nb.widgets.background import Guard
from apig_nb.widgets.fields import CONTROL, Field, Options
from apig_nb.widgets.search import Search

NOT_CHOSEN: Final = ""
"""The value of a list in which nothing is chosen."""

LOOKED_THROUGH: Final = 20
"""Options that can be looked through; a longer list can be searched."""


class PickField(Field):
    """A list that is filled from the gateway; where it cannot be had, a field to type an id in.

    What was chosen is chosen again when the list comes anew, be it by id or, for another gateway's list, by name.
    A long list can be searched; what is chosen stays chosen also where the search does not find it.
    """

    def __init__(self, guarded: Guard, label: str, help_text: str, words: str = "–", prompt: str = "choose…") -> None:
        """Make the field, without a list yet.

        Args:
            guarded: wraps the callback of the search.
            label: its name on the page.
            help_text: explains it.
            words: stand in place of the list.
            prompt: the entry that stands for no choice; empty where there always is one.
        """
        self._label, self._help_text, self._prompt = label, help_text, prompt
        self._last_label, self._last_value = "", NOT_CHOSEN
        self._callbacks: list[Callable[[], None]] = []
        self._options: Options = ()
        super().__init__(self._dropdown([(words, NOT_CHOSEN)], NOT_CHOSEN), help_text)
        self.control.disabled = True
        self._search = Search(f"Search {label}", "parts of a name", guarded(self._show_found))
        self._box.children = (self._search.widget, *self._box.children)
        self._offer(())

    @property
    def last_value(self) -> str:
        """What was chosen last, also while the list is being fetched."""
        return self._last_value

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call when another value is chosen or typed."""
        self._callbacks.append(callback)

    def empty(self, words: str) -> None:
        """Take the list away: what it depends on is not chosen, or it is being fetched."""
        self._offer(())
        self._show(self._dropdown([(words, NOT_CHOSEN)], NOT_CHOSEN))
        self.control.disabled = True
        self.explain(self._help_text)

    def forget_id(self) -> None:
        """Do not choose the same id again: it was another gateway's."""
        self._last_value = NOT_CHOSEN
        self._search.clear()

    def forget(self) -> None:
        """Do not choose again what was chosen."""
        self._last_label = ""
        self.forget_id()

    def fill(self, options: Options, default: str = NOT_CHOSEN) -> None:
        """Show a list; without a choice before, `default` is taken or the only option."""
        self._offer(options)
        self._show_options(self._choice_among(options, default))
        self.explain(self._help_text)
        if self.value:
            self._remember()

    def ask_for_id(self, why: str, default: str = NOT_CHOSEN, *, is_trouble: bool = False) -> None:
        """Turn into a text field, with the reason; `is_trouble` where it should have gone better."""
        known = self._last_value or default
        self._offer(())
        text = ipywidgets.Text(known, description=self._label, placeholder="id", continuous_update=False, **CONTROL)
        self._show(text)
        self.explain(why, is_trouble=is_trouble)

    def _offer(self, options: Options) -> None:
        """Let this list be searched, if it is long."""
        self._options = options
        self._search.use(options)
        self._search.widget.layout.display = None if self._is_long else "none"

    @property
    def _is_long(self) -> bool:
        return len(self._options) > LOOKED_THROUGH

    def _show_found(self) -> None:
        if self._is_long:
            self._show_options(self.value)

    def _show_options(self, value: str) -> None:
        found = self._search.find() if self._is_long else self._options
        chosen = [option for option in self._options if option[1] == value and option not in found]
        prompt = self._prompt if self._options else "there are none"
        options = [*([(prompt, NOT_CHOSEN)] if prompt else ()), *chosen, *found]
        self._show(self._dropdown(options, value))
        self.control.disabled = not self._options

    def _choice_among(self, options: Options, default: str) -> str:
        values = [value for _, value in options]
        same_name = [value for label, value in options if label == self._last_label]
        only = values if len(values) == 1 else []
        wanted = (self._last_value, *same_name, default, *only)
        return next((value for value in wanted if value in values), NOT_CHOSEN)

    def _remember(self) -> None:
        self._last_value = self.value
        self._last_label = str(getattr(self.control, "label", None) or "")

    def _dropdown(self, options: Options, value: str) -> ipywidgets.Dropdown:
        return ipywidgets.Dropdown(options=list(options), value=value, description=self._label, **CONTROL)

    def _show(self, control: ipywidgets.DOMWidget) -> None:
        # A new control, rather than new options: changed options select the first one and report it on the way, and a
        # choice comes as a place in the list, which would be another one's place if it came late.
        control.observe(lambda _change: self._control_changed(control), names="value")
        self.replace(control)

    def _control_changed(self, control: ipywidgets.DOMWidget) -> None:
        if control is not self.control:  # a last word of one that is gone
            return
        self._remember()
        for callback in self._callbacks:
            callback()
