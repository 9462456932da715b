"""Which APIs: all of them, or some to search for and pick; where they cannot be listed, ids to type."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import ipywidgets

from apig_nb.widgets.background import Guard
from apig_nb.widgets.fields import CONTROL, Field, Options, PickField
from apig_nb.widgets.search import Search

_ALL: Final = "all"
_SOME: Final = "some"


class ApisField:
    """A choice between all and some, and below it, for some, a list that can be searched."""

    def __init__(self, guarded: Guard) -> None:
        """Make the field; `guarded` wraps the callbacks of its controls."""
        self._guarded = guarded
        self._which = PickField("APIs", "default: every published API of the group", prompt="")
        self._search = Search("Search APIs", "parts of a name or path", guarded(self._show_found))
        self._list = Field(_list((), ()), "")
        ids = ipywidgets.Text(description="API ids", placeholder="id, id, …", continuous_update=False, **CONTROL)
        self._ids = Field(ids, "separated by commas")
        parts = (self._which, self._search, self._list, self._ids)
        self._box = ipywidgets.VBox([part.widget for part in parts])
        self._options: Options = ()
        self._picked: set[str] = set()
        self._can_list = True
        self._callbacks: list[Callable[[], None]] = []
        self._which.on_change(guarded(self._which_changed))
        self._ids.on_change(guarded(self._changed))
        self._show_parts()

    @property
    def label(self) -> str:
        """Its name on the page."""
        return self._which.label

    @property
    def widget(self) -> ipywidgets.DOMWidget:
        """What is shown."""
        return self._box

    @property
    def value(self) -> tuple[str, ...] | None:
        """The ids picked or typed, none maybe; `None` for all."""
        # Also while a list is being fetched: what was picked must not become everything.
        if self._which.last_value != _SOME:
            return None
        if not self._can_list:
            return tuple(part.strip() for part in self._ids.value.split(",") if part.strip())
        return tuple(value for _, value in self._options if value in self._picked)

    def complain(self, text: str) -> None:
        """Say what is wrong with the field; an empty text takes it back."""
        self._which.complain(text)

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call when other APIs are picked."""
        self._callbacks.append(callback)

    def empty(self, words: str) -> None:
        """Take the list away; what is picked is kept until the next one comes."""
        self._which.empty(words)
        self._show_parts()

    def forget(self) -> None:
        """Go back to all: what was picked is of another group."""
        self._which.forget()
        self._picked, self._options = set(), ()
        self._search.use(())
        self._search.clear()
        self._ids.control.value = ""

    def fill(self, options: Options, word: str) -> None:
        """Show a list; `word` says what the APIs have in common, such as `published`."""
        picked = set(self.value or ())
        self._options, self._can_list = options, True
        self._picked = picked & {value for _, value in options}
        self._search.use(options)
        every = f"all {len(options):,} {word}" if options else f"none {word}"
        self._which.fill([(every, _ALL), ("some, picked from a list", _SOME)], default=_ALL)
        self._show_parts()

    def ask_for_ids(self, why: str, *, is_trouble: bool = False) -> None:
        """Let ids be typed, with the reason."""
        typed = ", ".join(self.value or ())
        self._can_list = False
        self._ids.control.value = typed
        self._which.fill([("all of them", _ALL), ("some, by id", _SOME)], default=_ALL)
        self._which.explain(why, is_trouble=is_trouble)
        self._show_parts()

    def _which_changed(self) -> None:
        self._show_parts()
        self._changed()

    def _show_parts(self) -> None:
        some = self._which.value == _SOME
        for part, is_for_lists in ((self._search, True), (self._list, True), (self._ids, False)):
            part.widget.layout.display = None if some and self._can_list == is_for_lists else "none"
        if some and self._can_list:
            self._show_found()

    def _show_found(self) -> None:
        found = self._search.find()
        # What was picked before stays picked, also while a search hides it.
        control = _list(found, tuple(value for _, value in found if value in self._picked))
        control.observe(self._guarded(partial(self._picks_changed, control)), names="value")
        self._list.replace(control)
        self._count()

    def _picks_changed(self, control: ipywidgets.SelectMultiple, change: Any) -> None:
        if control is not self._list.control:  # a last word of one that is gone
            return
        self._picked = (self._picked - set(change["old"])) | set(change["new"])
        self._count()
        self._changed()

    def _count(self) -> None:
        self._list.explain(f"{len(self._picked):,} picked; hold Ctrl, or Cmd on a Mac, to pick several")

    def _changed(self) -> None:
        for callback in self._callbacks:
            callback()


def _list(options: Options, picked: tuple[str, ...]) -> ipywidgets.SelectMultiple:
    return ipywidgets.SelectMultiple(options=list(options), value=picked, description="Pick APIs", rows=8, **CONTROL)
