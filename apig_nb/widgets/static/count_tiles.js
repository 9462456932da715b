import { element } from "./shared.js";

// `aria-pressed` tells a screen reader which tiles are pressed; the toggle buttons of ipywidgets do not have it.
function makeButton(tile, press) {
  const button = element("button", {
    type: "button",
    class: `apig-tile ${tile.css_class}`,
    "aria-pressed": tile.pressed,
  });
  button.dataset.key = tile.key;
  button.disabled = !tile.count;
  if (tile.sign) button.append(element("span", { "aria-hidden": "true", class: "apig-tile-sign" }, tile.sign));
  button.append(element("b", {}, tile.count.toLocaleString("en")), ` ${tile.label}`);
  button.addEventListener("click", () => press(tile.key));
  return button;
}

function render({ model, el }) {
  el.classList.add("apig-tiles");
  const press = (key) => model.send({ press: key });
  const draw = () => {
    const focused = el.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
    const groups = model.get("groups").map(({ label, tiles }) => {
      const buttons = tiles.map((tile) => makeButton(tile, press));
      return element("div", { role: "group", "aria-label": label }, ...buttons);
    });
    el.replaceChildren(...groups);
    [...el.querySelectorAll("button")].find((button) => button.dataset.key === focused)?.focus();
  };
  model.on("change:groups", draw);
  draw();
}

export default { render };
