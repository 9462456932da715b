import { element } from "./shared.js";

const MAX_COLOURED = 20_000; // characters; longer texts are shown at once, without colours
const TOKENS = new RegExp(
  [
    /(?<key>"(?:[^"\\\n]|\\.)*"(?=\s*:)|(?<=^ *(?:- )*)[^\s"'#:,[\]{}-][^:\n]*(?=:(?: |$)))/,
    /(?<string>"(?:[^"\\\n]|\\.)*"|(?<!\w)'(?:[^'\n]|'')*')/,
    /(?<literal>\b(?:true|false|null)\b|(?<![\w.:-])-?\d+(?:\.\d+)?(?![\w.-]))/,
  ]
    .map(({ source }) => source)
    .join("|"),
  "gm",
);

// Keys, strings, numbers and literals of JSON and YAML as spans; everything is set as text.
function coloured(text) {
  if (text.length > MAX_COLOURED) return [text];
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(TOKENS)) {
    const [kind] = Object.entries(match.groups).find(([, found]) => found !== undefined);
    parts.push(text.slice(end, match.index), element("span", { class: `apig-token-${kind}` }, match[0]));
    end = match.index + match[0].length;
  }
  return [...parts, text.slice(end)];
}

function render({ model, el }) {
  const button = element("button", { type: "button", class: "lm-Widget jupyter-widgets jupyter-button widget-button" });
  const status = element("span", { role: "status" });
  const text = element("pre", { class: "apig-code", tabindex: "0", role: "region" });
  button.textContent = "Copy";
  el.classList.add("apig-source-text");
  el.append(element("div", { class: "apig-source-row" }, button, status), text);
  const show = () => {
    text.replaceChildren(...coloured(model.get("text")));
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
