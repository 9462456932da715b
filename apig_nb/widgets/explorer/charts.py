"""What the operations are like in numbers: bars that are a table, too, so that they can be read without being seen."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Final

import numpy as np

from apig_nb.definition.values import as_flag
from apig_nb.widgets.explorer.facets import Facet, Facets, Mask
from apig_nb.widgets.explorer.pieces import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from apig_nb.definition import Operation

MAX_BARS: Final = 12
"""Bars of one chart; the rest is summed up in one more."""

_CHARTED: Final = ("Method", "Backend", "Authentication", "Tag")
_HEAD: Final = (
    '<colgroup><col class="apig-name"><col><col class="apig-count"><col class="apig-count"></colgroup>'
    '<thead><tr><th scope="col">value</th><td></td><th scope="col">operations</th><th scope="col">share</th></tr>'
    "</thead>"
)

_COVERAGE: Final[dict[str, Callable[[Operation], bool]]] = {
    "some authentication": lambda operation: "NONE" not in operation.auth,
    "https only": lambda operation: operation.protocols == ("https",),
    "throttling": lambda operation: bool(operation.names("x-apigateway-ratelimit")),
    "access control": lambda operation: bool(operation.names("x-apigateway-access-control")),
    "plug-ins": lambda operation: bool(operation.names("x-apigateway-plugins")),
    "CORS": lambda operation: bool(as_flag(operation.raw.get("x-apigateway-cors"))),
    "deprecated": lambda operation: operation.deprecated,
}


class Charts:
    """Counts of operations, of all of them or of those that a table shows."""

    def __init__(self, operations: Sequence[Operation], facets: Facets) -> None:
        self._facets = {facet.name: facet for facet in facets.facets}
        self._covered = {
            name: np.fromiter(map(has, operations), dtype=bool, count=len(operations))
            for name, has in _COVERAGE.items()
        }

    def html(self, among: Mask) -> str:
        """The charts of some operations."""
        number, total = int(among.sum()), len(among)
        of_all = f" of {total:,}, those that the table shows" if number < total else ""
        charts = [
            *(_of_facet(self._facets[name], among) for name in _CHARTED if name in self._facets),
            _chart("Covered by", [(name, int(has[among].sum())) for name, has in self._covered.items()], number),
        ]
        return f'<p class="apig-help">{number:,} operations{of_all}</p><div class="apig-charts">{"".join(charts)}</div>'


def _of_facet(facet: Facet, among: Mask) -> str:
    counted = sorted(zip(facet.values, facet.counts(among), strict=True), key=lambda pair: -pair[1])
    bars = [(value, count) for value, count in counted[:MAX_BARS] if count]
    rest = [count for _, count in counted[MAX_BARS:] if count]
    return _chart(facet.name, [*bars, *([(f"{len(rest):,} others", sum(rest))] if rest else [])], int(among.sum()))


def _chart(name: str, bars: list[tuple[str, int]], number: int) -> str:
    longest = max((count for _, count in bars), default=0) or 1
    rows = "".join(
        f'<tr><th scope="row" title="{shown(value)}">{shown(value)}</th>'
        f'<td class="apig-bar" aria-hidden="true"><div style="width: {100 * count / longest:.1f}%"></div></td>'
        f'<td class="apig-number">{count:,}</td><td class="apig-number">{100 * count / max(number, 1):.0f} %</td></tr>'
        for value, count in bars
    )
    return f"<table><caption>{escape(name)}</caption>{_HEAD}<tbody>{rows}</tbody></table>"
