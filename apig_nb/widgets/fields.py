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


def close_tree(widget: ipywidgets.Widget) -> None:
    """Close a widget, what is in it, and what only says how it looks. `close_all` would close every widget there is."""
    for child in getattr(widget, "children", ()):
        close_tree(child)
    for name in ("layout", "style"):
        look = getattr(widget, name, None)
        if look is not None:
            look.close()
    widget.close()
