"""Keys pressed in a form are the form's.

While a list or a button has the focus, JupyterLab takes keys for commands of the notebook: the arrows would move to
another cell, and a typed `dd` would delete the cell.
"""

from __future__ import annotations

import anywidget

_ESM = """
const OF_LISTS = ["a", " ", "ArrowUp", "ArrowDown", "Home", "End"];
function isForForm(event) {
  if (event.target.matches("select[multiple]") && OF_LISTS.includes(event.key)) return true;
  return !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== "Escape";
}
function render({ el }) {
  let isShown = true;
  const keep = () => {
    const form = el.closest(".apig");
    // Not on the page yet.
    if (!form && isShown) requestAnimationFrame(keep);
    form?.addEventListener("keydown", (event) => isForForm(event) && event.stopPropagation());
  };
  keep();
  return () => { isShown = false; };
}
export default { render };
"""


class Keys(anywidget.AnyWidget):
    """Shows nothing; keeps the keys of the form it stands in, save Escape and combinations such as Ctrl+S.

    Combinations that pick several entries of a list, such as Ctrl+A, are the list's.
    """

    _esm = _ESM
