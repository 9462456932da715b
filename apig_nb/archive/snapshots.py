"""Snapshots made of observations: which document each group had at which time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from apig_nb.archive.documents import Document
from apig_nb.archive.observations import KEY, PLACE

if TYPE_CHECKING:
    from pandas import DataFrame

_OBSERVED: Final = [*Document._fields, "received", "scope", "operations", "bytes", "request_id"]
"""The columns that a failed export leaves empty."""


def at_last(rows: DataFrame) -> DataFrame:
    """Return the rows of the last snapshot of each place."""
    return rows[rows["time"] == rows.groupby(PLACE)["time"].transform("max")]


def with_failures_filled(rows: DataFrame) -> DataFrame:
    """Give groups whose export failed the document from before, if there was one."""
    known = rows["hash"].notna()
    source = rows.index.to_series().where(known).groupby([rows[name] for name in KEY]).ffill()
    failed = source.index[~known & source.notna()]
    filled = rows.copy()
    filled.loc[failed, _OBSERVED] = rows.loc[source[failed], _OBSERVED].set_axis(failed)
    return filled


def versions(rows: DataFrame) -> DataFrame:
    """Return one row for each document that a group had for some time without a break."""
    times = rows[[*PLACE, "time"]].drop_duplicates().sort_values("time")
    times["number"] = times.groupby(PLACE).cumcount()
    known = with_failures_filled(rows).dropna(subset="hash").merge(times, on=[*PLACE, "time"])
    before = known.groupby(KEY)[["hash", "number"]].shift()
    begins = (known["hash"] != before["hash"]) | (known["number"] != before["number"] + 1)
    table = known.groupby([*KEY, begins.cumsum().rename("version_number")], sort=False).agg(
        first=("time", "min"),
        last=("time", "max"),
        snapshots=("time", "count"),
        hash=("hash", "first"),
        operations=("operations", "first"),
        bytes=("bytes", "first"),
    )
    return table.reset_index().drop(columns="version_number").astype({"snapshots": "Int64"})


def documents_in(rows: DataFrame) -> Iterator[tuple[Document, int]]:
    """Yield each document, with the number of its observations."""
    counts = rows.groupby(["hash", "variant", "format"]).size()
    for hash_, variant, format_, count in counts.reset_index().itertuples(index=False):
        yield Document(hash_, variant, format_, None), count
