"""A text to read and to copy: shown as text, never as markup, with a button that puts it on the clipboard."""

from __future__ import annotations

import anywidget
import traitlets

_ESM = """
function element(tag, attributes = {}) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  return node;
}

function render({ model, el }) {
  const button = element("button", { type: "button", class: "lm-Widget jupyter-widgets jupyter-button widget-button" });
  const said = element("span", { role: "status" });
  const row = element("div", { class: "apig-source-row" });
  const text = element("pre", { class: "apig-code", tabindex: "0", role: "region" });
  button.textContent = "Copy";
  row.append(button, said);
  el.append(row, text);
  el.addEventListener("keydown", (event) => {
    if (!event.ctrlKey && !event.metaKey && !event.altKey && event.key !== "Escape") event.stopPropagation();
  });
  const show = () => {
    text.textContent = model.get("text");
    text.setAttribute("aria-label", model.get("label"));
    said.textContent = "";
  };
  // Without a secure connection, or where the page may not, there is no clipboard to write to.
  const select = () => {
    text.focus();
    getSelection().selectAllChildren(text);
    said.textContent = "selected; Ctrl+C, or Cmd+C on a Mac, copies it";
  };
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(model.get("text"));
      said.textContent = "copied";
    } catch {
      select();
    }
  });
  model.on("change:text", show);
  show();
  return () => model.off("change:text", show);
}
export default { render };
"""


class SourceText(anywidget.AnyWidget):
    """A text with a "Copy" button; where the clipboard is closed to the page, the text is selected instead."""

    _esm = _ESM
    label = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
