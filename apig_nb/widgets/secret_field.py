"""A field for a secret that leaves no trace: what is typed goes to Python as a message and stands in no trait.

The value of an ipywidgets `Password` is part of the widget's state, which JupyterLab can save into the notebook.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anywidget
import traitlets

_ESM = """
function render({ model, el }) {
  const id = "apig-" + Math.random().toString(36).slice(2);
  const row = document.createElement("div");
  row.className = "jupyter-widgets widget-inline-hbox widget-text";
  row.style.width = "calc(100% - 4px)";
  const label = document.createElement("label");
  label.className = "widget-label";
  label.htmlFor = id;
  const input = document.createElement("input");
  Object.assign(input, { id, type: "password", autocomplete: "off", spellcheck: false });
  input.setAttribute("data-lpignore", "true");
  const button = document.createElement("button");
  button.className = "lm-Widget jupyter-widgets jupyter-button widget-button mod-primary";
  button.type = "button";
  Object.assign(button.style, { marginLeft: "8px", flex: "none" });
  row.append(label, input, button);
  el.append(row);
  const show = () => {
    label.textContent = model.get("label");
    label.style.width = model.get("label_width");
    button.textContent = model.get("action");
    input.disabled = button.disabled = model.get("disabled");
  };
  const send = () => {
    const secret = input.value;
    input.value = "";
    model.send({ secret });
  };
  button.addEventListener("click", send);
  input.addEventListener("keydown", (event) => {
    // JupyterLab must not take a key that is meant for the field.
    event.stopPropagation();
    if (event.key === "Enter") send();
  });
  for (const name of ["label", "label_width", "action", "disabled"]) model.on("change:" + name, show);
  show();
}
export default { render };
"""


class SecretField(anywidget.AnyWidget):
    """A password input with a button; `taken` is called with what was typed, which is kept nowhere here."""

    _esm = _ESM
    label = traitlets.Unicode().tag(sync=True)
    label_width = traitlets.Unicode().tag(sync=True)
    action = traitlets.Unicode().tag(sync=True)
    disabled = traitlets.Bool(False).tag(sync=True)

    def __init__(self, taken: Callable[[str], None], **traits: Any) -> None:
        super().__init__(**traits)
        self._taken = taken
        self.on_msg(self._message)

    def _message(self, _widget: object, content: dict[str, Any], _buffers: object) -> None:
        self._taken(str(content.get("secret", "")))
