"""CSS and JavaScript of the widgets, read from the files in `static/`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

_FOLDER: Final = Path(__file__).parent / "static"


def read_static(name: str) -> str:
    """Text of a file in `static/`.

    Widgets are given the text rather than the path: anywidget watches a path, and the watcher keeps the widget alive.
    """
    return _FOLDER.joinpath(name).read_text("utf-8")


def read_module(name: str) -> str:
    """A JavaScript module with its import of `shared.js` replaced by that file, because a widget has one module."""
    return re.sub(
        r'^import .* from "\./shared\.js";$', lambda _: read_static("shared.js"), read_static(name), flags=re.M
    )


_STYLES: Final = ("base.css", "controls.css", "views.css", "workbench.css", "explorer.css", "comparison.css")

STYLE: Final = f"<style>{''.join(map(read_static, _STYLES))}</style>"
"""Style of every view, as an HTML element."""
