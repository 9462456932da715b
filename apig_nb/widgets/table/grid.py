"""The part of a table that stands on the page; what it knows of its rows comes from `TableView`."""

from __future__ import annotations

from pathlib import Path

import anywidget
import traitlets

_HERE = Path(__file__).parent


class Grid(anywidget.AnyWidget):
    """Draws rows and asks for those that come into sight.

    What goes to the page stands in traits, save rows that are scrolled to; what comes from it are messages: so nothing
    that is typed is kept in a trait before it has been looked at.
    """

    # The text and not the path: a path would be watched, and the watcher never lets go of a widget.
    _esm = _HERE.joinpath("grid.js").read_text("utf-8")
    _css = _HERE.joinpath("grid.css").read_text("utf-8")
    label = traitlets.Unicode().tag(sync=True)
    height = traitlets.Int().tag(sync=True)
    state = traitlets.Dict().tag(sync=True)
    selected = traitlets.Dict().tag(sync=True)
    trouble = traitlets.Unicode().tag(sync=True)
