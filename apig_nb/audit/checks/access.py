"""Checks of access control policies: lists of addresses and accounts."""

from __future__ import annotations

import re
from collections.abc import Hashable, Iterator
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network, summarize_address_range
from typing import TypeAlias

from apig_nb.audit.checks.registry import check
from apig_nb.audit.hosts import is_public_network
from apig_nb.audit.subject import Found, Subject, names_of
from apig_nb.compare.gateway.addresses import AddressSet
from apig_nb.definition.model.gateway import AccessControl, RateLimit

_Network: TypeAlias = IPv4Network | IPv6Network

_SEPARATOR = re.compile(r"[,;\n]")
_EVERY = (AddressSet("0.0.0.0/0"), AddressSet("::/0"))


def _action(policy: AccessControl) -> str:
    return (policy.acl_type or "").upper()


def _is_of_addresses(policy: AccessControl) -> bool:
    return (policy.entity_type or "IP").upper() == "IP"


def _location(policy: AccessControl) -> str:
    return f"access control policy {policy.name}"


def _entries(policy: AccessControl) -> list[str]:
    return [entry for part in _SEPARATOR.split(policy.value or "") if (entry := part.strip())]


def _networks(entry: str) -> list[_Network] | None:
    """Return the networks that an entry stands for; `None` if it is neither an address nor a range."""
    first, dash, last = entry.partition("-")
    try:
        if dash:
            ends = ip_address(first.strip()), ip_address(last.strip())
            # One type of addresses and in order, or it raises an error.
            return list(summarize_address_range(*ends))
        return [ip_network(entry, strict=False)]
    except (TypeError, ValueError):
        return None


@check
def acl_permits_everybody(subject: Subject) -> Iterator[Found]:
    for policy in subject.access.values():
        if _action(policy) == "PERMIT" and _is_of_addresses(policy):
            permitted = AddressSet(policy.value)
            if found := [every for every in ("0.0.0.0/0", "::/0") if not AddressSet(every).missing_from(permitted)]:
                yield _found(subject, policy, "", ", ".join(found))


@check
def acl_wide(subject: Subject, *, ipv4_prefix: int, ipv6_prefix: int) -> Iterator[Found]:
    for policy in subject.access.values():
        if _action(policy) != "PERMIT" or not _is_of_addresses(policy):
            continue
        for entry in dict.fromkeys(_entries(policy)):
            networks = _networks(entry) or []
            prefixes = {4: ipv4_prefix, 6: ipv6_prefix}
            size = sum(network.num_addresses for network in networks)
            is_public = any(map(is_public_network, networks))
            covers_all = any(not every.missing_from(AddressSet(entry)) for every in _EVERY)
            if networks and is_public and not covers_all:
                bits = networks[0].max_prefixlen - prefixes[networks[0].version]
                if size > 2**bits:
                    yield _found(subject, policy, entry, f"{size:,} addresses")


@check
def acl_entry_invalid(subject: Subject) -> Iterator[Found]:
    for policy in subject.access.values():
        if not _is_of_addresses(policy):
            continue
        entries = _entries(policy)
        sets = {entry: AddressSet(entry) for entry in entries if _networks(entry) is not None}
        for entry in dict.fromkeys(entries):
            if reason := _fault(entry, entries, sets):
                yield _found(subject, policy, entry, reason)


def _fault(entry: str, entries: list[str], sets: dict[str, AddressSet]) -> str:
    """Return the fault of an entry in words; empty if it has none."""
    if entry not in sets:
        return "neither an address nor a range"
    address, slash, _ = entry.partition("/")
    (network, *_) = _networks(entry) or []
    if slash and ip_address(address) != network.network_address:
        return f"has host bits set; the network is {network}"
    if entries.count(entry) > 1:
        return "is there twice"
    own = sets[entry]
    for other, others in sets.items():
        if other != entry and not own.missing_from(others):
            if own.key == others.key:
                # Of two writings of the same, the later one is too many.
                if entries.index(other) < entries.index(entry):
                    return f"is the same as {other}"
            else:
                return f"is inside {other}"
    return ""


def _found(subject: Subject, policy: AccessControl, entry: str, evidence: str) -> Found:
    location = f"{_location(policy)}, entry {entry}" if entry else _location(policy)
    return Found(policy.pointer, location, evidence, names_of(subject.users_of_policy[policy.pointer]))


@check
def acl_deny_only(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        if api.lets_everybody_in and api.access and {*map(_action, api.access)} == {"DENY"}:
            names = ", ".join(policy.name for policy in api.access)
            yield api.found("access control", names, api.gateway_pointer("access-control"))


@check
def acl_without_effect(subject: Subject) -> Iterator[Found]:
    for api in subject.apis:
        if any("IAM" in word.split(" + ") for word in api.auth):
            continue
        for policy in api.access:
            if not _is_of_addresses(policy):
                evidence = f"authentication {' or '.join(api.auth)}"
                yield api.found(_location(policy), evidence, api.gateway_pointer("access-control"))


@check
def acl_unused(subject: Subject) -> Iterator[Found]:
    used = {name for api in subject.apis for name in api.access_names}
    for policy in subject.access.values():
        if policy.name not in used:
            yield Found(policy.pointer, _location(policy))


@check
def policy_twice(subject: Subject) -> Iterator[Found]:
    known: dict[Hashable, str] = {}
    policies: list[tuple[str, RateLimit | AccessControl, Hashable]] = [
        *(("throttling", policy, _limits(policy)) for policy in subject.ratelimits.values()),
        *(("access control", policy, _content(policy)) for policy in subject.access.values()),
    ]
    for noun, policy, content in policies:
        first = known.setdefault(content, policy.name)
        if first != policy.name:
            users = subject.users_of_policy[policy.pointer]
            yield Found(policy.pointer, f"{noun} policy {policy.name}", f"the same as {first}", names_of(users))


def _content(policy: AccessControl) -> Hashable:
    return _action(policy), (policy.entity_type or "IP").upper(), AddressSet(policy.value).key


def _limits(policy: RateLimit) -> Hashable:
    limits = (policy.api_limit, policy.user_limit, policy.app_limit, policy.ip_limit)
    special = frozenset((one.kind, one.instance, one.limit) for one in policy.special)
    return (
        *(limit or None for limit in limits),
        policy.interval,
        (policy.unit or "").upper(),
        policy.shared is True,
        special,
    )
