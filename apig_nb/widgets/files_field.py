"""A field that takes files from the person's own machine, by a button or dropped on it.

ipywidgets' `FileUpload` takes no dropped files, sends each as one message however long, and keeps what came in the
state of the widget, which JupyterLab can save into the notebook.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, Final

import anywidget
import traitlets

MOST_AT_ONCE: Final = 16
"""Files that may be under way at the same time; the oldest is given up for one more."""

_ESM = """
const PART = 1 << 20;
function render({ model, el }) {
  const field = document.createElement("div");
  field.className = "apig-files";
  const button = document.createElement("button");
  button.className = "lm-Widget jupyter-widgets jupyter-button widget-button";
  button.type = "button";
  button.style.width = "auto";
  const input = document.createElement("input");
  Object.assign(input, { type: "file", multiple: true, hidden: true });
  const hint = document.createElement("span");
  hint.className = "apig-help";
  const status = document.createElement("span");
  status.setAttribute("role", "status");
  field.append(button, input, hint, status);
  el.append(field);
  const show = () => {
    button.textContent = model.get("label");
    hint.textContent = model.get("hint");
    input.accept = model.get("accept");
  };
  const take = async (files) => {
    for (const file of files) {
      status.textContent = `${file.name}…`;
      const parts = Math.max(Math.ceil(file.size / PART), 1);
      const upload = Math.random().toString(36).slice(2);
      const isTooLarge = file.size > model.get("limit");
      for (let part = 0; part < (isTooLarge ? 1 : parts); part += 1) {
        const bytes = isTooLarge ? new ArrayBuffer(0) : await file.slice(part * PART, (part + 1) * PART).arrayBuffer();
        model.send({ upload, name: file.name, size: file.size, part, parts }, undefined, [bytes]);
      }
    }
    status.textContent = "";
    input.value = "";
  };
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => take([...input.files]));
  // Dropped beside the field, a file would open in place of the page.
  for (const name of ["dragover", "dragleave", "drop"]) {
    field.addEventListener(name, (event) => {
      event.preventDefault();
      event.stopPropagation();
      field.classList.toggle("apig-over", name === "dragover");
      if (name === "drop") take([...event.dataTransfer.files]);
    });
  }
  for (const name of ["label", "hint", "accept"]) model.on("change:" + name, show);
  show();
}
export default { render };
"""

_CSS = """
.apig-files { align-items: center; border: 1px dashed var(--jp-border-color1, GrayText); border-radius: 4px;
  display: flex; flex-wrap: wrap; gap: 4px 8px; padding: 4px 8px; }
.apig-files.apig-over { border-color: var(--jp-brand-color1, Highlight); background: var(--jp-layout-color2, Canvas); }
"""


class FilesField(anywidget.AnyWidget):
    """A button that opens files, and a place to drop them on.

    Args:
        taken: called with the name and the content of each file that came whole.
        refused: called with the name and the bytes of a file that is too large; nothing of it was sent.
        traits: `label` of the button, `hint` beside it, `accept` (endings of files), `limit` (bytes).
    """

    _esm = _ESM
    _css = _CSS
    label = traitlets.Unicode().tag(sync=True)
    hint = traitlets.Unicode().tag(sync=True)
    accept = traitlets.Unicode().tag(sync=True)
    limit = traitlets.Int().tag(sync=True)

    def __init__(self, taken: Callable[[str, bytes], None], refused: Callable[[str, int], None], **traits: Any) -> None:
        super().__init__(**traits)
        self._taken, self._refused = taken, refused
        self._lock = Lock()
        self._parts: dict[str, dict[int, bytes]] = {}
        self.on_msg(self._message)

    def _message(self, _widget: object, content: Any, buffers: Any) -> None:
        match content:
            case {"upload": str(upload), "name": str(name), "size": int(size), "part": int(part), "parts": int(parts)}:
                if size > self.limit:
                    self._refused(name, size)
                else:
                    self._take(upload, name, (part, b"".join(map(bytes, buffers))), parts)

    def _take(self, upload: str, name: str, part: tuple[int, bytes], parts: int) -> None:
        # Parts may come on several threads, in any order.
        with self._lock:
            came = self._parts.setdefault(upload, {})
            came.update([part])
            if len(self._parts) > MOST_AT_ONCE:
                del self._parts[next(iter(self._parts))]
            if len(came) < parts:
                return
            self._parts.pop(upload, None)
        self._taken(name, b"".join(came[number] for number in sorted(came)))
