"""The APIs to export: all, some picked from a list, or ids to type where they cannot be listed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, Final

import ipywidgets

from apig_nb.widgets.background import Guard
from apig_nb.widgets.fields import CONTROL, Field, Options, PickField
from apig_nb.widgets.form.search import Search

_ALL: Final = "all"
_SOME: Final = "some"


class ApisField:
    """A choice between all and some APIs; for some, a list with a search field or a field for ids."""

    def __init__(self, guarded: Guard) -> None:
        """Create the field; `guarded` wraps the callbacks of its controls."""
        self._guarded = guarded
        self._scope = PickField("APIs", "default: every published API of the group", prompt="")
        self._search = Search("Search APIs", "parts of a name or path", guarded(self._show_found))
        self._list = Field(_list((), ()), "")
        ids = ipywidgets.Text(description="API ids", placeholder="id, id, …", continuous_update=False, **CONTROL)
        self._ids = Field(ids, "separated by commas")
        parts = (self._scope, self._search, self._list, self._ids)
        self._box = ipywidgets.VBox([part.widget for part in parts])
        self._options: Options = ()
        self._picked: set[str] = set()
        self._can_list = True
        self._callbacks: list[Callable[[], None]] = []
        self._scope.on_change(guarded(self._scope_changed))
        self._ids.on_change(guarded(self._changed))
        self._show_parts()

    @property
    def label(self) -> str:
        """The label on the page."""
        return self._scope.label

    @property
    def widget(self) -> ipywidgets.DOMWidget:
        """The widget of the field."""
        return self._box

    @property
    def value(self) -> tuple[str, ...] | None:
        """The picked or typed ids, which may be none; `None` for all APIs."""
        # The last value counts while a list is loaded: picked APIs must not become all APIs.
        if self._scope.last_value != _SOME:
            return None
        if not self._can_list:
            return tuple(part.strip() for part in self._ids.value.split(",") if part.strip())
        return tuple(value for _, value in self._options if value in self._picked)

    def show_error(self, text: str) -> None:
        """Show an error message; an empty text removes it."""
        self._scope.show_error(text)

    def on_change(self, callback: Callable[[], None]) -> None:
        """Call when the picked APIs change."""
        self._callbacks.append(callback)

    def disable(self, placeholder: str) -> None:
        """Remove the list; picks are kept for the next one."""
        self._scope.disable(placeholder)
        self._show_parts()

    def forget(self) -> None:
        """Go back to all APIs: the picks belong to another group."""
        self._scope.forget()
        self._picked, self._options = set(), ()
        self._search.use(())
        self._search.clear()
        self._ids.control.value = ""

    def fill(self, options: Options, description: str) -> None:
        """Show a list; `description` says what its APIs have in common, such as `published`."""
        picked = set(self.value or ())
        self._options, self._can_list = options, True
        self._picked = picked & {value for _, value in options}
        self._search.use(options)
        every = f"all {len(options):,} {description}" if options else f"none {description}"
        self._scope.fill([(every, _ALL), ("some, picked from a list", _SOME)], default=_ALL)
        self._show_parts()

    def ask_for_ids(self, reason: str, *, is_error: bool = False) -> None:
        """Show the field for ids, with the reason."""
        typed = ", ".join(self.value or ())
        self._can_list = False
        self._ids.control.value = typed
        self._scope.fill([("all of them", _ALL), ("some, by id", _SOME)], default=_ALL)
        self._scope.explain(reason, is_error=is_error)
        self._show_parts()

    def _scope_changed(self) -> None:
        self._show_parts()
        self._changed()

    def _show_parts(self) -> None:
        is_some = self._scope.value == _SOME
        for part, needs_list in ((self._search, True), (self._list, True), (self._ids, False)):
            part.widget.layout.display = None if is_some and self._can_list == needs_list else "none"
        if is_some and self._can_list:
            self._show_found()

    def _show_found(self) -> None:
        found = self._search.find()
        # Earlier picks stay picked when a search hides them.
        control = _list(found, tuple(value for _, value in found if value in self._picked))
        control.observe(self._guarded(partial(self._picks_changed, control)), names="value")
        self._list.replace(control)
        self._show_count()

    def _picks_changed(self, control: ipywidgets.SelectMultiple, change: Any) -> None:
        if control is not self._list.control:  # a late message of a replaced list
            return
        self._picked = (self._picked - set(change["old"])) | set(change["new"])
        self._show_count()
        self._changed()

    def _show_count(self) -> None:
        self._list.explain(f"{len(self._picked):,} picked; hold Ctrl, or Cmd on a Mac, to pick several")

    def _changed(self) -> None:
        for callback in self._callbacks:
            callback()


def _list(options: Options, picked: tuple[str, ...]) -> ipywidgets.SelectMultiple:
    return ipywidgets.SelectMultiple(options=list(options), value=picked, description="Pick APIs", rows=8, **CONTROL)
