"""Form fields: a labelled control with an explanation and an error message."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

import ipywidgets

from apig_nb.widgets.choice_bar import ChoiceBar
from apig_nb.widgets.html import error_note, field_label, html_widget, live_note, note

CONTROL: Final[dict[str, Any]] = {"layout": {"width": "100%"}, "tooltip": ""}
"""Layout of every control, whose label stands above it; ipywidgets would show the tooltip `None` as “null”."""

NOT_CHOSEN: Final = ""
"""Value of a list without a choice."""

Options = Sequence[tuple[str, str]]
"""Options of a list: label and value."""


class FormField(Protocol):
    """The interface of a field to its form."""

    @property
    def label(self) -> str:
        """The label on the page."""

    @property
    def widget(self) -> ipywidgets.DOMWidget:
        """The widget of the field."""

    @property
    def value(self) -> str | tuple[str, ...] | None:
        """The choice; an empty value or `None` if it is left to the service."""

    def show_error(self, text: str) -> None:
        """Show an error message; an empty text removes it."""

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call when the choice changes."""


class Field:
    """A control with its explanation and its error message."""

    def __init__(self, control: ipywidgets.DOMWidget, help_text: str) -> None:
        self.control = control
        self._help = html_widget(note(help_text))
        self._error = html_widget("", layout={"display": "none"})
        self._box = ipywidgets.VBox([control, self._help, self._error])
        self._box.add_class("apig-field")

    @property
    def widget(self) -> ipywidgets.DOMWidget:
        """The widget of the field."""
        return self._box

    @property
    def label(self) -> str:
        """The label on the page."""
        return str(self.control.description)

    @property
    def value(self) -> str:
        """The chosen or typed text without surrounding blanks; empty for none."""
        return str(self.control.value or "").strip()

    def explain(self, text: str, *, is_error: bool = False) -> None:
        """Change the explanation; `is_error` shows it as an error message."""
        self._help.value = error_note(text) if is_error else note(text)

    def announce(self, text: str) -> None:
        """Change the explanation; screen readers announce it."""
        self._help.value = live_note(text)

    def replace(self, control: ipywidgets.DOMWidget) -> None:
        """Replace the control and close the old one."""
        old, self.control = self.control, control
        self._box.children = tuple(control if part is old else part for part in self._box.children)
        close_tree(old)

    def show_error(self, text: str) -> None:
        """Show an error message; an empty text removes it."""
        self._error.value = error_note(text)
        self._error.layout.display = None if text else "none"
        (self._box.add_class if text else self._box.remove_class)("apig-wrong")

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call when the value changes."""
        self.control.observe(lambda _change: callback(), names="value")


class TextField(Field):
    """A text field; its value changes when it loses the focus or Enter is pressed."""

    def __init__(self, label: str, help_text: str, placeholder: str = "") -> None:
        control = ipywidgets.Text(description=label, placeholder=placeholder, continuous_update=False, **CONTROL)
        super().__init__(control, help_text)


class ChoiceField(Field):
    """A list of fixed options."""

    def __init__(self, label: str, help_text: str, options: Options, value: str | None = None) -> None:
        """Create the field; `value` is chosen at first, or else the first option."""
        first = options[0][1] if value is None else value
        control = ipywidgets.Dropdown(options=list(options), value=first, description=label, **CONTROL)
        super().__init__(control, help_text)

    def choose(self, value: str) -> None:
        """Choose an option by its value."""
        self.control.value = value


class SegmentsField(Field):
    """A few fixed options beside each other."""

    def __init__(self, label: str, help_text: str, options: Options) -> None:
        self._values = dict(options)
        self._bar = ChoiceBar(list(self._values), label=label)
        super().__init__(self._bar, help_text)
        self._box.children = (html_widget(field_label(label)), *self._box.children)

    @property
    def label(self) -> str:
        """The label on the page."""
        return str(self._bar.label)

    @property
    def value(self) -> str:
        """The chosen value."""
        return self._values[self._bar.chosen]

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call when the value changes."""
        self._bar.on_choose(callback)


