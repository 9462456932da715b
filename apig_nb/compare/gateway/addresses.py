"""Sets of IP addresses in any writing: single ones, networks and ranges of both versions."""

from __future__ import annotations

import re
from bisect import bisect_right
from ipaddress import ip_address, ip_network
from typing import NamedTuple

_SEPARATOR = re.compile(r"[,;\n]")


class AddressRange(NamedTuple):
    """Addresses from the first to the last one, as numbers."""

    version: int
    first: int
    last: int


class AddressSet:
    """The addresses that a list names, and its entries that are none, such as names of accounts.

    Attributes:
        key: equal for lists that name the same, in whatever order and writing.
    """

    def __init__(self, text: str | None) -> None:
        """Read a list, separated by commas."""
        entries = {entry for part in _SEPARATOR.split(text or "") if (entry := "".join(part.split()))}
        self._entries = {entry: address_range(entry) for entry in entries}
        self._ranges = _merged([found for found in self._entries.values() if found is not None])
        others = frozenset(entry for entry, found in self._entries.items() if found is None)
        self.key = frozenset(self._ranges), others

    def missing_from(self, other: AddressSet) -> set[str]:
        """Return the entries, as written, of which the other set does not have every address."""
        return {entry for entry, found in self._entries.items() if not other._covers(entry, found)}

    def _covers(self, entry: str, found: AddressRange | None) -> bool:
        return entry in self.key[1] if found is None else self.covers(found)

    def covers(self, addresses: AddressRange) -> bool:
        """Return True if it has every address of a range."""
        at = bisect_right(self._ranges, (addresses.version, addresses.first, float("inf"))) - 1
        return at >= 0 and self._ranges[at].version == addresses.version and addresses.last <= self._ranges[at].last


def address_range(entry: str) -> AddressRange | None:
    """Read an entry of a list: an address, a network or a range; `None` for anything else."""
    first, dash, last = entry.partition("-")
    try:
        if dash:
            ends = ip_address(first), ip_address(last)
            found = AddressRange(ends[0].version, int(ends[0]), int(ends[1]))
            return found if ends[0].version == ends[1].version and found.first <= found.last else None
        network = ip_network(entry, strict=False)
    except ValueError:
        return None
    return AddressRange(network.version, int(network.network_address), int(network.broadcast_address))


def _merged(ranges: list[AddressRange]) -> list[AddressRange]:
    """Return the ranges in order, with those that overlap or follow each other as one."""
    merged: list[AddressRange] = []
    for one in sorted(ranges):
        previous = merged[-1] if merged else None
        if previous is not None and previous.version == one.version and one.first <= previous.last + 1:
            merged[-1] = previous._replace(last=max(previous.last, one.last))
        else:
            merged.append(one)
    return merged
