"""How the explorer looks, beside what all forms and views have in common."""

from typing import Final

LOOK: Final = """<style>
.apig-explorer .apig-where { display: inline-block; }
.apig .apig-way { align-items: stretch; display: flex; flex-wrap: wrap; gap: 8px 24px; list-style: none; margin: 8px 0;
  padding: 0 24px 0 0; }
.apig .apig-way li { border: 1px solid var(--jp-border-color1, GrayText); box-sizing: border-box; flex: 1 1 10rem;
  max-width: 28rem; overflow-wrap: anywhere; padding: 4px 8px; position: relative; }
.apig .apig-way li:not(:last-child)::after { color: var(--jp-ui-font-color2, GrayText); content: "→" / ""; right: -20px;
  position: absolute; top: 4px; }
.apig p.apig-help { margin: 4px 0; }
.apig .apig-small td { max-width: 36rem; overflow-wrap: break-word; white-space: normal; }
.apig .apig-small th[scope=row] { position: static; }
.apig .apig-source-row .jupyter-button { width: auto; }
.apig .apig-part { font-weight: 600; margin-top: 8px; }
.apig .apig-part:first-child { margin-top: 0; }
.apig .apig-text { margin: 4px 0; white-space: pre-line; }
.apig .apig-media { font-family: var(--jp-code-font-family, monospace); margin-top: 4px; }
.apig .apig-tree { padding: 4px 0; }
.apig .apig-tree details, .apig .apig-leaf { margin-left: 16px; }
.apig .apig-tree summary { cursor: pointer; list-style: none; margin-left: -16px; }
.apig .apig-tree summary::before { content: "▸"; display: inline-block; width: 16px; }
.apig .apig-tree [open] > summary::before { content: "▾"; }
.apig .apig-tree code { background: none; color: var(--jp-content-font-color1, inherit); padding: 0; }
.apig .apig-source-row { align-items: center; display: flex; gap: 8px; padding-bottom: 4px; }
.apig .apig-charts { align-items: start; display: grid; gap: 24px; padding: 8px 0;
  grid-template-columns: repeat(auto-fit, minmax(min(22rem, 100%), 1fr)); }
.apig .apig-charts table { border-collapse: collapse; color: inherit; font-size: inherit; table-layout: fixed;
  width: 100%; }
.apig .apig-charts caption { caption-side: top; font-weight: 600; text-align: left; }
.apig .apig-charts thead { clip-path: inset(50%); position: absolute; }
.apig .apig-charts .apig-name { width: 40%; }
.apig .apig-charts .apig-count { width: 4rem; }
.apig .apig-charts :is(th, td) { line-height: 1.4; overflow: hidden; padding: 2px 4px; text-overflow: ellipsis; }
.apig .apig-charts tbody th { font-weight: normal; text-align: right; white-space: nowrap; }
.apig .apig-charts .apig-number { text-align: right; white-space: nowrap; }
.apig .apig-bar div { background: var(--jp-brand-color1, Highlight); height: 12px; }
</style>"""
