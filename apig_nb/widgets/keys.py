"""Keys pressed in a form are the form's, and reach the field that had them last.

While a list or a button has the focus, JupyterLab takes keys for commands of the notebook: the arrows would move to
another cell, and a typed `dd` would delete the cell. And where a field's control is replaced, as when its list comes
anew, the next key would go to the notebook, had the new control not the focus of the one before.
"""

from __future__ import annotations

import anywidget

_ESM = """
const OF_LISTS = ["a", " ", "ArrowUp", "ArrowDown", "Home", "End"];
function isForForm(event) {
  if (event.target.matches("select[multiple]") && OF_LISTS.includes(event.key)) return true;
  return !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== "Escape";
}
const labelOf = (node) => node.labels?.[0]?.textContent;
function keepFocus(form) {
  let focused = null;
  form.addEventListener("focusin", ({ target }) => { focused = { node: target, label: labelOf(target) }; });
  // Who leaves a field that stays on the page has gone elsewhere.
  form.addEventListener("focusout", ({ target }) => setTimeout(() => {
    if (target === focused?.node && target.isConnected && target !== document.activeElement) focused = null;
  }));
  const observer = new MutationObserver(() => {
    if (!focused?.label || focused.node.isConnected || !document.activeElement.contains(form)) return;
    const isNext = (node) => labelOf(node) === focused.label && !node.disabled && node.checkVisibility();
    [...form.querySelectorAll("select, input")].find(isNext)?.focus({ preventScroll: true });
  });
  observer.observe(form, { attributes: true, childList: true, subtree: true });
  return observer;
}
function render({ el }) {
  let isShown = true;
  let observer = null;
  const keep = () => {
    const form = el.closest(".apig");
    // Not on the page yet.
    if (!form && isShown) requestAnimationFrame(keep);
    if (!form) return;
    form.addEventListener("keydown", (event) => isForForm(event) && event.stopPropagation());
    observer = keepFocus(form);
  };
  keep();
  return () => {
    isShown = false;
    observer?.disconnect();
  };
}
export default { render };
"""


class Keys(anywidget.AnyWidget):
    """Shows nothing; keeps focus and keys of the form it stands in, save Escape and combinations such as Ctrl+S.

    Combinations that pick several entries of a list, such as Ctrl+A, are the list's.
    """

    _esm = _ESM
