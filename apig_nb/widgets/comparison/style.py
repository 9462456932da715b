"""How the view of a comparison looks, beside what all forms have in common."""

from typing import Final

COMPARISON_STYLE: Final = """<style>
.apig .apig-tiles { display: flex; flex-flow: row wrap; gap: 4px 24px; overflow: visible; padding: 4px; }
.apig .apig-tiles > div { display: flex; flex-flow: row wrap; gap: 4px; }
.apig .apig-tile { background: var(--jp-layout-color1, Canvas); border: 1px solid var(--jp-border-color1, GrayText);
  border-radius: 0; color: inherit; cursor: pointer; font: inherit; padding: 4px 12px; }
.apig .apig-tile:hover { background: var(--jp-layout-color2, Canvas); }
.apig .apig-tile:disabled { color: var(--jp-ui-font-color2, GrayText); cursor: default; border-style: dotted; }
.apig .apig-tile[aria-pressed="true"] { background: var(--jp-layout-color2, Canvas); padding: 3px 11px;
  border: 2px solid var(--jp-brand-color1, Highlight); }
.apig .apig-tile[aria-pressed="true"]::before { content: "✓ " / ""; }
.apig .apig-tile-sign { margin-right: 4px; }
.apig .apig-breaking:not(:disabled) { color: var(--jp-error-color0, #b71c1c); }
.apig .apig-warning:not(:disabled) { color: #8a5300; }
[data-jp-theme-light="false"] .apig .apig-breaking:not(:disabled) { color: var(--jp-error-color3, #ef9a9a); }
[data-jp-theme-light="false"] .apig .apig-warning:not(:disabled) { color: #ffcc80; }
.apig .apig-title span { white-space: nowrap; }
.apig .apig-change { border-left: 3px solid var(--jp-border-color1, silver); margin: 4px 0; padding: 4px 12px; }
.apig .apig-sides { display: grid; gap: 8px 16px; margin: 8px 0;
  grid-template-columns: repeat(auto-fit, minmax(min(20rem, 100%), 1fr)); }
.apig .apig-sides pre.apig-code { max-height: 14rem; overflow-wrap: anywhere; word-break: normal; }
.apig .apig-sides del { background: #ffcdd2; color: #000; }
.apig .apig-sides ins { background: #c8e6c9; color: #000; text-decoration: underline; text-decoration-thickness: 2px; }
[data-jp-theme-light="false"] .apig .apig-sides del { background: #7f1d1d; color: #fff; }
[data-jp-theme-light="false"] .apig .apig-sides ins { background: #1b5e20; color: #fff; }
.apig .apig-change ul { margin: 0; max-height: 10rem; overflow: auto; padding-left: 20px; }
</style>"""
