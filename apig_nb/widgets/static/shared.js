// Functions used by several widgets. Python puts this file in place of the import, as each widget is one module.

export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

// Ctrl+A, Ctrl+Space and the like select several entries of a list.
const LIST_KEYS = ["a", " ", "ArrowUp", "ArrowDown", "Home", "End"];

function isOwnKey(event) {
  if (event.target.matches("select[multiple]") && LIST_KEYS.includes(event.key)) return true;
  return !event.ctrlKey && !event.metaKey && !event.altKey && event.key !== "Escape";
}

// While a list, a button or a table has the focus, JupyterLab takes keys as commands: arrows move to another cell and
// `dd` deletes one. Escape and combinations such as Ctrl+S still reach JupyterLab.
export function guardKeys(node) {
  node.addEventListener("keydown", (event) => isOwnKey(event) && event.stopPropagation());
}
