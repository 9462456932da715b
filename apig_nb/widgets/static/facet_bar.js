import { element } from "./shared.js";

// One toolbar of buttons for each facet: Tab moves from toolbar to toolbar, the arrow keys within one.

const SHOWN_AT_FIRST = 8; // values of a facet that are shown before "more" is pressed

function render({ model, el }) {
  const root = element("div", { class: "apig-facets" });
  const clear = element("button", { type: "button", class: "apig-facets-clear" }, "Clear facets");
  clear.addEventListener("click", () => {
    model.send({ clear: true });
    // The button disappears: keep the focus in the toolbar.
    root.querySelector("[role=toolbar] [tabindex='0']")?.focus();
  });
  let bars = [];
  let shape = "";
  el.append(root);

  const buttonsOf = (bar) => [...bar.querySelectorAll("button:not([hidden])")];

  function makeTabStop(button) {
    for (const other of button.parentElement.children) other.tabIndex = -1;
    button.tabIndex = 0;
  }

  function moveFocus(event) {
    const buttons = buttonsOf(event.currentTarget);
    const here = buttons.indexOf(event.target);
    const steps = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: buttons.length - 1 };
    if (!(event.key in steps)) return;
    const to = buttons[Math.max(0, Math.min(steps[event.key], buttons.length - 1))];
    makeTabStop(to);
    to.focus();
    event.preventDefault();
  }

  function makeBar({ name, values, unlisted }, facet) {
    const buttons = values.map(([label], value) => {
      const count = element("span", { class: "apig-facets-count" });
      const button = element("button", { type: "button" }, element("span", {}, label), count);
      button.title = label;
      button.hidden = value >= SHOWN_AT_FIRST;
      button.addEventListener("click", () => {
        makeTabStop(button);
        model.send({ press: [facet, value, button.getAttribute("aria-pressed") !== "true"] });
      });
      return button;
    });
    const bar = element("div", { role: "toolbar", "aria-label": name }, ...buttons);
    if (values.length > SHOWN_AT_FIRST) bar.append(makeMore(bar, values.length - SHOWN_AT_FIRST));
    if (unlisted) bar.append(element("span", { class: "apig-facets-count" }, `and ${unlisted} more, by search`));
    bar.addEventListener("keydown", moveFocus);
    if (buttons.length) makeTabStop(buttons[0]);
    const title = element("span", { class: "apig-facets-name", "aria-hidden": "true" }, name);
    root.append(element("div", { class: "apig-facets-row" }, title, bar));
    return buttons;
  }

  function makeMore(bar, number) {
    const more = element("button", { type: "button", "aria-expanded": "false" }, `${number} more`);
    more.addEventListener("click", () => {
      const isOpen = more.getAttribute("aria-expanded") === "true";
      more.setAttribute("aria-expanded", !isOpen);
      more.textContent = isOpen ? `${number} more` : "fewer";
      [...bar.querySelectorAll("[aria-pressed]")].forEach((button, value) => {
        // Chosen values stay visible.
        button.hidden = isOpen && value >= SHOWN_AT_FIRST && button.getAttribute("aria-pressed") !== "true";
      });
      makeTabStop(more);
    });
    return more;
  }

  function show() {
    const facets = model.get("facets");
    const newShape = JSON.stringify(facets.map(({ name, values }) => [name, values.map(([label]) => label)]));
    if (newShape !== shape) {
      shape = newShape;
      root.replaceChildren();
      bars = facets.map(makeBar);
      root.append(clear);
    }
    for (const [facet, { values }] of facets.entries()) {
      for (const [value, [, count, isPressed]] of values.entries()) {
        const button = bars[facet][value];
        button.setAttribute("aria-pressed", isPressed);
        button.classList.toggle("apig-facets-none", !count && !isPressed);
        if (isPressed) button.hidden = false;
        button.lastChild.textContent = count.toLocaleString("en");
      }
    }
    clear.disabled = !facets.some(({ values }) => values.some(([, , isPressed]) => isPressed));
  }

  model.on("change:facets", show);
  show();
  return () => model.off("change:facets", show);
}

export default { render };
