import { element } from "./shared.js";

// Inputs for credentials, and the button that connects. What is typed is sent in one message when the button is
// pressed: it is never part of the widget's state, which JupyterLab can save into the notebook.

function render({ model, el }) {
  const fields = element("div", { class: "apig-fields apig-three" });
  const button = element("button", { type: "button", class: "apig-button apig-primary" });
  const hint = element("span", { class: "apig-hint" });
  el.append(fields, element("div", { class: "apig-row" }, button, hint));
  let inputs = {};

  const send = () => {
    if (button.disabled) return;
    const values = Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input.value]));
    for (const input of Object.values(inputs)) if (input.type === "password") input.value = "";
    model.send({ values });
  };

  const makeField = ({ name, label, hint: text, secret }) => {
    const id = `apig-${Math.random().toString(36).slice(2)}`;
    const type = secret ? "password" : "text";
    const input = element("input", { id, type, class: "apig-input", autocomplete: "off", spellcheck: "false" });
    input.setAttribute("data-lpignore", "true"); // password managers
    input.placeholder = secret ? "not shown, not saved" : "";
    input.value = inputs[name]?.type === type ? inputs[name].value : "";
    input.addEventListener("keydown", (event) => event.key === "Enter" && send());
    const error = element("div", { class: "apig-error", role: "alert", id: `${id}-error` });
    input.setAttribute("aria-describedby", error.id);
    const parts = [element("label", { for: id, class: "widget-label" }, label), input];
    if (text) parts.push(element("div", { class: "apig-hint" }, text));
    const field = element("div", { class: "apig-field" }, ...parts, error);
    return [name, input, field];
  };

  const showFields = () => {
    const made = model.get("fields").map(makeField);
    inputs = Object.fromEntries(made.map(([name, input]) => [name, input]));
    fields.replaceChildren(...made.map(([, , field]) => field));
    fields.hidden = !made.length;
    showErrors();
  };

  const showErrors = () => {
    const errors = model.get("errors");
    for (const [name, input] of Object.entries(inputs)) {
      const text = errors[name] ?? "";
      const alert = input.parentElement.lastChild;
      alert.textContent = text;
      alert.hidden = !text;
      input.parentElement.classList.toggle("apig-wrong", Boolean(text));
      input.setAttribute("aria-invalid", Boolean(text));
    }
  };

  const showAction = () => {
    button.textContent = model.get("action");
    button.disabled = model.get("disabled");
    hint.textContent = model.get("hint");
  };

  button.addEventListener("click", send);
  model.on("change:fields", showFields);
  model.on("change:errors", showErrors);
  for (const name of ["action", "disabled", "hint"]) model.on(`change:${name}`, showAction);
  showFields();
  showAction();
}

export default { render };
