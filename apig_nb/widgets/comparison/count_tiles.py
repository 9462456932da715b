"""The tiles of a comparison: how many changes of each severity and category, and which of them are asked for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

import pandas as pd

from apig_nb.compare.rules import CATEGORIES
from apig_nb.report import INFO, SEVERITIES, SIGNS, WARNING
from apig_nb.widgets.background import Background
from apig_nb.widgets.tiles import Tile, Tiles

if TYPE_CHECKING:
    from apig_nb.compare.comparison import Comparison

IGNORED: Final = "ignored"


class Tally:
    """Tiles that count; within severities or categories one more pressed shows more, one of each shows what is both.

    Attributes:
        widget: the tiles.
    """

    def __init__(self, background: Background, pressed: Callable[[], None]) -> None:
        """Make it; `pressed` is called when others are pressed than before."""
        self._on_press = pressed
        self._pressed: set[str] = set()
        self._severities: tuple[str, ...] = ()
        self._categories: tuple[str, ...] = ()
        self._ignored = 0
        self.widget = Tiles(background.guarded(self._press))

    def show(self, comparison: Comparison) -> None:
        """Count the changes of a comparison; what is pressed stays so."""
        self._severities = tuple(change.severity for change in comparison.found)
        self._categories = tuple(change.rule.category for change in comparison.found)
        self._ignored = len(comparison.ignored)
        self._pressed &= {*self._severities, *self._categories, *([IGNORED] if self._ignored else [])}
        self._draw()

    @property
    def asks_for_ignored(self) -> bool:
        """Whether what is ignored is asked for."""
        return IGNORED in self._pressed

    @property
    def mask(self) -> pd.Series[bool] | None:
        """The changes that are asked for; `None` for all."""
        severities, categories = self._pressed & set(SEVERITIES), self._pressed & set(CATEGORIES)
        if not severities and not categories:
            return None
        pairs = zip(self._severities, self._categories, strict=True)
        return pd.Series(
            [
                (not severities or severity in severities) and (not categories or category in categories)
                for severity, category in pairs
            ],
            dtype=bool,
        )

    def _press(self, key: str) -> None:
        self._pressed ^= {key}
        self._draw()
        self._on_press()

    def _draw(self) -> None:
        by_severity, by_category = Counter(self._severities), Counter(self._categories)
        self.widget.show(
            {
                "severity": [self._severity_tile(severity, by_severity[severity]) for severity in SEVERITIES],
                "category": [self._tile(name, by_category[name], name) for name in CATEGORIES if by_category[name]],
                "left out": [self._tile(IGNORED, self._ignored, "ignored")] if self._ignored else [],
            }
        )

    def _severity_tile(self, severity: str, count: int) -> Tile:
        words = "warnings" if severity == WARNING and count != 1 else severity
        return self._tile(severity, count, words, SIGNS[severity], "" if severity == INFO else f"apig-{severity}")

    def _tile(self, key: str, count: int, words: str, sign: str = "", look: str = "") -> Tile:
        return Tile(key, count, words, sign, look, key in self._pressed)
