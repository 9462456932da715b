"""The row of buttons of a form: what can be done now, and what stands in the way."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import ipywidgets

from apig_nb.widgets.background import Background
from apig_nb.widgets.html import status


class Actions:
    """Export and Cancel, with a word on what is missing, and the buttons of others beside them."""

    def __init__(
        self,
        background: Background,
        export: Callable[[], None],
        cancel: Callable[[], None],
        others: Sequence[ipywidgets.DOMWidget],
    ) -> None:
        self._export = ipywidgets.Button(description="Export", button_style="primary", disabled=True)
        self._cancel = ipywidgets.Button(description="Cancel", layout={"display": "none"})
        self._hint = ipywidgets.HTML()
        self._hint.add_class("apig-grow")
        self._export.on_click(background.guarded(lambda _button: export()))
        self._cancel.on_click(background.guarded(lambda _button: cancel()))
        self.widget = ipywidgets.HBox([self._export, self._cancel, self._hint, *others])
        self.widget.add_class("apig-row")
        self.widget.add_class("apig-actions")

    def show(self, missing: Sequence[str], *, is_wrong: bool, is_running: bool) -> None:
        """Show what can be done.

        Args:
            missing: labels of the fields in which something must still be chosen.
            is_wrong: whether a field is marked.
            is_running: whether an export is under way.
        """
        self._export.disabled = bool(missing) or is_wrong or is_running
        self._cancel.layout.display = None if is_running else "none"
        if missing:
            self._hint.value = status(f"still to choose: {', '.join(missing)}")
        else:
            self._hint.value = status("see the field that is marked ✕" if is_wrong else "")
