"""Lists that are too long to look through: a field to search them with, and what it finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import ipywidgets

from apig_nb.widgets.fields import CONTROL, Field, Options

MAX_SHOWN: Final = 500
"""Options that are sent to the page: so many are drawn in less than a tenth of a second, 8,000 in half of one."""


class Search:
    """A field for parts of a name, and the first options that hold all of them."""

    def __init__(self, label: str, hint: str, changed: Callable[..., None]) -> None:
        """Make the field.

        Args:
            label: its name on the page.
            hint: stands in it while it is empty.
            changed: is called when other words are typed.
        """
        text = ipywidgets.Text(description=label, placeholder=hint, **CONTROL)
        self._field = Field(text, "")
        self._field.on_change(changed)
        self._options: Options = ()

    @property
    def widget(self) -> ipywidgets.DOMWidget:
        """What is shown."""
        return self._field.widget

    def use(self, options: Options) -> None:
        """Search this list from now on, for the words that are typed."""
        self._options = options

    def clear(self) -> None:
        """Take away what is typed."""
        self._field.control.value = ""

    def find(self) -> Options:
        """The options to show; how many there are is said beneath the field."""
        words = self._field.value.casefold().split()
        found = [option for option in self._options if _holds(option[0].casefold(), words)]
        shown = found[:MAX_SHOWN]
        if len(shown) == len(found):
            said = f"{len(found):,} of {len(self._options):,} shown"
        elif words:
            said = f"{len(shown):,} of {len(found):,} found shown; another word narrows it"
        else:
            said = f"{len(shown):,} of {len(found):,} shown; search to narrow"
        self._field.announce(said)
        return shown


def _holds(label: str, words: list[str]) -> bool:
    return all(word in label for word in words)
