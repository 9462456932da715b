"""Comparison of access control: the addresses and accounts that policies let in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator
from itertools import zip_longest
from typing import Final, NamedTuple

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.gateway.addresses import AddressSet
from apig_nb.compare.gateway.policies import Pairs, differing_policies
from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.gateway import AccessControl
from apig_nb.definition.model.operation import Operation

_KEY: Final = "x-apigateway-access-control"
_ACCOUNTS: Final = ("DOMAIN", "DOMAIN_ID")
"""Types of the entries that are accounts, by name and by id."""


class _Bound(NamedTuple):
    """A policy that an operation is bound to; the other fields are empty where the document does not define it."""

    name: str
    pointer: str | None = None
    acl_type: str = ""
    entity_type: str = ""
    content: Hashable = None
    text: str = ""


class AccessComparison:
    """Compares the access control of operations and adds the changes.

    An operation has at most one policy of each type (address, account, account id), and all of them hold.
    """

    def __init__(self, changes: Changes, old: ApiDefinition, new: ApiDefinition) -> None:
        self._changes = changes
        self._before, self._after = (
            {policy.name: policy for policy in side.document.access_controls} for side in (old, new)
        )
        # By the id of the policies of a side and the name: many operations may be bound to a long list.
        self._bound: dict[tuple[int, str], _Bound] = {}

    def compare_bound(self, old: Operation, new: Operation) -> None:
        """Compare the access control of two operations that are bound to policies with other names."""
        names = [dict.fromkeys(operation.names(_KEY)) for operation in (old, new)]
        if names[0].keys() == names[1].keys():
            return
        sides = [
            [self._policy(policies, name) for name in side]
            for policies, side in zip((self._before, self._after), names, strict=True)
        ]
        removed = [policy for policy in sides[0] if policy.name not in names[1]]
        added = [policy for policy in sides[1] if policy.name not in names[0]]
        for before, after in _paired(removed, added):
            pointers = Pointers(old.pointer, new.pointer)
            if before is not None and after is not None:
                is_same = before.content is not None and before.content == after.content
                rule = "access-control-rebound" if is_same else "access-control-altered"
                if before.pointer is not None and after.pointer is not None:
                    # One change for all operations.
                    pointers = Pointers(before.pointer, after.pointer)
            elif after is not None:
                rule = "access-control-bound" if _counts(after, sides[1]) else "access-control-rebound"
            else:
                is_loss = before is not None and _counts(before, sides[0])
                rule = "access-control-unbound" if is_loss else "access-control-rebound"
            shown = (policy and f"{policy.name} {policy.text}".strip() for policy in (before, after))
            self._changes.add(rule, pointers, "access control policy", *shown, operations=(new,))

    def _policy(self, policies: dict[str, AccessControl], name: str) -> _Bound:
        key = (id(policies), name)
        if key not in self._bound:
            policy = policies.get(name)
            self._bound[key] = _Bound(name) if policy is None else _bound(policy)
        return self._bound[key]

    def compare_definitions(self, pairs: Pairs) -> None:
        """Compare the policies that operations stay bound to."""
        for name, old, new, users in differing_policies(_KEY, pairs, self._before, self._after):
            pointers = Pointers(old and old.pointer, new and new.pointer)
            label = f"access control policy {name}"
            if old is None or new is None:
                rule = "access-control-unbound" if new is None else "access-control-bound"
                shown = (policy and _text(policy) for policy in (old, new))
                self._changes.add(rule, pointers, f"{label}, definition", *shown, operations=users)
                continue
            self._compare_definition(old, new, pointers, label, users)

    def _compare_definition(
        self, old: AccessControl, new: AccessControl, pointers: Pointers, label: str, users: list[Operation]
    ) -> None:
        if dict(old.extensions) != dict(new.extensions):
            values = (dict(policy.extensions) or None for policy in (old, new))
            self._changes.add("access-control-altered", pointers, f"{label}, other keys", *values, operations=users)
        if _kind(old) != _kind(new):
            self._changes.add("access-control-altered", pointers, label, _text(old), _text(new), operations=users)
            return
        before, after = AddressSet(old.value), AddressSet(new.value)
        allows = _kind(new)[0] == "PERMIT"
        if added := after.missing_from(before):
            rule = "access-control-opened" if allows else "access-control-closed"
            self._changes.add(rule, pointers, label, None, added, operations=users)
        if removed := before.missing_from(after):
            rule = "access-control-closed" if allows else "access-control-opened"
            self._changes.add(rule, pointers, label, removed, None, operations=users)


def _kind(policy: AccessControl) -> tuple[str, str]:
    return (policy.acl_type or "").upper(), (policy.entity_type or "IP").upper()


def _text(policy: AccessControl) -> str:
    return " ".join(filter(None, (*_kind(policy), policy.value)))


def _bound(policy: AccessControl) -> _Bound:
    kind = _kind(policy)
    content = (kind, AddressSet(policy.value).key, str(policy.extensions))
    return _Bound(policy.name, policy.pointer, *kind, content, f"({_text(policy)})")


def _counts(policy: _Bound, side: list[_Bound]) -> bool:
    """Return True if a policy has an effect: of a white and a black list of accounts only the white one counts."""
    is_black_list = policy.acl_type == "DENY" and policy.entity_type in _ACCOUNTS
    return not (is_black_list and any(one.acl_type == "PERMIT" and one.entity_type in _ACCOUNTS for one in side))


def _paired(removed: list[_Bound], added: list[_Bound]) -> Iterator[tuple[_Bound | None, _Bound | None]]:
    """Pair policies of equal content, then of the same type, and at last those that a document does not define."""
    keys: tuple[Callable[[_Bound], Hashable], ...] = (lambda one: one.content, lambda one: one.entity_type or None)
    for key in keys:
        partners: dict[Hashable, list[_Bound]] = defaultdict(list)
        for policy in reversed(added):
            partners[key(policy)].append(policy)
        left, taken = [], set()
        for policy in removed:
            found = key(policy)
            if found is not None and partners[found]:
                partner = partners[found].pop()
                taken.add(partner.name)
                yield policy, partner
            else:
                left.append(policy)
        removed, added = left, [policy for policy in added if policy.name not in taken]
    if all(policy.entity_type for policy in (*removed, *added)):
        yield from ((policy, None) for policy in removed)
        yield from ((None, policy) for policy in added)
    else:
        yield from zip_longest(removed, added)
