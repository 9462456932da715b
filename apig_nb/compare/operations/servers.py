"""Comparison of the servers of operations, which mostly share those of the document."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.options.options import CompareOptions
from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.model.server import Server

_URL: Final = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?//([^/]*)(.*)")

_SUBDOMAIN: Final = re.compile(r"(?<=//)[0-9a-f]{32}\.[^/:]+")
"""The default address of an API group: its id as a subdomain of the gateway."""


def compare_servers(
    changes: Changes,
    old: ApiDefinition,
    new: ApiDefinition,
    pairs: Iterable[tuple[Operation, Operation]],
    options: CompareOptions,
) -> None:
    """Add the changes of servers; the same change of many operations is one."""
    pointers = Pointers(old.document.servers_pointer, new.document.servers_pointer)
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Operation]] = {}
    for before, after in pairs:
        groups.setdefault((_urls(before.servers), _urls(after.servers)), []).append(after)
    groups = groups or {(_urls(old.document.servers), _urls(new.document.servers)): []}
    for (old_urls, new_urls), operations in groups.items():
        left = {_mapped(url, options) for url in old_urls}
        right = {_mapped(url, options) for url in new_urls}
        if any(url.startswith("//") for url in (*left, *right)):
            # The protocol of one side is not known.
            left, right = ({url[url.find("//") :] for url in urls} for urls in (left, right))
        left, right = _without_subdomains(changes, pointers, left, right)
        if left == right or not left or not right:
            # Without a server on one side, the address is not known.
            continue
        shown = (", ".join(sorted(side)) or None for side in (left - right, right - left))
        changes.add(_rule(left, right), pointers, "servers", *shown, operations=operations)


def _urls(servers: Iterable[Server]) -> tuple[str, ...]:
    return tuple(url for server in servers for url in server.urls)


def _rule(old: set[str], new: set[str]) -> str:
    removed, added = old - new, new - old
    if removed and added:
        return "server-altered"
    unencrypted = {url.replace("https:", "http:", 1) for url in old & new if url.startswith("https:")}
    if removed:
        return "unencrypted-calls-refused" if removed <= unencrypted else "server-removed"
    return "unencrypted-calls-allowed" if added <= unencrypted else "server-added"


def _without_subdomains(
    changes: Changes, pointers: Pointers, old: set[str], new: set[str]
) -> tuple[set[str], set[str]]:
    """Leave out the default subdomain of the group, which differs between any two gateways."""
    before, after = ({name for url in side for name in _SUBDOMAIN.findall(url)} for side in (old, new))
    if not before or not after or before == after:
        return old, new
    shown = (", ".join(sorted(names)) for names in (before, after))
    changes.add("subdomain-altered", pointers, "servers, subdomain of the group", *shown)
    stripped = ({_SUBDOMAIN.sub("subdomain", url) for url in side} for side in (old, new))
    return next(stripped), next(stripped)


def _mapped(url: str, options: CompareOptions) -> str:
    """Return a URL with its host and its base path mapped."""
    found = _URL.fullmatch(url)
    if found is None:
        return _normalized(options.map_path(url))
    scheme, host, path = found.groups()
    host = options.map_address(host) or host
    path = options.map_path(path) if path else path
    return _normalized(f"{scheme + ':' if scheme else ''}//{host}{path}")


def _normalized(url: str) -> str:
    return url.rstrip("/") or "/"
