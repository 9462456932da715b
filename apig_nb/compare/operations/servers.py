"""Comparison of the servers of operations, which mostly share those of the document."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NamedTuple

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.options.options import CompareOptions
from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.operation import Operation, path_shape
from apig_nb.definition.model.server import Address

_SUBDOMAIN: Final = re.compile(r"[0-9a-f]{32}(\.[^/:]+.*)")
"""The default host of an API group: its id as a subdomain of the gateway."""

_PART, _HOST = 1, 2


class _Group(NamedTuple):
    """The addresses of two operations, and the part of their paths that moved between address and path."""

    old: frozenset[Address]
    new: frozenset[Address]
    old_base: str
    new_base: str


def compare_servers(
    changes: Changes,
    old: ApiDefinition,
    new: ApiDefinition,
    pairs: Iterable[tuple[Operation, Operation]],
    options: CompareOptions,
) -> None:
    """Add the changes of servers; the same change of many operations is one."""
    groups: dict[_Group, list[tuple[Operation, Operation]]] = defaultdict(list)
    for before, after in pairs:
        bases = _moved_bases(before, after, options)
        groups[_Group(before.addresses, after.addresses, *bases)].append((before, after))
    of_documents = Pointers(old.document.servers_pointer, new.document.servers_pointer)
    if not groups:
        group = _Group(old.document.addresses, new.document.addresses, "", "")
        _ServerComparison(changes, of_documents, (), options).compare(group)
    for group, users in groups.items():
        written = {Pointers(before.servers_pointer, after.servers_pointer) for before, after in users}
        pointers = written.pop() if len(written) == 1 else of_documents
        _ServerComparison(changes, pointers, [after for _, after in users], options).compare(group)


def base_path(operation: Operation) -> str:
    """Return the path of the servers of an operation; empty where they have several."""
    bases = {address.path for address in operation.addresses}
    return bases.pop() if len(bases) == 1 else ""


def _moved_bases(old: Operation, new: Operation, options: CompareOptions) -> tuple[str, str]:
    """Return the beginnings of two paths, down to the segments that both end with."""
    if old.path == new.path:
        return "", ""
    left, right = (
        path_shape(options.map_path(operation.path)).replace("{+}", "{}").split("/") for operation in (old, new)
    )
    while left and right and left[-1] == right[-1]:
        left.pop()
        right.pop()
    return "/".join(left), "/".join(right)


class _ServerComparison:
    """Compares the servers of operations that share them on both sides."""

    def __init__(
        self, changes: Changes, pointers: Pointers, operations: Iterable[Operation], options: CompareOptions
    ) -> None:
        self._changes, self._pointers, self._operations, self._options = changes, pointers, operations, options

    def _add(self, rule: str, before: Iterable[object], after: Iterable[object], label: str = "servers") -> None:
        shown = (", ".join(sorted(map(str, side))) or None for side in (before, after))
        self._changes.add(rule, self._pointers, label, *shown, operations=self._operations)

    def compare(self, group: _Group) -> None:
        """Compare the servers as far as both sides describe them."""
        left = {self._mapped(address, group.old_base) for address in group.old}
        right = {self._mapped(address, group.new_base) for address in group.new}
        known = _described_parts(left), _described_parts(right)
        if known[0] != known[1]:
            self._add("server-described" if known[1] > known[0] else "server-undescribed", left, right)
        if 0 in known:
            return
        if min(known) < _HOST:
            left, right = ({address._replace(host=None) for address in side} for side in (left, right))
        if any(address.scheme is None for address in (*left, *right)):
            left, right = ({address._replace(scheme=None) for address in side} for side in (left, right))
        left, right = self._without_subdomains(left, right)
        if left == right and group.old_base != group.new_base:
            self._add("base-path-moved", group.old, group.new)
        self._compare_places(left, right)

    def _mapped(self, address: Address, base: str) -> Address:
        """Return an address as it is compared, with the part of the path of its operations that moved."""
        host = address.host and (self._options.map_address(address.host) or address.host)
        path = address.path and self._options.map_path(address.path)
        return Address(address.scheme, host, f"{path.rstrip('/')}{base}")

    def _without_subdomains(self, old: set[Address], new: set[Address]) -> tuple[set[Address], set[Address]]:
        """Leave out the default subdomain of the group, which differs between any two gateways."""
        before, after = (
            {address.host for address in side if _SUBDOMAIN.match(address.host or "")} for side in (old, new)
        )
        if not before or not after or before == after:
            return old, new
        self._add("subdomain-altered", before, after, "servers, subdomain of the group")
        stripped = (
            {address._replace(host=_SUBDOMAIN.sub("subdomain", address.host or "")) for address in side}
            for side in (old, new)
        )
        return next(stripped), next(stripped)

    def _compare_places(self, old: set[Address], new: set[Address]) -> None:
        """Compare hosts with paths, and for those on both sides the protocols."""
        left, right = _schemes_by_place(old), _schemes_by_place(new)
        removed = {address for address in old if _place(address) not in right}
        added = {address for address in new if _place(address) not in left}
        if removed and added and {one.scheme for one in removed} == {one.scheme for one in added}:
            removed, added = (set(map(_place, side)) for side in (removed, added))
        self._add_differences(removed, added)
        for place in sorted(left.keys() & right.keys(), key=str):
            lost, gained = left[place] - right[place], right[place] - left[place]
            if lost == {"http"} and not gained and "https" in right[place]:
                self._add("unencrypted-calls-refused", [place._replace(scheme="http")], ())
            elif gained == {"http"} and not lost and "https" in left[place]:
                self._add("unencrypted-calls-allowed", (), [place._replace(scheme="http")])
            else:
                self._add_differences(*({place._replace(scheme=one) for one in side} for side in (lost, gained)))

    def _add_differences(self, removed: set[Address], added: set[Address]) -> None:
        if removed or added:
            verb = "altered" if removed and added else "removed" if removed else "added"
            self._add(f"server-{verb}", removed, added)


def _described_parts(addresses: Iterable[Address]) -> int:
    """Return how much the addresses describe: nothing, a part or a host; a relative `/` is the default."""
    if not any(address.scheme or address.host or address.path for address in addresses):
        return 0
    return _HOST if all(address.host for address in addresses) else _PART


def _place(address: Address) -> Address:
    return address._replace(scheme=None)


def _schemes_by_place(addresses: Iterable[Address]) -> dict[Address, set[str | None]]:
    found: dict[Address, set[str | None]] = defaultdict(set)
    for address in addresses:
        found[_place(address)].add(address.scheme)
    return found
