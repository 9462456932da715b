"""Labelled fields: a control, a line that explains it, and a place for what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import ipywidgets

from apig_nb.widgets.html import error_note, live_note, note

LABEL_WIDTH: Final = "7rem"
_NOTE_INDENT: Final = f"0 0 4px calc({LABEL_WIDTH} + 10px)"
CONTROL: Final[dict[str, Any]] = {
    "layout": {"width": "calc(100% - 4px)"},
    "style": {"description_width": LABEL_WIDTH},
}
"""How the controls of all fields look: one width for every label, and for the rest what there is."""

NOT_CHOSEN: Final = ""
"""The value of a list in which nothing is chosen."""

Options = Sequence[tuple[str, str]]
"""What can be chosen: label and value."""


class FormField(Protocol):
    """What a form knows of its fields."""

    @property
    def label(self) -> str:
        """Its name on the page."""

    @property
    def widget(self) -> ipywidgets.DOMWidget:
        """What is shown."""

    @property
    def value(self) -> str | tuple[str, ...] | None:
        """What is chosen; nothing, an empty text or `None`, where it is left to the service."""

    def complain(self, text: str) -> None:
        """Say what is wrong with the field; an empty text takes it back."""

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call when something else is chosen."""


class Field:
    """A control with its explanation and, when there is one, its error."""

    def __init__(self, control: ipywidgets.DOMWidget, help_text: str) -> None:
        self.control = control
        self._help = ipywidgets.HTML(note(help_text), layout={"margin": _NOTE_INDENT})
        self._error = ipywidgets.HTML("", layout={"margin": _NOTE_INDENT, "display": "none"})
        self._box = ipywidgets.VBox([control, self._help, self._error])

    @property
    def widget(self) -> ipywidgets.DOMWidget:
        """What is shown."""
        return self._box

    @property
    def label(self) -> str:
        """Its name on the page."""
        return str(self.control.description)

    @property
    def value(self) -> str:
        """What is chosen or typed, without blanks around it; empty for nothing."""
        return str(self.control.value or "").strip()

    def explain(self, text: str, *, is_trouble: bool = False) -> None:
        """Change the explanation; `is_trouble` where something should have gone better."""
        self._help.value = error_note(text) if is_trouble else note(text)

    def announce(self, text: str) -> None:
        """Change the explanation, which is read out by a screen reader."""
        self._help.value = live_note(text)

    def replace(self, control: ipywidgets.DOMWidget) -> None:
        """Put another control in place of the one there is, which is closed."""
        before, self.control = self.control, control
        self._box.children = tuple(control if part is before else part for part in self._box.children)
        close_tree(before)

    def complain(self, text: str) -> None:
        """Say what is wrong with the field; an empty text takes it back."""
        self._error.value = error_note(text)
        self._error.layout.display = None if text else "none"

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call when another value is chosen or typed."""
        self.control.observe(lambda _change: callback(), names="value")


class TextField(Field):
    """A field to type in; its value counts when it is left or Enter is pressed."""

    def __init__(self, label: str, help_text: str, placeholder: str = "") -> None:
        control = ipywidgets.Text(description=label, placeholder=placeholder, continuous_update=False, **CONTROL)
        super().__init__(control, help_text)


class ChoiceField(Field):
    """A field with a fixed list of values."""

    def __init__(self, label: str, help_text: str, options: Options) -> None:
        super().__init__(ipywidgets.Dropdown(options=list(options), description=label, **CONTROL), help_text)


class PickField(Field):
    """A list that is filled from the gateway; where it cannot be had, a field to type an id in.

    What was chosen is chosen again when the list comes anew, be it by id or, for another gateway's list, by name.
    """

    def __init__(self, label: str, help_text: str, words: str = "–", prompt: str = "choose…") -> None:
        """Make the field, without a list yet.

        Args:
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
        """Take these as what can be chosen."""
        self._options = options

    def _found(self) -> Options:
        """Those that are shown, besides the one that is chosen."""
        return self._options

    def _show_options(self, value: str) -> None:
        found = self._found()
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


def close_tree(widget: ipywidgets.Widget) -> None:
    """Close a widget, what is in it, and what only says how it looks. `close_all` would close every widget there is."""
    for child in getattr(widget, "children", ()):
        close_tree(child)
    for name in ("layout", "style"):
        look = getattr(widget, name, None)
        if look is not None:
            look.close()
    widget.close()
