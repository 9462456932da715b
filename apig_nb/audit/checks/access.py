"""Checks of access control policies: lists of addresses and accounts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from ipaddress import ip_address

from apig_nb.audit.checks.registry import check
from apig_nb.audit.hosts import is_public_range
from apig_nb.audit.subject import Found, Subject, names_of
from apig_nb.compare.gateway.addresses import AddressRange, AddressSet, address_range
from apig_nb.definition.model.gateway import AccessControl, RateLimit

_BITS = {4: 32, 6: 128}
"""Version of IP → bits of an address."""

_EVERY = {name: address_range(name) for name in ("0.0.0.0/0", "::/0")}


def _action(policy: AccessControl) -> str:
    return (policy.acl_type or "").upper()


def _is_of_addresses(policy: AccessControl) -> bool:
    return (policy.entity_type or "IP").upper() == "IP"


def _location(policy: AccessControl) -> str:
    return f"access control policy {policy.name}"


def _ranges(policy: AccessControl) -> dict[str, AddressRange | None]:
    """Return the entries in their order, each with the addresses that it stands for; `None` where there are none."""
    return {entry: address_range("".join(entry.split())) for entry in policy.entries}


@check
def acl_permits_everybody(subject: Subject) -> Iterator[Found]:
    for policy in _permitting(subject):
        permitted = AddressSet(policy.value)
        if found := [name for name, every in _EVERY.items() if every and permitted.covers(every)]:
            yield _found(subject, policy, "", ", ".join(found))


@check
def acl_wide(subject: Subject, *, ipv4_prefix: int, ipv6_prefix: int) -> Iterator[Found]:
    prefixes = {4: ipv4_prefix, 6: ipv6_prefix}
    for policy in _permitting(subject):
        for entry, addresses in _ranges(policy).items():
            if addresses is None:
                continue
            size, bits = addresses.last - addresses.first + 1, _BITS[addresses.version]
            # A range of all addresses is another rule's.
            if 2 ** (bits - prefixes[addresses.version]) < size < 2**bits and is_public_range(addresses):
                yield _found(subject, policy, entry, f"{size:,} addresses")


def _permitting(subject: Subject) -> Iterator[AccessControl]:
    """Yield the policies that permit addresses."""
    return (policy for policy in subject.access.values() if _action(policy) == "PERMIT" and _is_of_addresses(policy))


@check
def acl_entry_invalid(subject: Subject) -> Iterator[Found]:
    for policy in subject.access.values():
        if _is_of_addresses(policy):
            ranges = _ranges(policy)
            counts, inside = Counter(policy.entries), _inside(ranges)
            for entry, addresses in ranges.items():
                if reason := _fault(entry, addresses, counts[entry]) or inside.get(entry):
                    yield _found(subject, policy, entry, reason)


def _fault(entry: str, addresses: AddressRange | None, count: int) -> str:
    """Return the fault of an entry by itself in words; empty if it has none."""
    if addresses is None:
        return "neither an address nor a range"
    first, slash, _ = entry.partition("/")
    if slash and int(ip_address(first.strip())) != addresses.first:
        return "has bits set behind the prefix"
    return "is there twice" if count > 1 else ""


def _inside(ranges: dict[str, AddressRange | None]) -> dict[str, str]:
    """Return the entries whose addresses another entry has, each with the reason in words."""
    found: dict[str, str] = {}
    widest: tuple[AddressRange, str] | None = None
    # The widest first among those that begin at the same address; of two writings of the same, the first one.
    known = [(addresses, entry) for entry, addresses in ranges.items() if addresses is not None]
    for addresses, entry in sorted(known, key=lambda one: (one[0].version, one[0].first, -one[0].last)):
        if widest and widest[0].version == addresses.version and addresses.last <= widest[0].last:
            found[entry] = f"is {'the same as' if addresses == widest[0] else 'inside'} {widest[1]}"
        else:
            widest = addresses, entry
    return found


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
