"""`DownloadButton`: a file that the browser saves on the machine of the user."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anywidget
import traitlets

from apig_nb.widgets.assets import read_module

File = tuple[str, bytes]
"""Name and content."""


class DownloadButton(anywidget.AnyWidget):
    """A button that downloads a file, which is made when it is pressed."""

    _esm = read_module("download_button.js")
    label = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode().tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)

    def __init__(
        self, label: str, make: Callable[[], File], failed: Callable[[Exception], None], **traits: Any
    ) -> None:
        """Create the button.

        Args:
            label: the label on the page.
            make: returns the file.
            failed: takes an error of `make`.
            traits: `hint`, the tooltip; `disabled`.
        """
        super().__init__(label=label, **traits)
        self._make, self._failed = make, failed
        self.on_msg(self._handle_message)

    def _handle_message(self, _widget: object, content: Any, _buffers: object) -> None:
        match content:
            case {"download": str(view)}:
                try:
                    name, data = self._make()
                except Exception as error:  # noqa: BLE001 - nothing else would show it
                    self._failed(error)
                else:
                    self.send({"view": view, "name": name}, [data])
