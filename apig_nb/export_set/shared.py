"""`shared_backends`: backends that several doors lead to, which only the whole set can tell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from apig_nb.definition.model.operation import path_shape
from apig_nb.export_set.key import KEY_COLUMNS

if TYPE_CHECKING:
    from pandas import DataFrame

_OPERATION = [*KEY_COLUMNS, "method", "path"]
_TEXTS, _LISTS = ("address", "backend_method", "backend_path"), ("auths", "environments", "operations")


def shared_backends(operations: DataFrame, backends: DataFrame) -> DataFrame:
    """Return the table of `ExportSet.shared_backends` from the tables of operations and backends."""
    import pandas as pd  # slow to import

    reached = backends[[*_OPERATION, "channel", "address", "backend_method", "backend_path"]].merge(
        operations[[*_OPERATION, "auth"]], on=_OPERATION
    )
    # The name of a channel means something on its gateway only.
    channels = "channel " + reached["channel"] + " of " + reached["gateway"]
    reached["address"] = reached["address"].str.lower().fillna(channels)
    reached = reached[reached["address"].notna()]
    reached["backend_path"] = reached["backend_path"].fillna("").map(path_shape)
    reached["backend_method"] = reached["backend_method"].fillna("")
    domains = {urlsplit(server).hostname for server in operations["servers"].explode().dropna().unique()}
    reached["operation"] = [" ".join(filter(None, row)) for row in reached[_OPERATION[1:]].to_numpy()]
    environments = {str(address): _different(doors["environment"]) for address, doors in reached.groupby("address")}
    rows = []
    for (address, method, path), doors in reached.groupby(list(_TEXTS)):
        auths, shared = _different(doors["auth"]), environments[str(address)]
        is_own_domain = urlsplit(f"//{address}").hostname in domains
        if len(auths) > 1 or len(shared) > 1 or is_own_domain:
            rows.append((address, method, path, auths, shared, _different(doors["operation"]), is_own_domain))
    frame = pd.DataFrame(rows, columns=[*_TEXTS, *_LISTS, "is_own_domain"])
    return frame.astype(dict.fromkeys(_TEXTS, "str") | dict.fromkeys(_LISTS, "object") | {"is_own_domain": "bool"})


def _different(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))
