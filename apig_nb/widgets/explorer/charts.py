"""Charts of the operations: tables with bars, so that they can be read without seeing the bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from markupsafe import Markup

from apig_nb.request import FRONT_END, POLICIES
from apig_nb.widgets.explorer.facets import Facet, Facets, Mask
from apig_nb.widgets.html import render

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from apig_nb.definition import Operation

MAX_BARS: Final = 12
"""Bars of one chart; one more sums up the rest."""

_CHARTED: Final = ("Group", "Method", "Backend", "Authentication", "Tag")

COVERAGE: Final[dict[str, tuple[str, Callable[[Operation], bool]]]] = {
    "some authentication": (FRONT_END, lambda operation: "NONE" not in operation.auth),
    "front end https only": (FRONT_END, lambda operation: operation.protocols == ("https",)),
    "throttling": (POLICIES, lambda operation: bool(operation.names("x-apigateway-ratelimit"))),
    "access control": (POLICIES, lambda operation: bool(operation.names("x-apigateway-access-control"))),
    "plug-ins": (POLICIES, lambda operation: bool(operation.names("x-apigateway-plugins"))),
    "CORS": (FRONT_END, lambda operation: bool(operation.cors)),
    "deprecated": (FRONT_END, lambda operation: operation.deprecated),
}
"""Label of a bar → the part of an export that it is about, and the test of an operation."""


class Charts:
    """Counts of all operations or of those that a table shows."""

    def __init__(self, facets: Facets, covered: Mapping[str, Sequence[bool]], omitted: Collection[str]) -> None:
        """Count operations.

        Args:
            facets: their facets.
            covered: label of a bar → the answer of each operation.
            omitted: the parts that the export does not contain.
        """
        self._facets = {facet.name: facet for facet in facets.facets}
        self._coverage = {
            name: np.array(own, dtype=bool) for name, own in covered.items() if COVERAGE[name][0] not in omitted
        }
        self._missing = ", ".join(name for name in covered if name not in self._coverage)

    def html(self, among: Mask) -> Markup:
        """The charts of some operations."""
        number, total = int(among.sum()), len(among)
        of_all = f" of {total:,}, those that the table shows" if number < total else ""
        coverage = [(name, int(covered[among].sum())) for name, covered in self._coverage.items()]
        charts = [
            *(_facet_chart(self._facets[name], among) for name in _CHARTED if name in self._facets),
            _chart("Covered by", coverage, number),
        ]
        missing = f". Not in this export: {self._missing}" if self._missing else ""
        return render("charts.html", caption=f"{number:,} operations{of_all}{missing}", charts=charts)


def _facet_chart(facet: Facet, among: Mask) -> dict[str, object]:
    counts = sorted(zip(facet.values, facet.counts(among), strict=True), key=lambda pair: -pair[1])
    bars = [(value, count) for value, count in counts[:MAX_BARS] if count]
    rest = [count for _, count in counts[MAX_BARS:] if count]
    return _chart(facet.name, [*bars, *([(f"{len(rest):,} others", sum(rest))] if rest else [])], int(among.sum()))


def _chart(name: str, counts: list[tuple[str, int]], number: int) -> dict[str, object]:
    longest = max((count for _, count in counts), default=0) or 1
    bars = [
        {
            "label": label,
            "count": count,
            "width": f"{100 * count / longest:.1f}",
            "share": f"{100 * count / max(number, 1):.0f}",
        }
        for label, count in counts
    ]
    return {"name": name, "bars": bars}
