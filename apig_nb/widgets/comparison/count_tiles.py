"""Tiles that count the changes of each severity and category; a pressed tile filters the table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Final

import anywidget
import pandas as pd
import traitlets

from apig_nb.compare.rules import CATEGORIES
from apig_nb.report import BREAKING, INFO, SEVERITIES, WARNING
from apig_nb.widgets.assets import read_module
from apig_nb.widgets.background import Background

if TYPE_CHECKING:
    from apig_nb.widgets.comparison.prepare import Compared

IGNORED: Final = "ignored"
SECURITY: Final = "security"


@dataclass(frozen=True)
class Tile:
    """One tile.

    Attributes:
        key: its key.
        count: the number shown; with 0 the tile is disabled.
        label: what is counted.
        detail: what that means.
        css_class: its CSS class.
        pressed: True if it is pressed.
    """

    key: str
    count: int
    label: str
    detail: str = ""
    css_class: str = ""
    pressed: bool = False


class Tiles(anywidget.AnyWidget):
    """A group of tiles. `press` is called with the key of a tile; it decides whether the tile becomes pressed."""

    _esm = read_module("count_tiles.js")
    label = traitlets.Unicode().tag(sync=True)
    is_large = traitlets.Bool().tag(sync=True)
    tiles: traitlets.List[dict[str, object]] = traitlets.List().tag(sync=True)

    def __init__(self, press: Callable[[str], None], *, label: str, is_large: bool) -> None:
        super().__init__(label=label, is_large=is_large)
        self._press = press
        self.on_msg(self._handle_message)

    def _handle_message(self, _widget: object, content: object, _buffers: object) -> None:
        match content:
            case {"press": str(key)}:
                self._press(key)


class CountTiles:
    """The tiles of a comparison. Several severities show more, tiles of several groups show what is in all of them.

    Attributes:
        widget: the large tiles, of severities.
        chips: the small ones, of categories.
    """

    def __init__(self, background: Background, changed: Callable[[], None]) -> None:
        """Create the tiles; `changed` is called when other tiles are pressed."""
        self._changed = changed
        self._pressed: set[str] = set()
        self._severities: tuple[str, ...] = ()
        self._categories: tuple[str, ...] = ()
        self._reduces_protection: tuple[bool, ...] = ()
        self._ignored = 0
        press = background.guarded(self._press)
        self.widget = Tiles(press, label="severity", is_large=True)
        self.chips = Tiles(press, label="category", is_large=False)

    def show(self, comparison: Compared) -> None:
        """Count the changes of a comparison; pressed tiles stay pressed."""
        self._severities = tuple(change.severity for change in comparison.found)
        self._categories = tuple(change.rule.category for change in comparison.found)
        self._reduces_protection = tuple(change.rule.security for change in comparison.found)
        self._ignored = len(comparison.ignored)
        counted = {IGNORED: self._ignored, SECURITY: sum(self._reduces_protection)}
        self._pressed &= {*self._severities, *self._categories, *(key for key, count in counted.items() if count)}
        self._draw()

    @property
    def shows_ignored(self) -> bool:
        """True if the ignored changes are to be shown."""
        return IGNORED in self._pressed

    @property
    def mask(self) -> pd.Series[bool] | None:
        """True for each change that the pressed tiles select; `None` for all."""
        severities, categories = self._pressed & set(SEVERITIES), self._pressed & set(CATEGORIES)
        if not self._pressed - {IGNORED}:
            return None
        facts = zip(self._severities, self._categories, self._reduces_protection, strict=True)
        return pd.Series(
            [
                (not severities or severity in severities)
                and (not categories or category in categories)
                and (SECURITY not in self._pressed or security)
                for severity, category, security in facts
            ],
            dtype=bool,
        )

    def _press(self, key: str) -> None:
        self._pressed ^= {key}
        self._draw()
        self._changed()

    def _draw(self) -> None:
        severities, categories = Counter(self._severities), Counter(self._categories)
        large = [
            self._tile(BREAKING, severities[BREAKING], "breaking", "calls that work today can fail"),
            self._tile(WARNING, severities[WARNING], "warnings", "look before you publish"),
            self._tile(INFO, severities[INFO], "info", "good to know"),
            self._tile(SECURITY, sum(self._reduces_protection), "security", "opens a door; counted here too"),
        ]
        small = [self._tile(name, categories[name], name) for name in CATEGORIES if categories[name]]
        if self._ignored:
            small.append(self._tile(IGNORED, self._ignored, "ignored"))
        self.widget.tiles = [asdict(tile) for tile in large]
        self.chips.tiles = [asdict(tile) for tile in small]

    def _tile(self, key: str, count: int, label: str, detail: str = "") -> Tile:
        return Tile(key, count, label, detail, f"apig-{key}", key in self._pressed)
