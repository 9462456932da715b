import { element } from "./shared.js";

function render({ model, el }) {
  const id = `apig-${Math.random().toString(36).slice(2)}`;
  const label = element("label", { class: "widget-label", for: id });
  const input = element("input", { id, type: "password", autocomplete: "off", spellcheck: "false" });
  input.setAttribute("data-lpignore", "true");
  const button = element("button", {
    class: "lm-Widget jupyter-widgets jupyter-button widget-button mod-primary",
    type: "button",
  });
  const row = element("div", { class: "jupyter-widgets widget-inline-hbox widget-text" }, label, input, button);
  el.append(row);
  const show = () => {
    label.textContent = model.get("label");
    button.textContent = model.get("action");
    input.disabled = button.disabled = model.get("disabled");
  };
  // The secret is sent as a message and cleared: it is never part of the widget's state.
  const send = () => {
    const secret = input.value;
    input.value = "";
    model.send({ secret });
  };
  button.addEventListener("click", send);
  input.addEventListener("keydown", (event) => {
    if (event.key === "Enter") send();
  });
  for (const name of ["label", "action", "disabled"]) model.on(`change:${name}`, show);
  show();
}

export default { render };
