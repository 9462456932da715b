import { element } from "./shared.js";

// One choice of several: tabs that show a view each, segments, or a list with explanations. Tab reaches the chosen one, the arrow keys move the
// choice, as in the patterns of the ARIA Authoring Practices for tabs and radio groups.

const ROLES = {
  tabs: { bar: "tablist", item: "tab", state: "aria-selected" },
  segments: { bar: "radiogroup", item: "radio", state: "aria-checked" },
  choices: { bar: "radiogroup", item: "radio", state: "aria-checked" },
};

function render({ model, el }) {
  const kind = model.get("kind");
  const roles = ROLES[kind];
  const bar = element("div", { role: roles.bar, class: `apig-${kind}`, "aria-label": model.get("label") });
  el.classList.add(`apig-${kind}-widget`);
  el.append(bar);

  const choose = (index) => {
    model.set("selected", index);
    model.save_changes();
  };

  const makeItem = ({ text, hint, count, enabled }, index) => {
    const button = element("button", { type: "button", role: roles.item });
    if (kind === "choices") {
      button.className = "apig-choice";
      button.append(element("b", {}, text), element("span", { class: "apig-hint" }, hint));
    } else {
      button.className = "apig-tab";
      button.append(text);
      if (count) button.append(element("span", { class: "apig-count" }, count));
      if (hint) button.title = hint;
    }
    button.disabled = !enabled;
    button.addEventListener("click", () => choose(index));
    return button;
  };

  const showSelected = () => {
    for (const [index, button] of [...bar.children].entries()) {
      const isSelected = index === model.get("selected");
      button.setAttribute(roles.state, isSelected);
      button.tabIndex = isSelected ? 0 : -1;
    }
  };

  const showItems = () => {
    const focused = [...bar.children].indexOf(document.activeElement);
    bar.replaceChildren(...model.get("items").map(makeItem));
    showSelected();
    bar.children[focused]?.focus();
  };

  bar.addEventListener("keydown", (event) => {
    const enabled = [...bar.children].filter((button) => !button.disabled);
    const here = enabled.indexOf(document.activeElement);
    const last = enabled.length - 1;
    const steps = {
      ArrowRight: here + 1,
      ArrowDown: here + 1,
      ArrowLeft: here - 1,
      ArrowUp: here - 1,
      Home: 0,
      End: last,
    };
    if (!(event.key in steps)) return;
    event.preventDefault();
    const target = enabled[Math.max(0, Math.min(steps[event.key], last))];
    target.focus();
    choose([...bar.children].indexOf(target));
  });

  model.on("change:items", showItems);
  model.on("change:selected", showSelected);
  showItems();
  return () => {
    model.off("change:items", showItems);
    model.off("change:selected", showSelected);
  };
}

export default { render };
