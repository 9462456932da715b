"""Sets of the exports of a session: of an environment, of a gateway, of everything."""

from __future__ import annotations

from collections.abc import Mapping

from apig_nb.export import Export
from apig_nb.export_set import ExportSet
from apig_nb.widgets.workbench.export_rows import keys_of

SetName = tuple[str | None, str | None]
"""The gateway and the environment that all exports of a set have; `None` for any."""


def sets_of(exports: Mapping[str, Export]) -> dict[SetName, ExportSet]:
    """Make a set of each environment, of each gateway and of everything that has several exports.

    Of exports of one group, the newest is taken; a set with the same exports as a smaller one is left out.

    Args:
        exports: the exports by label, oldest first.
    """
    every = ExportSet({key: exports[label] for label, key in keys_of(exports).items()})
    environments = dict.fromkeys((key.gateway, key.environment) for key in every)
    gateways = dict.fromkeys((key.gateway, None) for key in every)
    sets: dict[SetName, ExportSet] = {}
    for gateway, environment in (*environments, *gateways, (None, None)):
        one = every.where(gateway=gateway, environment=environment)
        if len(one) > 1 and one not in sets.values():
            sets[gateway, environment] = one
    return sets
