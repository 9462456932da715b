"""`SourceText`: a text with a button that copies it."""

from __future__ import annotations

import anywidget
import traitlets

from apig_nb.widgets.assets import read_module


class SourceText(anywidget.AnyWidget):
    """A text, never markup, with a button that copies it, or selects it if the page may not use the clipboard."""

    _esm = read_module("source_text.js")
    label = traitlets.Unicode().tag(sync=True)
    text = traitlets.Unicode().tag(sync=True)
