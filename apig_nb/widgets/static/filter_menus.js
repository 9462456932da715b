import { element } from "./shared.js";

// A button with a menu of ticks for each facet; what is ticked also stands beside the buttons as a chip with a cross.

function render({ model, el }) {
  const menus = element("span", { class: "apig-filters" });
  const chips = element("span", { class: "apig-filters", role: "group", "aria-label": "Filters that are on" });
  const root = element("div", { class: "apig-filters" }, menus, chips);
  el.append(root);
  let boxes = []; // for each facet its ticks and their counts
  let shape = "";

  const press = (facet, value, isChosen) => {
    const { name, values } = model.get("facets")[facet];
    model.send({ press: [facet, value, isChosen], of: [name, values[value][0]] });
  };

  const open = (menu, isOpen) => {
    menu.hidden = !isOpen;
    menu.previousSibling.setAttribute("aria-expanded", isOpen);
  };
  const closeAll = (except) => {
    for (const menu of root.querySelectorAll(".apig-menu")) if (menu !== except) open(menu, false);
  };

  function makeMenu({ name, values, unlisted }, facet) {
    const ticks = values.map(([label], value) => {
      const box = element("input", { type: "checkbox" });
      box.addEventListener("change", () => press(facet, value, box.checked));
      const count = element("span", { class: "apig-count" });
      return { box, count, row: element("label", { title: label }, box, element("span", {}, label), count) };
    });
    const clear = element("button", { type: "button", class: "apig-button apig-tiny" }, "Clear");
    clear.addEventListener("click", () => model.send({ clear: facet, of: name }));
    const foot = element("div", { class: "apig-menu-foot" }, clear);
    if (unlisted) foot.prepend(element("div", { class: "apig-hint" }, `and ${unlisted} more, by search`));
    const rows = element("div", { class: "apig-menu-rows" }, ...ticks.map(({ row }) => row));
    const menu = element("div", { class: "apig-menu", role: "group", "aria-label": name, hidden: "" }, rows, foot);
    const button = element("button", { type: "button", class: "apig-button", "aria-expanded": false }, name);
    button.append(element("span", { class: "apig-icon apig-icon-down", "aria-hidden": "true" }));
    button.addEventListener("click", () => {
      closeAll(menu);
      open(menu, menu.hidden);
      if (!menu.hidden) rows.querySelector("input")?.focus();
    });
    menus.append(element("span", { class: "apig-filter" }, button, menu));
    return ticks;
  }

  function makeChip(name, label, facet, value) {
    const chip = element("button", { type: "button", class: "apig-chip apig-filter-chip", "aria-pressed": true });
    chip.append(`${name}: ${label}`, element("span", { class: "apig-icon apig-icon-close", "aria-hidden": "true" }));
    chip.title = `Remove the filter ${name}: ${label}`;
    chip.addEventListener("click", () => press(facet, value, false));
    return chip;
  }

  function show() {
    const facets = model.get("facets");
    const newShape = JSON.stringify(facets.map(({ name, values }) => [name, values.map(([label]) => label)]));
    if (newShape !== shape) {
      shape = newShape;
      menus.replaceChildren();
      boxes = facets.map(makeMenu);
    }
    const made = [];
    for (const [facet, { name, values }] of facets.entries()) {
      for (const [value, [label, count, isChosen]] of values.entries()) {
        const tick = boxes[facet][value];
        tick.box.checked = isChosen;
        tick.count.textContent = count.toLocaleString("en");
        if (isChosen) made.push(makeChip(name, label, facet, value));
      }
    }
    if (made.length) {
      const clear = element("button", { type: "button", class: "apig-button apig-plain" }, "Clear filters");
      clear.addEventListener("click", () => model.send({ clear: null }));
      made.push(clear);
    }
    const hadFocus = chips.contains(document.activeElement);
    chips.replaceChildren(...made);
    if (hadFocus) (chips.lastChild ?? menus.querySelector("button"))?.focus();
  }

  root.addEventListener("keydown", (event) => {
    const menu = event.target.closest(".apig-menu");
    if (event.key !== "Escape" || !menu) return;
    event.stopPropagation();
    open(menu, false);
    menu.previousSibling.focus();
  });
  const closeOutside = ({ target }) => closeAll(target.closest?.(".apig-filter")?.querySelector(".apig-menu"));
  document.addEventListener("pointerdown", closeOutside);
  model.on("change:facets", show);
  show();
  return () => {
    document.removeEventListener("pointerdown", closeOutside);
    model.off("change:facets", show);
  };
}

export default { render };
