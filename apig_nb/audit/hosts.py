"""Kinds of hosts: inside a network or public, of the gateway itself, loopback and metadata services."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final

from apig_nb.compare.gateway.addresses import AddressRange, AddressSet
from apig_nb.definition.model.target import variables

_INSIDE: Final = frozenset(("internal", "intranet", "local", "localdomain", "lan", "corp", "private", "svc"))
"""Labels of host names that are not known outside of a network."""

_PRIVATE: Final = AddressSet(
    "10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16, 0.0.0.0, ::/127,"
    " fc00::/7, fe80::/10"
)
"""Networks that are not on the internet; those for documentation stand for some that are."""

_LONGEST_ADDRESS: Final = 47
"""Characters of four numbers of eleven octal digits with dots between them."""

_METADATA: Final = frozenset(("metadata", "metadata.google.internal", "instance-data", "metadata.internal"))
_METADATA_ADDRESSES: Final = frozenset(map(ip_address, ("100.100.100.200", "fd00:ec2::254")))
_DEBUGGING: Final = re.compile(r"[0-9a-f]{32}\..+|.+\.(?:huaweicloudapis\.com|otc\.t-systems\.com)", re.IGNORECASE)
_RESERVED: Final = ("example.com", "example.org", "example.net", "example", "cluster.local")
"""Domains for documentation (https://www.rfc-editor.org/rfc/rfc2606), and that of every Kubernetes cluster."""


def hosts(address: str | None) -> list[str]:
    """Return the hosts of a backend address, which may be a list, in lower case without user, port and brackets."""
    found = []
    for part in (address or "").split(","):
        host = part.strip().lower().rpartition("://")[2].partition("/")[0].rpartition("@")[2]
        bracketed = re.match(r"\[([^\]]*)\]", host)
        if bracketed:
            host = bracketed[1]
        elif host.count(":") == 1:
            host = host.partition(":")[0]
        if host := host.rstrip("."):
            found.append(host)
    return found


def shown(address: str | None, path: str | None = None) -> str:
    """Return an address and a path without what may be a credential in them: a user and a query."""
    without_users = ",".join(part.rpartition("@")[2] for part in (address or "").split(","))
    return without_users + (path or "").partition("?")[0]


def ip_of(host: str) -> IPv4Address | IPv6Address | None:
    """Return the IP address that a host is, however it is written; `None` for a name."""
    try:
        found = ip_address(host)
    except ValueError:
        return _old_ipv4(host)
    return (isinstance(found, IPv6Address) and found.ipv4_mapped) or found


def _old_ipv4(host: str) -> IPv4Address | None:
    """Read the forms of `inet_aton`, such as `2130706433`, `0x7f.1` and `127.1`."""
    if len(host) > _LONGEST_ADDRESS:
        return None
    try:
        parts = [_number(part) for part in host.split(".")]
    except ValueError:
        return None
    *first, last = parts
    if len(first) > 3 or any(not 0 <= part < 256 for part in first) or not 0 <= last < 256 ** (4 - len(first)):
        return None
    return IPv4Address(sum(part << (24 - 8 * index) for index, part in enumerate(first)) + last)


def _number(text: str) -> int:
    return int(text, 16 if text.startswith("0x") else 8 if text.startswith("0") else 10)


def is_public(host: str) -> bool:
    """Return True if a host is on the internet, as far as its name or address tells."""
    if variables(host):
        return False
    if (address := ip_of(host)) is not None:
        return is_public_range(AddressRange(address.version, int(address), int(address)))
    labels = host.split(".")
    return len(labels) > 1 and _INSIDE.isdisjoint(labels)


def is_public_range(addresses: AddressRange) -> bool:
    """Return True if some addresses of a range are on the internet."""
    return not _PRIVATE.covers(addresses)


def is_own_host(host: str) -> bool:
    """Return True for a host that only the machine that calls it knows: loopback, link-local, metadata."""
    if host in _METADATA or host.split(".")[-1] == "localhost":
        return True
    address = ip_of(host)
    if address is None:
        return False
    return address.is_loopback or address.is_link_local or address.is_unspecified or address in _METADATA_ADDRESSES


def is_debugging_domain(host: str) -> bool:
    """Return True for the domain that the gateway gives to a group: its id, or a domain of the provider."""
    return _DEBUGGING.fullmatch(host) is not None


def own_labels(host: str) -> str:
    """Return a host without a domain that says nothing about it."""
    for domain in _RESERVED:
        if host == domain or host.endswith(f".{domain}"):
            return host.removesuffix(domain)
    return host
