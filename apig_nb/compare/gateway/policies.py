"""The policies that differ in two documents, with the operations that are bound to them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from apig_nb.definition.model.gateway import AccessControl, RateLimit
from apig_nb.definition.model.operation import Operation

Policy = TypeVar("Policy", RateLimit, AccessControl)


Pairs = Sequence[tuple[Operation, Operation]]
"""Operations that both documents have: old and new."""


def differing_policies(
    key: str, pairs: Pairs, before: Mapping[str, Policy], after: Mapping[str, Policy]
) -> Iterator[tuple[str, Policy | None, Policy | None, list[Operation]]]:
    """Yield name, old and new definition, and the operations that stay bound to it, of each policy that differs.

    For others the change of the binding is reported.
    """
    names = [name for name in sorted(before.keys() | after.keys()) if before.get(name) != after.get(name)]
    users: dict[str, list[Operation]] = {}
    for old, new in pairs if names else ():
        for name in set(old.names(key)).intersection(new.names(key)):
            users.setdefault(name, []).append(new)
    for name in names:
        if name in users:
            yield name, before.get(name), after.get(name), users[name]
