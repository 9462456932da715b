"""Fields that add an entry for the selected change or finding to an ignore file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

import ipywidgets

from apig_nb.compare.options.ignore_file import Added, add_ignored
from apig_nb.errors import ArgumentError
from apig_nb.lazy import cached_property
from apig_nb.text import shorten, visible
from apig_nb.widgets.background import Background
from apig_nb.widgets.error_text import error_text
from apig_nb.widgets.fields import ChoiceField, Field, TextField
from apig_nb.widgets.html import error_note, html_widget, status

DEFAULT_FILE: Final = "apig-ignore.yaml"
"""In the folder of the kernel, which is that of the notebook."""

MAX_PATH: Final = 60
"""Characters of a path that are shown in the list of scopes."""

MAX_NOTE: Final = 200
"""Characters of the sentence in an entry."""

Scope = dict[str, str]


class IgnoreBox:
    """A button that opens the fields of an entry, and a button that removes the last entry.

    Attributes:
        widget: the fields for what is selected.
        state: the last entry, and the button that removes it; also shown when nothing is selected.
        file: the ignore file; `None` until the user names one.
    """

    def __init__(self, background: Background, changed: Callable[[], None]) -> None:
        """Create the box.

        Args:
            background: runs the reading and writing.
            changed: called when the file has changed.
        """
        self._background, self._changed = background, changed
        self.file: str | os.PathLike[str] | None = None
        self._scopes: dict[str, Scope] = {}
        self._added: list[Added] = []
        self._is_open = False
        self._open = ipywidgets.Button(description="Ignore…")
        self._open.on_click(background.guarded(lambda _button: self._toggle()))
        self._undo_button = ipywidgets.Button(description="Undo", layout={"width": "auto", "display": "none"})
        self._undo_button.on_click(background.guarded(lambda _button: self._undo()))
        self._message = html_widget()
        self._entry = ipywidgets.VBox()
        self.widget = ipywidgets.VBox([self._open, self._entry])
        self.state = ipywidgets.HBox([self._message, self._undo_button])
        for name in ("apig-row", "apig-message"):
            self.state.add_class(name)
        self.offer({})

    def offer(self, scopes: Mapping[str, Scope]) -> None:
        """Offer these scopes of an entry: label → conditions; none if nothing is selected."""
        self._scopes = dict(scopes)
        if scopes:
            control = self._fields["scope"].control
            control.options = list(scopes)
            control.index = 0
        self._is_open = False
        self._lay_out()

    @cached_property
    def _fields(self) -> dict[str, Field]:
        """The fields of an entry, made when something is first selected."""
        fields = {
            "reason": TextField("Reason", "why it is accepted; kept with the entry"),
            "scope": ChoiceField("Ignore", "what is ignored", [("–", "0")]),
            "expires": TextField("Until", "last day of the entry; default: no end", "2026-12-31"),
            "ignore": TextField("Ignore file", "YAML; created if it does not exist", DEFAULT_FILE),
        }
        add = ipywidgets.Button(description="Add to the file", button_style="primary", layout={"width": "auto"})
        add.on_click(self._background.guarded(lambda _button: self._add()))
        self._entry.children = (*(field.widget for field in fields.values()), add)
        return fields

    def _toggle(self) -> None:
        self._is_open = not self._is_open
        self._lay_out()

    def _lay_out(self) -> None:
        self._open.layout.display = None if self._scopes else "none"
        is_open = bool(self._scopes) and self._is_open
        self._entry.layout.display = None if is_open else "none"
        if is_open:
            self._fields["ignore"].widget.layout.display = "none" if self.file else None
        self._undo_button.layout.display = None if self._added else "none"

    def _add(self) -> None:
        if self._background.is_running("ignore"):
            return
        fields = self._fields
        for field in fields.values():
            field.show_error("")
        reason, expires = fields["reason"].value, fields["expires"].value or None
        file = self.file or fields["ignore"].value or DEFAULT_FILE
        scope = list(self._scopes.values())[fields["scope"].control.index]
        self._background.run(
            "ignore",
            lambda: add_ignored(file, reason=reason, expires=expires, **scope),
            self._show_added,
            self._show_error,
        )

    def _show_added(self, added: Added) -> None:
        self.file = self.file or added.file
        self._added.append(added)
        self._fields["reason"].control.value = ""
        self._is_open = False
        self._message.value = status(f"ignored; added to {added.file}")
        self._lay_out()
        # The button that has the focus is about to be hidden.
        self._undo_button.focus()
        self._changed()

    def _undo(self) -> None:
        if self._background.is_running("ignore") or not self._added:
            return
        added = self._added[-1]
        self._background.run("ignore", added.undo, lambda _none: self._show_undone(added), self._show_error)

    def _show_undone(self, added: Added) -> None:
        self._added.remove(added)
        if added.before is None:
            self.file = None
        self._message.value = status(f"undone; {added.file} is as before")
        self._lay_out()
        self._changed()

    def _show_error(self, error: Exception) -> None:
        field: Any = self._fields.get(error.argument) if isinstance(error, ArgumentError) else None
        if field is None or (field is self._fields["ignore"] and self.file):
            self._message.value = error_note(error_text(error))
        else:
            field.show_error(error_text(error))


def scopes(kind: str, rule: str, fingerprint: str, sentence: str, paths: Collection[str]) -> dict[str, Scope]:
    """The scopes of an entry: label → conditions.

    Args:
        kind: `change` or `finding`.
        rule: its rule.
        fingerprint: its fingerprint.
        sentence: what it says, for those who read the file.
        paths: the paths of its operations.
    """
    note = shorten(visible(" ".join(sentence.split())), MAX_NOTE)
    found: dict[str, Scope] = {f"this {kind} only": {"rule": rule, "fingerprint": fingerprint, "note": note}}
    if len(paths) == 1:
        (path,) = paths
        # Characters of a path that are special in a pattern are escaped.
        found[f"{rule} on {visible(shorten(path, MAX_PATH))}"] = {
            "rule": rule,
            "path": re.sub(r"([*?[])", r"[\1]", path),
        }
    found[f"{rule} everywhere"] = {"rule": rule}
    return found
