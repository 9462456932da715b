"""The facets on the page: rows of buttons that are pressed or not, each with its number of operations."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import anywidget
import traitlets

from apig_nb.text import visible
from apig_nb.widgets.explorer.facets import Facets

MAX_VALUES: Final = 200
"""Values of one facet that can be chosen on the page; the search and the filters of the table find all of them."""

_MAX_TEXT: Final = 60
_HERE = Path(__file__).parent


class FacetBar(anywidget.AnyWidget):
    """Shows facets and says which value is pressed; `pressed` is called with the places of facet and value."""

    _esm = _HERE.joinpath("facet_bar.js").read_text("utf-8")
    _css = _HERE.joinpath("facet_bar.css").read_text("utf-8")
    facets: Any = traitlets.List().tag(sync=True)

    def __init__(self, pressed: Callable[[int, int, bool], None], cleared: Callable[[], None]) -> None:
        super().__init__()
        self._pressed, self._cleared = pressed, cleared
        self.on_msg(self._message)

    def show(self, facets: Facets, counts: list[list[int]]) -> None:
        """Show the facets with these numbers of operations, in their order."""
        self.facets = [
            {
                "name": facet.name,
                "values": [
                    [_label(value), count, place in facet.chosen]
                    for place, (value, count) in enumerate(zip(facet.values[:MAX_VALUES], of_facet, strict=False))
                ],
                "unlisted": max(0, len(facet.values) - MAX_VALUES),
            }
            for facet, of_facet in zip(facets.facets, counts, strict=True)
        ]

    def _message(self, _widget: object, content: Any, _buffers: object) -> None:
        match content:
            case {"press": [int(facet), int(value), bool(is_pressed)]}:
                if 0 <= facet < len(self.facets) and 0 <= value < len(self.facets[facet]["values"]):
                    self._pressed(facet, value, is_pressed)
            case {"clear": True}:
                self._cleared()


def _label(value: str) -> str:
    return visible(value if len(value) <= _MAX_TEXT else f"{value[: _MAX_TEXT - 1]}…")
