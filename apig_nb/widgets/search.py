"""Lists that are too long to look through: a field to search them with, and what it finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import ipywidgets

from apig_nb.widgets.background import Guard
from apig_nb.widgets.fields import CONTROL, Field, Options, PickField

MAX_SHOWN: Final = 500
"""Options that are sent to the page: so many are drawn in less than a tenth of a second, 8,000 in half of one."""

LOOKED_THROUGH: Final = 20
"""Options that can be looked through; a longer list can be searched."""


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


class SearchedPickField(PickField):
    """A list that is filled from the gateway and can be searched where it is long.

    What is chosen stays chosen also where the search does not find it.
    """

    def __init__(self, label: str, help_text: str, search_label: str, guarded: Guard) -> None:
        """Make the field, without a list yet; `guarded` wraps the callback of the search."""
        super().__init__(label, help_text)
        self._search = Search(search_label, "parts of a name", guarded(self._search_changed))
        self._box.children = (self._search.widget, *self._box.children)
        self._offer(())

    def forget_id(self) -> None:
        """Do not choose the same id again, and forget what was searched for."""
        super().forget_id()
        self._search.clear()

    @property
    def _is_long(self) -> bool:
        return len(self._options) > LOOKED_THROUGH

    def _offer(self, options: Options) -> None:
        super()._offer(options)
        self._search.use(options)
        self._search.widget.layout.display = None if self._is_long else "none"

    def _found(self) -> Options:
        return self._search.find() if self._is_long else self._options

    def _search_changed(self) -> None:
        if self._is_long:
            self._show_options(self.value)


def _holds(label: str, words: list[str]) -> bool:
    return all(word in label for word in words)
