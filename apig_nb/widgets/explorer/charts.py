"""Charts of the operations: tables with bars, so that they can be read without seeing the bars."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from markupsafe import Markup

from apig_nb.request import POLICIES
from apig_nb.widgets.explorer.facets import NOT_IN_EXPORT, Facet, Facets, Mask
from apig_nb.widgets.html import render

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from apig_nb.definition import Operation

MAX_BARS: Final = 12
"""Bars of one chart; one more sums up the rest."""

_CHARTED: Final = ("Method", "Backend", "Authentication", "Tag")

_COVERAGE: Final[dict[str, Callable[[Operation], bool]]] = {
    "some authentication": lambda operation: "NONE" not in operation.auth,
    "https only": lambda operation: operation.protocols == ("https",),
    "throttling": lambda operation: bool(operation.names("x-apigateway-ratelimit")),
    "access control": lambda operation: bool(operation.names("x-apigateway-access-control")),
    "plug-ins": lambda operation: bool(operation.names("x-apigateway-plugins")),
    "CORS": lambda operation: bool(operation.cors),
    "deprecated": lambda operation: operation.deprecated,
}

_POLICY_COVERAGE: Final = ("throttling", "access control", "plug-ins")


class Charts:
    """Counts of all operations or of those that a table shows."""

    def __init__(self, operations: Sequence[Operation], facets: Facets, omitted: Collection[str]) -> None:
        """Count the operations; `omitted` are the parts that the export does not contain."""
        self._facets = {facet.name: facet for facet in facets.facets}
        self._coverage = {
            name: np.fromiter(map(test, operations), dtype=bool, count=len(operations))
            for name, test in _COVERAGE.items()
            if not (POLICIES in omitted and name in _POLICY_COVERAGE)
        }

    def html(self, among: Mask) -> Markup:
        """The charts of some operations."""
        number, total = int(among.sum()), len(among)
        of_all = f" of {total:,}, those that the table shows" if number < total else ""
        coverage = [
            (name, int(self._coverage[name][among].sum()) if name in self._coverage else None) for name in _COVERAGE
        ]
        charts = [
            *(_facet_chart(self._facets[name], among) for name in _CHARTED if name in self._facets),
            _chart("Covered by", coverage, number),
        ]
        return render("charts.html", caption=f"{number:,} operations{of_all}", charts=charts)


def _facet_chart(facet: Facet, among: Mask) -> dict[str, object]:
    counts = sorted(zip(facet.values, facet.counts(among), strict=True), key=lambda pair: -pair[1])
    bars = [(value, count) for value, count in counts[:MAX_BARS] if count]
    rest = [count for _, count in counts[MAX_BARS:] if count]
    return _chart(facet.name, [*bars, *([(f"{len(rest):,} others", sum(rest))] if rest else [])], int(among.sum()))


def _chart(name: str, counts: Sequence[tuple[str, int | None]], number: int) -> dict[str, object]:
    longest = max((count or 0 for _, count in counts), default=0) or 1
    bars = [
        {
            "label": label,
            "count": count,
            "width": f"{100 * (count or 0) / longest:.1f}",
            "share": f"{100 * (count or 0) / max(number, 1):.0f}",
        }
        for label, count in counts
    ]
    return {"name": name, "bars": bars, "unknown": NOT_IN_EXPORT}
