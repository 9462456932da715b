import { element } from "./shared.js";

function render({ model, el }) {
  const button = element("button", { type: "button", class: "lm-Widget jupyter-widgets jupyter-button widget-button" });
  const status = element("span", { role: "status" });
  const text = element("pre", { class: "apig-code", tabindex: "0", role: "region" });
  button.textContent = "Copy";
  el.classList.add("apig-source-text");
  el.append(element("div", { class: "apig-source-row" }, button, status), text);
  const show = () => {
    text.textContent = model.get("text");
    text.setAttribute("aria-label", model.get("label"));
    status.textContent = "";
  };
  // Browsers refuse access to the clipboard without HTTPS or permission.
  const select = () => {
    text.focus();
    getSelection().selectAllChildren(text);
    status.textContent = "selected; Ctrl+C, or Cmd+C on a Mac, copies it";
  };
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(model.get("text"));
      status.textContent = "copied";
    } catch {
      select();
    }
  });
  model.on("change:text", show);
  show();
  return () => model.off("change:text", show);
}

export default { render };
