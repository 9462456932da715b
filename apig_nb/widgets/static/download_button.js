import { element } from "./shared.js";

// Asks the kernel for a file and gives it to the browser to save. The kernel's machine may be another one.

function render({ model, el }) {
  const button = element("button", { type: "button", class: "apig-button" });
  const view = Math.random().toString(36).slice(2);
  button.append(element("span", { class: "apig-icon apig-icon-save", "aria-hidden": "true" }), element("span"));
  el.append(button);
  const show = () => {
    button.lastChild.textContent = model.get("label");
    button.title = model.get("hint");
    button.disabled = model.get("disabled");
  };
  const receive = (content, buffers) => {
    if (content.view !== view) return;
    const address = URL.createObjectURL(new Blob(buffers, { type: "application/octet-stream" }));
    const link = element("a", { href: address, download: content.name });
    link.click();
    URL.revokeObjectURL(address);
  };
  button.addEventListener("click", () => model.send({ download: view }));
  for (const name of ["label", "hint", "disabled"]) model.on(`change:${name}`, show);
  model.on("msg:custom", receive);
  show();
  return () => {
    for (const name of ["label", "hint", "disabled"]) model.off(`change:${name}`, show);
    model.off("msg:custom", receive);
  };
}

export default { render };
