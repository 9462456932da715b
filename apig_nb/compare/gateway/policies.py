"""The policies that differ in two documents, with the operations that are bound to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.gateway import AccessControl, RateLimit
from apig_nb.definition.model.operation import Operation

Policy = TypeVar("Policy", RateLimit, AccessControl)


def differing_policies(
    key: str, old: ApiDefinition, new: ApiDefinition, before: Mapping[str, Policy], after: Mapping[str, Policy]
) -> Iterator[tuple[str, Policy | None, Policy | None, list[Operation]]]:
    """Yield name, old and new definition, and the new operations that are bound to it, of each policy that differs.

    A policy counts if operations of both documents are bound to it: others are told where the binding changes.
    """
    names = [name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]
    if not names:
        return
    old_names = {name for operation in old.operations for name in operation.names(key)}
    users: dict[str, list[Operation]] = {}
    for operation in new.operations:
        for name in set(operation.names(key)):
            users.setdefault(name, []).append(operation)
    for name in names:
        if name in old_names and name in users:
            yield name, before.get(name), after.get(name), users[name]
