import { element } from "./shared.js";

const PART_SIZE = 1 << 20; // bytes of one message

function render({ model, el }) {
  const button = element("button", { type: "button", class: "lm-Widget jupyter-widgets jupyter-button widget-button" });
  button.style.width = "auto";
  const input = element("input", { type: "file", multiple: "", hidden: "" });
  const hint = element("span", { class: "apig-help" });
  const status = element("span", { role: "status" });
  const field = element("div", { class: "apig-files" }, button, input, hint, status);
  el.append(field);
  const show = () => {
    button.textContent = model.get("label");
    hint.textContent = model.get("hint");
  };
  const upload = async (files) => {
    for (const file of files) {
      status.textContent = `${file.name}…`;
      const id = Math.random().toString(36).slice(2);
      const parts = Math.max(Math.ceil(file.size / PART_SIZE), 1);
      const isTooLarge = file.size > model.get("limit");
      for (let part = 0; part < (isTooLarge ? 1 : parts); part += 1) {
        const slice = file.slice(part * PART_SIZE, (part + 1) * PART_SIZE);
        const bytes = isTooLarge ? new ArrayBuffer(0) : await slice.arrayBuffer();
        model.send({ upload: id, name: file.name, size: file.size, part, parts }, undefined, [bytes]);
      }
    }
    status.textContent = "";
    input.value = "";
  };
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => upload([...input.files]));
  // By default the browser opens a dropped file in place of the page.
  for (const name of ["dragover", "dragleave", "drop"]) {
    field.addEventListener(name, (event) => {
      event.preventDefault();
      event.stopPropagation();
      field.classList.toggle("apig-over", name === "dragover");
      if (name === "drop") upload([...event.dataTransfer.files]);
    });
  }
  for (const name of ["label", "hint"]) model.on(`change:${name}`, show);
  show();
}

export default { render };
