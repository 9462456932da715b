"""`Panel`: details beside a table, below it where the cell is narrow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import anywidget
import ipywidgets
import traitlets

from apig_nb.widgets.assets import read_module


class PanelGuard(anywidget.AnyWidget):
    """Invisible part of a panel that scrolls it into view, and closes it with Escape."""

    _esm = read_module("panel_guard.js")
    shown = traitlets.Int(0).tag(sync=True)

    def __init__(self, close: Callable[[], None]) -> None:
        super().__init__(layout={"display": "none"})
        self._close_panel = close
        self.on_msg(self._handle_message)

    def _handle_message(self, _widget: object, content: Any, _buffers: object) -> None:
        if content == {"close": True}:
            self._close_panel()


class Panel:
    """A list with a panel beside it that can be opened and closed.

    Attributes:
        widget: the list and the panel.
    """

    def __init__(
        self, beside: ipywidgets.DOMWidget, parts: Sequence[ipywidgets.DOMWidget], close: Callable[[], None]
    ) -> None:
        """Create the panel, closed.

        Args:
            beside: the list.
            parts: the content of the panel.
            close: called when the user closes it; it calls `show`.
        """
        self._guard = PanelGuard(close)
        button = ipywidgets.Button(description="✕", tooltip="Close")
        button.add_class("apig-close")
        button.on_click(lambda _button: close())
        self._panel = ipywidgets.VBox([self._guard, button, *parts])
        self._panel.add_class("apig-panel")
        self.widget = ipywidgets.HBox([beside, self._panel])
        self.widget.add_class("apig-split")
        self.show(is_open=False)

    def show(self, *, is_open: bool) -> None:
        """Open the panel, or show that it has other content; or close it."""
        (self.widget.add_class if is_open else self.widget.remove_class)("apig-open")
        self._panel.layout.display = None if is_open else "none"
        if is_open:
            self._guard.shown += 1
