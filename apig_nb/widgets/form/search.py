"""Search in long lists: a search field, and a list that has one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import ipywidgets

from apig_nb.widgets.background import Guard
from apig_nb.widgets.fields import CONTROL, Field, Options, PickField

MAX_OPTIONS: Final = 500
"""Options sent to the page: 500 are drawn in less than a tenth of a second, 8,000 in half a second."""

SEARCH_FROM: Final = 20
"""Options above which a list gets a search field."""


class Search:
    """A field for parts of a name, and the first options that contain all of them."""

    def __init__(self, label: str, hint: str, changed: Callable[..., None]) -> None:
        """Create the field.

        Args:
            label: the label on the page.
            hint: shown while the field is empty.
            changed: called when the words change.
        """
        text = ipywidgets.Text(description=label, placeholder=hint, **CONTROL)
        self._field = Field(text, "")
        self._field.on_change(changed)
        self._options: Options = ()

    @property
    def widget(self) -> ipywidgets.DOMWidget:
        """The widget of the field."""
        return self._field.widget

    def use(self, options: Options) -> None:
        """Search these options from now on."""
        self._options = options

    def clear(self) -> None:
        """Remove the words."""
        self._field.control.value = ""

    def find(self) -> Options:
        """The options to show; their number is announced below the field."""
        words = self._field.value.casefold().split()
        found = [option for option in self._options if all(word in option[0].casefold() for word in words)]
        first = found[:MAX_OPTIONS]
        if len(first) == len(found):
            self._field.announce(f"{len(found):,} of {len(self._options):,} shown")
        elif words:
            self._field.announce(f"{len(first):,} of {len(found):,} found shown; add a word to narrow the search")
        else:
            self._field.announce(f"{len(first):,} of {len(found):,} shown; search to narrow")
        return first


class SearchedPickField(PickField):
    """A list with a search field where it is long; the choice stays when the search does not find it."""

    def __init__(self, label: str, help_text: str, search_label: str, guarded: Guard) -> None:
        """Create the field without options; `guarded` wraps the callback of the search."""
        super().__init__(label, help_text)
        self._search = Search(search_label, "parts of a name", guarded(self._search_changed))
        self._box.children = (self._search.widget, *self._box.children)
        self._set_options(())

    def forget_id(self) -> None:
        """Forget the id of the last choice, and the search."""
        super().forget_id()
        self._search.clear()

    @property
    def _is_long(self) -> bool:
        return len(self._options) > SEARCH_FROM

    def _set_options(self, options: Options) -> None:
        super()._set_options(options)
        self._search.use(options)
        self._search.widget.layout.display = None if self._is_long else "none"

    def _matching_options(self) -> Options:
        return self._search.find() if self._is_long else self._options

    def _search_changed(self) -> None:
        if self._is_long:
            self._show_options(self.value)
