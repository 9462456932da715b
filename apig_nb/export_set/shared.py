"""`shared_backends`: backends that several doors lead to, which only the whole set can tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from apig_nb.definition.model.target import Target, target_of
from apig_nb.export_set.key import KEY_COLUMNS

if TYPE_CHECKING:
    from pandas import DataFrame

_OPERATION = [*KEY_COLUMNS, "method", "path"]
_SERVER = ["function_urn", "address", "channel", "server_group"]
_TEXTS, _LISTS = ("address", "backend_method", "backend_path"), ("auths", "environments", "operations")


def shared_backends(operations: DataFrame, backends: DataFrame) -> DataFrame:
    """Return the table of `ExportSet.shared_backends` from the tables of operations and backends."""
    import pandas as pd  # slow to import

    doors = backends[[*_OPERATION, "backend_method", "backend_path", *_SERVER]].merge(
        operations[[*_OPERATION, "auth"]], on=_OPERATION
    )
    targets = map(_target, doors.astype("object").where(doors.notna(), None).to_dict("records"))
    called = pd.DataFrame([target or (None,) * len(_TEXTS) for target in targets], columns=list(_TEXTS), dtype="str")
    reached = doors[[*_OPERATION, "auth"]].join(called).dropna(subset="address")
    domains = {_host(server) for server in operations["servers"].explode().dropna().unique()} - {None}
    reached["operation"] = [" ".join(filter(None, row)) for row in reached[_OPERATION[1:]].to_numpy()]
    environments = {str(address): _different(doors["environment"]) for address, doors in reached.groupby("address")}
    rows = []
    for (address, method, path), doors in reached.groupby(list(_TEXTS)):
        auths, shared = _different(doors["auth"]), environments[str(address)]
        is_own_domain = _host(f"//{address}") in domains
        if len(auths) > 1 or len(shared) > 1 or is_own_domain:
            rows.append((address, method, path, auths, shared, _different(doors["operation"]), is_own_domain))
    frame = pd.DataFrame(rows, columns=[*_TEXTS, *_LISTS, "is_own_domain"])
    return frame.astype(dict.fromkeys(_TEXTS, "str") | dict.fromkeys(_LISTS, "object") | {"is_own_domain": "bool"})


def _target(door: Mapping[Any, Any]) -> Target | None:
    server = {name: door[name] for name in _SERVER}
    return target_of(door["gateway"], door["backend_method"] or door["method"], path=door["backend_path"], **server)


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:  # such as of a bracket
        return None


def _different(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(values)))
