import { element } from "./shared.js";

// Chips with counts. Several can be pressed; a screen reader hears which are.

function render({ model, el }) {
  const label = model.get("label");
  const chips = element("span", { role: "group", "aria-label": label, class: "apig-chips" });
  el.append(element("div", { class: "apig-chips" }, element("b", { "aria-hidden": "true" }, label), chips));

  const makeChip = ({ text, count, hint, pressed, enabled }) => {
    const chip = element("button", { type: "button", class: "apig-chip", title: hint, "aria-pressed": pressed });
    chip.append(text, " ", element("b", {}, count));
    chip.disabled = !enabled;
    chip.addEventListener("click", () => model.send({ press: text }));
    return chip;
  };

  const show = () => {
    const focused = [...chips.children].indexOf(document.activeElement);
    chips.replaceChildren(...model.get("items").map(makeChip));
    chips.children[focused]?.focus();
  };
  model.on("change:items", show);
  show();
  return () => model.off("change:items", show);
}

export default { render };
