"""Pairs of the backends of two operations: by backend policy and server group, whatever their names and order are."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator
from itertools import zip_longest
from typing import NamedTuple

from apig_nb.compare.gateway.addresses import AddressSet
from apig_nb.definition.model.backend import Backend, Condition


class BackendPair(NamedTuple):
    """A backend before and after; `None` where there is none.

    Attributes:
        is_group: both operations have the backend, and one of them has this server group of it more.
    """

    old: Backend | None
    new: Backend | None
    is_group: bool = False


class BackendPairs:
    """Pairs backends; keeps the conditions it has read, which server groups and operations may share."""

    def __init__(self) -> None:
        # By id; operations keep their conditions.
        self._conditions: dict[int, frozenset[Hashable]] = {}
        # Of operations without shared ones, many have the same.
        self._keys: dict[Condition, Hashable] = {}

    def conditions(self, backend: Backend) -> frozenset[Hashable]:
        """Return the conditions of a backend policy in a form that is equal for all writings of the same ones."""
        key = id(backend.conditions)
        if key not in self._conditions:
            self._conditions[key] = frozenset(map(self._condition_key, backend.conditions))
        return self._conditions[key]

    def _condition_key(self, condition: Condition) -> Hashable:
        if condition not in self._keys:
            self._keys[condition] = _condition_key(condition)
        return self._keys[condition]

    def mode(self, backend: Backend) -> str | None:
        """Return if all or any of several conditions must be met; `None` for one condition, where both are the same."""
        mode = (backend.effect_mode or "").upper() or None
        return mode if len(self.conditions(backend)) > 1 else None

    def pairs(self, old: Iterable[Backend], new: Iterable[Backend]) -> Iterator[BackendPair]:
        """Pair backends by policy, those of policies with another name by their conditions."""
        before, after = _by_policy(old), _by_policy(new)
        renamed = self._renamed(before, after)
        taken = set()
        for policy, backends in before.items():
            name = renamed.get(policy, policy)
            taken.add(name)
            yield from _pairs(backends, after.get(name, []))
        for policy, backends in after.items():
            if policy not in taken:
                yield from _pairs([], backends)

    def _renamed(
        self, before: dict[str | None, list[Backend]], after: dict[str | None, list[Backend]]
    ) -> dict[str | None, str | None]:
        added = [policy for policy in after if policy is not None and policy not in before]
        by_conditions = {self._key(after[policy][0]): policy for policy in reversed(added)}
        removed = (policy for policy in before if policy is not None and policy not in after)
        found = ((policy, by_conditions.pop(self._key(before[policy][0]), None)) for policy in removed)
        return {policy: name for policy, name in found if name is not None}

    def _key(self, backend: Backend) -> Hashable:
        return self.conditions(backend), self.mode(backend)


def _condition_key(condition: Condition) -> Hashable:
    value: Hashable = condition.value
    kind = condition.kind
    if condition.origin == "source":
        kind, value = "", AddressSet(condition.value).key
    elif kind in ("equal", "enum"):
        values = condition.value.split(",") if kind == "enum" else [condition.value]
        kind, value = "enum", frozenset(one.strip() for one in values)
    return condition._replace(kind=kind, value="")[:-1], value, condition.others


def _by_policy(backends: Iterable[Backend]) -> dict[str | None, list[Backend]]:
    found: dict[str | None, list[Backend]] = defaultdict(list)
    for backend in backends:
        found[backend.policy].append(backend)
    return found


def _pairs(old: list[Backend], new: list[Backend]) -> Iterator[BackendPair]:
    """Pair the backends of one policy: server groups by name, others in their order."""
    if old and new and kind_of(old[0]) != kind_of(new[0]):
        yield BackendPair(old[0], new[0])
        return
    counts = [Counter(backend.server_group for backend in side) for side in (old, new)]
    named = {name for name, count in counts[0].items() if name is not None and count == counts[1][name] == 1}
    of_name = {backend.server_group: backend for backend in new if backend.server_group in named}
    for backend in old:
        if backend.server_group in named:
            yield BackendPair(backend, of_name[backend.server_group])
    others = ([backend for backend in side if backend.server_group not in named] for side in (old, new))
    for before, after in zip_longest(*others):
        yield BackendPair(before, after, is_group=bool(old and new))


def kind_of(backend: Backend) -> str:
    """Return the type of a backend in upper case."""
    return (backend.kind or "").upper()
