"""Empty states: a sentence that says what is missing, and buttons for the next step."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import ipywidgets
from markupsafe import Markup

from apig_nb.widgets.html import html_widget


def empty_state(title: str, text: str, steps: Mapping[str, Callable[[], None]]) -> ipywidgets.VBox:
    """A box with a title, a sentence and a button for each step; the first one is the primary button.

    Args:
        title: what is missing, in a few words.
        text: what to do about it, in a sentence.
        steps: label of a button → called when it is pressed, on the loop of the view.
    """
    words = Markup('<h3 role="heading" aria-level="3">{}</h3><p class="apig-muted">{}</p>').format(title, text)
    buttons: list[ipywidgets.Button] = []
    for label, action in steps.items():
        button = ipywidgets.Button(description=label, button_style="" if buttons else "primary")
        button.on_click(lambda _button, action=action: action())
        buttons.append(button)
    row = ipywidgets.HBox(buttons)
    row.add_class("apig-row")
    box = ipywidgets.VBox([html_widget(words), row])
    box.add_class("apig-empty")
    return box
