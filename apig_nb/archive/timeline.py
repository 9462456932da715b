"""The changes between the snapshots of each place."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import Executor
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from apig_nb.archive.exports import export_set
from apig_nb.archive.observations import KEY, PLACE
from apig_nb.archive.snapshots import with_failures_filled
from apig_nb.archive.store import Store
from apig_nb.compare import compare
from apig_nb.engines import Progress, in_order
from apig_nb.export_set import ExportSet

if TYPE_CHECKING:
    import pandas as pd
    from pandas import DataFrame

_AT_ONCE: Final = 50
"""Steps whose documents are in memory at the same time."""

POLICIES: Final = ("ratelimit-", "access-control-", "plugin-")
"""The beginnings of the rules about throttling policies, access control policies and plug-ins."""


class _Step(NamedTuple):
    """Two consecutive snapshots of a place: the groups whose documents differ.

    Attributes:
        number: its number among all pairs of snapshots, those without a difference included.
        previous: the time of the first one.
        time: the time of the second one.
        old: the exports of the first one.
        new: the exports of the second one.
    """

    number: int
    previous: pd.Timestamp
    time: pd.Timestamp
    old: ExportSet
    new: ExportSet


def changes_of(
    store: Store,
    rows: DataFrame,
    *,
    since: datetime | None,
    group: str | None,
    executor: Executor | None,
    progress: Progress,
) -> DataFrame:
    """Return the changes that the snapshots show for the first time, sorted by time.

    Args:
        store: has the documents.
        rows: the observations.
        since: the first time; all times if it is not given.
        group: the name of a group; all groups if it is not given.
        executor: compares the documents; this thread without it.
        progress: called with the number of pairs of snapshots.
    """
    import pandas as pd  # slow to import

    start = pd.Timestamp(0, tz="UTC")
    # The columns, also where there are no changes.
    frames = [_changes(_Step(0, start, start, ExportSet({}), ExportSet({})))]
    steps = _steps(store, rows, since, group)
    total = int((rows.groupby(PLACE)["time"].nunique() - 1).sum())
    while some := list(itertools.islice(steps, _AT_ONCE)):
        for step, changes in zip(some, in_order(executor, _changes, some), strict=True):
            frames.append(changes)
            progress(step.number, total)
    return pd.concat(frames).sort_values("time", kind="stable", ignore_index=True)


def without_publication(changes: DataFrame) -> DataFrame:
    """Return the changes of policies, with those of their operations that did not change otherwise at the same time."""
    import pandas as pd  # slow to import

    columns = ["time", *KEY, "operations"]
    is_policy = changes["rule"].str.startswith(POLICIES)
    others, policies = changes.loc[~is_policy, columns], changes[is_policy]
    published = {(*where, name) for *where, names in _tuples(others) for name in names}
    drifted = [
        tuple(name for name in names if (*where, name) not in published) for *where, names in _tuples(policies[columns])
    ]
    # As in every table of changes, method and path are given where exactly one operation is affected.
    single = [names[0].split(" ", 1) if len(names) == 1 else (None, None) for names in drifted]
    found = policies.assign(
        operations=pd.Series(drifted, policies.index, "object"),
        method=pd.Series([method for method, _ in single], policies.index, "str"),
        path=pd.Series([path for _, path in single], policies.index, "str"),
    )
    return found[found["operations"].astype("bool")].reset_index(drop=True)


def _tuples(rows: DataFrame) -> Iterator[tuple[Any, ...]]:
    return rows.itertuples(index=False, name=None)


def _steps(store: Store, rows: DataFrame, since: datetime | None, group: str | None) -> Iterator[_Step]:
    numbers = itertools.count(1)
    for _, of_place in with_failures_filled(rows).groupby(PLACE):
        snapshots: list[tuple[Any, DataFrame]] = [
            (time, snapshot.set_index("group", drop=False)) for time, snapshot in of_place.groupby("time")
        ]
        for ((previous, old), (time, new)), number in zip(itertools.pairwise(snapshots), numbers, strict=False):
            if since is not None and time < since:
                continue
            both = old.index.intersection(new.index)
            same = both[(old.loc[both, "hash"] == new.loc[both, "hash"]).to_numpy()]
            sides = [side.drop(same) for side in (old, new)]
            if group is not None:
                sides = [side[side.index == group] for side in sides]
            if any(map(len, sides)):
                yield _Step(number, previous, time, *(export_set(store, side) for side in sides))


def _changes(step: _Step) -> DataFrame:
    """Compare two snapshots; a function of the module, so that a worker can be asked for it."""
    import pandas as pd  # slow to import

    changes = compare(step.old, step.new).changes
    for column, (name, value) in enumerate((("time", step.time), ("previous", step.previous))):
        changes.insert(column, name, pd.Series(value, index=changes.index, dtype="datetime64[us, UTC]"))
    return changes
