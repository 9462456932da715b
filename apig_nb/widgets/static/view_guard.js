import { guardKeys } from "./shared.js";

const labelOf = (node) => node.labels?.[0]?.textContent;

// A control is replaced when its list is loaded again. The new control gets the focus of the old one, otherwise the
// next key would go to the notebook.
function keepFocus(view) {
  let focused = null;
  view.addEventListener("focusin", ({ target }) => {
    focused = { node: target, label: labelOf(target) };
  });
  // The focus left a control that is still on the page: the user moved on.
  view.addEventListener("focusout", ({ target }) =>
    setTimeout(() => {
      if (target === focused?.node && target.isConnected && target !== document.activeElement) focused = null;
    }),
  );
  const observer = new MutationObserver(() => {
    if (!focused?.label || focused.node.isConnected || !document.activeElement.contains(view)) return;
    const isReplacement = (node) => labelOf(node) === focused.label && !node.disabled && node.checkVisibility();
    [...view.querySelectorAll("select, input")].find(isReplacement)?.focus({ preventScroll: true });
  });
  observer.observe(view, { attributes: true, childList: true, subtree: true });
  return observer;
}

// A mark in the title of the page, until somebody looks at it.
function markTitle() {
  const mark = "✓ ";
  if (!document.hidden || document.title.startsWith(mark)) return;
  document.title = mark + document.title;
  const unmark = () => {
    document.title = document.title.replace(mark, "");
  };
  document.addEventListener("visibilitychange", unmark, { once: true });
}

function render({ model, el }) {
  let isRemoved = false;
  let observer = null;
  const attach = () => {
    const view = el.closest(".apig");
    // The element is rendered before it is attached to the page.
    if (!view && !isRemoved) requestAnimationFrame(attach);
    if (!view) return;
    guardKeys(view);
    observer = keepFocus(view);
  };
  attach();
  model.on("change:done", markTitle);
  return () => {
    model.off("change:done", markTitle);
    isRemoved = true;
    observer?.disconnect();
  };
}

export default { render };
