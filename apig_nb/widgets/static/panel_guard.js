// Invisible part of a panel beside a table: scrolls the panel into view when it shows something else, which matters
// where the panel is below the table, and reports Escape, which closes it.

function render({ model, el }) {
  let panel = null;
  const close = (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    model.send({ close: true });
  };
  const attach = () => {
    panel = el.closest(".apig-panel");
    panel?.addEventListener("keydown", close);
  };
  const reveal = () => requestAnimationFrame(() => panel?.scrollIntoView({ block: "nearest", behavior: "smooth" }));
  requestAnimationFrame(attach);
  model.on("change:shown", reveal);
  return () => {
    panel?.removeEventListener("keydown", close);
    model.off("change:shown", reveal);
  };
}

export default { render };