class PickField(Field):
    """A list that is filled later, or a text field for an id where the list is not available.

    A choice is kept when the list is filled again: by id or, for the list of another gateway, by name.
    """

    def __init__(self, label: str, help_text: str, placeholder: str = "–", prompt: str = "choose…") -> None:
        """Create the field without options.

        Args:
            label: the label on the page.
            help_text: the explanation.
            placeholder: text in place of the list.
            prompt: the option for no choice; empty if there is always a choice.
        """
        self._label, self._help_text, self._prompt = label, help_text, prompt
        self._last_label, self._last_value = "", NOT_CHOSEN
        self._callbacks: list[Callable[[], None]] = []
        self._options: Options = ()
        super().__init__(self._dropdown([(placeholder, NOT_CHOSEN)], NOT_CHOSEN), help_text)
        self.control.disabled = True

    @property
    def options(self) -> Options:
        """The options of the list."""
        return self._options

    @property
    def chosen_label(self) -> str:
        """The label of the choice; the typed text where there is no list; empty for none."""
        if not self.value:
            return ""
        return next((label for label, value in self._options if value == self.value), self.value)

    @property
    def last_value(self) -> str:
        """The last choice, kept while the list is loaded."""
        return self._last_value

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call when the value changes."""
        self._callbacks.append(callback)

    def disable(self, placeholder: str) -> None:
        """Remove the options while they are loaded or depend on another choice."""
        self._set_options(())
        is_disabled = self.control.disabled and getattr(self.control, "label", None) == placeholder
        if not is_disabled:
            self._use_control(self._dropdown([(placeholder, NOT_CHOSEN)], NOT_CHOSEN))
            self.control.disabled = True
        self.explain(self._help_text)

    def forget_id(self) -> None:
        """Forget the id of the last choice: it belongs to another gateway."""
        self._last_value = NOT_CHOSEN

    def forget(self) -> None:
        """Forget the last choice."""
        self._last_label = ""
        self.forget_id()

    def fill(self, options: Options, default: str = NOT_CHOSEN) -> None:
        """Show options; without an earlier choice, choose `default` or the only option."""
        self._set_options(options)
        self._show_options(self._choice_among(options, default))
        self.explain(self._help_text)
        if self.value:
            self._remember()

    def ask_for_id(self, reason: str, default: str = NOT_CHOSEN, *, is_error: bool = False) -> None:
        """Become a text field for an id, with the reason as explanation."""
        known = self._last_value or default
        self._set_options(())
        text = ipywidgets.Text(known, description=self._label, placeholder="id", continuous_update=False, **CONTROL)
        self._use_control(text)
        self.explain(reason, is_error=is_error)

    def _set_options(self, options: Options) -> None:
        self._options = options

    def _matching_options(self) -> Options:
        """The options to list besides the chosen one."""
        return self._options

    def _show_options(self, value: str) -> None:
        matching = self._matching_options()
        chosen = [option for option in self._options if option[1] == value and option not in matching]
        prompt = self._prompt if self._options else "there are none"
        options = [*([(prompt, NOT_CHOSEN)] if prompt else ()), *chosen, *matching]
        self._use_control(self._dropdown(options, value))
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

    def _use_control(self, control: ipywidgets.DOMWidget) -> None:
        # A new control rather than new options: changed options select the first one and report it, and the page sends
        # a choice as an index, which would mean another option if it arrived late.
        control.observe(lambda _change: self._control_changed(control), names="value")
        self.replace(control)

    def _control_changed(self, control: ipywidgets.DOMWidget) -> None:
        if control is not self.control:  # a late message of a replaced control
            return
        self._remember()
        for callback in self._callbacks:
            callback()


def close_tree(widget: ipywidgets.Widget) -> None:
    """Close a widget, its children, layouts and styles. ipywidgets' `close_all` would close every widget there is."""
    for child in getattr(widget, "children", ()):
        close_tree(child)
    for name in ("layout", "style"):
        part = getattr(widget, name, None)
        if part is not None:
            part.close()
    widget.close()
