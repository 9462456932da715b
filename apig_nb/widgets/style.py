"""How the forms look. Colours and fonts come from JupyterLab, so that both themes fit; elsewhere the fallbacks do."""

from typing import Final

STYLE: Final = """<style>
.apig { color: var(--jp-ui-font-color1, CanvasText); font-family: var(--jp-ui-font-family, sans-serif);
  font-size: var(--jp-ui-font-size1, 13px); max-width: 80rem; padding: 4px 8px 8px 4px; overflow: hidden; }
.apig .apig { max-width: none; padding: 0; }
.apig .widget-html, .apig .widget-html-content { height: auto; min-width: 0; max-width: 100%; }
.apig .widget-html-content { line-height: 1.4; overflow-wrap: anywhere; }
.apig .apig-row { align-items: center; flex-flow: row wrap; gap: 4px 8px; overflow: visible; }
.apig .apig-row.apig-actions { margin: 8px 0 4px; }
.apig .apig-row.apig-top { align-items: flex-start; }
.apig .apig-grow { flex: 1 1 16rem; }
.apig .apig-title { font-size: var(--jp-ui-font-size2, 16px); font-weight: 600; margin-right: 12px; }
.apig .apig-help, .apig .apig-where { color: var(--jp-ui-font-color2, GrayText); }
.apig .apig-error { color: var(--jp-error-color0, #b71c1c); }
[data-jp-theme-light="false"] .apig select {
  --jp-widgets-dropdown-arrow: url("data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 18 18'\
%3E%3Cpath fill='none' stroke='%23ccc' stroke-width='2' d='M5 7l4 4 4-4'/%3E%3C/svg%3E"); }
[data-jp-theme-light="false"] .apig .apig-error { color: var(--jp-error-color3, #ef9a9a); }
.apig .apig-id { display: inline-block; max-width: 9ch; overflow: clip; text-overflow: ellipsis;
  user-select: all; vertical-align: baseline; white-space: nowrap; }
.apig .widget-tab > .lm-TabBar .lm-TabBar-content { flex-wrap: wrap; height: auto; }
.apig .widget-tab > .lm-TabBar { height: auto; max-height: none; min-height: 0; }
.apig .widget-tab > .lm-TabBar .lm-TabBar-tab { color: var(--jp-ui-font-color1, inherit); flex: 0 1 auto; }
.apig .widget-tab > .widget-tab-contents { border-width: 1px 0 0; overflow: auto; padding: 8px 0; }
.apig pre.apig-code { background: var(--jp-layout-color2, transparent); color: var(--jp-content-font-color1, inherit);
  font-family: var(--jp-code-font-family, monospace); font-size: var(--jp-code-font-size, 13px); line-height: 1.4;
  margin: 0; max-height: 28rem; overflow: auto; padding: 8px; white-space: pre-wrap; }
.apig .apig-table { max-height: 28rem; overflow: auto; }
.apig .apig-table table { border-collapse: collapse; color: var(--jp-content-font-color1, inherit);
  font-size: var(--jp-ui-font-size1, 13px); margin: 0; }
.apig .apig-table th { background: var(--jp-layout-color2, Canvas); position: sticky; text-align: left; top: 0; }
.apig .apig-table td, .apig .apig-table th { line-height: 1.4; max-width: 28rem; overflow: hidden; padding: 4px 8px;
  text-align: left; text-overflow: ellipsis; vertical-align: top; white-space: nowrap;
  border-bottom: 1px solid var(--jp-border-color2, silver); }
.apig .apig-table td.apig-number { text-align: right; }
.apig .apig-table caption { caption-side: bottom; padding: 4px 8px; text-align: left;
  color: var(--jp-ui-font-color2, GrayText); }
.apig :is(select, input, button, summary, [tabindex]):focus-visible {
  outline: 2px solid var(--jp-brand-color1, Highlight) !important; outline-offset: 0; }
</style>"""
