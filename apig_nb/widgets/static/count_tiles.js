import { element } from "./shared.js";

// `aria-pressed` tells a screen reader which tiles are pressed; the toggle buttons of ipywidgets do not have it.

function makeTile({ key, count, label, detail, css_class, pressed }, press) {
  const button = element("button", { type: "button", class: `apig-tile ${css_class}`, "aria-pressed": pressed });
  const figure = element("span", { class: "apig-figure" }, count.toLocaleString("en"));
  const words = [element("span", { class: "apig-word" }, label), element("span", { class: "apig-detail" }, detail)];
  button.append(figure, " ", ...words);
  button.dataset.key = key;
  button.disabled = !count;
  button.addEventListener("click", () => press(key));
  return button;
}

function makeChip({ key, count, label, pressed }, press) {
  const button = element("button", { type: "button", class: "apig-chip", "aria-pressed": pressed }, `${label} `);
  button.append(element("b", {}, count.toLocaleString("en")));
  button.dataset.key = key;
  button.disabled = !count;
  button.addEventListener("click", () => press(key));
  return button;
}

function render({ model, el }) {
  const isLarge = model.get("is_large");
  const press = (key) => model.send({ press: key });
  const draw = () => {
    const focused = el.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
    el.replaceChildren(...model.get("tiles").map((tile) => (isLarge ? makeTile(tile, press) : makeChip(tile, press))));
    [...el.querySelectorAll("button")].find((button) => button.dataset.key === focused)?.focus();
  };
  el.classList.add(isLarge ? "apig-tiles" : "apig-chips");
  el.setAttribute("role", "group");
  el.setAttribute("aria-label", model.get("label"));
  model.on("change:tiles", draw);
  draw();
}

export default { render };
