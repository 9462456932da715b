"""Where operations can be called: protocol, host and base path, the same for all operations most of the time."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from apig_nb.compare.changes import Changes, Pointers
from apig_nb.compare.options.options import CompareOptions
from apig_nb.definition import ApiDefinition
from apig_nb.definition.model.operation import Operation
from apig_nb.definition.values import as_list, as_map, as_text, as_texts

_URL: Final = re.compile(r"(?:([A-Za-z][A-Za-z0-9+.-]*):)?//([^/]*)(.*)")

MAX_URLS: Final = 100
"""URLs that a server with variables is taken apart into."""

MAX_URL_LENGTH: Final = 10_000
"""Signs of a URL whose variables are replaced; a longer one stays as it is written."""

_VARIABLE: Final = re.compile(r"({[^{}]*})")

_SUBDOMAIN: Final = re.compile(r"(?<=//)[0-9a-f]{32}\.[^/:]+")
"""The address that every API group has of its own: its id below the gateway's domain (contract/lookups)."""


def compare_servers(
    changes: Changes,
    before: ApiDefinition,
    after: ApiDefinition,
    pairs: Iterable[tuple[Operation, Operation]],
    options: CompareOptions,
) -> None:
    """Add what differs in the addresses of operations; one that differs alike for many is one change."""
    at = Pointers(*("/host" if side.document.is_swagger else "/servers" for side in (before, after)))
    every: dict[tuple[tuple[str, ...], tuple[str, ...]], list[Operation]] = {}
    for old, new in pairs:
        every.setdefault((_servers(old), _servers(new)), []).append(new)
    for (old_servers, new_servers), reached in (every or {(_of_document(before), _of_document(after)): []}).items():
        left = {_mapped(server, options) for server in old_servers}
        right = {_mapped(server, options) for server in new_servers}
        if any(server.startswith("//") for server in (*left, *right)):
            # One side does not tell the protocol.
            left, right = ({server[server.find("//") :] for server in servers} for servers in (left, right))
        left, right = _without_subdomains(changes, at, left, right)
        if left == right or not left or not right:
            # No server on one side is an address that is not told, not another one.
            continue
        shown = (", ".join(sorted(side)) or None for side in (left - right, right - left))
        changes.add(_rule(left, right), at, "servers", *shown, operations=reached)


def _rule(left: set[str], right: set[str]) -> str:
    gone, come = left - right, right - left
    if gone and come:
        return "server-altered"
    twins = {server.replace("https:", "http:", 1) for server in left & right if server.startswith("https:")}
    if gone:
        return "unencrypted-calls-refused" if gone <= twins else "server-removed"
    return "unencrypted-calls-allowed" if come <= twins else "server-added"


def _without_subdomains(changes: Changes, at: Pointers, left: set[str], right: set[str]) -> tuple[set[str], set[str]]:
    """Take the group's own subdomain for what it is: the gateway's, another one on each, and no part of the API."""
    before, after = ({name for server in side for name in _SUBDOMAIN.findall(server)} for side in (left, right))
    if not before or not after or before == after:
        return left, right
    shown = (", ".join(sorted(names)) for names in (before, after))
    changes.add("subdomain-altered", at, "servers, subdomain of the group", *shown)
    stripped = ({_SUBDOMAIN.sub("subdomain", server) for server in side} for side in (left, right))
    return next(stripped), next(stripped)


def _of_document(definition: ApiDefinition) -> tuple[str, ...]:
    """Where a document without operations says it can be called."""
    return _servers(Operation(definition.document, "", "", {}))


def _servers(operation: Operation) -> tuple[str, ...]:
    """The URLs of an operation, with what the variables in them stand for."""
    if not any("{" in url for url in operation.servers):
        return operation.servers
    holders = (operation.raw, operation.item, operation.root)
    written = next((servers for holder in holders if (servers := as_list(holder.get("servers")))), [])
    return tuple(url for server in written for url in _filled_in(as_map(server)))


def _filled_in(server: Mapping[str, Any]) -> list[str]:
    """A URL for each value of each variable; one for the default where there would be too many."""
    url = as_text(server.get("url")) or ""
    choices: list[dict[str, str]] = [{}]
    for name, written in as_map(server.get("variables")).items():
        variable = as_map(written)
        values = as_texts(as_list(variable.get("enum"))) or as_texts(variable.get("default"))
        if len(choices) * len(values) > MAX_URLS:
            values = as_texts(variable.get("default"))
        if len(values) == 1:
            for choice in choices:
                choice[name] = values[0]
        else:
            choices = [{**choice, name: value} for choice in choices for value in values] or choices
    return [_with_values(url, choice) for choice in choices]


def _with_values(url: str, values: Mapping[str, str]) -> str:
    """The URL with its variables replaced, all at once: what stands in a value is no variable."""
    pieces = [values.get(part[1:-1], part) if part.startswith("{") else part for part in _VARIABLE.split(url)]
    return "".join(pieces) if sum(map(len, pieces)) <= MAX_URL_LENGTH else url


def _normal(server: str) -> str:
    return server.rstrip("/") or "/"


def _mapped(server: str, options: CompareOptions) -> str:
    """A server with its host and its base path mapped."""
    found = _URL.fullmatch(server)
    if found is None:
        return _normal(options.map_path(server))
    scheme, host, path = found.groups()
    host = options.map_address(host) or host
    path = options.map_path(path) if path else path
    return _normal(f"{scheme + ':' if scheme else ''}//{host}{path}")
