"""`FilesField`: files of the user's machine, chosen with a button or dropped.

`FileUpload` of ipywidgets takes no dropped files, sends each file as one message however long, and keeps the content
in the state of the widget, which JupyterLab can save into the notebook.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, Final

import anywidget
import traitlets

from apig_nb.widgets.assets import read_module

MAX_UPLOADS: Final = 16
"""Files that are received at the same time; the oldest is dropped for one more."""


class FilesField(anywidget.AnyWidget):
    """A button that opens files, and an area to drop them on.

    Args:
        received: called with the name and the content of each complete file.
        refused: called with the name and the size in bytes of a file that is too large; its content is not sent.
        traits: `label` of the button, `hint` beside it, `limit` in bytes.
    """

    _esm = read_module("files_field.js")
    label = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode().tag(sync=True)
    limit = traitlets.Int().tag(sync=True)

    def __init__(
        self, received: Callable[[str, bytes], None], refused: Callable[[str, int], None], **traits: Any
    ) -> None:
        super().__init__(**traits)
        self._received, self._refused = received, refused
        self._lock = Lock()
        self._uploads: dict[str, dict[int, bytes]] = {}
        self.on_msg(self._handle_message)

    def _handle_message(self, _widget: object, content: Any, buffers: Any) -> None:
        match content:
            case {"upload": str(upload), "name": str(name), "size": int(size), "part": int(part), "parts": int(parts)}:
                if size > self.limit:
                    self._refused(name, size)
                else:
                    self._receive(upload, name, (part, b"".join(map(bytes, buffers))), parts)

    def _receive(self, upload: str, name: str, part: tuple[int, bytes], count: int) -> None:
        # Parts may arrive on several threads, in any order.
        with self._lock:
            parts = self._uploads.setdefault(upload, {})
            parts.update([part])
            if len(self._uploads) > MAX_UPLOADS:
                del self._uploads[next(iter(self._uploads))]
            if len(parts) < count:
                return
            self._uploads.pop(upload, None)
        self._received(name, b"".join(parts[number] for number in sorted(parts)))
